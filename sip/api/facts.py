"""What a conversation tells the core, numbered and with its moment."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Quality(Struct, frozen=True):
    """What the RTP of one leg was like, as we received it and as the far side reported (RTCP)."""

    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    far_lost: int = 0
    round_trip_ms: float = 0.0


class LegQuality(Struct, frozen=True):
    """The figures of one leg while its call goes on."""

    leg: str
    quality: Quality


class LegArrived(Struct, frozen=True, tag=True):
    """The INVITE for which the worker was leased, or one that it was told to Expect, has reached it."""

    leg: str
    sip_call_id: str


class LegProgress(Struct, frozen=True, tag=True):
    """A 1xx came on an originated leg. `extension` is the phone that rings; `early_media`: it carries sound."""

    leg: str
    code: int
    early_media: bool = False
    extension: str = ""


class LegAnswered(Struct, frozen=True, tag=True):
    """A leg is up (200 and ACK). `extension` is the phone that answered, for a leg to extensions."""

    leg: str
    extension: str = ""
    codec: str = ""
    sip_call_id: str = ""


class LegEnded(Struct, frozen=True, tag=True):
    """A leg is gone. `code` is the final SIP status, `reason` the far side's words; `by_far` = they ended it."""

    leg: str
    code: int
    reason: str = ""
    by_far: bool = True
    quality: Quality | None = None


class LegHeld(Struct, frozen=True, tag=True):
    """The far side put the leg on hold by re-INVITE."""

    leg: str


class LegResumed(Struct, frozen=True, tag=True):
    """The far side took the leg off hold."""

    leg: str


class TransferAsked(Struct, frozen=True, tag=True):
    """The far side of `leg` asked (REFER, RFC 3515) that whoever it talks with be given to `target`.

    Far sides of trunks can ask, too: whether they may is the core's decision, as everything here.
    `target` is the user part as dialled, raw. `new_leg` is the call to it, which is on its way already: the edge holds
    its INVITE (`sip_call_id`) and asks the core as for any new call, before or after this is heard. `replaces` is the
    Call-ID of the dialog that it is to take the place of (RFC 3891), empty for a blind transfer. The far side is told
    what becomes of that call; all other legs stay as they are until they are ordered otherwise. Should `leg` end while
    `new_leg` lives, whoever would have ended together with it and `new_leg` end together from then on.
    """

    leg: str
    new_leg: str
    target: str
    sip_call_id: str
    replaces: str = ""


class LegReplaced(Struct, frozen=True, tag=True):
    """An INVITE with Replaces (RFC 3891) took the place of `leg`: `by` stands in its bridges now, hears what it heard.

    LegAnswered for `by` and LegEnded for `leg` (not `by_far`) follow. `by` is recorded as `leg` was.
    """

    leg: str
    by: str
    sip_call_id: str


class DigitHeard(Struct, frozen=True, tag=True):
    """One DTMF digit came in on a leg."""

    leg: str
    digit: str


class PlayEnded(Struct, frozen=True, tag=True):
    """A prompt has ended: played to its end, or stopped."""

    play: str
    whole: bool


class RecordingStarted(Struct, frozen=True, tag=True):
    """A leg's incoming audio is being written to `file` (WAV, inside the conversation's folder)."""

    leg: str
    file: str
    started_ms: int


class RecordingClosed(Struct, frozen=True, tag=True):
    """A leg's file is complete."""

    leg: str
    file: str
    duration_ms: int


class OrderFailed(Struct, frozen=True, tag=True):
    """An order could not be carried out; `leg` is empty when it concerned none."""

    order: str
    leg: str
    reason: str


class ConversationEnded(Struct, frozen=True, tag=True):
    """No leg is left and the worker has given everything back; the last fact of every conversation."""


class ConversationLost(Struct, frozen=True, tag=True):
    """The worker died or was killed; the last fact of such a conversation. Its dialogs still stand at the edge."""

    why: str
    sip_contact: str = ""


class LeaseUnused(Struct, frozen=True, tag=True):
    """No INVITE reached the leased worker in time; the last fact of such a conversation."""


Fact: TypeAlias = (
    LegArrived
    | LegProgress
    | LegAnswered
    | LegEnded
    | LegHeld
    | LegResumed
    | TransferAsked
    | LegReplaced
    | DigitHeard
    | PlayEnded
    | RecordingStarted
    | RecordingClosed
    | OrderFailed
    | ConversationEnded
    | ConversationLost
    | LeaseUnused
)

LAST_FACTS = (ConversationEnded, ConversationLost, LeaseUnused)


class Told(Struct, frozen=True):
    """A fact with its place: facts of a conversation are numbered from 1 without gaps and kept until acknowledged."""

    conversation: str
    number: int
    at_ms: int
    fact: Fact
