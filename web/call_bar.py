"""What the call bar of one desk shows: the call one is in, what else rings or is parked, and what can be done now.

Facts in, frozen objects out; painted by `call_bar/_calls.html`, kept true by `call_bar_live.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.abuse.types import NEVER_WARNED, Standing
from appliance.access.types import User
from appliance.calls.call import CallView, Direction, PartyView
from appliance.services import Services
from web.announcements import Announcements, Choice
from web.call_words import Names, line_of, may_see
from web.dial_ways import ways_out
from web.line_calls import phase_on_line, untaken_line_call
from web.live_customers import LiveCustomers

_THREE = 3


@dataclass(frozen=True)
class BarCall:
    """A call as it is at one's desk. `phase` has its words in `call_bar.phase.<phase>`.

    `asked` is whom one asks meanwhile, `about` on whose behalf a colleague asks. `cannot` says for each step why it
    cannot be taken now, "" when it can.
    """

    id: str
    phase: str
    direction: str
    who: str
    shown: str
    kind_key: str
    asked: str
    about: str
    since_ms: int
    muted: bool
    paused: bool
    playing: str
    cannot: dict[str, str]
    stage: int = 0  # how far its caller was warned in this call
    next_stage: int = 1  # what would come next, also after earlier calls
    remembered: Standing = NEVER_WARNED
    telling: bool = False  # the caller hears a warning, or the end
    ends_ms: int = 0  # when it is ended for taking too long; 0: never
    line: str = ""  # the analog line that it is on, whose telephone does the talking

    @property
    def rings(self) -> bool:
        """Whether one may answer or refuse it."""
        return self.phase in ("ringing", "returned", "asked_rings")


@dataclass(frozen=True)
class ParkedCall:
    """A call that waits at a place for anybody."""

    id: str
    place: int
    who: str
    since_ms: int


@dataclass(frozen=True)
class Bar:
    """Everything the bar shows. `cannot_dial` is why one cannot call anybody now; `watched_by` who is listening.

    `by_line` is the analog line on which numbers are dialled unasked, "" where one's phone does it; `untaken` a call on
    an analog line of which it is not known who has it.
    """

    extension: str
    current: BarCall | None
    further: tuple[BarCall, ...]
    parked: tuple[ParkedCall, ...]
    cannot_dial: str
    watched_by: str
    announcements: tuple[Choice, ...]
    by_line: str = ""
    untaken: BarCall | None = None

    @property
    def ringing(self) -> BarCall | None:
        """The call that the answer button takes."""
        every = (self.current, *self.further)
        return next((call for call in every if call is not None and call.rings), None)


@dataclass(frozen=True)
class BarPage:
    """The variables of the piece of HTML."""

    bar: Bar


def bar_of(services: Services, user: User, customers: LiveCustomers, announcements: Announcements) -> Bar | None:
    """Return the bar of whoever sits at a phone, as it is now."""
    desk = services.agents.desk_of(user)
    if desk is None:
        return None
    own, names = desk.extension, Names.of(services.lines.snapshot())
    here = services.calls.desk.at(own)
    calls = tuple(_bar_call(services, own, call, names, customers) for call in here)
    parked = (_parked(user, own, call, names, customers) for call in services.calls.desk.parked())
    ways, untaken = ways_out(services, own), untaken_line_call(services.calls.live(), own)
    return Bar(
        extension=own,
        current=calls[0] if calls else None,
        further=calls[1:],
        parked=tuple(parked),
        cannot_dial=_cannot_dial(calls, can_call=desk.registered or bool(ways.lines)),
        watched_by=_watched_by(services, own, here, names),
        announcements=announcements.choices(),
        by_line=ways.usual.name if ways.usual is not None else "",
        untaken=_bar_call(services, own, untaken, names, customers) if untaken is not None else None,
    )


def _cannot_dial(calls: tuple[BarCall, ...], *, can_call: bool) -> str:
    if any(not call.rings for call in calls):
        return "call.cannot.you_talk"
    return "" if can_call else "call_bar.phone_away"


def _watched_by(services: Services, own: str, calls: tuple[CallView, ...], names: Names) -> str:
    """Return who listens to the talk at this desk, unless the office does not want that shown."""
    if not calls or not services.settings.get("calls.monitor_shown"):
        return ""
    if not any(party.extension == own and party.state != "ringing" for party in calls[0].parties):
        return ""
    watching = (party for party in calls[0].parties if party.role == "monitor" and party.state != "ringing")
    return ", ".join(names.extensions.get(p.extension) or p.extension for p in watching if p.extension != own)


def _bar_call(services: Services, own: str, call: CallView, names: Names, customers: LiveCustomers) -> BarCall:
    line, me = line_of(call, names), _mine(call, own)
    asked = next((p for p in call.parties if p.role == "asked"), None)
    standing = _standing(services, call)
    i_am_asked = asked is not None and (asked.extension == own or own in asked.rings_at)
    far = _far(call, own, names, customers)
    asker = next((p for p in call.parties if p.role == "desk" and p.extension != own), None)
    internal = call.direction is Direction.INTERNAL
    return BarCall(
        id=call.id,
        phase=phase_on_line(call) if call.line else _phase(call, own, me, asked),
        direction=call.direction.value,
        who=_named(asker, names) if i_am_asked and asker is not None else far,
        shown="" if i_am_asked or internal else line.shown,
        kind_key=line.kind_key,
        asked=_named(asked, names) if asked is not None and not i_am_asked else "",
        about=(far or line.shown) if i_am_asked else "",
        since_ms=_since(call, me),
        muted=me is not None and me.muted,
        paused=call.paused,
        playing=call.playing,
        cannot=services.calls.desk.why_not(own, call.id),
        stage=call.stage,
        next_stage=min(call.stage + 1, 3) if call.stage else standing.next_stage,
        remembered=standing,
        telling=call.terminating or bool(call.playing and call.warned),
        ends_ms=services.abuse.ends_ms(call),
        line=call.line,
    )


def _standing(services: Services, call: CallView) -> Standing:
    internal = call.direction is Direction.INTERNAL
    return NEVER_WARNED if internal else services.abuse.register.standing(call.far_number)


def _mine(call: CallView, own: str) -> PartyView | None:
    """Return one's own part in a call: the leg that stands, else the one that rings here."""
    mine = [party for party in call.parties if party.extension == own and party.state != "ringing"]
    return next(iter(mine), None) or next((party for party in call.parties if own in party.rings_at), None)


