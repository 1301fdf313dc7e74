"""`./box demo`: a box with a simulated office around it. Callers call in, agents answer, an analog line rings.

    ./box demo                       until Ctrl-C
    ./box demo --calls 3 --every 4   end by itself after three calls that were answered and recorded

Uses the same settings and data folder as `./box run`, but SIP stays on this machine unless told otherwise. It refuses
to touch the data of a real office.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance import offline
from appliance.cli.connection import answers, core_socket
from appliance.config import Config, load
from appliance.core.errors import SoriboxError
from appliance.core.numbers import show
from appliance.i18n import catalog
from tests.simulators import demo_office, demo_people
from tests.simulators.demo_office import ADMIN, AGENTS, NUMBER, RealOffice, furnish
from tests.simulators.sipp import Sipp
from tests.support.box import Box
from tests.support.kamailio import free_ports
from web.api.client import Client

CARRIER = "127.0.0.2"
_LOOK_EVERY = 1.0  # seconds: how often the call log is read for the lines on the terminal
_RECORDINGS_TAKE = 60.0  # seconds, at the most: they are made when nothing else is to be done
_LINE_RINGS = 5  # one in so many calls comes on the analog line


class CannotRun(Exception):
    """The demo cannot run here; the text says why."""


def say(text: str) -> None:
    """Tell whoever started the demo."""
    print(text, flush=True)  # noqa: T201 - for whoever sits at the terminal


class Demo:
    """One run of the demo."""

    def __init__(self, config: Config, wanted: int, every: float, seed: int) -> None:
        self._config, self._wanted, self._every, self._seed = config, wanted, every, seed
        self._folder = config.folder / "demo"
        self._edge = (config.address, config.sip_port)
        self._box = Box(config)
        self._box.log_file = config.folder / "log" / "demo.log"
        self._begun_ms = 0
        self._told: set[str] = set()
        self._answered = 0
        self._callers: set[asyncio.Task[None]] = set()
        self._enough = asyncio.Event()
        self._all_told = asyncio.Event()  # set while no recording of an answered call is still to come

    async def run(self) -> None:
        """Run until enough calls are finished, or until cancelled. Raises CannotRun."""
        async with AsyncExitStack() as stack:
            carrier = (CARRIER, free_ports(1)[0])
            passwords = await self._furnish(carrier)
            sounds = await asyncio.to_thread(demo_people.record_callers, self._folder)
            upstream = Sipp(self._folder / "carrier", CARRIER, sounds[0])
            stack.push_async_callback(upstream.stop)
            await upstream.answer(carrier[1], ring_ms=1500)
            stack.push_async_callback(self._box.stop)
            await self._start_box()
            desks = await self._open_desks(passwords)
            for desk in desks:
                stack.push_async_callback(desk.leave)
            stack.push_async_callback(self._end_calls)
            await self._box.ask("POST", "/devices/trial", {"on": True})
            await self._greet()
            self._begun_ms = int(time.time() * 1000)
            calling = asyncio.create_task(self._call(desks, sounds))
            stack.callback(calling.cancel)
            await self._watch(calling)
            say(self._summary())

    async def _furnish(self, carrier: tuple[str, int]) -> dict[str, str]:
        if answers(core_socket(self._config)):
            raise CannotRun(f"a box is running on {self._config.folder} already")
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            self._box.log_file.parent.mkdir(exist_ok=True)
            self._config.run_folder.mkdir(exist_ok=True)
            async with offline.answering(self._config) as socket, Client(socket, "ko") as box:
                return await furnish(box, carrier)
        except RealOffice:
            raise CannotRun(
                f"{self._config.folder} holds a real office; give the demo a folder of its own, "
                "for example: SORIBOX_DATA=/tmp/soribox-demo ./box demo"
            ) from None

    async def _start_box(self) -> None:
        """What goes wrong at a start (a port in use) the launcher has said in its last words."""
        try:
            await self._box.start()
        except (AssertionError, TimeoutError):
            words = "\n".join(self._box.log().splitlines()[-12:])
            raise CannotRun(f"the box does not start; all of its words are in {self._box.log_file}:\n{words}") from None

    async def _open_desks(self, passwords: dict[str, str]) -> list[demo_people.Desk]:
        try:
            return await demo_people.open_desks(self._folder, passwords, self._edge, self._seed)
        except (RuntimeError, TimeoutError) as error:
            raise CannotRun(str(error)) from error

    async def _greet(self) -> None:
        say(f"\n  https://{self._config.address}:{self._config.https_port}/\n")
        for login, name in ((ADMIN, "admin"), *((agent.login, f"{agent.name}, {agent.extension}") for agent in AGENTS)):
            link = await self._box.ask("POST", f"/users/{login}/sign-in-link")
            say(f"  sign in as {login} ({name}), once and within 15 minutes:\n    {link['address']}")
        say("\n  another link: ./box soribox user link <login>")
        say(f"  callers call {show(NUMBER)}" + ("" if self._wanted else "; Ctrl-C ends the demo") + "\n")

    async def _call(self, desks: list[demo_people.Desk], sounds: list[Path]) -> None:
        """Have callers call, one after the other and sometimes at the same time."""
        for at, plan in enumerate(demo_people.plans(random.Random(self._seed), self._every)):
            sipp = Sipp(self._folder / f"caller-{at % 50}", CARRIER, sounds[at % len(sounds)])
            task = asyncio.create_task(demo_people.place(plan, desks, sipp, NUMBER, self._edge))
            self._callers.add(task)
            task.add_done_callback(self._callers.discard)
            if at % _LINE_RINGS == 1:
                await self._ring_the_line(plan.number)
            if self._wanted and at + 1 >= 4 * self._wanted + 8:
                return  # that many calls without enough answers: something is wrong
            await asyncio.sleep(self._every)
            if self._wanted and at + 1 >= self._wanted and await self._was_that_enough():
                return

    async def _ring_the_line(self, but: str) -> None:
        """Let a customer call on the analog line who is not the one on the trunk: that would be one call."""
        number = next(one.number for one in demo_office.customers() if one.number != but)
        await self._box.ask("POST", "/devices/simulate", {"number": number})

    async def _was_that_enough(self) -> bool:
        """Let the callers that are on the phone finish and their recordings be made, before more are sent."""
        if self._callers:
            await asyncio.wait(self._callers)
        self._all_told.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_told.wait(), _RECORDINGS_TAKE)
        return self._enough.is_set()

    async def _watch(self, calling: asyncio.Task[None]) -> None:
        """Tell each finished call; return when there were enough."""
        while not self._wanted or self._answered < self._wanted:
            await asyncio.sleep(_LOOK_EVERY)
            rows = (await self._box.ask("GET", "/calls", query={"from_ms": self._begun_ms}))["items"]
            for row in reversed(rows):
                if row["id"] not in self._told and row["ended_ms"] and not (row["answered_ms"] and not _recorded(row)):
                    self._tell(row)
            if all(row["id"] in self._told for row in rows if row["answered_ms"]):
                self._all_told.set()
            if calling.done():
                calling.result()
                if not self._callers and self._answered < self._wanted:
                    raise CannotRun(f"only {self._answered} calls were answered; see {self._box.log_file}")
        self._enough.set()

    def _tell(self, row: dict[str, Any]) -> None:
        caller = show(row["caller_number"]) if row["caller_number"] else "withheld"
        seconds = (row["ended_ms"] - row["answered_ms"]) / 1000 if row["answered_ms"] else 0
        who = f"{row['extension'] or '-':>4}  {seconds:5.1f} s" if seconds else " " * 13
        clock = time.strftime("%H:%M:%S", time.localtime(row["started_ms"] / 1000))
        say(f"  {clock}  {caller:<16} {row['caller_name']:<12} {row['result']:<11} {who}")
        self._told.add(row["id"])
        self._answered += row["recording"] == "ready"

    def _summary(self) -> str:
        return json.dumps({"finished_calls": self._answered, "data": str(self._config.folder)}, ensure_ascii=False)

    async def _end_calls(self) -> None:
        for task in self._callers:
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)


def _recorded(row: dict[str, Any]) -> bool:
    return row["recording"] in ("ready", "failed")


async def _until_told_to_stop(demo: Demo) -> None:
    running = asyncio.ensure_future(demo.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        say("\n  the demo has ended")


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="box demo")
    parser.add_argument("--calls", type=int, default=0, help="end after this many answered and recorded calls")
    parser.add_argument("--every", type=float, default=8.0, help="seconds between calls")
    parser.add_argument("--seed", type=int, default=1, help="another number, another day")
    given = parser.parse_args(arguments)
    try:
        config = replace(load(), board="simulator")  # its lamps and buttons can be tried
        config = config if config.sip_address else replace(config, sip_address="127.0.0.1")
        asyncio.run(_until_told_to_stop(Demo(config, given.calls, max(0.5, given.every), given.seed)))
    except CannotRun as error:
        print(f"box demo: {error}", file=sys.stderr)  # noqa: T201 - for whoever sits at the terminal
        return 1
    except SoriboxError as error:
        print(f"box demo: {catalog.text('en', error.key, **error.params)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
