"""What people ask for in a call, from the panel or by their phone, as it stands in the timeline. Plain types.

Like all happenings these only ever grow. `extension` is the desk for which something is asked, `by` who asked.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from sip.api import Extensions, Identity, Outside


class Goal(Struct, frozen=True):
    """Whom a call is meant for now: `kind` is "group" (its id), "extension" or "outside" (a number, stored form).

    "tone": nobody; whoever dialled a code hears whether it was done. "announcement" (its id): nobody, because of the
    office's hours; "callback": the same, and the caller is to be called back.
    "blocked": nobody; the caller hears why. "menu": a voice menu, or one of its steps ("shop/s2"). "end": nobody, and
    nothing is left to say.
    """

    kind: str
    target: str


class HangupAsked(Struct, frozen=True, tag=True):
    """Somebody ended the call, or their own part in it, from the panel, the command line or a program."""

    by: str
    extension: str = ""  # whose part; empty: the whole call


class HoldAsked(Struct, frozen=True, tag=True):
    """The desk lets the others hear music."""

    extension: str
    by: str = ""


class RetrieveAsked(Struct, frozen=True, tag=True):
    """The desk is back from a hold."""

    extension: str
    by: str = ""


class MuteAsked(Struct, frozen=True, tag=True):
    """What the desk says reaches nobody, or everybody again."""

    extension: str
    on: bool
    by: str = ""


class DigitsAsked(Struct, frozen=True, tag=True):
    """Keys from the panel for the others in the talk."""

    extension: str
    digits: str
    by: str = ""


class Callee(Struct, frozen=True):
    """Somebody the box can call: through `target`, who sees `shown`. One of `extension` and `number` is known."""

    target: Extensions | Outside
    shown: Identity
    extension: str = ""
    number: str = ""
    name: str = ""


class GiveAsked(Struct, frozen=True, tag=True):
    """The desk gives the call away without asking first; unanswered for `seconds` it comes back."""

    extension: str
    to: Callee
    seconds: int
    by: str = ""
    goal: Goal | None = None  # a group: the search goes on there


class ConsultAsked(Struct, frozen=True, tag=True):
    """The desk asks somebody while the others hear music."""

    extension: str
    to: Callee
    seconds: int
    by: str = ""


class ConsultTurned(Struct, frozen=True, tag=True):
    """The desk turns from the one who was asked to the others, or back."""

    extension: str
    by: str = ""


class ConsultJoined(Struct, frozen=True, tag=True):
    """All talk together."""

    extension: str
    by: str = ""


class ConsultDone(Struct, frozen=True, tag=True):
    """The desk leaves: the one who was asked has the call."""

    extension: str
    by: str = ""


class ConsultDropped(Struct, frozen=True, tag=True):
    """The desk takes the call back and lets the other go."""

    extension: str
    by: str = ""


class ParkAsked(Struct, frozen=True, tag=True):
    """The desk leaves the call at a place where anybody can fetch it; after `seconds` it comes back."""

    extension: str
    place: int
    seconds: int
    by: str = ""


class FetchAsked(Struct, frozen=True, tag=True):
    """A desk takes a call that rings elsewhere, or is parked: its phone is called, or has called with this Call-ID."""

    extension: str
    to: Callee
    sip_call_id: str = ""
    by: str = ""


class RefuseAsked(Struct, frozen=True, tag=True):
    """The desk does not take what rings there; the search goes on."""

    extension: str
    by: str = ""


class AnswerAsked(Struct, frozen=True, tag=True):
    """The desk takes by mouse what rings there: its phone is called again so that it answers by itself."""

    extension: str
    to: Callee
    by: str = ""


class PlayAsked(Struct, frozen=True, tag=True):
    """An announcement for everybody in the talk."""

    extension: str
    play: str
    file: str
    name: str
    by: str = ""


class PlayStopAsked(Struct, frozen=True, tag=True):
    """The announcement is enough."""

    extension: str
    by: str = ""


class WarnAsked(Struct, frozen=True, tag=True):
    """The far side is warned and the call goes on. `apart`: they and the others do not hear each other meanwhile.

    `file` "": there is nothing to be heard, the warning only stands in the timeline.
    """

    extension: str
    play: str
    file: str
    name: str
    stage: int
    reason: str
    apart: bool = True
    by: str = ""


class TerminateAsked(Struct, frozen=True, tag=True):
    """The far side hears nothing but this to its end, then the call is over. `seconds`: it does not last longer."""

    extension: str
    play: str
    file: str
    name: str
    reason: str
    seconds: int
    by: str = ""


class ExtendAsked(Struct, frozen=True, tag=True):
    """The desk lets a call take so many minutes more than the office allows."""

    extension: str
    minutes: int
    by: str = ""


class PauseAsked(Struct, frozen=True, tag=True):
    """The desk has the recording hold silence for a while, or go on."""

    extension: str
    on: bool
    by: str = ""


class RecordAsked(Struct, frozen=True, tag=True):
    """The desk has the analog line of a call recorded, or no longer."""

    extension: str
    on: bool
    by: str = ""


class MonitorAsked(Struct, frozen=True, tag=True):
    """A supervisor takes part, or takes part in another way."""

    extension: str  # the supervisor's
    to: Callee
    watch: str
    by: str = ""


class LineTakenBy(Struct, frozen=True, tag=True):
    """A desk has the call on an analog line. `instead`: also when another was said to have it. Without `by` the box."""

    extension: str
    by: str = ""
    instead: bool = False


Request: TypeAlias = (
    HoldAsked
    | RetrieveAsked
    | MuteAsked
    | DigitsAsked
    | GiveAsked
    | ConsultAsked
    | ConsultTurned
    | ConsultJoined
    | ConsultDone
    | ConsultDropped
    | ParkAsked
    | FetchAsked
    | RefuseAsked
    | AnswerAsked
    | PlayAsked
    | PlayStopAsked
    | MonitorAsked
    | WarnAsked
    | TerminateAsked
    | ExtendAsked
    | PauseAsked
    | RecordAsked
    | HangupAsked
    | LineTakenBy
)
