"""What goes over the API about calls at a desk: requests, and answers that are put together."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from appliance.calls.call import Reason
from appliance.calls.destinations import Kind
from appliance.calls.parties import Watch
from web.api.shapes import CallSeen, Request, Whole


class AtDesk(Request, frozen=True, kw_only=True):
    """At whose desk; an empty extension is where the asker sits. Programs sit nowhere and must name it."""

    extension: str = ""


class HangUpSent(Request, frozen=True):
    """Whose part is to end; an empty extension ends the whole call."""

    extension: str = ""


class DialSent(AtDesk, frozen=True, kw_only=True):
    """Whom to call: an extension, or a number as people write it.

    `shown_number` is which of our numbers is shown (empty: the usual one), `name` what one's own phone displays.
    `line` is the analog line whose device dials the number; 0: the desk's phone, or a line where it cannot.
    """

    to: str
    shown_number: str = ""
    name: str = ""
    line: Annotated[int, Meta(ge=-9, le=2**53)] = 0


class DialMade(Struct, frozen=True):
    """The call that was begun; the desk's own phone is called first, or a line's device dials."""

    call: str


class MuteSent(AtDesk, frozen=True, kw_only=True):
    """Whether nobody shall hear the desk."""

    on: bool = True


class RecordSent(AtDesk, frozen=True, kw_only=True):
    """Whether the call's line shall be recorded."""

    on: bool = True


class DigitsSent(AtDesk, frozen=True, kw_only=True):
    """Keys to press for the others: 0 to 9, * and #."""

    digits: str


class TargetSent(AtDesk, frozen=True, kw_only=True):
    """To whom: an extension, a number as people write it, or a group's id with the kind "group"."""

    to: str
    kind: Kind = Kind.ANY


class ParkSent(AtDesk, frozen=True, kw_only=True):
    """At which place; 0: the first that is free."""

    place: Whole = 0


class Parked(Struct, frozen=True):
    """Where a call was parked."""

    place: int


class PlaySent(AtDesk, frozen=True, kw_only=True):
    """Which announcement."""

    announcement: str


class TerminateSent(AtDesk, frozen=True, kw_only=True):
    """For what. An empty language is the office's."""

    reason: Reason = Reason.ABUSE
    language: str = ""


class WarnSent(TerminateSent, frozen=True, kw_only=True):
    """At which stage (1 or 2), and for what."""

    stage: Whole = 1


class ExtendSent(AtDesk, frozen=True, kw_only=True):
    """By how many minutes."""

    minutes: Annotated[int, Meta(ge=1, le=600)] = 10


class MonitorSent(AtDesk, frozen=True, kw_only=True):
    """How to take part: "listen", "whisper" (the desk alone hears it) or "barge"."""

    watch: Watch = Watch.LISTEN


class Cannot(Struct, frozen=True):
    """A step that cannot be taken now. `key` is the same in every language, `text` is for people."""

    step: str
    key: str
    text: str


class DeskCall(Struct, frozen=True):
    """A call at a desk: which steps can be taken now, and why the others cannot."""

    call: CallSeen
    can: tuple[str, ...]
    cannot: tuple[Cannot, ...]


class DeskCalls(Struct, frozen=True):
    """What goes on at a desk: its calls, talks first, and the calls that are parked for anybody."""

    extension: str
    calls: tuple[DeskCall, ...]
    parked: tuple[CallSeen, ...]