def _phase(call: CallView, own: str, me: PartyView | None, asked: PartyView | None) -> str:
    if me is None:  # a phone that has called, before anybody has answered
        return "calling"
    if me.state == "ringing":
        return _ringing(call, own, me)
    if me.role == "monitor":
        return me.watch
    if call.terminating:
        return "terminating"
    if asked is not None and asked.extension == own:
        return "asked"
    if asked is not None:
        return {"ringing": "asking_rings", "music": "turned"}.get(asked.state, "asking")
    return _talking(call, own, me)


def _ringing(call: CallView, own: str, me: PartyView) -> str:
    outward = call.direction is Direction.OUT or (call.direction is Direction.INTERNAL and call.caller_number == own)
    if me.role == "monitor" or (outward and not call.answered_ms):
        return "own_phone"
    if me.role == "asked":
        return "asked_rings"
    return "returned" if me.returned else "ringing"


def _talking(call: CallView, own: str, me: PartyView) -> str:
    if call.dictates:
        return "dictating"
    if not call.answered_ms:
        return "calling"
    if call.held_by:
        return "held" if call.held_by == own else "held_there"
    if me.state == "held":
        return "held_by_phone"
    people = [party for party in call.parties if party.role != "monitor" and party.state != "ringing"]
    if me.state == "music":
        return "waits"
    return "three" if len(people) >= _THREE else "talking"


def _since(call: CallView, me: PartyView | None) -> int:
    if me is None or me.state == "ringing" or not call.answered_ms:
        return call.started_ms
    return max(me.since_ms, call.answered_ms)


def _far(call: CallView, own: str, names: Names, customers: LiveCustomers) -> str:
    """Return who is on the far side, by name: a customer, what the network calls them, or colleagues."""
    if call.direction is Direction.INTERNAL:
        others = (p for p in call.parties if p.role in ("far", "desk") and p.extension != own)
        return ", ".join(dict.fromkeys(name for p in others if (name := _named(p, names)))) or _other(call, own, names)
    if (customer := customers.get(call.far_number)) is not None:
        return customer.name or customer.company
    return call.caller_name if call.direction is Direction.IN else ""


def _other(call: CallView, own: str, names: Names) -> str:
    return names.extension(call.called_number if call.caller_number == own else call.caller_number)


def _named(party: PartyView, names: Names) -> str:
    """Return a party as people call it: a colleague's name and number, or an outside number."""
    if party.extension or party.rings_at:
        return names.extension(party.extension or party.rings_at[0])
    return party.name or names.outside(party.number)


def _parked(user: User, own: str, call: CallView, names: Names, customers: LiveCustomers) -> ParkedCall:
    who = ""
    if may_see(user, own, call, names):
        who = _far(call, own, names, customers) or line_of(call, names).shown
    since = max((part.to_ms for part in call.parts), default=call.started_ms)
    return ParkedCall(call.id, call.place, who, since)
