"""`./box bench office`: a whole office at work: agents with a browser each, calls all the time, what the core costs.

Callers ring the group's next agent, whose phone answers; some talks are held, some are given to a colleague. The loop's
lag is taken for what a trivial question to the core takes, asked all the time: it waits its turn in the same loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.bench.figures import cpu_seconds, family, percentile, pss_mb
from tests.simulators.sip_call import Call, CallFailed
from tests.simulators.sip_ua import Behaviour
from tests.support.browser import chromium, signed_in
from tests.support.office import Office, office
from web.api.client import Client, Refused

_FIRST = 201  # 107 and 112 are nobody's extensions
_PROBE_S = 0.2  # the question itself costs the core a little


@dataclass
class Day:
    """What happened."""

    calls: int = 0
    failed: int = 0
    lags_ms: list[float] = field(default_factory=list)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench office")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--calls-a-minute", type=int, default=20)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    phones = [str(_FIRST + at) for at in range(given.agents)]
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), *phones, log_level="warning", conversations=given.agents + 4) as desk:
            await _furnish(desk, phones)
            async with chromium() as browser, AsyncExitStack() as stack:
                for phone in phones:
                    await stack.enter_async_context(await _at_work(desk, browser, phone))
                return await _work(desk, given)


async def _furnish(desk: Office, phones: Sequence[str]) -> None:
    await desk.set_up()
    group = (await desk.box.ask("GET", "/groups"))["items"][0]["id"]
    change = {"members": list(phones), "strategy": "longest_idle", "queue": True, "ring_seconds": 10}
    await desk.box.ask("PATCH", f"/groups/{group}", change)
    for phone in phones:
        desk.phones[phone].behaviour = Behaviour(ring_after=0.0, answer_after=1.0)
        desk.phones[phone].keep_audio = False
    desk.carrier.keep_audio = False


async def _at_work(desk: Office, browser: Browser, phone: str) -> Any:
    """Open an agent's browser on the live view: the page that changes most."""
    link = await desk.add_agent(f"agent{phone}", phone)
    return (await signed_in(browser, link)).context


async def _work(desk: Office, given: argparse.Namespace) -> dict[str, Any]:
    day, core = Day(), desk.box.pid("core")
    probe = asyncio.create_task(_probe(desk, day))
    used, began = cpu_seconds(core), time.monotonic()
    await _customers(desk, day, given)
    share = (cpu_seconds(core) - used) / (time.monotonic() - began)
    probe.cancel()
    return {
        "agents": given.agents,
        "calls": day.calls,
        "failed": day.failed,
        "core_cpu_share": round(share, 4),
        "pss_mb": round(pss_mb(family(desk.box.pid("launcher"))), 1),
        "loop_lag_ms_p99": round(percentile(day.lags_ms, 99), 2),
    }


async def _customers(desk: Office, day: Day, given: argparse.Namespace) -> None:
    """Let customers call at an even pace until the time is over, then wait for the last of them."""
    chance, pause = random.Random(7), 60 / given.calls_a_minute
    async with asyncio.TaskGroup() as group:
        for at in range(round(given.minutes * given.calls_a_minute)):
            group.create_task(_customer(desk, day, f"0105{at:07d}", chance.random(), chance.uniform(10, 40)))
            await asyncio.sleep(pause)


async def _customer(desk: Office, day: Day, number: str, what: float, talk_s: float) -> None:
    """Call, talk, be held or given to a colleague now and then, and hang up."""
    day.calls += 1
    call = desk.call_in(number)
    try:
        await call.answered(within=30)
        await asyncio.sleep(talk_s / 2)
        if what < 0.5:
            await _something(desk, number, "hold" if what < 0.3 else "transfer")
        await asyncio.sleep(talk_s / 2)
        _must_be_up(call)
    except (CallFailed, TimeoutError):
        day.failed += 1
    with suppress(CallFailed, TimeoutError):
        call.hang_up()
        await call.ended()


def _must_be_up(call: Call) -> None:
    if call.over:
        raise CallFailed("it ended by itself")


async def _something(desk: Office, number: str, what: str) -> None:
    """Hold and retrieve, or give away to a free colleague, as the agent would by the call bar."""
    rows = await desk.calls(40)
    row = next(row for row in rows if row["state"] != "ended" and row["caller_number"].endswith(number[1:]))
    at, path = row["extension"], f"/calls/{row['id']}"
    with suppress(Refused):  # the colleague has just taken another call
        if what == "transfer":
            busy = {one["extension"] for one in rows if one["state"] != "ended"}
            to = next(phone for phone in desk.phones if phone not in busy)
            await desk.box.ask("POST", f"{path}/transfer", {"extension": at, "to": to})
            return
        await desk.box.ask("POST", f"{path}/hold", {"extension": at})
        await asyncio.sleep(3)
        await desk.box.ask("POST", f"{path}/retrieve", {"extension": at})


async def _probe(desk: Office, day: Day) -> None:
    """Ask the core something trivial all the time."""
    async with Client(desk.box.config.run_folder / "core.sock", "en") as client:
        while True:
            began = time.perf_counter()
            await client.ask("GET", "/health")
            day.lags_ms.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(_PROBE_S)
