"""What the edge notes of the calls that it handles alone: because the core is gone, hangs, or wants no part in them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from sip.api.calling import IncomingCall


class Side(StrEnum):
    """Who did something to such a call."""

    CALLER = "caller"
    CALLED = "called"
    BOX = "box"


class AloneCame(Struct, frozen=True, tag=True):
    """The call came in and the edge took it in hand. `extensions` are made to ring; none: it is not for our phones."""

    extensions: tuple[str, ...] = ()


class AloneRinging(Struct, frozen=True, tag=True):
    """The first phone rings, or the far side does. `trunk` is the one through which a call goes out."""

    extension: str = ""
    trunk: str = ""


class AloneAnswered(Struct, frozen=True, tag=True):
    """A phone has answered, or somebody outside. `tag` names that dialog: two phones may answer at once."""

    extension: str = ""
    trunk: str = ""
    tag: str = ""


class AloneRefused(Struct, frozen=True, tag=True):
    """It came to nothing: `code` is the SIP answer, `by` whose it was. The caller's is that he gave up (487)."""

    code: int
    by: Side
    reason: str = ""
    trunk: str = ""


class AloneEnded(Struct, frozen=True, tag=True):
    """The call was hung up. `tag` is that of the dialog that ended; none: of all."""

    by: Side
    tag: str = ""


class AloneLost(Struct, frozen=True, tag=True):
    """The edge was started anew. What was up goes on without it; if a hang-up still reaches it, AloneEnded follows."""


AloneNote: TypeAlias = AloneCame | AloneRinging | AloneAnswered | AloneRefused | AloneEnded | AloneLost


class Note(Struct, frozen=True):
    """One note. Numbers only grow and none is given twice.

    `call` goes with AloneCame, and `at_ms` is then the moment at which it came. AloneLost is about every call that was
    noted before it and has not ended; its `sip_call_id` is empty.
    """

    number: int
    at_ms: int
    sip_call_id: str
    what: AloneNote
    call: IncomingCall | None = None
