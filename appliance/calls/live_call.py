"""The state of one call inside call control. Pure data; knows no database.

Everything that is to be done follows from it: `orders.py` compares two states and says what the voice has to do, the
controller compares their times. The screen's view of it is `call.CallView`; `view.py` makes that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from appliance.calls.call import Direction, Ender, Result, Stage, Track, Warned
from appliance.calls.dialogue import Dialogue
from appliance.calls.happenings import Arrived
from appliance.calls.parties import Ending, Part, Party, Role, Room, put
from appliance.calls.ports import DictationSounds
from appliance.calls.quality import LegReport
from appliance.calls.requests import Goal
from sip.api import Identity, Order

CALLER_LEG = "caller"
CALLED_LEG = "called"
LINE_LEG = "line"  # an analog line, on which both sides are heard together


class Phase(StrEnum):
    """The machine's states. A call only ever moves down this list, but for one that turns out to be the edge's."""

    WAITING = "waiting"  # leased; the INVITE is on its way to the worker, or the first orders are
    ALONE = "alone"  # the edge handles it alone: nobody has answered yet
    ALONE_TALKING = "alone_talking"  # the edge connected it; we hear of its end
    LINE = "line"  # rings on an analog line, whose telephones we hear of and do not have
    LINE_DIALLING = "line_dialling"  # its device dials a number for a desk, whose handset is not up yet
    LINE_TALKING = "line_talking"  # its handset was picked up
    LINE_CLOSING = "line_closing"  # it is over, and its recording is being closed
    CALLING = "calling"  # nobody has talked yet
    TALKING = "talking"  # somebody has; also while it is held, parked or on its way to somebody else
    CLOSING = "closing"  # decided; legs and recordings are being closed
    OVER = "over"  # nothing will happen any more


WITH_THE_EDGE = frozenset({Phase.ALONE, Phase.ALONE_TALKING})
ON_A_LINE = frozenset({Phase.LINE, Phase.LINE_DIALLING, Phase.LINE_TALKING, Phase.LINE_CLOSING})
WITHOUT_WORKER = WITH_THE_EDGE | ON_A_LINE


class Time(StrEnum):
    """The times of a call; each at most once."""

    RING = "ring"  # this step of the search is over
    QUEUE = "queue"  # waited long enough
    SAY = "say"  # the caller is told again where they stand
    TAKE = "take"  # somebody who was given the call, or asked, does not take it
    PARK = "park"  # nobody has fetched it
    KEY = "key"  # a key should have been pressed
    LINE = "line"  # a device that has said nothing more of a line will not do so
    LAST = "last"  # the announcement with which the call ends must be over
    DICTATE = "dictate"  # whoever speaks an announcement has spoken for too long, or does not choose


@dataclass(frozen=True)
class Search:
    """Where the search for somebody stands. `deciding`: the next step was asked for."""

    goal: Goal
    tried: tuple[str, ...] = ()
    round: int = 1
    hops: int = 0
    waiting: bool = False
    say_every: int = 0  # seconds between two words about where the caller stands; 0: none
    music: str = ""  # what those who wait hear, a file; "": what everybody hears
    callback: str = ""  # what is played to those who press 1 to be called back; "": that is not offered
    since_ms: int = 0
    deciding: bool = False
    missed: tuple[str, ...] = ()  # who was offered the call in its last step and did not take it
    code: int = 0  # with which answer; 0: none came in time
    reason: str = ""
    asks: bool = False  # those who press 1 are asked where they want to be called back
    back: Goal | None = None  # where a caller goes on for whom nobody was found


@dataclass(frozen=True)
class Playing:
    """An announcement that is being played."""

    play: str
    file: str
    name: str
    legs: tuple[str, ...]
    last: bool = False  # the call ends with it
    until_taken: bool = False  # it is for somebody who waits
    apart: bool = False  # who hears it and the others do not hear each other
    kept: bool = False  # it is recorded as it was played


class DictationStep(StrEnum):
    """Where somebody is who speaks an announcement."""

    INVITING = "inviting"  # hears what to do
    TONE = "tone"
    SPEAKING = "speaking"
    PREPARING = "preparing"  # the sound is made ready
    REVIEWING = "reviewing"  # hears it
    CHOOSING = "choosing"  # hears what may be pressed
    KEEPING = "keeping"  # it is being stored
    DONE = "done"  # hears what has become of it


@dataclass(frozen=True)
class Dictation:
    """An announcement that is being spoken at a phone. `take` counts how often, `plays` what was played."""

    sounds: DictationSounds
    leg: str
    step: DictationStep = DictationStep.INVITING
    take: int = 0
    file: str = ""  # what is spoken is written to, in the conversation's folder
    started_ms: int = 0
    ended_ms: int = 0
    complete: bool = False  # the file can be read
    kept: bool = False
    asked: int = 0
    plays: int = 0


@dataclass(frozen=True)
class Pause:
    """A stretch in which nothing is recorded, at the wish of a desk; `to_ms` 0: it goes on."""

    extension: str
    from_ms: int
    to_ms: int = 0


@dataclass(frozen=True)
class LiveCall:
    """A call between two of its happenings."""

    id: str
    arrived: Arrived
    started_ms: int
    phase: Phase = Phase.WAITING
    parties: tuple[Party, ...] = ()
    ending: tuple[Ending, ...] = ()
    far_legs: tuple[str, ...] = ()  # every leg that was ever the far side's
    made: int = 0  # how many legs were called: they are numbered
    search: Search | None = None
    playing: Playing | None = None
    dictation: Dictation | None = None
    due: tuple[tuple[Time, int], ...] = ()  # what happens when, ms since 1970
    parts: tuple[Part, ...] = ()
    held_by: str = ""  # the extension that holds the others
    place: int = 0  # where it is parked
    back_to: str = ""  # the extension to which it returns
    wants_callback: bool = False
    callback_group: str = ""  # whose people are to call back
    callback_way: str = ""  # how it came that they want it
    callback_pending: bool = False  # they are being asked where; whoever says no more is called back all the same
    callback_number: str = ""  # where, stored form; "": at the number that they called from
    callback_sure: bool = True  # they have said so, or were not asked
    dialogue: Dialogue | None = None  # the box speaks with the caller, and listens to their keys
    to_hear: tuple[str, ...] = ()  # files that come after the one that is played
    key_seconds: int = 0  # for the next key, after those
    asked: int = 0  # how many things they have heard in dialogues
    menu_path: tuple[str, ...] = ()  # the names of the steps of voice menus that they came by
    group: str = ""  # the group to which a menu has led
    joined_to: str = ""  # the call that this one has become a part of
    ringing: tuple[str, ...] = ()  # extensions that rang
    extension: str = ""  # our phone in the talk
    ringing_ms: int = 0
    answered_ms: int = 0
    ended_ms: int = 0
    result: Result = Result.OPEN
    cause: str = ""
    ended_by: Ender = Ender.NOBODY
    tracks: tuple[Track, ...] = ()
    reports: tuple[LegReport, ...] = ()  # of legs that have ended
    warned: tuple[Warned, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extra_minutes: int = 0  # by how much a desk has lengthened what a call may take
    taping: bool = False  # its analog line is to be recorded
    heard: int = 0  # the number of the last fact
    delivered: bool = False  # whether it reached a worker: then it is none of the edge's
    noted: int = 0  # the number of the edge's last note
    tag: str = ""  # which dialog the edge's talk is

    @property
    def direction(self) -> Direction:
        """Which way the call goes."""
        return Direction(self.arrived.direction)

    @property
    def far_identity(self) -> Identity:
        """What phones of ours display of the far side."""
        return self.arrived.inside or self.arrived.shown

    def party(self, leg: str) -> Party | None:
        """Return a party by its leg."""
        return next((party for party in self.parties if party.leg == leg), None)

    def desk(self, extension: str) -> Party | None:
        """Return the party at an extension: the one that talks, else one whose phone alone rings."""
        mine = [party for party in self.parties if party.extension == extension and extension]
        return next((party for party in mine if party.is_up), mine[0] if mine else None)

    def having(self, *roles: Role) -> tuple[Party, ...]:
        """Return the parties with one of these roles."""
        return tuple(party for party in self.parties if party.role in roles)

    def in_room(self, room: Room) -> tuple[Party, ...]:
        """Return who is in a room."""
        return tuple(party for party in self.parties if party.room is room)

    @property
    def people(self) -> tuple[Party, ...]:
        """Everybody but supervisors."""
        return tuple(party for party in self.parties if party.role is not Role.MONITOR)

    @property
    def talkers(self) -> tuple[Party, ...]:
        """The people whose legs stand."""
        return tuple(party for party in self.people if party.is_up)

    @property
    def blocked(self) -> bool:
        """Whether the caller is on the block list: they hear why, and nobody is called."""
        return self.arrived.goal is not None and self.arrived.goal.kind == "blocked"

    @property
    def paused(self) -> bool:
        """Whether its recording is paused now."""
        return bool(self.pauses) and not self.pauses[-1].to_ms

    @property
    def terminating(self) -> bool:
        """Whether it was decided that the call ends with an announcement."""
        return any(one.stage == Stage.END for one in self.warned)

    @property
    def held(self) -> bool:
        """Whether the far side hears music, or a phone holds us."""
        waiting = any(party.room is Room.MUSIC for party in self.talkers)
        return waiting or any(party.far_hold for party in self.talkers)


def told_closed(call: LiveCall) -> bool:
    """Say whether nobody is called, because the caller is told that the office is closed."""
    goal = call.arrived.goal
    spoken = goal is not None and goal.kind in ("announcement", "callback")
    return call.arrived.closed is not None and spoken and call.phase not in WITHOUT_WORKER


def with_box(call: LiveCall) -> bool:
    """Say whether the box speaks with the caller, or is about to, and nobody is called."""
    asked_for = call.search is not None and call.search.goal.kind in ("menu", "callback", "end")
    return call.dialogue is not None or (asked_for and call.phase not in WITH_THE_EDGE)


def with_party(call: LiveCall, *parties: Party) -> LiveCall:
    """Return `call` with parties added or changed."""
    known, far = call.parties, call.far_legs
    for party in parties:
        known = put(known, party)
        if party.role is Role.FAR and party.leg not in far:
            far = (*far, party.leg)
    return replace(call, parties=known, far_legs=far)


def without(call: LiveCall, *legs: str) -> LiveCall:
    """Return `call` without parties that are gone."""
    return replace(call, parties=tuple(party for party in call.parties if party.leg not in legs))


def letting_go(call: LiveCall, legs: Iterable[str], code: int, reason: str = "") -> LiveCall:
    """Return `call` with these legs on their way out."""
    let_go = frozenset(legs)
    going = tuple(Ending(party, code, reason) for party in call.parties if party.leg in let_go)
    return replace(without(call, *(ending.leg for ending in going)), ending=(*call.ending, *going))


def due_at(call: LiveCall, time: Time, at_ms: int) -> LiveCall:
    """Return `call` with one of its times set anew."""
    return replace(call, due=(*(entry for entry in call.due if entry[0] is not time), (time, at_ms)))


def not_due(call: LiveCall, *times: Time) -> LiveCall:
    """Return `call` without these times."""
    return replace(call, due=tuple(entry for entry in call.due if entry[0] not in times))


def next_leg(call: LiveCall) -> tuple[LiveCall, str]:
    """Return the name of the next leg that the box calls: each is used once."""
    made = call.made + 1
    return replace(call, made=made), CALLED_LEG if made == 1 else f"{CALLED_LEG}-{made}"


@dataclass(frozen=True)
class EndDialogs:
    """A worker died: have the edge end what it left behind."""

    contact: str


@dataclass(frozen=True)
class EndAlone:
    """Have the edge end a call that it handles alone."""

    sip_call_id: str


@dataclass(frozen=True)
class Decide:
    """The search must be told its next step."""


@dataclass(frozen=True)
class SayPlace:
    """A caller who waits is to be told where they stand."""


@dataclass(frozen=True)
class Dictate:
    """What was spoken is to be prepared, or kept: the step says which."""


@dataclass(frozen=True)
class SayNumber:
    """A telephone number (stored form) is to be spoken, so that it can be read back to the caller."""

    number: str


Action: TypeAlias = Order | EndDialogs | EndAlone | Decide | SayPlace | SayNumber | Dictate


def with_track(call: LiveCall, track: Track) -> LiveCall:
    """Return `call` with `track` added, or put in the place of the one with the same leg and file."""
    others = tuple(t for t in call.tracks if (t.leg, t.file) != (track.leg, track.file))
    return replace(call, tracks=(*others, track))
