"""A call's timeline in words: each happening becomes a catalogue key with what fills it. Pure.

Who a leg was, the call's state at that moment says. What only machines care about (a second progress, a codec) is left
out or put beside the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from appliance.calls import alone_steps, machine, warning
from appliance.calls import happenings as what
from appliance.calls.call import Step
from appliance.calls.live_call import CALLER_LEG, LiveCall, Time
from appliance.calls.models import Line
from appliance.calls.outcomes import ringing_for
from appliance.calls.parties import Errand, Role
from appliance.calls.request_words import WORDS as REQUEST_WORDS
from appliance.calls.request_words import Words
from appliance.core import numbers
from sip import api


def in_words(call_id: str, lines: Iterable[Line]) -> tuple[Step, ...]:
    """Return the lines that a person wants to read, in the order in which they happened."""
    steps: list[Step] = []
    call: LiveCall | None = None
    for line in lines:
        words = _words(_subject(line.what), call)
        if words is not None:
            key, params = words
            steps.append(Step(line.at_ms, f"timeline.{key}", params))
        before, call = call, _after(call_id, call, line)
        if isinstance(line.what, machine.FIRST):
            steps += _closed(line)
        if isinstance(line.what, what.Heard) and _now_wants_callback(before, call):
            steps.append(Step(line.at_ms, "timeline.callback_wanted"))
    return tuple(sorted(steps, key=lambda step: step.at_ms))  # facts may be told out of turn, moments are true


def _closed(line: Line) -> Iterator[Step]:
    """Yield why a call was not answered as usual: the office's hours, and where it goes instead."""
    first = line.what.arrived if isinstance(line.what, what.TurnedAway) else line.what
    closed = first.closed if isinstance(first, what.Arrived) else None
    if closed is not None:
        yield Step(line.at_ms, closed.why, dict(closed.params))
        yield Step(line.at_ms, f"timeline.instead_{closed.kind}", {"to": closed.label})


def _after(call_id: str, call: LiveCall | None, line: Line) -> LiveCall | None:
    if call is None:
        return machine.begin(call_id, line.what, line.at_ms) if isinstance(line.what, machine.FIRST) else None
    with suppress(machine.CannotNow):  # what was possible once may not be after an update
        call, _ = machine.step(call, line.what, line.at_ms)
    return call


def _now_wants_callback(before: LiveCall | None, after: LiveCall | None) -> bool:
    return before is not None and after is not None and after.wants_callback and not before.wants_callback


def _subject(happening: what.Happening) -> object:
    if isinstance(happening, what.Heard):
        return happening.fact
    return happening.note if isinstance(happening, what.Noted) else happening


def _words(subject: object, call: LiveCall | None) -> Words:
    if isinstance(subject, api.LegEnded):
        return _ended(subject, call)
    if isinstance(subject, api.LegAnswered):
        return _answered(subject, call)
    if isinstance(subject, api.LegReplaced):
        return _replaced(subject, call)
    if isinstance(subject, what.TimeUp):
        return _time_up(subject, call)
    return (_WORDS.get(type(subject)) or REQUEST_WORDS.get(type(subject)) or _nothing)(subject)


def _nothing(_: object) -> Words:
    return None


def _arrived(happening: what.Arrived) -> Words:
    if happening.line and happening.direction == "out":
        number = numbers.show(happening.called_number)
        return "line_dials", {"line": happening.line_name, "extension": happening.extension, "number": number}
    if happening.line:
        return "arrived_on_line", {"line": happening.line_name}
    if happening.direction == "in":
        number = happening.number or happening.called_number
        return "arrived_in", {"number": numbers.show(number), "trunk": happening.trunk, "group": happening.group}
    key = "own_phone_first" if happening.own_phone else f"arrived_{happening.direction}"
    return key, {
        "extension": happening.extension,
        "number": numbers.show(happening.called_number),
        "trunk": happening.trunk,
    }


def _turned_away(happening: what.TurnedAway) -> Words:
    return "turned_away", {"code": happening.code, "cause": happening.cause}


def _progress(fact: api.LegProgress) -> Words:
    if fact.extension:
        return "ringing", {"extension": fact.extension}
    return ("early_media", {}) if fact.early_media else ("ringing_outside", {})


def _answered(fact: api.LegAnswered, call: LiveCall | None) -> Words:
    if fact.leg == CALLER_LEG:
        return None
    party = call.party(fact.leg) if call is not None else None
    extension = fact.extension or (party.extension if party is not None else "")
    if party is not None and party.role is Role.MONITOR:
        return "monitor_there", {"extension": extension}
    if party is not None and party.errand is Errand.OWN_PHONE:
        return "own_phone_answered", {"extension": extension}
    if extension:
        return "answered_by", {"extension": extension, "codec": fact.codec}
    return "answered_outside", {"codec": fact.codec}


def _ended(fact: api.LegEnded, call: LiveCall | None) -> Words:
    if call is not None and any(ending.leg == fact.leg for ending in call.ending) and len(call.people) > 1:
        return None  # somebody was let go, and it was said why
    side = "caller" if fact.leg == CALLER_LEG else "called"
    who = _who(call, fact.leg)
    if fact.leg != CALLER_LEG and fact.by_far and fact.code >= 300:  # a final answer to our INVITE, not a BYE
        known = {"code": fact.code, "reason": fact.reason}
        return ("not_taken_by", known | {"who": who}) if who else ("not_taken", known)
    if who and call is not None and len(call.people) > 2:
        return "party_left", {"who": who}
    return f"ended_{side}_{'by_far' if fact.by_far else 'by_box'}", {"code": fact.code, "reason": fact.reason}


