"""Which part of a box uses how much processor time. Reads /proc (proc(5)) and no more."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from tests.bench.figures import family
from tests.support.box import Box

_TICK = os.sysconf("SC_CLK_TCK")
_PARTS = (
    ("kamailio", "edge"),
    ("sip.voice.keeper", "keeper"),
    ("sip.voice.worker", "workers"),
    ("appliance.main", "core"),
    ("appliance.recordings.encoder", "encoder"),
    ("appliance.launcher", "launcher"),
)


def processor_seconds(box: Box) -> dict[str, float]:
    """Return the processor seconds used so far by each part, ended and buried children included.

    A part's ended children count for the part that buried them: workers for the workers (their zygote does it), the
    encoder for the core when it has gone home.
    """
    used: defaultdict[str, float] = defaultdict(float)
    for pid in family(box.pid("launcher")):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used[_part(pid)] += sum(int(ticks) for ticks in fields[11:15]) / _TICK
    return dict(used)


def _part(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return next((part for sign, part in _PARTS if sign in command), "other")
