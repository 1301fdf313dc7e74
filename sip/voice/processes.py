"""Other processes as the kernel shows them: what they cost, whether one still is who it was. Knows no protocol.

Everything here reads /proc: call it in a thread.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct


class Process(Struct, frozen=True):
    """A process for ever: its pid, and its start in clock ticks (proc(5), field 22), since pids come again."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return a running process; one that is gone has started at 0."""
        return cls(pid, _started(pid))

    @classmethod
    def parse(cls, text: bytes) -> Process:
        """Return what `text` made; nobody, when that is unreadable."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError:
            return cls(0, 0)

    def text(self) -> bytes:
        """Return a form that `parse` reads."""
        return msgspec.json.encode(self)


def is_alive(process: Process) -> bool:
    """Tell whether this very process still runs."""
    return process.started != 0 and _started(process.pid) == process.started


def kill_left_over(voice: Path) -> int:
    """Kill the workers that conversations in this folder name and that still run; return how many."""
    workers = (_worker_of(note) for note in voice.glob("*/conversation.json"))
    alive = [worker for worker in workers if is_alive(worker)]
    for worker in alive:
        os.kill(worker.pid, signal.SIGKILL)
    return len(alive)


def pss_kib(pids: Iterable[int]) -> int:
    """Return what these processes cost in KiB; shared pages are counted in parts, those that are gone nothing."""
    return sum(_pss_kib(pid) for pid in pids)


class _Note(Struct):
    worker: Process


def _worker_of(note: Path) -> Process:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Note).worker
    except (OSError, msgspec.DecodeError):
        return Process(0, 0)


def _started(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
