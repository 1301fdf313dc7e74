"""Slows guessing down: the more failures, the longer the wait. Knows nothing of what is guessed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from appliance.core.errors import TooManyAttempts


@dataclass(frozen=True)
class Pace:
    """How patient: so many failures are free, then the wait doubles from `first_ms` up to `longest_ms`."""

    free: int = 4
    first_ms: int = 1_000
    longest_ms: int = 15 * 60_000
    forgotten_ms: int = 60 * 60_000

    def wait_ms(self, failures: int) -> int:
        """Return how long to wait after so many failures."""
        if failures < self.free:
            return 0
        return min(self.first_ms << min(failures - self.free, 30), self.longest_ms)


@dataclass(frozen=True)
class _Record:
    failures: int
    last_ms: int
    before_ms: int  # `last_ms` of the attempt before


class Throttle:
    """Counts attempts at one thing by key. Bounded: the keys longest unused are forgotten first.

    What is guarded separately has a throttle of its own, so that a flood of keys of one does not push the other out.
    """

    def __init__(self, now_ms: Callable[[], int], keys_at_most: int = 10_000) -> None:
        self._now_ms = now_ms
        self._at_most = keys_at_most
        self._records: OrderedDict[Hashable, _Record] = OrderedDict()

    def attempt(self, key: Hashable, pace: Pace) -> None:
        """Count an attempt as failed until `succeeded` says otherwise, so that many at once gain nothing.

        Raises TooManyAttempts while it is too early; an attempt made too early is not counted.
        """
        now = self._now_ms()
        record = self._records.get(key)
        if record is None or now - record.last_ms >= pace.forgotten_ms:
            record = _Record(0, now, now)
        left_ms = record.last_ms + pace.wait_ms(record.failures) - now
        if left_ms > 0:
            raise TooManyAttempts("access.too_many_attempts", seconds=-(-left_ms // 1000))
        self._records[key] = _Record(record.failures + 1, now, record.last_ms)
        self._records.move_to_end(key)
        while len(self._records) > self._at_most:
            self._records.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of `key`."""
        self._records.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """Count the last attempt of `key` as none; the failures before it stay.

        For what many share, like an address: one who may enter must not clear the way for guessing at others.
        """
        record = self._records.pop(key, None)
        if record is not None and record.failures > 1:
            self._records[key] = _Record(record.failures - 1, record.before_ms, record.before_ms)
