"""How each part of the box is, in words. Knows no feature: parts report, lamps and the panel read.

A part is "ok" only because something was measured; a part that never reported is not listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How a part is."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """What one part says of itself. `key` is a catalogue text that says what is so and what to do."""

    part: str
    level: Level
    key: str
    params: dict[str, object] = field(default_factory=dict)
    since_ms: int = 0


class Health:
    """The last report of each part. `on_change` listeners hear of a report that differs from the one before."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._reports: dict[str, Report] = {}
        self._listeners: list[Callable[[Report], None]] = []

    def report(self, part: str, level: Level, key: str, **params: object) -> None:
        """Say how `part` is now. Saying the same again keeps its `since_ms`."""
        before = self._reports.get(part)
        if before is not None and (before.level, before.key, before.params) == (level, key, params):
            return
        since = self._now_ms() if before is None or before.level != level else before.since_ms
        report = Report(part, level, key, params, since)
        self._reports[part] = report
        for listener in self._listeners:
            listener(report)

    def forget(self, part: str) -> None:
        """Drop a part that no longer exists (a removed trunk)."""
        self._reports.pop(part, None)

    def on_change(self, listener: Callable[[Report], None]) -> None:
        """Call `listener` with every report that differs from the one before."""
        self._listeners.append(listener)

    def reports(self) -> tuple[Report, ...]:
        """Return all parts, the worst first."""
        order = {Level.FAILED: 0, Level.DEGRADED: 1, Level.OK: 2}
        return tuple(sorted(self._reports.values(), key=lambda r: (order[r.level], r.part)))
