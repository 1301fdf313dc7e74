"""One call in the words of a page: number, kind, line, people, how it ended. Pure; shared by pop, log and live view."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.access.permissions import allowed
from appliance.access.types import User
from appliance.calls.call import CallView, Direction, PartView, Result, State
from appliance.core.numbers import NumberKind, parse, show
from appliance.lines.types import LinesSnapshot

_NO_NUMBER = {"withheld": NumberKind.WITHHELD, "unavailable": NumberKind.UNAVAILABLE, "payphone": NumberKind.PAYPHONE}
_NORMAL = (Result.OPEN, Result.ANSWERED, Result.UNKNOWN)


@dataclass(frozen=True)
class Names:
    """What the office calls its own things, at one moment."""

    extensions: dict[str, str]
    lines: dict[str, str]
    groups: dict[str, str]
    trunks: dict[str, str]
    members: dict[str, frozenset[str]]

    @classmethod
    def of(cls, lines: LinesSnapshot) -> Names:
        """Take the names out of the lines as they are now."""
        everyone = frozenset(extension.number for extension in lines.extensions if extension.enabled)
        return cls(
            extensions={extension.number: extension.name for extension in lines.extensions},
            lines={number.number: number.label for number in lines.numbers},
            groups={group.id: group.label for group in lines.groups},
            trunks={trunk.id: trunk.name for trunk in lines.trunks},
            members={g.id: everyone if g.everyone else frozenset(g.members) for g in lines.groups},
        )

    def extension(self, number: str) -> str:
        """Return "name (101)", or the number alone when it has no name."""
        name = self.extensions.get(number, "")
        return f"{name} ({number})" if name else number

    @staticmethod
    def outside(number: str) -> str:
        """Return a number outside as people write it, "" for none."""
        return show(number) if number else ""


@dataclass(frozen=True)
class PartLine:
    """One stretch of a call: who of ours (or whom it was sent on to) talked, from when, how long. 0 ms: it goes on."""

    who: str
    from_ms: int
    talk_ms: int


@dataclass(frozen=True)
class CallLine:
    """A call as a line of a list or the head of a card. Texts ending in `_key` are catalogue keys, "" = none."""

    id: str
    direction: str
    state: str
    number: str  # stored form; "" when there is none to call back or to save
    shown: str  # as people write it, "" when withheld
    kind_key: str
    region_key: str
    caller_name: str
    line: str
    group: str
    extension: str
    who: str  # "name (101)" of our side, the last who talked
    chain: str  # all who talked, one after the other: "name (101) → name (102)"
    rang: str  # whom it rang at, with names
    rang_at: str  # the same, numbers alone
    started_ms: int
    answered_ms: int
    ended_ms: int
    wait_ms: int
    talk_ms: int
    result: str
    tone: str  # "live", "good", "missed" or "bad"
    result_key: str
    on_hold: bool
    parked: bool
    recording: str
    parts: tuple[PartLine, ...] = ()
    joined_to: str = ""  # the call that this one became a part of
    path: str = ""  # the steps of voice menus that the caller came by, "메인 메뉴 → 배송 문의"
    test: bool = False  # somebody of the office tried how it is to call
    may_record: bool = False  # it goes on, on an analog line that somebody may have recorded
    taping: bool = False  # that is wanted now
    paused: bool = False  # its recording holds silence now


def concerned(call: CallView, names: Names) -> frozenset[str]:
    """Return the extensions whose people a call concerns: it rings there, or will, or they talk."""
    told = {*call.extensions, call.extension, *(part.extension for part in call.parts)} | names.members.get(
        call.group, frozenset()
    )
    if call.direction is Direction.INTERNAL:
        told |= {call.caller_number, call.called_number}
    told |= {part.extension for part in call.parts}
    for party in call.parties:
        if party.role != "monitor":
            told |= {party.extension, *party.rings_at}
    return frozenset(told - {""})


def talks_at(call: CallView, extension: str) -> bool:
    """Say whether an extension is in the talk, or in its way of asking; a supervisor who listens is not."""
    return any(p.extension == extension and p.state != "ringing" and p.role != "monitor" for p in call.parties)


def rings_at(call: CallView, extension: str) -> bool:
    """Say whether a call rings at an extension now."""
    return any(extension in party.rings_at for party in call.parties if party.role != "monitor")


def was_at(call: CallView, extension: str) -> bool:
    """Say whether somebody at an extension has talked in a call."""
    return call.extension == extension or any(part.extension == extension for part in call.parts)


def may_see(user: User, extension: str, call: CallView, names: Names) -> bool:
    """Say whether `user`, who sits at `extension`, may see a call: all by permission, else those at that phone."""
    if allowed(user, "calls.see_all"):
        return True
    return allowed(user, "calls.see_own") and bool(extension) and extension in concerned(call, names)


def result_key(call: CallView) -> str:
    """Return the words for how a call ended; an incoming call that nobody took is a missed one."""
    if call.direction is Direction.IN and call.result in (Result.NO_ANSWER, Result.CANCELLED):
        return "call_log.missed"
    if call.direction is Direction.OUT and call.result is Result.CANCELLED:
        return "call_log.withdrawn"
    return f"call.result.{call.result}"


def line_of(call: CallView, names: Names) -> CallLine:
    """Return a call as pages show it."""
    kind, region = _kind(call, names)
    number = "" if kind.value in _NO_NUMBER else call.far_number
    ended = call.ended_ms or 0
    return CallLine(
        id=call.id,
        direction=call.direction.value,
        state=call.state.value,
        number=number,
        shown=number if kind is NumberKind.EXTENSION else show(number) if number else "",
        kind_key=f"number.kind.{kind}",
        region_key=f"number.region.{region}" if region else "",
        caller_name=call.caller_name if call.direction is not Direction.OUT else "",
        line=call.line or names.lines.get(call.number, "") or (show(call.number) if call.number else ""),
        group=names.groups.get(call.group, call.group),
        extension=call.extension,
        who=names.extension(call.extension) if call.extension else "",
        chain=_chain(call, names),
        rang=", ".join(names.extension(one) for one in call.extensions),
        rang_at=", ".join(call.extensions),
        started_ms=call.started_ms,
        answered_ms=call.answered_ms,
        ended_ms=ended,
        wait_ms=max(0, (call.answered_ms or ended) - call.started_ms) if call.answered_ms or ended else 0,
        talk_ms=max(0, ended - call.answered_ms) if ended and call.answered_ms else 0,
        result=call.result.value,
        tone=_tone(call),
        result_key=result_key(call),
        on_hold=call.on_hold,
        parked=call.place > 0,
        recording=call.recording,
        parts=tuple(_part(part, names) for part in call.parts),
        joined_to=call.joined_to,
        path=" → ".join(call.menu_path),
        test=call.test,
        may_record=call.line_recorded in ("automatic", "by_hand") and call.state is not State.ENDED,
        taping=call.taping,
        paused=call.paused,
    )


def _part(part: PartView, names: Names) -> PartLine:
    return PartLine(_whom(part, names), part.from_ms, part.to_ms - part.from_ms if part.to_ms else 0)


def _whom(part: PartView, names: Names) -> str:
    return names.extension(part.extension) if part.extension else show(part.number)


def _chain(call: CallView, names: Names) -> str:
    """Return who talked one after the other; whoever was on before the call came back stands there twice."""
    told: list[str] = []
    for part in call.parts:
        who = _whom(part, names)
        if told[-1:] != [who]:
            told.append(who)
    if not told and call.extension:
        told = [names.extension(call.extension)]
    return " → ".join(told)


def _kind(call: CallView, names: Names) -> tuple[NumberKind, str]:
    if call.direction is not Direction.OUT and (hidden := _NO_NUMBER.get(str(call.presentation))) is not None:
        return hidden, ""
    if call.direction is Direction.INTERNAL or call.far_number in names.extensions:
        return NumberKind.EXTENSION, ""
    known = parse(call.far_number)
    return known.kind, known.region


def _tone(call: CallView) -> str:
    if call.state is not State.ENDED:
        return "live"
    if call.result in _NORMAL:
        return "good"
    return "missed" if call.direction is Direction.IN else "bad"
