"""Typed events inside the core process. Knows no feature; carries whatever frozen objects are published.

Listeners run at once, in the order in which they subscribed, in the loop's thread. A listener that raises is logged
and the others still run. A listener must return quickly; longer work belongs in a task that it starts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger(__name__)

E = TypeVar("E")
Unsubscribe = Callable[[], None]


class Bus:
    """Publish and subscribe by the event's class. Subclasses of the class are delivered too."""

    def __init__(self) -> None:
        self._listeners: list[tuple[type[Any], Callable[[Any], None]]] = []

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Unsubscribe:
        """Call `listener` for each event of `kind`. The returned function ends the subscription; twice is harmless."""
        entry = (kind, listener)
        self._listeners.append(entry)

        def unsubscribe() -> None:
            # By identity: the same listener may have subscribed twice.
            self._listeners = [other for other in self._listeners if other is not entry]

        return unsubscribe

    def publish(self, event: object) -> None:
        """Deliver `event` to everyone who listens for its class now."""
        for kind, listener in tuple(self._listeners):
            if isinstance(event, kind):
                try:
                    listener(event)
                except Exception:  # a listener is a border: one that fails must not stop the others
                    log.exception("listener of %s failed", type(event).__name__)
