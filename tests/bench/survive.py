"""`./box bench survive`: kill -9 in the middle of calls. What do the others notice, what is there afterwards?

Five rounds, each with calls that talk: the core is killed, then one worker, then the relay that carries the sound of
all, then Kamailio, then every process of the box but its launcher. In between the box comes back by itself; a last
call must work. Rows and recordings are compared with what the callers and phones themselves saw.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import figures
from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Behaviour
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, office

_ROUNDS = ("core", "worker", "relay", "edge", "all")
_CALLS = 3  # in each round
_BEFORE_S, _AFTER_S = 2.0, 3.0
_ROW_SLACK_MS = 1500  # a restarted core learns of a call's end when it is back


@dataclass
class Round:
    """One kill: what died when, and the calls of that moment."""

    name: str
    calls: list[Call]
    killed_ns: int = 0
    victims: list[Call] = field(default_factory=list)  # calls that may end by it


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures."""
    argparse.ArgumentParser(prog="box bench survive").parse_args(arguments)
    print(json.dumps(asyncio.run(run())))  # noqa: T201 - this is what a bench is for
    return 0


async def run() -> dict[str, Any]:
    """Kill everything in turn and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        phones = [str(101 + at) for at in range(_CALLS)]
        async with office(Path(folder), *phones, conversations=12, warm_workers=2, log_level="warning") as desk:
            await desk.box.ask("PATCH", "/groups/main", {"strategy": "order"})  # a phone for each call
            for phone in desk.phones.values():
                phone.behaviour = Behaviour(answer_after=0.05)
            rounds = [await _round(desk, name) for name in _ROUNDS]
            await _last_call(desk)
            return await _judge(desk, rounds)


async def _round(desk: Office, name: str) -> Round:
    calls = [desk.call_in(_number()) for _ in range(_CALLS)]
    for call in calls:
        await call.answered()
    this = Round(name, calls)
    await asyncio.sleep(_BEFORE_S)
    this.killed_ns = time.time_ns()
    await _kill(desk, this)
    await asyncio.sleep(_AFTER_S)
    await _hang_up(this)
    await desk.box.until_ready()
    for phone in desk.phones.values():
        await desk.registered(phone)
    gap = max((_gap_ms(desk, this, call) for call in _others(this)), default=0.0)
    say(f"{name}: longest silence of another call {gap:.0f} ms")
    return this


_numbers = iter(range(1, 1000))


def _number() -> str:
    return f"0100{next(_numbers):07d}"


async def _kill(desk: Office, this: Round) -> None:
    launcher = desk.box.pid("launcher")
    if this.name == "worker":
        victim = await asyncio.to_thread(desk.worker_of, this.calls[0])
        this.victims = [this.calls[0]]
        pids = [victim]
    elif this.name == "relay":
        relay = await asyncio.to_thread(desk.relay)
        pids = [relay] if relay is not None else []
    elif this.name == "all":
        this.victims = list(this.calls)
        pids = [pid for pid in figures.family(launcher) if pid != launcher]
    else:
        pids = [desk.box.pid(this.name)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _others(this: Round) -> list[Call]:
    return [call for call in this.calls if call not in this.victims]


async def _hang_up(this: Round) -> None:
    for call in this.calls:
        if call in this.victims and this.name == "all":
            call.finish()  # both ends see silence and give up; there is nobody to send BYE to
        elif not call.over:
            call.hang_up()
    for call in this.calls:
        with suppress(TimeoutError):
            await call.ended(10)


def _gap_ms(desk: Office, this: Round, call: Call) -> float:
    taken = (one for phone in desk.phones.values() for one in phone.calls)
    phone = next(one for one in taken if one.shown == call.shown)
    since = this.killed_ns - 100_000_000
    here = call.stream.heard.gap_added_ms(since, phone.stream.sent_at)
    return max(here, phone.stream.heard.gap_added_ms(since, call.stream.sent_at))


async def _last_call(desk: Office) -> None:
    call = desk.call_in(_number())
    await call.answered()
    await asyncio.sleep(1)
    call.hang_up()
    await call.ended()
    await desk.finished(len(_ROUNDS) * _CALLS + 1, within=40)


async def _judge(desk: Office, rounds: list[Round]) -> dict[str, Any]:
    rows = {row["caller_number"]: row for row in await desk.calls(200)}
    lost = wrong = recordings_lost = 0
    audio_lost = gap = 0.0
    for this in rounds:
        for call in this.calls:
            row = rows.get("+82" + call.shown[1:])
            if row is None:
                lost += 1
                continue
            fault = _fault(desk, this, call, row)
            wrong += bool(fault)
            if fault:
                say(f"{this.name}: {fault}: {row}")
            missing = await _missing_ms(desk, this, call, row)
            recordings_lost += missing is None
            audio_lost = max(audio_lost, missing or 0.0)
            gap = max(gap, _gap_ms(desk, this, call) if call in _others(this) else 0.0)
    return {
        "calls": sum(len(this.calls) for this in rounds) + 1,
        "rows_lost": lost,
        "rows_wrong": wrong,
        "recordings_lost": recordings_lost,
        "audio_lost_ms_max": round(audio_lost),
        "gap_ms_max_on_others": round(gap, 1),
    }


def _fault(desk: Office, this: Round, call: Call, row: dict[str, Any]) -> str:
    """Say what is wrong with a row, compared with what the caller and the phones saw."""
    answered_ms = call.at("200", sent=False) / 1e6
    lost = call in this.victims
    ended_ms = this.killed_ns / 1e6 if lost else call.at("BYE", sent=True) / 1e6
    if row["result"] != ("lost" if lost else "answered"):
        return f"result is {row['result']}"
    if row["extension"] != _who_took(desk, call) or not row["ended_ms"]:
        return "who or the end is missing"
    if abs(row["answered_ms"] - answered_ms) > 200:
        return f"answered {row['answered_ms'] - answered_ms:.0f} ms off"
    if abs(row["ended_ms"] - ended_ms) > _ROW_SLACK_MS:
        return f"ended {row['ended_ms'] - ended_ms:.0f} ms off"
    return ""


def _who_took(desk: Office, call: Call) -> str:
    """Return the extension whose phone has answered a caller."""
    taken = ((at, one) for at, phone in desk.phones.items() for one in phone.calls)
    return next((at for at, one in taken if one.shown == call.shown and one.code == 200), "")


async def _missing_ms(desk: Office, this: Round, call: Call, row: dict[str, Any]) -> float | None:
    """Return how much of the worse track's audio is not in the recording; None = there is no recording."""
    try:
        left, right = await desk.listen(row["id"])
    except AssertionError:
        say(f"{this.name}: no recording: {row}")
        return None
    ended_ns = this.killed_ns if call in this.victims else call.at("BYE", sent=True)
    talk_ms = (ended_ns - call.at("200", sent=False)) / 1e6
    heard = [await asyncio.to_thread(audio.tone_ms, *side) for side in ((left, CARRIER_TONE), (right, PHONE_TONE))]
    missing = talk_ms - min(heard)
    say(f"{this.name}: {missing:.0f} ms of {talk_ms:.0f} ms missing")
    return max(0.0, missing)


def say(text: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"{text}\n")
