"""`python -m tests.bench calls --calls 20 --seconds 20`: many calls at once through a whole box.

A carrier calls one number for each call, ten calls a second; each number rings one phone, which answers half a second
after its INVITE; both sides sound for `--seconds`; the carrier hangs up. Everything is real but the air: Kamailio,
workers, core, recorder. What is printed:

- `added_180_ms`, `added_200_ms`: from the carrier's INVITE on the wire to its 180 and its 200, less the time the phone
  itself took between its INVITE and its 180 or 200: what the box adds to the set-up.
- `recordings_complete`: of how many calls both tracks of the finished file hold the far side's tone for as long as it
  was sent (20 ms for each packet), to within 60 ms.
- `cpu_s_per_call_minute`: processor seconds of all processes of the box, from the first INVITE until the last
  recording is ready, for a minute of talk.
- `pss_idle_mb`, `pss_per_call_mb`: memory before the first call; what each call adds while all of them talk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figures import family, pss_mb, spread
from tests.bench.processes import processor_seconds
from tests.simulators import audio
from tests.simulators.sip_call import Call, CallFailed
from tests.simulators.sip_ua import Behaviour, UserAgent
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, office

CALLS_A_SECOND = 10
ANSWER_AFTER_S = 0.5
TOLERANCE_MS = 60
LOOK_EVERY_S = 1.0
SETTLE_S = 3.0  # a box that has just started still warms up; the idle figures are to be idle


@dataclass
class Talk:
    """One call from both of its ends."""

    out: Call
    taken: Call
    row: str = ""

    def added_ms(self, word: str) -> float:
        """Return what the box added until the carrier had this reply."""
        whole = self.out.at(word, sent=False) - self.out.at("INVITE", sent=True)
        phone = self.taken.at(word, sent=True) - self.taken.at("INVITE", sent=False)
        return (whole - phone) / 1e6

    @property
    def minutes(self) -> float:
        """For how long they talked."""
        return (self.out.at("BYE", sent=True) - self.out.at("200", sent=False)) / 60e9


async def prepare(desk: Office, calls: int) -> None:
    """Give every call a number, a group and a phone of its own."""
    for index in range(calls):
        extension = f"{2000 + index}"
        phone = await desk.add_phone(extension)
        phone.behaviour = Behaviour(answer_after=ANSWER_AFTER_S)
        phone.keep_audio = False
        group = await desk.box.ask("POST", "/groups", {"label": f"G{index}", "everyone": False, "members": [extension]})
        number = {"number": _number(index), "trunk": desk.trunk, "label": "", "group": group["id"]}
        await desk.box.ask("POST", "/numbers", number)
    desk.carrier.keep_audio = False


def _number(index: int) -> str:
    return f"023100{index:04}"


async def talk(desk: Office, index: int, seconds: float) -> Talk | None:
    """Place one call, talk, hang up. Returns None when it failed."""
    await asyncio.sleep(index / CALLS_A_SECOND)
    phone: UserAgent = desk.phones[f"{2000 + index}"]
    out = desk.carrier.call(_number(index), caller=f"sip:0105555{index:04}@carrier.example")
    try:
        taken = await phone.next_call(10)
        await out.answered(10)
        await asyncio.sleep(seconds)
        out.hang_up()
        await taken.ended(10)
        await out.ended(10)
    except (CallFailed, TimeoutError) as error:
        sys.stderr.write(f"call {index}: {error}\n")
        return None
    return Talk(out, taken)


async def complete(desk: Office, talk: Talk) -> bool:
    """Tell whether both tracks hold what each side sent."""
    left, right = await desk.listen(talk.row)
    found = []
    for samples, hertz, stream in ((left, CARRIER_TONE, talk.out.stream), (right, PHONE_TONE, talk.taken.stream)):
        sent_ms = stream.sent * 20
        heard_ms = await asyncio.to_thread(audio.tone_ms, samples, hertz)
        found.append(abs(sent_ms - heard_ms) <= TOLERANCE_MS)
        if not found[-1]:
            sys.stderr.write(f"{talk.row}: {hertz} Hz sent for {sent_ms:.0f} ms, recorded {heard_ms:.0f} ms\n")
    return all(found)


def options(parser: argparse.ArgumentParser) -> None:
    """Declare the bench's options."""
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench calls")
    options(parser)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    calls, seconds = int(given.calls), float(given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), conversations=calls + 8, warm_workers=4, log_level="warning") as desk:
            await prepare(desk, calls)
            await asyncio.sleep(SETTLE_S)
            idle_mb, before = pss_mb(family(desk.box.pid("launcher"))), processor_seconds(desk.box)
            running = [asyncio.create_task(talk(desk, index, seconds)) for index in range(calls)]
            await asyncio.sleep(calls / CALLS_A_SECOND + ANSWER_AFTER_S + seconds / 2)
            busy_mb = pss_mb(family(desk.box.pid("launcher")))
            talks = [done for done in await asyncio.gather(*running) if done is not None]
            rows = await all_recorded(desk, len(talks))
            after = processor_seconds(desk.box)
            by_number = {row["caller_number"]: row for row in rows}
            for one in talks:
                one.row = by_number[f"+8210{one.out.local.partition('sip:010')[2][:8]}"]["id"]
            return await figures(desk, calls, talks, rows, (idle_mb, busy_mb), (before, after))


async def all_recorded(desk: Office, count: int) -> list[dict[str, Any]]:
    """Wait until every recording is made. Asks seldom: answering costs the box processor time that is measured here."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        rows = await desk.calls(count)
        if sum(row["recording"] in ("ready", "failed") for row in rows) >= count:
            return rows


async def figures(
    desk: Office,
    calls: int,
    talks: Sequence[Talk],
    rows: Sequence[dict[str, Any]],
    memory: tuple[float, float],
    processor: tuple[dict[str, float], dict[str, float]],
) -> dict[str, Any]:
    """Return what is printed; the processor time of each part goes to standard error."""
    minutes = sum(one.minutes for one in talks) or 1.0
    before, after = processor
    parts = {part: (after[part] - before.get(part, 0.0)) / minutes for part in after}
    sys.stderr.write(f"cpu by part: { {part: round(used, 3) for part, used in parts.items()} }\n")
    ready = [row for row in rows if row["recording"] == "ready"]
    return {
        "calls": calls,
        "failed": calls - len(talks),
        "recordings": len(ready),
        "recordings_complete": sum([await complete(desk, one) for one in talks]),
        "added_180_ms": spread([one.added_ms("180") for one in talks]),
        "added_200_ms": spread([one.added_ms("200") for one in talks]),
        "cpu_s_per_call_minute": round(sum(parts.values()), 3),
        "pss_idle_mb": round(memory[0], 1),
        "pss_per_call_mb": round((memory[1] - memory[0]) / max(len(talks), 1), 2),
    }
