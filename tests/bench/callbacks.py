"""`./box bench callbacks --calls 1000 --per-second 5`: is every caller who was promised a call called back, once?

The office is closed. Callers ring through a whole box and answer its question where to call them back as people do:
some keep their number, some key in another, some press nonsense, some say nothing, and any of them may hang up at any
moment. Some hide their number. Meanwhile the core is killed (SIGKILL), `--kills` times, and comes back by itself.

Every caller who was told "thank you" must be in the list, exactly once, with the number that they said; nobody may be
in it who never called, and nobody whose number nobody knew. Whoever hung up before is kept as well, marked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulators.sip_call import Call, CallFailed
from tests.support.office import NUMBER, Office, office, until
from web.api.client import Unreachable

_CLOSED: list[dict[str, list[str]]] = [{"open": []}] * 7
_LONGEST_S = 75.0  # a caller who says nothing hears the question twice
_GREETING_S = 0.6  # until a caller knows that somebody speaks
_READ_S = 1.0  # between two tries to confirm


@dataclass
class Caller:
    """One caller: from which number ("": hidden), what they keyed in, and how far they came."""

    own: str
    keyed: str = ""
    kept: bool = False  # pressed 1 for their own number
    confirmed: bool = False  # pressed 1 for what they keyed in
    thanked: bool = False  # the box ended the call
    answered: bool = False

    @property
    def completed(self) -> bool:
        """Whether they said where, and were thanked for it."""
        return self.thanked and (self.kept or self.confirmed)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="box bench callbacks")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--per-second", type=float, default=5.0)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Let them all call; return the figures."""
    chance = random.Random(given.seed)
    room = int(given.per_second * 40) + 20
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), conversations=room, warm_workers=8, log_level="warning") as desk:
            await _close(desk)
            killing = asyncio.create_task(_kill(desk, given))
            calling = [
                asyncio.create_task(_later(desk, index, index / given.per_second, random.Random(chance.random())))
                for index in range(given.calls)
            ]
            callers = await asyncio.gather(*calling)
            await killing
            await desk.box.until_ready()
            return await _judge(desk, callers)


async def _close(desk: Office) -> None:
    """Close the office, and wait until the box has words for its callers."""
    desk.carrier.keep_audio = False
    instead = {"after_hours": {"kind": "callback"}}
    week = {"week": _CLOSED, "keeps_holidays": False, "instead": instead}
    await desk.box.ask("PATCH", "/hours/schedules/usual", week)
    await desk.box.ask("PATCH", "/hours", {"in_force": True})

    async def spoken() -> bool:
        items = (await desk.box.ask("GET", "/announcements"))["items"]
        return {"box-callback-confirm-ko", "box-wrong-key-ko"} <= {one["id"] for one in items}

    await until(spoken, "the box has spoken its own announcements", 120)


async def _kill(desk: Office, given: argparse.Namespace) -> None:
    whole_s = given.calls / given.per_second
    for at in range(given.kills):
        await asyncio.sleep(whole_s / (given.kills + 1))
        await desk.box.until_ready()
        os.kill(desk.box.pid("core"), signal.SIGKILL)
        say(f"the core is killed, {at + 1} of {given.kills}")


# ------------------------------------------------------------------------------------------------------ the callers


async def _later(desk: Office, index: int, seconds: float, chance: random.Random) -> Caller:
    await asyncio.sleep(seconds)
    hidden = chance.random() < 0.1
    caller = Caller("" if hidden else f"010{20_000_000 + index:08}")
    shown = "anonymous" if hidden else caller.own
    call = desk.carrier.call(NUMBER, caller=f"sip:{shown}@carrier.example")
    try:
        await call.answered(20)
    except (CallFailed, TimeoutError):
        return caller
    caller.answered = True
    deadline = asyncio.create_task(_hang_up_some_time(call, chance)) if chance.random() < 0.3 else None
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_S):
            await _behave(call, caller, index, chance)
            await call.ended(_LONGEST_S)
    caller.thanked = call.over and call.ended_by_far
    if deadline is not None:
        deadline.cancel()
    if not call.over:
        call.hang_up()
    return caller


