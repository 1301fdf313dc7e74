"""Every conversation the core may still ask about: who holds it, which facts are not acknowledged. Knows no socket.

A fact is in the journal before anybody hears it. What a dead worker left open (files, the conversation itself) is
closed here, by what can be measured.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sip.api import (
    LAST_FACTS,
    Alive,
    ConversationLost,
    ConversationPlan,
    Fact,
    RecordingClosed,
    RecordingStarted,
    Told,
)
from sip.tasks import Tasks
from sip.voice import journal
from sip.voice.disk import Disk
from sip.voice.processes import Process

log = logging.getLogger(__name__)


@dataclass
class Entry:
    """One conversation."""

    conversation: str
    folder: Path
    contact: str
    living: bool
    told: list[Told] = field(default_factory=list)  # in the journal, not acknowledged
    numbered: int = 0
    acknowledged: int = 0
    over: bool = False  # the last fact was heard
    closed: bool = False  # the last fact is in the journal
    recording: set[str] = field(default_factory=set)  # files that are being written
    queue: asyncio.Queue[tuple[int, Fact]] = field(default_factory=asyncio.Queue)
    writer: asyncio.Task[None] | None = None


class Conversations:
    """The journal's owner."""

    def __init__(self, voice: Path, disk: Disk, tell: Callable[[Told], None]) -> None:
        self._voice = voice
        self._disk = disk
        self._tell = tell
        self._entries: dict[str, Entry] = {}
        self._tasks = Tasks("conversations")

    async def find(self) -> None:
        """Take up what an earlier keeper left: its workers are gone, so its conversations are lost."""
        for found in await self._disk.write(partial(journal.find, self._voice)):
            last = found.facts[-1].number if found.facts else 0
            entry = Entry(found.note.plan.conversation, found.folder, found.note.contact, living=False)
            entry.numbered, entry.acknowledged = last, found.acknowledged
            entry.over = entry.closed = found.over
            entry.told = [told for told in found.facts if told.number > found.acknowledged]
            entry.recording = _open_recordings(found.facts)
            self._entries[entry.conversation] = entry
            if not entry.over:
                at_ms = await self._disk.write(partial(journal.last_sign_ms, found.folder))
                await self._lose(entry, at_ms, "the voice keeper was gone")
            elif entry.acknowledged >= last:
                self._forget(entry)

    def add(self, plan: ConversationPlan, contact: str, pid: int) -> Path:
        """Begin a conversation's journal; returns its folder, which the disk makes when it gets to it."""
        folder = self._voice / plan.conversation
        entry = self._entries[plan.conversation] = Entry(plan.conversation, folder, contact, living=True)
        self._disk.write_then(lambda: journal.create(folder, plan, contact, Process.of(pid)), _nothing)
        entry.writer = self._tasks.start("facts", self._write_facts(entry))
        return folder

    def happened(self, conversation: str, at_ms: int, fact: Fact) -> None:
        """Number a fact, write it down, tell it; all in order."""
        entry = self._entries.get(conversation)
        if entry is None or entry.over or not entry.living:
            log.warning("a fact of a conversation that is over: %s", type(fact).__name__)
            return
        entry.queue.put_nowait((at_ms, fact))
        entry.over = isinstance(fact, LAST_FACTS)

    async def lost(self, conversation: str, why: str) -> None:
        """The worker is gone without its last fact (or with it: then there is nothing to do)."""
        entry = self._entries.get(conversation)
        if entry is None or entry.over:
            return
        await entry.queue.join()
        if entry.writer is not None:
            entry.writer.cancel()
        await self._lose(entry, _now_ms(), why)

    def acknowledge(self, conversation: str, number: int) -> None:
        """Forget facts the core has stored, and with the last one the conversation."""
        entry = self._entries.get(conversation)
        if entry is None or number <= entry.acknowledged:
            return
        entry.acknowledged = min(number, entry.numbered)
        entry.told = [told for told in entry.told if told.number > entry.acknowledged]
        if entry.closed and entry.acknowledged == entry.numbered:
            self._forget(entry)
        else:
            work = partial(journal.acknowledge, entry.folder, entry.acknowledged)
            self._disk.write_then(work, _nothing)

    def alive(self) -> tuple[Alive, ...]:
        """Return every conversation that is not forgotten."""
        return tuple(
            Alive(entry.conversation, str(entry.folder), entry.contact, entry.living and not entry.over, entry.numbered)
            for entry in self._entries.values()
        )

    def unacknowledged(self) -> tuple[Told, ...]:
        """Return the facts that nobody has stored, in order within each conversation."""
        return tuple(told for entry in self._entries.values() for told in entry.told)

    async def stop(self) -> None:
        """Write down what was heard, then let go."""
        for entry in self._entries.values():
            if entry.living:
                await entry.queue.join()
        await self._tasks.stop()

    # ------------------------------------------------------------------------------------------------- inside

    async def _write_facts(self, entry: Entry) -> None:
        while True:
            at_ms, fact = await entry.queue.get()
            try:
                await self._note(entry, at_ms, await self._measured(entry, fact))
            finally:
                entry.queue.task_done()
            if isinstance(fact, LAST_FACTS):
                entry.living = False
                return

    async def _measured(self, entry: Entry, fact: Fact) -> Fact:
        """Follow the files that a fact speaks of."""
        match fact:
            case RecordingStarted(_, file):
                entry.recording.add(file)
                self._disk.watch(entry.folder / file)
            case RecordingClosed(leg, file):
                entry.recording.discard(file)
                return RecordingClosed(leg, file, await self._disk.close(entry.folder / file))
        return fact

    async def _note(self, entry: Entry, at_ms: int, fact: Fact) -> None:
        entry.numbered += 1
        told = Told(entry.conversation, entry.numbered, at_ms, fact)
        try:
            await self._disk.write(partial(journal.append, entry.folder, told))
        except OSError as error:  # a full disk must not end a talk: the core hears it all the same
            log.error("a fact is not in the journal: %s", error.strerror)
        entry.told.append(told)
        entry.closed = isinstance(fact, LAST_FACTS)
        self._tell(told)

    async def _lose(self, entry: Entry, at_ms: int, why: str) -> None:
        """Close the open files and the conversation of a worker that is gone."""
        entry.over = True
        for file in sorted(entry.recording):
            length = await self._disk.close(entry.folder / file)
            leg = file.partition(".")[0]  # "agent.2.wav" is agent's, too
            await self._note(entry, at_ms, RecordingClosed(leg, file, length))
        entry.recording.clear()
        entry.living = False
        await self._note(entry, at_ms, ConversationLost(why, entry.contact))

    def _forget(self, entry: Entry) -> None:
        del self._entries[entry.conversation]
        self._disk.write_then(partial(journal.forget, entry.folder), _nothing)


def _open_recordings(facts: list[Told]) -> set[str]:
    started = {told.fact.file for told in facts if isinstance(told.fact, RecordingStarted)}
    return started - {told.fact.file for told in facts if isinstance(told.fact, RecordingClosed)}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _nothing() -> None:
    """Follow a write that nobody waits for."""
