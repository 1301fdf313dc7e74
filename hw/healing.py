"""What is done for a device in trouble, step by step, and when it is left in peace. Pure.

A device that is merely quiet has no trouble and never comes here. The steps go from the gentlest to the hardest; after
the last one it rests, each time longer. A device that falls ill again soon after it was mended rests first, too, so
that nothing is ever reset in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from hw.api import Cure, Healing, Trouble

STEP_S = 15.0  # how long a cure has to show
FIRST_REST_S = 60.0
LONGEST_REST_S = 6 * 3600.0
CALM_MS = 60 * 60_000  # well for so long: what was before is forgotten


class Sign(Enum):
    """What happens to a device in care, besides falling ill."""

    WELL = auto()  # what was wrong is not so any more
    NO_BETTER = auto()  # the time of the step is over
    IMPOSSIBLE = auto()  # the step cannot be done here
    ELSEWHERE = auto()  # it was pulled out: nothing is to be mended


@dataclass(frozen=True)
class Order:
    """What is to be done now (None: nothing), and after how many seconds NO_BETTER is to be told (0: never)."""

    cure: Cure | None = None
    wait_s: float = 0.0


_ORDER = (Cure.RESET, Cure.REOPEN, Cure.POWER)
NOTHING = Order()


def fell_ill(state: Healing, trouble: Trouble, now_ms: int) -> tuple[Healing, Order]:
    """Take a sign of trouble. A missed call moves a device on to the next step, since time alone does not show that."""
    if state.trouble is Trouble.MISSED and trouble is not Trouble.MISSED and not state.resting:
        return replace(state, trouble=trouble), Order(None, STEP_S)  # from here on time shows
    if state.trouble is not None:
        step_on = state.trouble is trouble is Trouble.MISSED and not state.resting
        return _next(state, now_ms) if step_on else (state, NOTHING)
    rounds = state.rounds if now_ms - state.last_ms < CALM_MS else 0
    ill = replace(state, trouble=trouble, trying=None, rounds=rounds)
    rested_s = max(0, now_ms - state.last_ms) / 1000
    if rounds and rested_s < _rest_s(rounds):
        return replace(ill, resting=True), Order(None, _rest_s(rounds) - rested_s)
    return _begin(ill, now_ms)


def happened(state: Healing, sign: Sign, now_ms: int) -> tuple[Healing, Order]:
    """Take what else happens. A device without trouble stays as it is."""
    if state.trouble is None:
        return state, NOTHING
    if sign is Sign.WELL:
        # A trouble that went away before anything was done is no mending.
        done = state.trying is not None
        mended, at_ms = (state.mended + 1, now_ms) if done else (state.mended, state.mended_ms)
        well = replace(state, trouble=None, trying=None, resting=False, mended=mended, mended_ms=at_ms)
        return well, NOTHING
    if sign is Sign.ELSEWHERE:
        return replace(state, trouble=None, trying=None, resting=False), NOTHING
    if sign is Sign.IMPOSSIBLE and (state.resting or state.trying is not Cure.POWER):
        return state, NOTHING  # told too late: its time was over before
    if state.resting:
        return _begin(replace(state, resting=False, trying=None), now_ms)
    return _next(state, now_ms)


def _begin(state: Healing, now_ms: int) -> tuple[Healing, Order]:
    """Begin a round of steps: what has helped for a short time only is not tried again."""
    first = _ORDER.index(Cure.REOPEN if state.trouble is Trouble.HUNG else Cure.RESET)  # hung: takes no orders
    cure = _ORDER[min(first + state.rounds, len(_ORDER) - 1)]
    return _step(replace(state, rounds=state.rounds + 1), cure, now_ms)


def _next(state: Healing, now_ms: int) -> tuple[Healing, Order]:
    following = 0 if state.trying is None else _ORDER.index(state.trying) + 1
    if following == len(_ORDER):
        return replace(state, resting=True, last_ms=now_ms), Order(None, _rest_s(state.rounds))
    return _step(state, _ORDER[following], now_ms)


def _step(state: Healing, cure: Cure, now_ms: int) -> tuple[Healing, Order]:
    wait_s = 0.0 if state.trouble is Trouble.MISSED else STEP_S
    return replace(state, trying=cure, resting=False, last_ms=now_ms), Order(cure, wait_s)


def _rest_s(rounds: int) -> float:
    """Seconds of rest after so many rounds: one minute, four, sixteen … six hours."""
    return float(min(FIRST_REST_S * 4.0 ** (rounds - 1), LONGEST_REST_S)) if rounds else 0.0
