"""Everything that can happen to a call, as it stands in the timeline. Knows no database and no socket.

A call is nothing but the list of its happenings: folding them through `machine.step` gives its state, at any later
time and after any crash. So these types only ever grow: new fields have defaults, old ones are never removed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from appliance.calls.ports import Closed, DictationSounds
from appliance.calls.requests import Callee, Goal, Request
from sip.api import AloneNote, Fact, Identity, Target


class Arrived(Struct, frozen=True, tag=True):
    """A call was accepted at the gate; all that routing decided about it. Numbers are in stored form.

    `target` is called first and sees `shown`; nobody: the search is to say what happens. `own_phone`: the box places
    the call, and the agent's phone is called before the far side. `tried`, `round` and `hops` are where the search
    stands with this.
    """

    direction: str
    caller_number: str
    caller_name: str
    presentation: str
    called_number: str
    trunk: str
    number: str
    group: str
    extension: str
    target: Target
    shown: Identity
    ring_seconds: int
    sip_call_id: str = ""
    goal: Goal | None = None
    own_phone: bool = False
    tried: tuple[str, ...] = ()
    round: int = 1
    hops: int = 0
    by: str = ""  # who had the box place it
    target_number: str = ""  # whom an outside target is, in stored form, when it is not the called number
    inside: Identity | None = None  # what phones of ours display, where `shown` is for somebody outside
    answers_itself: bool = False  # the phone that is called picks up by itself, if it can (intercom)
    closed: Closed | None = None  # the office does not answer now; `goal` is what the caller gets instead
    barred: bool = False  # the caller is on the block list, and gets nothing but a voice menu
    test: bool = False  # somebody of the office tries how it is to call: nobody is called back because of it
    line: str = ""  # the analog line on which it rings (its id): `ring_seconds` is how long without another word
    line_name: str = ""
    line_tells: bool = False  # whether its device tells when the handset is picked up
    line_recorded: str = ""  # "automatic", "by_hand" or "never"; "": no sound card hears the line


class TurnedAway(Struct, frozen=True, tag=True):
    """The gate did not accept the call; `arrived` is what was known, `cause` a catalogue key under `call.cause.`."""

    arrived: Arrived
    code: int
    cause: str


class Heard(Struct, frozen=True, tag=True):
    """The voice told a fact; `number` is its place in the conversation."""

    fact: Fact
    number: int


class Noted(Struct, frozen=True, tag=True):
    """The edge noted this about a call that it handles alone; `number` is the note's, and numbers only grow.

    `group` is the ring group that it made to ring, `line` our own number that it showed outside, in stored form.
    """

    note: AloneNote
    number: int
    group: str = ""
    line: str = ""


class CallerLeft(Struct, frozen=True, tag=True):
    """The caller gave up before the worker had the INVITE."""


class TakenByEdge(Struct, frozen=True, tag=True):
    """The edge did not wait any longer and handles the call alone, without us and without a recording."""


class FetcherLeft(Struct, frozen=True, tag=True):
    """Whoever was to take the call by a code gave up before their INVITE came."""

    sip_call_id: str


class RangTooLong(Struct, frozen=True, tag=True):
    """The ring time is over."""


class NoWorkerFree(Struct, frozen=True, tag=True):
    """The voice could not take the call."""

    reason: str


class BoxStopped(Struct, frozen=True, tag=True):
    """The box was told to stop and the call had had its time."""


class Vanished(Struct, frozen=True, tag=True):
    """After a restart nobody knew the conversation any more."""


# ------------------------------------------------------------------------------------------------ on analog lines


class LinePickedUp(Struct, frozen=True, tag=True):
    """The handset of the analog line was picked up. `how` "sound": nobody told, but people are heard talking."""

    how: str = ""


class LinePutDown(Struct, frozen=True, tag=True):
    """The handset of the analog line was put down, or its caller gave up. `how` "silence": nobody is heard any more."""

    how: str = ""


class LineTapeBegun(Struct, frozen=True, tag=True):
    """What is heard on the analog line is being written to `file`, in the conversation's folder."""

    file: str
    started_ms: int


class LineTapeClosed(Struct, frozen=True, tag=True):
    """`file` is complete; `duration_ms` 0: nothing is in it, or it could not be written.

    `why`: "" as was wanted, "card" the sound card was lost, "killed" the box was, "disk" the disk could not take it.
    """

    file: str
    duration_ms: int
    why: str = ""


class LineTaken(Struct, frozen=True, tag=True):
    """Another call has come on the analog line: this one is over, and its device did not tell."""


class LineDialled(Struct, frozen=True, tag=True):
    """The line's device has dialled the number: whoever wanted to call lifts the handset."""


class LineDialFailed(Struct, frozen=True, tag=True):
    """It came to nothing; `why` in one word, as the hardware says it."""

    why: str


class SeenTwice(Struct, frozen=True, tag=True):
    """The same call came over a trunk as well: `call` is it from now on."""

    call: str


