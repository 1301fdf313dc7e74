"""The state of one call inside call control, and the answers of the machine. Pure data; knows no database.

The screen's view of it is `call.CallView`; `view` makes that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from appliance.calls.call import CallView, Direction, Ender, Result, State, Track
from appliance.calls.happenings import Arrived
from sip.api import Order

CALLER_LEG = "caller"
CALLED_LEG = "called"


class Phase(StrEnum):
    """The machine's states. A call only ever moves down this list, but for one that turns out to be the edge's."""

    WAITING = "waiting"  # leased; the INVITE is on its way to the worker
    ALONE = "alone"  # the edge handles it alone: nobody has answered yet
    ALONE_TALKING = "alone_talking"  # the edge connected it; we hear of its end
    CALLING = "calling"  # the other side is being called
    TALKING = "talking"
    CLOSING = "closing"  # decided; legs and recordings are being closed
    OVER = "over"  # nothing will happen any more


WITH_THE_EDGE = frozenset({Phase.ALONE, Phase.ALONE_TALKING})

PUBLIC_STATE = {
    Phase.WAITING: State.ARRIVED,
    Phase.ALONE: State.RINGING,
    Phase.ALONE_TALKING: State.TALKING,
    Phase.CALLING: State.RINGING,
    Phase.TALKING: State.TALKING,
    Phase.CLOSING: State.ENDED,
    Phase.OVER: State.ENDED,
}


@dataclass(frozen=True)
class LiveCall:
    """A call between two of its happenings."""

    id: str
    arrived: Arrived
    started_ms: int
    phase: Phase = Phase.WAITING
    ringing: tuple[str, ...] = ()  # extensions that rang
    extension: str = ""  # our phone in the talk
    ringing_ms: int = 0
    answered_ms: int = 0
    ended_ms: int = 0
    result: Result = Result.OPEN
    cause: str = ""
    ended_by: Ender = Ender.NOBODY
    early_media: bool = False
    ring_sent: bool = False
    held: frozenset[str] = frozenset()
    tracks: tuple[Track, ...] = ()
    heard: int = 0  # the number of the last fact
    delivered: bool = False  # whether its INVITE reached a worker: then it is none of the edge's
    noted: int = 0  # the number of the edge's last note
    tag: str = ""  # which dialog the edge's talk is

    @property
    def direction(self) -> Direction:
        """Which way the call goes."""
        return Direction(self.arrived.direction)


@dataclass(frozen=True)
class StartRingTimer:
    """Tell the machine RangTooLong when the phones have rung this long."""

    seconds: int


@dataclass(frozen=True)
class EndDialogs:
    """A worker died: have the edge end what it left behind."""

    contact: str


@dataclass(frozen=True)
class EndAlone:
    """Have the edge end a call that it handles alone."""

    sip_call_id: str


Action: TypeAlias = Order | StartRingTimer | EndDialogs | EndAlone


def view(call: LiveCall) -> CallView:
    """Return what screens show of `call`."""
    arrived = call.arrived
    extensions = call.ringing or tuple(getattr(arrived.target, "numbers", ()))
    return CallView(
        id=call.id,
        direction=call.direction,
        state=PUBLIC_STATE[call.phase],
        caller_number=arrived.caller_number,
        caller_name=arrived.caller_name,
        presentation=arrived.presentation,
        called_number=arrived.called_number,
        trunk=arrived.trunk,
        number=arrived.number,
        group=arrived.group,
        extensions=extensions,
        extension=call.extension,
        started_ms=call.started_ms,
        ringing_ms=call.ringing_ms,
        answered_ms=call.answered_ms,
        ended_ms=call.ended_ms,
        result=call.result,
        cause=call.cause,
        ended_by=call.ended_by,
        on_hold=bool(call.held) and call.phase is Phase.TALKING,
        recording="live" if call.tracks and call.phase is Phase.TALKING else "",
    )


def with_track(call: LiveCall, track: Track) -> LiveCall:
    """Return `call` with `track` added, or put in the place of the one with the same leg and file."""
    others = tuple(t for t in call.tracks if (t.leg, t.file) != (track.leg, track.file))
    return replace(call, tracks=(*others, track))
