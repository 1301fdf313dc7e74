"""Facts of conversations on disk, kept until the core has stored them. Knows folders, no process and no socket.

A conversation's folder holds `conversation.json` (written at the lease), `facts.jsonl` (a line for each fact, and one
for each acknowledgement) and the recordings. When the last fact is acknowledged the first two go and the recordings
stay; an empty folder goes too. Everything here waits for the disk: it runs in the keeper's disk thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from sip.api import LAST_FACTS, ConversationPlan, Told
from sip.voice.processes import Process

log = logging.getLogger(__name__)

NOTE = "conversation.json"
FACTS = "facts.jsonl"


class Note(Struct, frozen=True):
    """What must be known of a conversation after its keeper is gone."""

    plan: ConversationPlan
    contact: str
    worker: Process


class _Line(Struct, frozen=True, omit_defaults=True):
    """A line of `facts.jsonl`."""

    told: Told | None = None
    acknowledged: int = 0


@dataclass
class Found:
    """A conversation found on disk."""

    folder: Path
    note: Note
    facts: list[Told] = field(default_factory=list)
    acknowledged: int = 0

    @property
    def over(self) -> bool:
        """Whether the last fact is there."""
        return bool(self.facts) and isinstance(self.facts[-1].fact, LAST_FACTS)


def create(folder: Path, plan: ConversationPlan, contact: str, worker: Process) -> None:
    """Make a conversation's folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / (NOTE + ".new")
    unfinished.write_bytes(msgspec.json.encode(Note(plan, contact, worker)))
    unfinished.rename(folder / NOTE)


def append(folder: Path, told: Told) -> None:
    """Add a fact. Raises OSError."""
    _append(folder, _Line(told=told))


def acknowledge(folder: Path, number: int) -> None:
    """Note that the facts up to `number` need not be told again. Raises OSError."""
    _append(folder, _Line(acknowledged=number))


def forget(folder: Path) -> None:
    """Remove what belongs to the journal; the recordings stay."""
    for name in (FACTS, NOTE):
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty: it holds recordings
        folder.rmdir()


def find(voice: Path) -> list[Found]:
    """Return every conversation that is not forgotten, as far as it can be read."""
    found = []
    for note in sorted(voice.glob(f"*/{NOTE}")):
        try:
            found.append(_read(note.parent))
        except (OSError, msgspec.DecodeError) as error:
            log.error("conversation in %s cannot be read: %s", note.parent.name, error)
    return found


def last_sign_ms(folder: Path) -> int:
    """Return when anything in the folder was last written, in milliseconds since 1970."""
    return max(entry.stat().st_mtime_ns for entry in folder.iterdir()) // 1_000_000


def _append(folder: Path, line: _Line) -> None:
    descriptor = os.open(folder / FACTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(line) + b"\n")
    finally:
        os.close(descriptor)


def _read(folder: Path) -> Found:
    found = Found(folder, msgspec.json.decode((folder / NOTE).read_bytes(), type=Note))
    path = folder / FACTS
    if not path.exists():
        return found
    whole, _, torn = path.read_bytes().rpartition(b"\n")
    if torn:  # the power went in the middle of a line: nobody was told of it
        os.truncate(path, len(whole) + 1 if whole else 0)
    for text in whole.splitlines():
        line = msgspec.json.decode(text, type=_Line)
        if line.told is not None:
            found.facts.append(line.told)
        found.acknowledged = max(found.acknowledged, line.acknowledged)
    return found