# ------------------------------------------------------------------------------------------ a phone's own transfers


class TransferLeads(Struct, frozen=True, tag=True):
    """Whom a phone's own transfer leads to is known: they are `to`, and `leg` calls them."""

    leg: str
    to: Callee


class Joined(Struct, frozen=True, tag=True):
    """A phone brings together the two calls that it has: in this one, `to` takes the place of `leg` (RFC 3891).

    They are whom the phone talked with in the call `call`, which this one becomes a part of.
    """

    leg: str
    to: Callee
    call: str


# ------------------------------------------------------------------------------------------------ the search


class Offered(Struct, frozen=True, tag=True):
    """The search calls these next, for `seconds`."""

    target: Target
    shown: Identity
    seconds: int
    goal: Goal
    tried: tuple[str, ...] = ()
    round: int = 1
    hops: int = 0
    extension: str = ""  # when it is one phone
    number: str = ""  # when it is somebody outside, stored form
    name: str = ""


class Queued(Struct, frozen=True, tag=True):
    """Nobody is free: the caller waits with music, for `seconds` at the most.

    Every `say_every` seconds they are told where they stand (0: never). Whoever presses 1 is called back, if there is
    something to confirm it with: `callback`, a file.
    """

    goal: Goal
    seconds: int
    say_every: int = 0
    hops: int = 0
    callback: str = ""
    music: str = ""  # a file
    asks: bool = False  # whoever presses 1 is asked where they want to be called back


class Announced(Struct, frozen=True, tag=True):
    """The search ends with an announcement, after which the call ends."""

    file: str
    name: str


class CallbackNoted(Struct, frozen=True, tag=True):
    """The search ends with nobody: `group` is to call the caller back; `file` confirms it ("": nothing is heard)."""

    group: str
    file: str = ""


class Asked(Struct, frozen=True, tag=True):
    """The caller has come to a step of a voice menu: `files` are heard in turn, then a key is waited for.

    `step` is the target of its goal, `name` what people call it. Without `keys` and `extensions` (numbers that may be
    dialled, between spaces) the call goes on by itself. It is heard `tries` times; then comes `otherwise`, or
    `mistaken` if wrong keys were pressed. `unanswered`: where the call goes if nobody is found there.
    """

    step: str
    name: str
    files: tuple[str, ...] = ()
    keys: dict[str, Goal] = {}
    extensions: str = ""
    seconds: int = 5
    tries: int = 3
    wrong: str = ""  # a file
    otherwise: Goal | None = None
    mistaken: Goal | None = None
    unanswered: Goal | None = None


class CallbackAsked(Struct, frozen=True, tag=True):
    """The caller is to say where `group` is to call them back; all others are files.

    `own`: the number that they call from is known, and may be kept. `area_code` completes what they key in.
    """

    group: str
    greeting: tuple[str, ...]
    offer: str
    enter: str
    wrong: str
    bad: str
    confirm: str
    thanks: str
    sorry: str
    own: bool
    area_code: str


class ReadBack(Struct, frozen=True, tag=True):
    """The `number` that a caller has keyed in is read back to them; without a `file` it could not be spoken."""

    file: str
    number: str = ""


class NobodyLeft(Struct, frozen=True, tag=True):
    """The search has come to its end without anybody; `cause` is a catalogue key under `call.cause.`, or empty."""

    cause: str = ""


class Said(Struct, frozen=True, tag=True):
    """A waiting caller is told where they stand."""

    file: str
    place: int
    wait_seconds: int


class TimeUp(Struct, frozen=True, tag=True):
    """One of the call's own times is over; `timer` names it."""

    timer: str


# ------------------------------------------------------------------------------------- an announcement is spoken


class DictationBegun(Struct, frozen=True, tag=True):
    """The phone is there: it hears how an announcement is spoken."""

    sounds: DictationSounds


class DictationPrepared(Struct, frozen=True, tag=True):
    """This is what became of the `take`-th time that somebody spoke; no `file`: nothing was to be heard."""

    take: int
    file: str = ""


class DictationKept(Struct, frozen=True, tag=True):
    """What was spoken is the announcement now, or (not `well`) could not be stored."""

    well: bool


Dictated: TypeAlias = DictationBegun | DictationPrepared | DictationKept

SearchStep: TypeAlias = (
    Offered | Queued | Announced | CallbackNoted | Asked | CallbackAsked | ReadBack | NobodyLeft | Said
)

Ending: TypeAlias = CallerLeft | TakenByEdge | RangTooLong | NoWorkerFree | BoxStopped | Vanished

PhoneTransfer: TypeAlias = TransferLeads | Joined | FetcherLeft

OfALine: TypeAlias = (
    LinePickedUp | LinePutDown | LineTaken | LineDialled | LineDialFailed | SeenTwice | LineTapeBegun | LineTapeClosed
)

Happening: TypeAlias = (
    Arrived | TurnedAway | Heard | Noted | Ending | SearchStep | TimeUp | OfALine | PhoneTransfer | Dictated | Request
)
