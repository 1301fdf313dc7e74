"""A call's timeline in words: each happening becomes a catalogue key with what fills it. Pure.

What only machines care about (a second progress, a codec) is left out or put beside the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from appliance.calls import alone_steps
from appliance.calls import happenings as what
from appliance.calls.call import Step
from appliance.calls.live_call import CALLER_LEG
from appliance.calls.models import Line
from appliance.core import numbers
from sip import api

Words = tuple[str, dict[str, object]] | None


def in_words(lines: Iterable[Line]) -> tuple[Step, ...]:
    """Return the lines that a person wants to read, in the order in which they happened."""
    steps = []
    for line in sorted(lines, key=lambda line: line.at_ms):  # facts may be told out of turn, moments are true
        subject = _subject(line.what)
        words = _WORDS.get(type(subject), _nothing)(subject)
        if words is not None:
            key, params = words
            steps.append(Step(line.at_ms, f"timeline.{key}", params))
    return tuple(steps)


def _subject(happening: what.Happening) -> object:
    if isinstance(happening, what.Heard):
        return happening.fact
    return happening.note if isinstance(happening, what.Noted) else happening


def _nothing(_: object) -> Words:
    return None


def _arrived(happening: what.Arrived) -> Words:
    if happening.direction == "in":
        number = happening.number or happening.called_number
        return "arrived_in", {"number": numbers.show(number), "trunk": happening.trunk, "group": happening.group}
    return f"arrived_{happening.direction}", {
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


def _answered(fact: api.LegAnswered) -> Words:
    if fact.leg == CALLER_LEG:
        return None
    if fact.extension:
        return "answered_by", {"extension": fact.extension, "codec": fact.codec}
    return "answered_outside", {"codec": fact.codec}


def _ended(fact: api.LegEnded) -> Words:
    side = "caller" if fact.leg == CALLER_LEG else "called"
    who = "by_far" if fact.by_far else "by_box"
    if fact.leg != CALLER_LEG and fact.by_far and fact.code >= 300:  # a final answer to our INVITE, not a BYE
        return "not_taken", {"code": fact.code, "reason": fact.reason}
    return f"ended_{side}_{who}", {"code": fact.code, "reason": fact.reason}


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


def _side(fact: Any) -> dict[str, object]:
    return {"side": "caller" if fact.leg == CALLER_LEG else "called"}


def _recording(fact: api.RecordingStarted) -> Words:
    """Only the first file of a leg is news: the voice begins another whenever its sound has changed hands."""
    return (f"recording_{_side(fact)['side']}", {}) if fact.file == f"{fact.leg}.wav" else None


_WORDS: dict[type[Any], Callable[[Any], Words]] = {
    what.Arrived: _arrived,
    what.TurnedAway: _turned_away,
    what.CallerLeft: lambda _: ("caller_left", {}),
    what.TakenByEdge: lambda _: ("taken_by_edge", {}),
    what.RangTooLong: lambda _: ("rang_too_long", {}),
    what.NoWorkerFree: lambda h: ("no_worker", {"reason": h.reason}),
    what.HangupAsked: lambda h: ("hang_up_asked", {"by": h.by}),
    what.BoxStopped: lambda _: ("box_stopped", {}),
    what.Vanished: lambda _: ("vanished", {}),
    api.AloneCame: _alone_came,
    api.AloneRinging: _alone_ringing,
    api.AloneAnswered: _alone_answered,
    api.AloneRefused: _alone_refused,
    api.AloneEnded: _alone_ended,
    api.AloneLost: lambda _: ("alone_lost", {}),
    api.LegProgress: _progress,
    api.LegAnswered: _answered,
    api.LegEnded: _ended,
    api.LegHeld: lambda f: (f"held_{_side(f)['side']}", {}),
    api.LegResumed: lambda f: (f"resumed_{_side(f)['side']}", {}),
    api.DigitHeard: lambda f: ("digit", {"digit": f.digit}),
    api.RecordingStarted: _recording,
    api.OrderFailed: lambda f: ("order_failed", {"order": f.order, "reason": f.reason}),
    api.ConversationLost: lambda f: ("worker_lost", {"why": f.why}),
    api.LeaseUnused: lambda _: ("lease_unused", {}),
}
