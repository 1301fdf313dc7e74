"""What people asked for in a call, and what its search did, as lines of its timeline: keys and what fills them.

Pure; `timeline.py` has what phones and networks did.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.parties import Watch
from appliance.core import numbers
from sip import api

Words: TypeAlias = tuple[str, dict[str, object]] | None

_SECONDS_A_MINUTE = 60


def callee(to: asks.Callee) -> str:
    """Return an extension, or an outside number as people write it."""
    return to.extension or numbers.show(to.number)


def _offered(step: what.Offered) -> Words:
    if isinstance(step.target, api.Outside):
        return "offered_outside", {"number": numbers.show(step.number)}
    if isinstance(step.target, api.Extensions):
        return "offered", {"extensions": ", ".join(step.target.numbers)}
    return None


def _nobody(step: what.NobodyLeft) -> Words:
    return ("nobody_left", {"cause": step.cause}) if step.cause else ("nobody_took_it", {})


def _said(step: what.Said) -> Words:
    if not step.wait_seconds:
        return "said_place", {"place": step.place}
    minutes = max(1, round(step.wait_seconds / _SECONDS_A_MINUTE))
    return "said_place_and_wait", {"place": step.place, "minutes": minutes}


def _given(ask: asks.GiveAsked) -> Words:
    if ask.goal is not None:
        if ask.goal.kind == "menu":
            return "given_to_menu", {"extension": ask.extension}
        return "given_to_group", {"extension": ask.extension, "group": ask.goal.target}
    return "given", {"extension": ask.extension, "to": callee(ask.to)}


def _fetched(ask: asks.FetchAsked) -> Words:
    return "fetched", {"extension": ask.extension}


def _joined(joined: what.Joined) -> Words:
    return "joined", {"to": callee(joined.to)}


def _mute(ask: asks.MuteAsked) -> Words:
    return ("muted" if ask.on else "unmuted"), {"extension": ask.extension}


def _paused(ask: asks.PauseAsked) -> Words:
    return ("recording_paused" if ask.on else "recording_goes_on"), {"extension": ask.extension}


def _record(ask: asks.RecordAsked) -> Words:
    return ("record_asked" if ask.on else "record_ended"), {"extension": ask.extension}


def _hang_up(ask: asks.HangupAsked) -> Words:
    return ("left_asked", {"extension": ask.extension}) if ask.extension else ("hang_up_asked", {"by": ask.by})


def _monitor(ask: asks.MonitorAsked) -> Words:
    return f"monitor_{Watch(ask.watch)}", {"extension": ask.extension, "by": ask.by}


def _warned(ask: asks.WarnAsked) -> Words:
    told = {"extension": ask.extension, "stage": ask.stage, "name": ask.name}
    if not ask.file:
        return "warned_silently", told
    return "warned", told


def _terminated(ask: asks.TerminateAsked) -> Words:
    key = "terminated" if ask.file else "terminated_silently"
    return key, {"extension": ask.extension, "name": ask.name}


def _line_taken(ask: asks.LineTakenBy) -> Words:
    key = "line_taken_by" if ask.by else "line_taken_alone"
    return key, {"extension": ask.extension, "by": ask.by}


def _by_extension(key: str) -> Callable[[Any], Words]:
    return lambda ask: (key, {"extension": ask.extension})


WORDS: dict[type[Any], Callable[[Any], Words]] = {
    what.Offered: _offered,
    what.Queued: lambda _: ("queued", {}),
    what.Announced: lambda step: ("announced", {"name": step.name}) if step.name else ("code_heard", {}),
    what.CallbackNoted: lambda _: ("callback_noted", {}),
    what.Asked: lambda step: ("menu_step", {"name": step.name}) if step.name else None,
    what.CallbackAsked: lambda _: ("callback_asked", {}),
    what.ReadBack: lambda _: ("callback_read_back", {}),
    what.NobodyLeft: _nobody,
    what.Said: _said,
    what.DictationBegun: lambda _: ("dictation_begun", {}),
    what.DictationPrepared: lambda step: (("dictation_heard" if step.file else "dictation_silent"), {}),
    what.DictationKept: lambda step: (("dictation_kept" if step.well else "dictation_not_kept"), {}),
    what.TransferLeads: lambda leads: ("transfer_leads", {"to": callee(leads.to)}),
    what.Joined: _joined,
    what.FetcherLeft: lambda _: ("fetcher_left", {}),
    asks.HangupAsked: _hang_up,
    asks.HoldAsked: _by_extension("hold_asked"),
    asks.RetrieveAsked: _by_extension("retrieve_asked"),
    asks.MuteAsked: _mute,
    asks.PauseAsked: _paused,
    asks.RecordAsked: _record,
    asks.DigitsAsked: lambda ask: ("digits_asked", {"extension": ask.extension, "digits": ask.digits}),
    asks.GiveAsked: _given,
    asks.ConsultAsked: lambda ask: ("consult_asked", {"extension": ask.extension, "to": callee(ask.to)}),
    asks.ConsultTurned: _by_extension("consult_turned"),
    asks.ConsultJoined: _by_extension("consult_joined"),
    asks.ConsultDone: _by_extension("consult_done"),
    asks.ConsultDropped: _by_extension("consult_dropped"),
    asks.ParkAsked: lambda ask: ("park_asked", {"extension": ask.extension, "place": ask.place}),
    asks.FetchAsked: _fetched,
    asks.RefuseAsked: _by_extension("refuse_asked"),
    asks.AnswerAsked: _by_extension("answer_asked"),
    asks.PlayAsked: lambda ask: ("play_asked", {"extension": ask.extension, "name": ask.name}),
    asks.PlayStopAsked: _by_extension("play_stopped"),
    asks.MonitorAsked: _monitor,
    asks.WarnAsked: _warned,
    asks.TerminateAsked: _terminated,
    asks.LineTakenBy: _line_taken,
    asks.ExtendAsked: lambda ask: ("extended", {"extension": ask.extension, "minutes": ask.minutes}),
}
