"""`./box bench block`: from the block button to what the caller's phone received: the agent's last, the first of ours.

A press is the request that the browser sends; both figures are taken from the arrival of RTP packets at the caller.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import spread
from tests.support.blocking import says_tones, terminated
from tests.support.office import office


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench block")
    parser.add_argument("--presses", type=int, default=30)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    heard, cut = [], []
    with tempfile.TemporaryDirectory() as name:
        async with office(Path(name), "101", log_level="warning") as desk:
            await says_tones(desk, Path(name))
            for _ in range(given.presses):
                told = await terminated(desk)
                heard.append(told.announcement_ms)
                cut.append(told.cut_ms)
    return {"presses": given.presses, "announcement_ms": _spread(heard), "cut_ms": _spread(cut)}


def _spread(values: Sequence[float]) -> dict[str, float]:
    found = spread(values)
    return {key: found[key] for key in ("p50", "p99", "max")}
