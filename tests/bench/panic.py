"""`./box bench panic`: from a panic button that was held for its second to the announcement at the caller's phone.

A whole box with simulated pins and real SIP peers. The moment is that of the contact plus one second, so that
debouncing counts; the end is the arrival of the RTP packet with the announcement's first sample. `failed`: later than
300 ms, or never.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import spread
from tests.support.blocking import panicked, says_tones
from tests.support.office import Office, office

_SOON_ENOUGH_MS = 300


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench panic")
    parser.add_argument("--presses", type=int, default=30)
    print(json.dumps(asyncio.run(run(parser.parse_args(arguments)))))  # noqa: T201 - this is what a bench is for
    return 0


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    with tempfile.TemporaryDirectory() as name:
        async with office(Path(name), "101", board="simulator", log_level="warning") as desk:
            await says_tones(desk, Path(name))
            await desk.box.ask("PATCH", "/indicators/buttons/panic-1", {"desk": "101"})
            times = [await _measure(desk) for _ in range(given.presses)]
    heard = [one for one in times if one is not None]
    found = spread(heard) if heard else {"p50": 0.0, "p99": 0.0, "max": 0.0}
    failed = given.presses - sum(one <= _SOON_ENOUGH_MS for one in heard)
    return {"presses": given.presses, **{f"{key}_ms": found[key] for key in ("p50", "p99", "max")}, "failed": failed}


async def _measure(desk: Office) -> float | None:
    """Press once; return how long it took, None when the announcement never came."""
    try:
        return (await panicked(desk)).announcement_ms
    except (AssertionError, StopIteration, TimeoutError) as error:
        sys.stderr.write(f"bench: a press failed: {error!r}\n")
        return None
