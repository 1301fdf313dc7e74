"""How a trunk is: one transition function from what was measured. Pure; times come in from outside."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sip.api import TrunkState, TrunkStatus

CHALLENGES = (401, 407)


class Asked(Struct, frozen=True):
    """A REGISTER has been sent."""


class Replied(Struct, frozen=True):
    """The upstream's final answer to a REGISTER; `proved`: that REGISTER carried our credentials."""

    code: int
    text: str
    proved: bool


class Found(Struct, frozen=True):
    """The edge was asked how its registration is, and it is up."""


class Pong(Struct, frozen=True):
    """The upstream answered an OPTIONS. Any answer will do: it is there (RFC 3261 section 11)."""

    code: int
    text: str


class Silent(Struct, frozen=True):
    """Nothing came back in time, or the way there is not known; `text` says which, when it is known."""

    text: str = ""


Measured: TypeAlias = Asked | Replied | Found | Pong | Silent


def after(status: TrunkStatus, measured: Measured, registers: bool, now_ms: int) -> TrunkStatus:
    """Return the status after a measurement. `since_ms` moves only when the state does."""
    state, code, text = _next(status, measured, registers)
    since = status.since_ms if state is status.state else now_ms
    return replace(status, state=state, code=code, text=text, since_ms=since)


def _next(status: TrunkStatus, measured: Measured, registers: bool) -> tuple[TrunkState, int, str]:
    same = (status.state, status.code, status.text)
    match measured:
        case Asked() if registers:
            return same if status.state is not TrunkState.UNKNOWN else (TrunkState.REGISTERING, 0, "")
        case Replied(code=code, text=text, proved=proved) if registers:
            if code in CHALLENGES and not proved:
                return same  # a challenge is no refusal
            return (TrunkState.REGISTERED if code < 300 else TrunkState.REFUSED), code, text
        case Found() if registers:
            return same if status.state is TrunkState.REGISTERED else (TrunkState.REGISTERED, 200, "OK")
        case Pong(code=code, text=text) if not registers:
            return TrunkState.REACHABLE, code, text
        case Silent(text=text):
            return TrunkState.UNREACHABLE, 0, text
    return same
