"""`./box bench cid`: from the last byte of a frame on a pseudo-terminal to the pop in an agent's browser.

A whole box with a caller-ID reader on a port. `missed`: frames without a card; `invented`: calls that no frame told of.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
import tty
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from appliance.cli.connection import core_socket
from hw.cid.korean_box import CALLSTAR, encode
from tests.bench.figures import spread
from tests.bench.pop import WATCH
from tests.support.browser import chromium, signed_in
from tests.support.office import Office, office
from web.api.client import Client


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench cid")
    parser.add_argument("--frames", type=int, default=100)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    master, slave = os.openpty()
    tty.setraw(slave)
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), "101", log_level="warning") as desk, chromium() as browser:
            await desk.set_up()
            page = await signed_in(browser, await desk.add_agent("haneul", "101"))
            await page.evaluate(WATCH)
            await _connect(desk, master, os.ttyname(slave))
            times = [await _measure(page, master, at) for at in range(given.frames)]
            async with Client(core_socket(desk.box.config), "en") as client:
                made = len((await client.ask("GET", "/calls", query={"limit": 500}))["items"])
    seen = [one for one in times if one is not None]
    figures = spread(seen)
    missed, invented = given.frames - len(seen), max(0, made - given.frames)
    return {"frames": given.frames, "p50_ms": figures["p50"], "p99_ms": figures["p99"], "missed": missed,
            "invented": invented}  # fmt: skip


async def _connect(desk: Office, master: int, path: str) -> None:
    """Answer the box as a reader does when it asks what is there."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if CALLSTAR.greeting in os.read(master, 4096):
            os.write(master, encode(0, "P", "CI1 2"))
            asked.set()

    loop.add_reader(master, readable)
    async with Client(core_socket(desk.box.config), "en") as client:
        await client.ask("POST", "/devices", {"path": path})
    await asyncio.wait_for(asked.wait(), 20)
    loop.remove_reader(master)


async def _measure(page: Page, master: int, at: int) -> float | None:
    """Let one call ring; return how long its card took, None when there was none."""
    os.write(master, CALLSTAR.ring(1, f"0101{at:07d}"))
    sent_ms = time.time() * 1000
    painted = None
    with suppress(TimeoutError):
        painted = float(await asyncio.wait_for(page.evaluate("window.nextPop()"), 5)) - sent_ms
    os.write(master, encode(1, "E"))
    await page.locator(".pop [data-pop-close]").first.click()
    await page.locator(".pop").first.wait_for(state="detached")
    return painted
