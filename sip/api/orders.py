"""What the core tells a conversation to do. Orders name their legs; repeating one is harmless."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from sip.api.calling import Identity


class Extensions(Struct, frozen=True, tag=True):
    """Ring all registered phones of these extensions at once, by one forked INVITE."""

    numbers: tuple[str, ...]


class Outside(Struct, frozen=True, tag=True):
    """Call `number` (already in the trunk's dial form) through a trunk."""

    trunk: str
    number: str


class Conversation(Struct, frozen=True, tag=True):
    """Call another worker of this box ("w15104"), which has been told to Expect the Call-ID of this very order."""

    contact: str


Target: TypeAlias = Extensions | Outside | Conversation


class Ring(Struct, frozen=True, tag=True):
    """Send 180 on an incoming leg."""

    leg: str


class EarlyMedia(Struct, frozen=True, tag=True):
    """Send 183 with SDP on an incoming leg, so that it can be bridged before it is answered."""

    leg: str


class Answer(Struct, frozen=True, tag=True):
    """Send 200 on an incoming leg."""

    leg: str


class Originate(Struct, frozen=True, tag=True):
    """Call `target` through the edge as a new leg. `shown` is what the called phone displays.

    A leg name that exists already is left alone: repeating the order is harmless. When the called side rings, the
    incoming leg named `rings` gets its 180 in the same moment. `sip_call_id` is the new dialog's Call-ID; empty: any.
    `answers_itself` asks the called phones to answer by themselves, which is up to them.
    """

    leg: str
    target: Target
    shown: Identity
    headers: tuple[tuple[str, str], ...] = ()
    rings: str = ""
    sip_call_id: str = ""
    answers_itself: bool = False


class Expect(Struct, frozen=True, tag=True):
    """An INVITE with this Call-ID is about to come: it becomes this leg (LegArrived) and is not refused as a stray.

    For picking up, for coming back to a parked caller, and for joining two conversations. It may be given up to half a
    second after the INVITE has come.
    """

    leg: str
    sip_call_id: str


class Bridge(Struct, frozen=True, tag=True):
    """Join the audio of two legs, both ways. Media that is not there yet is joined when it comes.

    `end_together`: when one of them ends, the other is ended at once, so that nobody is left in silence while the core
    is away. Unbridge takes that back.
    """

    one: str
    other: str
    end_together: bool = False


class Unbridge(Struct, frozen=True, tag=True):
    """Part two legs again."""

    one: str
    other: str


class Hold(Struct, frozen=True, tag=True):
    """Take a leg out of its bridge and play it music until Retrieve: `music` (a WAV file), or what everybody hears."""

    leg: str
    music: str = ""


class Retrieve(Struct, frozen=True, tag=True):
    """End a Hold: the leg's bridge is joined again."""

    leg: str


class Mute(Struct, frozen=True, tag=True):
    """Let nobody and no recording hear what a leg says, until Unmute; the leg goes on hearing.

    Its recording holds silence for that time, so that it keeps its length.
    """

    leg: str


class Unmute(Struct, frozen=True, tag=True):
    """End a Mute."""

    leg: str


class Listen(Struct, frozen=True, tag=True):
    """Let `ear` hear what `mouth` says, one way only. Whoever is on our Hold neither says nor hears anything by this.

    Supervision is made of this and Bridge: listening, whispering to one side, joining in.
    """

    ear: str
    mouth: str


class Unlisten(Struct, frozen=True, tag=True):
    """End a Listen."""

    ear: str
    mouth: str


class Record(Struct, frozen=True, tag=True):
    """Record a leg from now on, or stop; whatever the plan says. Each new beginning makes another file."""

    leg: str
    on: bool


class Blank(Struct, frozen=True, tag=True):
    """Let the recording of a leg hold silence until Unblank, so that it keeps its length.

    Everybody goes on hearing it. The leg need not be there yet.
    """

    leg: str


class Unblank(Struct, frozen=True, tag=True):
    """End a Blank."""

    leg: str


RINGBACK = "tone:ringback"  # for `Play.file`: what Korean networks let a caller hear while the far side rings

_SENT = "-sent"


def sent_track(play: str) -> str:
    """Return the name under which it is recorded what a leg is sent while `play` is played."""
    return play + _SENT


def is_sent_track(leg: str) -> bool:
    """Whether a track is what a leg was sent, and nobody's voice."""
    return leg.endswith(_SENT)


class Play(Struct, frozen=True, tag=True):
    """Play a WAV file to some legs (mixed over what they hear). `play` names it for StopPlay and PlayEnded.

    RINGBACK in the place of a file is played until it is stopped. `kept`: what is played is recorded, from its first
    sample to where it ends or is cut off, as if `play` were a leg (RecordingStarted, RecordingClosed). `sent_to`: all
    that this leg is sent meanwhile is recorded as well, whatever it is, as if `sent_track(play)` were a leg.
    """

    play: str
    file: str
    legs: tuple[str, ...]
    loop: bool = False
    kept: bool = False
    sent_to: str = ""


class StopPlay(Struct, frozen=True, tag=True):
    """Stop a prompt; one that has ended already is fine."""

    play: str


class SendDigits(Struct, frozen=True, tag=True):
    """Send DTMF on a leg (RFC 4733, or INFO where the far side knows nothing else)."""

    leg: str
    digits: str


class Hangup(Struct, frozen=True, tag=True):
    """End a leg: BYE, CANCEL or this final answer, whichever fits. `reason` goes into a Reason header (RFC 3326).

    One that was expected or not even called yet has ended with this, too.
    """

    leg: str
    code: int = 603
    reason: str = ""


class Release(Struct, frozen=True, tag=True):
    """The call for which the worker was leased does not come any more. Without effect once there was a leg."""


Order: TypeAlias = (
    Ring
    | EarlyMedia
    | Answer
    | Originate
    | Expect
    | Bridge
    | Unbridge
    | Hold
    | Retrieve
    | Mute
    | Unmute
    | Listen
    | Unlisten
    | Record
    | Blank
    | Unblank
    | Play
    | StopPlay
    | SendDigits
    | Hangup
    | Release
)
