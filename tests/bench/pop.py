"""`./box bench pop`: from a carrier's INVITE on the wire to the pop in an agent's browser, with very many customers.

The browser writes down when the card has been painted (a task after the animation frame that follows its appearance);
its clock and ours are the same machine's. Callers are customers and strangers by turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from appliance import offline, wiring
from appliance.config import Config
from appliance.crm.types import CustomerDraft
from tests.bench.figures import spread
from tests.support.browser import chromium, signed_in
from tests.support.office import Office, office

WATCH = """
window.seen = new Set();
window.painted = [];
window.waiting = null;
window.nextPop = () => window.painted.length ? window.painted.shift() : new Promise(tell => { window.waiting = tell; });
new MutationObserver(() => {
  for (const card of document.querySelectorAll(".pop[data-call]")) {
    if (window.seen.has(card.dataset.call)) continue;
    window.seen.add(card.dataset.call);
    requestAnimationFrame(() => setTimeout(() => {
      if (!card.checkVisibility()) throw new Error("the card is not visible");
      window.painted.push(performance.timeOrigin + performance.now());
      if (window.waiting) { window.waiting(window.painted.shift()); window.waiting = null; }
    }));
  }
}).observe(document, { childList: true, subtree: true });
"""
_FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN = ("서연", "민준", "지우", "도현", "하은", "시우", "수아", "예준", "지안", "주원")


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench pop")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=60)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    with tempfile.TemporaryDirectory() as folder:
        before = partial(_fill, customers=given.customers)
        async with office(Path(folder), "101", before=before, log_level="warning") as desk:
            await desk.set_up()
            link = await desk.add_agent("haneul", "101")
            async with chromium() as browser:
                page = await signed_in(browser, link)
                await page.evaluate(WATCH)
                times = [await _measure(desk, page, number) for number in _callers(given)]
    figures = spread(times)
    return {"calls": len(times), **{f"{name}_ms": figures[name] for name in ("p50", "p95", "p99", "max")}}


async def _fill(config: Config, customers: int) -> None:
    async with AsyncExitStack() as stack:
        services = await wiring.build(config, offline.NoEdge(), offline.NoVoice(), stack)
        await services.customers.import_many(_drafts(customers), 5000)
    sys.stderr.write(f"{customers} customers\n")


def _drafts(count: int) -> Iterator[CustomerDraft]:
    for at in range(count):
        name = _FAMILY[at % len(_FAMILY)] + _GIVEN[at // 7 % len(_GIVEN)]
        yield CustomerDraft(None, name, f"회사 {at % 5000}", (_number(at),), "오후에만 통화 가능")


def _number(at: int) -> str:
    return f"0100{at * 97 % 10_000_000:07d}"


def _callers(given: argparse.Namespace) -> Iterator[str]:
    chance = random.Random(1)
    for at in range(given.calls):
        yield f"0101{at:07d}" if at % 3 == 2 else _number(chance.randrange(given.customers))


async def _measure(desk: Office, page: Page, number: str) -> float:
    """Call, wait until the card is there, give up and wait until the box is quiet again."""
    call = desk.call_in(number)
    at_ms = float(await asyncio.wait_for(page.evaluate("window.nextPop()"), 10))
    await call.ringing()
    call.cancel()
    await call.ended()
    close = page.locator(".pop [data-pop-close]").first
    await close.click()
    await page.locator(".pop").first.wait_for(state="detached")
    return at_ms - call.at("INVITE", sent=True) / 1e6
