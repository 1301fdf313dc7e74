"""What the edge's notes make of a call: the machine's steps for calls that the edge handles alone. Pure.

Nothing is ordered here but the end of a call: the edge goes on by itself, and its notes tell what it came to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from msgspec import structs

from appliance.calls import happenings as what
from appliance.calls.call import Direction, Ender, Result
from appliance.calls.causes import result_of
from appliance.calls.live_call import EndAlone, LiveCall, Phase
from appliance.calls.requests import HangupAsked
from sip import api

EDGE_ALONE = "call.cause.edge_alone"
LOST = "call.cause.edge_restarted"
_FROM_PANEL = "call.cause.ended_from_panel"

# What the edge itself answers, in the catalogue's words.
_REFUSALS = {
    403: "call.cause.not_allowed_out",
    480: "call.cause.nobody_registered",
    503: "call.cause.no_trunk",
}

Outcome: TypeAlias = tuple[LiveCall, tuple[EndAlone | api.Release, ...]]
Handler: TypeAlias = Callable[[LiveCall, Any, int], Outcome]


def told(call: LiveCall, noted: what.Noted) -> LiveCall:
    """Return `call` with what every note may tell: which trunk, group and number of ours it was in the end."""
    if call.delivered:
        return replace(call, noted=noted.number)
    arrived = call.arrived
    if trunk := getattr(noted.note, "trunk", ""):
        arrived = structs.replace(arrived, trunk=trunk, number=noted.line)
    if noted.group:
        arrived = structs.replace(arrived, group=noted.group)
    return replace(call, noted=noted.number, arrived=arrived)


def why(note: api.AloneRefused) -> str:
    """Return why a call came to nothing: a catalogue key for what the edge itself decided, else code and words."""
    return _own(note) or f"{note.code} {note.reason}".strip()


def _own(note: api.AloneRefused) -> str:
    return _REFUSALS.get(note.code, "") if note.by is api.Side.BOX else ""


def taken(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """The edge handles the call from now on."""
    return replace(call, phase=Phase.ALONE), ()


def _taken_from_a_worker(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return replace(call, phase=Phase.ALONE), (api.Release(),)


def _caller_left(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """The caller gave up as the call was handed to the edge: there may be nothing that it could note."""
    return _over(call, at_ms, Result.CANCELLED, "", Ender.CALLER)


def _came(call: LiveCall, note: api.AloneCame, at_ms: int) -> Outcome:
    """Make the edge's what was ours, and had perhaps been closed already because nobody knew of it any more."""
    if call.delivered:  # it has been a worker's
        return call, ()
    fresh = LiveCall(call.id, call.arrived, min(call.started_ms, at_ms), Phase.ALONE, heard=call.heard)
    return replace(fresh, ringing=note.extensions, extension=call.arrived.extension, noted=call.noted), ()


def _ringing(call: LiveCall, note: api.AloneRinging, at_ms: int) -> Outcome:
    return replace(call, ringing=_with(call.ringing, note.extension), ringing_ms=call.ringing_ms or at_ms), ()


def _answered(call: LiveCall, note: api.AloneAnswered, at_ms: int) -> Outcome:
    ours = "" if call.direction is Direction.OUT else note.extension
    talking = replace(
        call,
        phase=Phase.ALONE_TALKING,
        ringing=_with(call.ringing, note.extension),
        ringing_ms=call.ringing_ms or at_ms,
        answered_ms=at_ms,
        extension=ours or call.extension,
        tag=note.tag,
    )
    return talking, ()


def _with(ringing: tuple[str, ...], extension: str) -> tuple[str, ...]:
    return ringing if not extension or extension in ringing else (*ringing, extension)


def _refused(call: LiveCall, note: api.AloneRefused, at_ms: int) -> Outcome:
    if note.by is api.Side.CALLER:
        return _over(call, at_ms, Result.CANCELLED, "", Ender.CALLER)
    result = result_of(note.code, _own(note), rang=bool(call.ringing_ms))
    return _over(call, at_ms, result, why(note), Ender(note.by))


def _given_up(call: LiveCall, note: api.AloneEnded, at_ms: int) -> Outcome:
    """End a call that nobody has answered, from the panel: a caller who gives up is refused."""
    return _over(call, at_ms, Result.CANCELLED, call.cause, Ender(note.by))


def _ended(call: LiveCall, note: api.AloneEnded, at_ms: int) -> Outcome:
    if note.tag and note.tag != call.tag:  # the dialog with another phone, which was a moment too late
        return call, ()
    by_panel = note.by is api.Side.BOX and call.cause == _FROM_PANEL
    return _over(call, at_ms, Result.ANSWERED, _FROM_PANEL if by_panel else EDGE_ALONE, Ender(note.by))


def _lost(call: LiveCall, note: api.AloneLost, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.LOST, LOST, Ender.BOX)


def _found_again(call: LiveCall, note: api.AloneEnded, at_ms: int) -> Outcome:
    """The talk had gone on while nothing was known of it, and now its end was seen."""
    return _ended(call, note, at_ms) if call.cause == LOST and call.answered_ms else (call, ())


def _over(call: LiveCall, at_ms: int, result: Result, cause: str, ended_by: Ender) -> Outcome:
    return replace(call, phase=Phase.OVER, ended_ms=at_ms, result=result, cause=cause, ended_by=ended_by), ()


def _hang_up_asked(call: LiveCall, happening: HangupAsked, at_ms: int) -> Outcome:
    return replace(call, cause=_FROM_PANEL), (EndAlone(call.arrived.sip_call_id),)


TRANSITIONS: dict[tuple[Phase, type[Any]], Handler] = {
    (Phase.WAITING, what.TakenByEdge): _taken_from_a_worker,
    (Phase.ALONE, what.CallerLeft): _caller_left,
    **{(phase, api.AloneCame): _came for phase in Phase if phase is not Phase.ALONE_TALKING},
    (Phase.ALONE, api.AloneRinging): _ringing,
    (Phase.ALONE, api.AloneAnswered): _answered,
    (Phase.ALONE, api.AloneRefused): _refused,
    (Phase.ALONE, api.AloneEnded): _given_up,
    (Phase.ALONE_TALKING, api.AloneEnded): _ended,
    (Phase.OVER, api.AloneEnded): _found_again,
    **{(phase, api.AloneLost): _lost for phase in (Phase.ALONE, Phase.ALONE_TALKING)},
    **{(phase, HangupAsked): _hang_up_asked for phase in (Phase.ALONE, Phase.ALONE_TALKING)},
}
