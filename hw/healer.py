"""Takes one device through its healing: keeps its state and the timer of the step. What to do is `healing.py`'s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from hw.api import Cure, Healing, Trouble
from hw.healing import Order, Sign, fell_ill, happened

log = logging.getLogger(__name__)


class Healer:
    """`due` is the cure that the device's task is to carry out next; `wake` tells it that there is one."""

    def __init__(
        self, state: Healing, now_ms: Callable[[], int], changed: Callable[[Healing], None], wake: Callable[[], None]
    ) -> None:
        self.state = state
        self.due: Cure | None = None
        self.better: Callable[[], bool] = lambda: False  # asked when a step has had its time
        self._now_ms = now_ms
        self._changed = changed
        self._wake = wake
        self._timer: asyncio.TimerHandle | None = None

    def ill(self, trouble: Trouble) -> None:
        """Hear that the device is in trouble."""
        self._take(*fell_ill(self.state, trouble, self._now_ms()))

    def feel(self, sign: Sign) -> None:
        """Hear what else happens to it."""
        self._take(*happened(self.state, sign, self._now_ms()))

    def taken(self) -> Cure | None:
        """Return the cure that is due, once."""
        cure, self.due = self.due, None
        return cure

    def stop(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self, after: Healing, order: Order) -> None:
        before, self.state = self.state, after
        if after == before:
            return
        if order.wait_s or after.trouble is None or order.cure:
            self.stop()
        if order.wait_s:
            self._timer = asyncio.get_running_loop().call_later(order.wait_s, self._waited)
        if order.cure is not None or after.trouble is None:
            self.due = order.cure
        log.info("device: trouble %s, trying %s, resting %s", after.trouble, after.trying, after.resting)
        self._changed(after)
        self._wake()

    def _waited(self) -> None:
        self._timer = None
        self.feel(Sign.WELL if self.better() else Sign.NO_BETTER)
