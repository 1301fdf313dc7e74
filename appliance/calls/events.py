"""What call control tells the rest of the core, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.calls.call import CallView, Track, Warned


@dataclass(frozen=True)
class CallArrived:
    """A new call was accepted. Published before any phone rings; the pop hangs on this.

    One that the edge took in hand alone is told when its notes are read, if it still goes on then.
    """

    call: CallView


@dataclass(frozen=True)
class CallChanged:
    """Anything visible of a call has changed: it rings, was answered, is on hold."""

    call: CallView


@dataclass(frozen=True)
class CallEnded:
    """A call is over (or was refused); its row will not change any more, apart from its recording.

    The exception is a call of which the edge had not told yet what became of it: CallChanged follows then.
    """

    call: CallView


@dataclass(frozen=True)
class OfferTaken:
    """This extension has taken a call that was offered to it."""

    call: CallView
    extension: str


@dataclass(frozen=True)
class OfferMissed:
    """A call was offered to an extension in vain. `why` is "refused", "no_answer" or "unreachable"."""

    call: CallView
    extension: str
    why: str


@dataclass(frozen=True)
class PartyLeft:
    """An extension's leg in a call has ended, at `at_ms` (since 1970). `talked_ms` 0: it only rang."""

    call: CallView
    extension: str
    talked_ms: int
    at_ms: int


@dataclass(frozen=True)
class CallbackWanted:
    """A caller wants to be called back by the call's group: they pressed the key for it, or nobody could be found.

    The number is the far side's. That it was wanted, and which way it came (`callback_way`), stands in every later view
    of the call, too.
    """

    call: CallView


@dataclass(frozen=True)
class CallerWarned:
    """A caller was warned, or is told that the call ends (`warned.stage`); what was played begins now."""

    call: CallView
    warned: Warned


@dataclass(frozen=True)
class CallRecorded:
    """The call is over and these are its tracks. `caller_side` and `agent_side` are the two that belong together.

    `folder` is the conversation's folder; it may be removed when the tracks have a durable successor. `sent_tracks`
    are what the caller was sent while announcements were played to them, each by itself.
    """

    call: CallView
    folder: str
    caller_tracks: tuple[Track, ...]
    agent_tracks: tuple[Track, ...]
    sent_tracks: tuple[Track, ...] = ()
