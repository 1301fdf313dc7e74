"""What one person's browser tabs are told, in order: numbered frames, kept a while so that a reconnect misses nothing.

Pure: knows no socket, no page and no call. `live.py` connects it with WebSockets.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

KEPT_FRAMES = 200
"""How many frames a reconnecting tab may have missed before it gets everything afresh."""

TAB_BACKLOG = 300
"""How many frames may wait for a tab that does not read; then it is dropped and comes back by itself."""


class Topic(StrEnum):
    """What a tab may want to hear of."""

    POP = "pop"  # the cards of one's own calls; every tab has them
    VIEW = "view"  # the regions of the live view
    COLLEAGUES = "colleagues"  # who is where, and what they are doing
    CALLS = "calls"  # "this call has changed", for lists
    LEVEL = "level"  # how loud analog lines are, many times a second
    CALLBACKS = "callbacks"  # callbacks or recalls have changed, for their lists


@dataclass(frozen=True)
class News:
    """Something to tell: `kind` is what the browser looks up its handler by, `data` must be JSON."""

    topic: Topic
    kind: str
    data: dict[str, object]


@dataclass(frozen=True)
class Frame:
    """One message to a tab, ready to be sent. Number 0: for this connection alone, and not kept."""

    number: int
    topic: Topic
    text: str


def frame(number: int, news: News) -> Frame:
    """Return `news` as it goes on the wire."""
    told = {"n": number, "kind": news.kind, **news.data}
    return Frame(number, news.topic, json.dumps(told, ensure_ascii=False, separators=(",", ":")))


@dataclass(eq=False)
class Tab:
    """One connected tab: what it wants to hear and what it has still to be sent.

    `wake` is called when there is something to send, `drop` when the tab does not read and must go.
    """

    topics: frozenset[Topic]
    wake: Callable[[], None]
    drop: Callable[[], None]
    backlog: deque[Frame] = field(default_factory=deque)
    dropped: bool = False

    def give(self, told: Frame) -> None:
        """Queue a frame; never waits."""
        if self.dropped or told.topic not in self.topics:
            return
        if len(self.backlog) >= TAB_BACKLOG:
            self.dropped = True
            self.backlog.clear()
            self.drop()
            return
        self.backlog.append(told)
        self.wake()


class Feed:
    """All tabs of one person, and the last frames they were told.

    `epoch` names this life of the feed: numbers of another one (before a restart of the box) mean nothing here.
    """

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.number = 0
        self.tabs: set[Tab] = set()
        self._kept: deque[Frame] = deque(maxlen=KEPT_FRAMES)

    def publish(self, news: News) -> None:
        """Number a frame, keep it, and give it to every tab that wants its topic."""
        self.number += 1
        told = frame(self.number, news)
        self._kept.append(told)
        for tab in tuple(self.tabs):
            tab.give(told)

    def mention(self, news: News) -> None:
        """Tell something that is worth nothing a moment later: it is not kept for those who come back."""
        told = frame(0, news)
        for tab in tuple(self.tabs):
            tab.give(told)

    def wants(self, topic: Topic) -> bool:
        """Say whether any tab listens to `topic` now; what nobody hears need not be made."""
        return any(topic in tab.topics for tab in self.tabs)

    def missed(self, epoch: str, last: int) -> tuple[Frame, ...] | None:
        """Return the frames after number `last`; None when they are not all kept and everything is needed afresh."""
        if epoch != self.epoch or last > self.number:
            return None
        oldest = self._kept[0].number if self._kept else self.number + 1
        if last + 1 < oldest:
            return None
        return tuple(told for told in self._kept if told.number > last)


def wanted(names: Iterable[object]) -> frozenset[Topic]:
    """Return the topics a tab asked for; unknown names are ignored, the pop is always among them."""
    known = {str(topic): topic for topic in Topic}
    return frozenset({Topic.POP} | {known[name] for name in names if isinstance(name, str) and name in known})
