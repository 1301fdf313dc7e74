"""What screens and lists show of a call: a frozen view, made from its state. Pure."""

from __future__ import annotations

from appliance.calls import dictation, line_recording, pausing
from appliance.calls.call import CallView, PartView, PartyView, State
from appliance.calls.live_call import LiveCall, Phase, told_closed, with_box
from appliance.calls.parties import Errand, Party, Room
from sip import api

ASKED = "asked"
"""The way of a wish for a callback of which nobody said how it came."""

PUBLIC_STATE = {
    Phase.WAITING: State.ARRIVED,
    Phase.ALONE: State.RINGING,
    Phase.ALONE_TALKING: State.TALKING,
    Phase.LINE: State.RINGING,
    Phase.LINE_DIALLING: State.RINGING,
    Phase.LINE_TALKING: State.TALKING,
    Phase.LINE_CLOSING: State.ENDED,
    Phase.CALLING: State.RINGING,
    Phase.TALKING: State.TALKING,
    Phase.CLOSING: State.ENDED,
    Phase.OVER: State.ENDED,
}


def view(call: LiveCall) -> CallView:
    """Return what screens show of `call`."""
    arrived = call.arrived
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
        group=_group(call),
        extensions=call.ringing or tuple(getattr(arrived.target, "numbers", ())),
        extension=call.extension,
        started_ms=call.started_ms,
        ringing_ms=call.ringing_ms,
        answered_ms=call.answered_ms,
        ended_ms=call.ended_ms,
        result=call.result,
        cause=call.cause,
        ended_by=call.ended_by,
        on_hold=call.held and call.phase is Phase.TALKING,
        recording="live" if _recorded_now(call) else "",
        parties=tuple(_party(party) for party in call.parties),
        parts=tuple(PartView(part.extension, part.number, part.from_ms, part.to_ms) for part in call.parts),
        place=call.place,
        waiting=call.search is not None and call.search.waiting,
        held_by=call.held_by,
        wants_callback=call.wants_callback,
        callback_way=(call.callback_way or ASKED) if call.wants_callback else "",
        playing=call.playing.name if call.playing is not None else "",
        joined_to=call.joined_to,
        closed=told_closed(call) and call.phase not in (Phase.CLOSING, Phase.OVER),
        warned=call.warned,
        terminating=call.terminating and call.playing is not None,
        extra_minutes=call.extra_minutes,
        paused=call.paused,
        pauses=pausing.in_recording(call),
        dictates=dictation.stands_at(call),
        dictated=dictation.of(call),
        menu_path=call.menu_path,
        callback_number=call.callback_number,
        callback_sure=call.callback_sure,
        test=call.arrived.test,
        with_box=with_box(call),
        line=arrived.line_name,
        line_recorded=arrived.line_recorded,
        taping=call.taping,
        mos=min((report.mos for report in call.reports if report.mos), default=0.0),
    )


def _recorded_now(call: LiveCall) -> bool:
    if call.phase is Phase.LINE_TALKING:
        return bool(line_recording.runs(call))
    return bool(call.tracks) and call.phase is Phase.TALKING


def _group(call: LiveCall) -> str:
    if call.search is not None and call.search.goal.kind == "group":
        return call.search.goal.target
    return call.callback_group or call.group or call.arrived.group


def _party(party: Party) -> PartyView:
    phones = party.target.numbers if isinstance(party.target, api.Extensions) else ()
    return PartyView(
        leg=party.leg,
        role=party.role.value,
        state=_state(party),
        extension=party.extension,
        number=party.number,
        name=party.name,
        since_ms=party.up_ms or party.since_ms,
        muted=party.muted,
        watch=party.watch.value if party.watch is not None else "",
        rings_at=() if party.is_up else tuple(dict.fromkeys((*phones, *party.ringing))),
        returned=party.errand is Errand.RETURN,
    )


def _state(party: Party) -> str:
    if not party.is_up:
        return "music" if party.room is Room.MUSIC and party.hears else "ringing"
    if party.far_hold:
        return "held"
    return {Room.MUSIC: "music", Room.ASIDE: "aside"}.get(party.room, "talking")
