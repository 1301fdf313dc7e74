"""Percentiles, and what processes cost by /proc (proc(5)). Knows no box."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.box import descendants

_TICKS = os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` percent of all do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)] if ordered else 0.0


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the largest."""
    named = {f"p{share}": round(percentile(values, share), 2) for share in (50, 95, 99)}
    return named | {"max": round(max(values, default=0.0), 2)}


def family(pid: int) -> list[int]:
    """Return a process and everything below it."""
    return [pid, *descendants(pid)]


def cpu_seconds(pid: int) -> float:
    """Return what a process, everything below it and all their children that are gone have used."""
    total = 0
    for member in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return total / _TICKS


def pss_mb(pids: Iterable[int]) -> float:
    """Return the memory of processes, what they share counted once (smaps_rollup)."""
    kib = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kib += int(line.split()[1])
    return kib / 1024
