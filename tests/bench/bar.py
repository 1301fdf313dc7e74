"""`./box bench bar`: from a click on the call bar to SIP on the wire, and from the wire back to the painted bar.

Clicks hang up a talk (BYE to the customer) or refuse what rings (CANCEL to the phone); the way back is a phone's answer
and a customer's BYE. The browser's clock and ours are the same machine's; what is painted counts, not what has arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.bench.figures import spread
from tests.simulators.sip_call import Call
from tests.support.browser import chromium, signed_in
from tests.support.office import Office, office

_WATCH = """
window.phases = [];
window.clicked = 0;
const calls = document.querySelector("[data-bar-calls]");
const phase = () => calls.querySelector("[data-current]")?.dataset.phase ?? "idle";
let before = phase();
new MutationObserver(() => {
  const now = phase();
  if (now === before) return;
  before = now;
  requestAnimationFrame(() => setTimeout(() => {
    window.phases.push([now, performance.timeOrigin + performance.now()]);
  }));
}).observe(calls, { childList: true, subtree: true, attributes: true });
addEventListener("click", () => { window.clicked = performance.timeOrigin + performance.now(); }, true);
"""


@dataclass
class Measured:
    """Times in milliseconds."""

    out: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench bar")
    parser.add_argument("--calls", type=int, default=60)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), "101", log_level="warning") as desk:
            await desk.set_up()
            link = await desk.add_agent("haneul", "101")
            async with chromium() as browser:
                page = await signed_in(browser, link)
                await page.evaluate(_WATCH)
                for at in range(given.calls):
                    await _ROUNDS[at % len(_ROUNDS)](desk, page, measured)
    return {"calls": given.calls, "click_to_wire_ms": spread(measured.out), "wire_to_bar_ms": spread(measured.back)}


async def _agent_hangs_up(desk: Office, page: Page, measured: Measured) -> None:
    call, phone = await _talk(desk, page, measured)
    measured.out.append(await _click(page, "#bar-end", call, "BYE"))
    await phone.ended()
    await _seen(page, "idle")


async def _customer_hangs_up(desk: Office, page: Page, measured: Measured) -> None:
    call, _ = await _talk(desk, page, measured)
    call.hang_up()
    await call.ended()
    measured.back.append(await _seen(page, "idle") - call.at("BYE", sent=True) / 1e6)


async def _agent_refuses(desk: Office, page: Page, measured: Measured) -> None:
    call = desk.call_in()
    phone = await desk.phones["101"].next_call()
    await _seen(page, "ringing")
    measured.out.append(await _click(page, "#bar-end", phone, "CANCEL"))
    await call.ended()
    await _seen(page, "idle")


_ROUNDS = (_agent_hangs_up, _customer_hangs_up, _agent_refuses)


async def _talk(desk: Office, page: Page, measured: Measured) -> tuple[Call, Call]:
    """Let a customer call and 101 answer; the bar says so."""
    call = desk.call_in()
    phone = await desk.phones["101"].next_call()
    await _seen(page, "ringing")
    phone.answer()
    await call.answered()
    measured.back.append(await _seen(page, "talking") - phone.at("200", sent=True) / 1e6)
    return call, phone


async def _click(page: Page, button: str, far: Call, word: str) -> float:
    """Click and wait for a message at one end; returns how long it took from the click."""
    await page.locator(f"{button}:not([aria-disabled])").click()
    await far.ended()
    clicked = float(await page.evaluate("window.clicked"))
    return far.at(word, sent=False) / 1e6 - clicked


async def _seen(page: Page, phase: str) -> float:
    """Wait until the bar has painted this; returns when."""
    handle = await page.wait_for_function(
        "phase => { const at = phases.findIndex(one => one[0] === phase);"
        " return at >= 0 && phases.splice(0, at + 1).pop()[1]; }",
        arg=phase,
    )
    return float(await handle.json_value())