def _replaced(fact: api.LegReplaced, call: LiveCall | None) -> Words:
    who = _who(call, fact.leg)
    return ("replaced", {"who": who}) if who else None


def _time_up(up: what.TimeUp, call: LiveCall | None) -> Words:
    """One of the call's times is over, unless it was called off in the same moment."""
    if call is None or not any(time == up.timer for time, _ in call.due):
        return None
    if up.timer == Time.PARK:
        return "park_over", {"place": call.place, "extension": call.back_to}
    if up.timer == Time.TAKE:
        return _not_taken_in_time(call), {}
    key = _TIMES_UP.get(up.timer)
    return (key, {}) if key else None


def _not_taken_in_time(call: LiveCall) -> str:
    if ringing_for(call, Errand.CONSULT):
        return "asked_not_there"
    return "not_taken_back" if ringing_for(call, Errand.RETURN) else "not_taken_in_time"


def _who(call: LiveCall | None, leg: str) -> str:
    party = call.party(leg) if call is not None else None
    if party is None:
        return ""
    return party.extension or (numbers.show(party.number) if party.number else party.name)


def _alone_came(note: api.AloneCame) -> Words:
    if note.extensions:
        return "alone_rings", {"extensions": ", ".join(note.extensions)}
    return "alone_came", {}


def _alone_ringing(note: api.AloneRinging) -> Words:
    return ("ringing", {"extension": note.extension}) if note.extension else ("ringing_outside", {})


def _alone_answered(note: api.AloneAnswered) -> Words:
    return ("answered_by", {"extension": note.extension}) if note.extension else ("answered_outside", {})


def _alone_refused(note: api.AloneRefused) -> Words:
    if note.by is api.Side.CALLER:
        return "caller_left", {}
    if note.by is api.Side.BOX:
        return "turned_away", {"code": note.code, "cause": alone_steps.why(note)}
    return "not_taken", {"code": note.code, "reason": note.reason}


def _alone_ended(note: api.AloneEnded) -> Words:
    return ("alone_ended", {}) if note.by is api.Side.BOX else (f"ended_{note.by}_by_far", {})


def _play_ended(fact: api.PlayEnded) -> Words:
    """Whether a warning was heard is worth knowing; the end of other announcements is not."""
    if not fact.play.startswith(warning.KEEPS_PREFIX):
        return None
    return ("warning_heard" if fact.whole else "warning_cut"), {}


def _side(fact: Any) -> dict[str, object]:
    return {"side": "caller" if fact.leg == CALLER_LEG else "called"}


def _recording(fact: api.RecordingStarted) -> Words:
    """Only the first file of a leg is news: the voice begins another whenever its sound has changed hands.

    That what was played is kept, too, goes without saying.
    """
    if fact.leg.startswith(warning.KEEPS_PREFIX):
        return None
    return (f"recording_{_side(fact)['side']}", {}) if fact.file == f"{fact.leg}.wav" else None


_TIMES_UP = {
    Time.RING.value: "rang_too_long",
    Time.QUEUE.value: "waited_too_long",
    Time.LAST.value: "last_too_long",
    Time.LINE.value: "line_silent",
}
"""That the caller is told again where they stand (SAY) is said when they are."""

_WORDS: dict[type[Any], Callable[[Any], Words]] = {
    what.Arrived: _arrived,
    what.TurnedAway: _turned_away,
    what.CallerLeft: lambda _: ("caller_left", {}),
    what.TakenByEdge: lambda _: ("taken_by_edge", {}),
    what.RangTooLong: lambda _: ("rang_too_long", {}),
    what.NoWorkerFree: lambda h: ("no_worker", {"reason": h.reason}),
    what.BoxStopped: lambda _: ("box_stopped", {}),
    what.Vanished: lambda _: ("vanished", {}),
    what.LinePickedUp: lambda h: ("line_sounds" if h.how else "line_picked_up", {}),
    what.LinePutDown: lambda h: ("line_silence" if h.how else "line_put_down", {}),
    what.LineTapeBegun: lambda _: ("line_tape_begun", {}),
    what.LineTapeClosed: lambda h: (f"line_tape_{h.why}", {}) if h.why else None,
    what.LineTaken: lambda _: ("line_taken", {}),
    what.LineDialled: lambda _: ("line_dialled", {}),
    what.LineDialFailed: lambda _: ("line_dial_failed", {}),
    what.SeenTwice: lambda _: ("line_seen_twice", {}),
    api.AloneCame: _alone_came,
    api.AloneRinging: _alone_ringing,
    api.AloneAnswered: _alone_answered,
    api.AloneRefused: _alone_refused,
    api.AloneEnded: _alone_ended,
    api.AloneLost: lambda _: ("alone_lost", {}),
    api.LegProgress: _progress,
    api.LegHeld: lambda f: (f"held_{_side(f)['side']}", {}),
    api.LegResumed: lambda f: (f"resumed_{_side(f)['side']}", {}),
    api.DigitHeard: lambda f: ("digit", {"digit": f.digit}),
    api.RecordingStarted: _recording,
    api.PlayEnded: _play_ended,
    api.TransferAsked: lambda f: ("phone_transfers", {"target": f.target}),
    api.OrderFailed: lambda f: ("order_failed", {"order": f.order, "reason": f.reason}),
    api.ConversationLost: lambda f: ("worker_lost", {"why": f.why}),
    api.LeaseUnused: lambda _: ("lease_unused", {}),
}
