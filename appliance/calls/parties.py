"""Who takes part in a call: each party is one leg, with what it is there for and whom it hears. Pure data.

Rooms say who hears whom, `orders.py` makes the voice's orders of them: everybody in a room hears everybody else in it;
in MUSIC each hears music alone; ASIDE is the second room, where an agent and the colleague who was asked talk while
the customer hears music.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.calls.requests import Callee
from sip.api import Extensions, Identity, Target

NOBODY_SHOWN = Identity()
NOBODY = Extensions(())


class Role(StrEnum):
    """What a party is in the call."""

    FAR = "far"  # the person outside, or the colleague who called: the left side of the recording
    DESK = "desk"  # one of ours who talks with them, or is to
    ASKED = "asked"  # a colleague or somebody outside whom a desk consults
    MONITOR = "monitor"  # a supervisor


class Errand(StrEnum):
    """What a leg that does not stand yet was called for. It decides what its answer, its refusal and its time mean."""

    NONE = ""  # it came in
    OFFER = "offer"  # the search for somebody
    DIAL = "dial"  # the far side of a call out
    OWN_PHONE = "own_phone"  # the agent's phone, before the far side is called
    TRANSFER = "transfer"  # somebody was given the call
    RETURN = "return"  # whom it was given did not take it
    CONSULT = "consult"
    PICK_UP = "pick_up"  # a colleague takes what rings at another desk, or is parked
    MONITOR = "monitor"
    PHONE_TRANSFER = "phone_transfer"  # a phone's own transfer key


class Room(StrEnum):
    """Where a party's sound is."""

    TALK = "talk"
    ASIDE = "aside"
    MUSIC = "music"
    NOWHERE = "nowhere"


class Reply(StrEnum):
    """What a leg that came in was told last."""

    NONE = ""
    RINGING = "ringing"
    EARLY = "early"
    ANSWERED = "answered"


class Watch(StrEnum):
    """How a supervisor takes part."""

    LISTEN = "listen"
    WHISPER = "whisper"  # only the desk hears the supervisor
    BARGE = "barge"


@dataclass(frozen=True)
class Party:
    """One leg. `extension` is its phone as far as it is known, `number` its outside number in stored form."""

    leg: str
    role: Role
    room: Room = Room.TALK
    errand: Errand = Errand.NONE
    target: Target | None = None  # whom the box called; None: the leg came in
    shown: Identity = NOBODY_SHOWN
    extension: str = ""
    number: str = ""
    name: str = ""
    outside: bool = False  # not one of ours
    since_ms: int = 0
    up_ms: int = 0  # 0: it does not stand yet
    rings: bool = False  # somebody at the far end is told of the call
    ringing: tuple[str, ...] = ()  # extensions whose phones ring
    reply: Reply = Reply.NONE
    early: bool = False  # sound comes before the answer
    far_hold: bool = False  # its own phone holds us
    muted: bool = False
    watch: Watch | None = None
    asked_by: str = ""  # the extension that caused it
    answers_itself: bool = False
    sip_call_id: str = ""  # of an INVITE that is expected
    dialog: str = ""  # the Call-ID of its dialog, once it is known
    replacement: Callee | None = None  # who will stand in its place, when its phone brings two calls together

    @property
    def is_up(self) -> bool:
        """Whether it stands; one that came in does as soon as it was answered."""
        return self.up_ms > 0 or self.reply is Reply.ANSWERED

    @property
    def hears(self) -> bool:
        """Whether sound can be exchanged with it."""
        return self.is_up or self.early or self.reply in (Reply.EARLY, Reply.ANSWERED)


@dataclass(frozen=True)
class Part:
    """One stretch of a call: who talked with the far side, and how long. `to_ms` 0: goes on."""

    extension: str
    number: str
    from_ms: int
    to_ms: int = 0


@dataclass(frozen=True)
class Ending:
    """A leg that is to end: the answer or BYE it gets."""

    party: Party  # as it was
    code: int
    reason: str = ""

    @property
    def leg(self) -> str:
        """Its name."""
        return self.party.leg


def put(parties: tuple[Party, ...], changed: Party) -> tuple[Party, ...]:
    """Return `parties` with one changed or added."""
    if any(party.leg == changed.leg for party in parties):
        return tuple(changed if party.leg == changed.leg else party for party in parties)
    return (*parties, changed)


def moved(party: Party, room: Room) -> Party:
    """Return a party in another room."""
    return party if party.room is room else replace(party, room=room)