async def _hang_up_some_time(call: Call, chance: random.Random) -> None:
    """Hang up at any moment, in the middle of whatever is going on."""
    await asyncio.sleep(chance.uniform(0, 12))
    if not call.over:
        call.hang_up()


async def _behave(call: Call, caller: Caller, index: int, chance: random.Random) -> None:
    await asyncio.sleep(_GREETING_S + chance.uniform(0, 3))
    how = chance.random()
    if how < 0.1:  # says nothing
        return
    if how < 0.25:  # nonsense first
        call.dial(
            chance.choice("3456789") + ("" if caller.own else "*")
        )  # who is in the middle of a number begins anew
        await asyncio.sleep(chance.uniform(0.5, 2))
    if caller.own and how < 0.6:
        caller.kept = True
        call.dial("1")
        return
    if caller.own:
        call.dial("2")
        await asyncio.sleep(chance.uniform(0.3, 1.5))
    caller.keyed = f"010{50_000_000 + index:08}"
    call.dial(caller.keyed + "#")
    await _confirm(call, caller)


async def _confirm(call: Call, caller: Caller) -> None:
    """Press 1 until it is taken: what comes before the number was read back counts for nothing."""
    await asyncio.sleep(len(caller.keyed) * 0.22 + _READ_S)
    for _ in range(30):
        if call.over:
            return
        caller.confirmed = True
        call.dial("1")
        await asyncio.sleep(_READ_S)


# --------------------------------------------------------------------------------------------------------- the count


async def _judge(desk: Office, callers: Sequence[Caller]) -> dict[str, Any]:
    kept = await _settled(desk)
    numbers = Counter(one["number"] for one in kept)
    asked = {one["number"]: one["asked"] for one in kept}
    completed = [_stored(_said(one)) for one in callers if one.completed]
    may_be = {_stored(number) for one in callers for number in (one.own, one.keyed) if number}
    lost = [number for number in completed if not numbers[number]]
    invented = [number for number in numbers if number not in may_be]
    both = [one for one in callers if one.keyed and one.own]
    twice = [one for one in both if numbers[_stored(one.own)] and numbers[_stored(one.keyed)]]
    duplicated = [number for number, times in numbers.items() if times > 1 or asked[number] > 1]
    for what, found in (("lost", lost), ("invented", invented), ("duplicated", duplicated)):
        if found:
            say(f"{what}: {found[:10]}")
    await _tell_of(desk, [one for one in callers if one.completed and _stored(_said(one)) in lost])
    answered = sum(one.answered for one in callers)
    return {
        "calls": len(callers),
        "answered": answered,
        "completed": len(completed),
        "entries": len(kept),
        "unsure": sum(not one["sure"] for one in kept),
        "lost": len(lost),
        "invented": len(invented),
        "duplicated": len(duplicated) + len(twice),
    }


def _said(caller: Caller) -> str:
    return caller.keyed if caller.confirmed else caller.own


async def _tell_of(desk: Office, lost: Sequence[Caller]) -> None:
    """Say what became of the first callers who were lost."""
    for caller in [one for one in lost if one.own][:3]:
        rows = (await desk.box.ask("GET", "/calls", query={"number": _stored(caller.own), "limit": 1}))["items"]
        for row in rows:
            steps = (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]
            say("\n".join([caller.keyed, *(f"  {step['at_ms'] - row['started_ms']} {step['text']}" for step in steps)]))


async def _settled(desk: Office) -> list[dict[str, Any]]:
    """Return all callbacks when every call has ended and nothing is written any more."""
    found: list[dict[str, Any]] = []

    async def quiet() -> bool:
        with suppress(Unreachable):
            live = (await desk.box.ask("GET", "/live"))["calls"]
            before = len(found)
            found[:] = await _all(desk)
            return not live and len(found) == before
        return False

    await until(quiet, "every callback is written", 180)
    return found


async def _all(desk: Office) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await desk.box.ask("GET", "/callbacks", query={"state": "all", "limit": 500, "cursor": cursor})
        items += page["items"]
        if not (cursor := page["next_cursor"]):
            return items


def _stored(number: str) -> str:
    return f"+82{number[1:]}"


def say(text: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"{text}\n")
