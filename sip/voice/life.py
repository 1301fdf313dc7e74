"""The life of a worker as its keeper sees it: states, what may happen, how long each state may last. Pure.

`step` is the only place where a life changes. What the table does not name is logged and changes nothing.

starting → warm → leased → talking → ended → gone
At any time: finish → draining; silence or time-out → dumping (stack on standard error) → killed → gone.
"""

from __future__ import annotations

import logging
from enum import StrEnum

log = logging.getLogger(__name__)


class Life(StrEnum):
    """Where a worker is."""

    STARTING = "starting"  # being forked, or opening its sockets
    WARM = "warm"
    LEASED = "leased"
    TALKING = "talking"
    DRAINING = "draining"  # told to finish
    ENDED = "ended"  # told its last fact; its exit is due
    DUMPING = "dumping"  # hangs: asked for its stack
    KILLED = "killed"
    GONE = "gone"


class Event(StrEnum):
    """What happens to a worker."""

    READY = "ready"
    LEASED = "leased"
    FIRST_LEG = "first leg"
    LAST_FACT = "last fact"
    FINISH = "finish"
    FAILED = "failed"  # said so, or its channel closed
    TIMEOUT = "time-out"
    EXITED = "exited"


_LIVING = (Life.STARTING, Life.WARM, Life.LEASED, Life.TALKING)

TRANSITIONS: dict[tuple[Life, Event], Life] = {
    (Life.STARTING, Event.READY): Life.WARM,
    (Life.WARM, Event.LEASED): Life.LEASED,
    (Life.LEASED, Event.FIRST_LEG): Life.TALKING,
    **{(life, Event.LAST_FACT): Life.ENDED for life in (Life.LEASED, Life.TALKING, Life.DRAINING)},
    **{(life, Event.FINISH): Life.DRAINING for life in _LIVING},
    **{(life, Event.FAILED): Life.ENDED for life in (*_LIVING, Life.DRAINING)},
    **{(life, Event.TIMEOUT): Life.DUMPING for life in (*_LIVING, Life.DRAINING, Life.ENDED)},
    (Life.DUMPING, Event.TIMEOUT): Life.KILLED,
    (Life.KILLED, Event.TIMEOUT): Life.KILLED,  # asked again: a process in a disk's hands dies late
    **{(life, Event.EXITED): Life.GONE for life in Life if life is not Life.GONE},
}

EXPECTED_LATE: frozenset[tuple[Life, Event]] = frozenset(
    {
        *((life, Event.FAILED) for life in (Life.ENDED, Life.DUMPING, Life.KILLED, Life.GONE)),
        *((life, Event.FINISH) for life in (Life.DRAINING, Life.ENDED, Life.DUMPING, Life.KILLED, Life.GONE)),
    }
)
"""Normal, and without effect: a channel closes when its worker has ended, and so on."""


def step(life: Life, event: Event) -> Life:
    """Return the life after `event`."""
    after = TRANSITIONS.get((life, event))
    if after is None:
        if (life, event) not in EXPECTED_LATE:
            log.warning("a %s worker: %s is not expected", life, event)
        return life
    log.debug("worker: %s, %s → %s", life, event, after)
    return after


def can_talk(life: Life) -> bool:
    """Tell whether orders make sense."""
    return life in (Life.LEASED, Life.TALKING, Life.DRAINING)
