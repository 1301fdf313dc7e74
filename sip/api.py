"""What the rest of the box may know of SIP: plain frozen types and two Protocols, nothing that needs a socket.

`Edge` is the door to Kamailio (who calls, who is registered, how trunks are), `Voice` is the door to the media
(one conversation = one worker process). Both are implemented for real beside this file and by `fake.py` in each
folder; the same contract tests run over both.

Words: a *leg* is one SIP dialog of a conversation, named by a short string that is unique in its conversation.
Facts travel from SIP to the core, orders the other way. All moments are milliseconds since 1970, UTC (`_ms`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

# ---------------------------------------------------------------------------------------------- who is calling


class Source(StrEnum):
    """Where an INVITE came from. Nothing else ever reaches the core."""

    PHONE = "phone"
    TRUNK = "trunk"


class Presentation(StrEnum):
    """Whether the caller's number may be shown (RFC 3323, RFC 3325)."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


class Identity(Struct, frozen=True):
    """The calling party as the network told it. `number` is raw and empty unless the presentation is SHOWN."""

    number: str = ""
    name: str = ""
    presentation: Presentation = Presentation.SHOWN


class IncomingCall(Struct, frozen=True):
    """A new INVITE that the edge has authenticated and suspended; `token` answers it, once."""

    token: str
    sip_call_id: str
    source: Source
    caller: Identity
    called: str  # raw, as dialled or as the trunk's called-number setting found it
    address: str  # "udp:192.0.2.10:5060"
    extension: str = ""  # the authenticated phone, when the source is PHONE
    trunk: str = ""  # the trunk's id, when the source is TRUNK
    arrived_ms: int = 0


# --------------------------------------------------------------------------------------------- orders and facts


class Extensions(Struct, frozen=True, tag=True):
    """Ring all registered phones of these extensions at once, by one forked INVITE."""

    numbers: tuple[str, ...]


class Outside(Struct, frozen=True, tag=True):
    """Call `number` (already in the trunk's dial form) through a trunk."""

    trunk: str
    number: str


Target: TypeAlias = Extensions | Outside


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

    A leg name that exists already is left alone: repeating the order is harmless.
    """

    leg: str
    target: Target
    shown: Identity
    headers: tuple[tuple[str, str], ...] = ()


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
    """Take a leg out of its bridge and play it music until Retrieve."""

    leg: str


class Retrieve(Struct, frozen=True, tag=True):
    """End a Hold: the leg's bridge is joined again."""

    leg: str


class Play(Struct, frozen=True, tag=True):
    """Play a WAV file to some legs (mixed over what they hear). `play` names it for StopPlay and PlayEnded."""

    play: str
    file: str
    legs: tuple[str, ...]
    loop: bool = False


class StopPlay(Struct, frozen=True, tag=True):
    """Stop a prompt; one that has ended already is fine."""

    play: str


class SendDigits(Struct, frozen=True, tag=True):
    """Send DTMF on a leg (RFC 4733, or INFO where the far side knows nothing else)."""

    leg: str
    digits: str


class Hangup(Struct, frozen=True, tag=True):
    """End a leg: BYE, CANCEL or this final answer, whichever fits. `reason` goes into a Reason header (RFC 3326)."""

    leg: str
    code: int = 603
    reason: str = ""


Order: TypeAlias = (
    Ring | EarlyMedia | Answer | Originate | Bridge | Unbridge | Hold | Retrieve | Play | StopPlay | SendDigits | Hangup
)


class Quality(Struct, frozen=True):
    """What the RTP of one leg was like, as we received it and as the far side reported (RTCP)."""

    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    far_lost: int = 0
    round_trip_ms: float = 0.0


class LegArrived(Struct, frozen=True, tag=True):
    """The INVITE for which the worker was leased has reached it."""

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


# ---------------------------------------------------------------------------------------------------- the doors


class Lease(Struct, frozen=True):
    """A warm worker, ours for one conversation. `contact` is the edge's name for it ("w15104")."""

    conversation: str
    contact: str
    folder: str


class Registration(Struct, frozen=True):
    """One phone that is registered on an extension now."""

    extension: str
    contact: str
    address: str  # "udp:192.0.2.10:5060"
    agent: str  # its User-Agent
    since_ms: int
    expires_ms: int


class TrunkState(StrEnum):
    """How a trunk is, as measured."""

    UNKNOWN = "unknown"
    REGISTERING = "registering"
    REGISTERED = "registered"
    REFUSED = "refused"  # the upstream said no; the text is its own
    UNREACHABLE = "unreachable"  # no answer at all
    REACHABLE = "reachable"  # by IP address, answers OPTIONS


class TrunkStatus(Struct, frozen=True):
    """A trunk's state, with the upstream's own code and words when there were any."""

    trunk: str
    state: TrunkState
    code: int = 0
    text: str = ""
    since_ms: int = 0


class CalledFrom(StrEnum):
    """Where a trunk puts the number that was called."""

    REQUEST = "request"
    TO = "to"
    DIVERSION = "diversion"
    HISTORY = "history"


class Transport(StrEnum):
    """How SIP reaches a trunk."""

    UDP = "udp"
    TCP = "tcp"


class TrunkPlan(Struct, frozen=True):
    """All the edge needs to know of a trunk. `secret` is its password; an empty `realm` means any."""

    trunk: str
    host: str  # name or address of the upstream; calls from its address are this trunk's
    port: int
    transport: Transport
    register: bool
    username: str = ""
    auth_username: str = ""
    secret: str = ""
    realm: str = ""
    expires: int = 120
    addresses: tuple[str, ...] = ()  # further source addresses of the upstream
    trusted: bool = True  # believe P-Asserted-Identity and Remote-Party-ID
    called_from: CalledFrom = CalledFrom.REQUEST
    main_number: str = ""  # shown on calls that the edge places by itself


class Credential(Struct, frozen=True):
    """A phone's digest credential: `ha1` = MD5(extension:realm:password) with `Edge.realm`."""

    extension: str
    ha1: str


class Fallback(Struct, frozen=True):
    """What the edge does by itself while the core is gone: who rings, which trunk dials out (first = emergency too)."""

    ring: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ("112", "119")
    local: tuple[str, ...] = ()  # extensions that may be called directly


class EdgeState(Struct, frozen=True):
    """Whether Kamailio is there and knows everything."""

    connected: bool
    since_ms: int = 0


class Banned(Struct, frozen=True):
    """The edge has shut out a source for a while."""

    address: str
    why: str  # "password" or "flood"


EdgeEvent: TypeAlias = IncomingCall | Registration | TrunkStatus | EdgeState | Banned


class RegistrationGone(Struct, frozen=True):
    """A phone is registered no more."""

    extension: str
    contact: str


class CallCancelled(Struct, frozen=True):
    """The caller gave up while the edge was still waiting for an answer from `Edge.send_to_worker` or `Edge.refuse`."""

    sip_call_id: str


EdgeNews: TypeAlias = EdgeEvent | RegistrationGone | CallCancelled


class Edge(Protocol):
    """The door to Kamailio. Plans are kept and told again whenever Kamailio comes back."""

    realm: str

    async def start(self, hear: Callable[[EdgeNews], None]) -> None:
        """Connect and stay connected; everything that happens is given to `hear` in the loop's thread."""

    async def stop(self) -> None:
        """Let go of Kamailio. It goes on by itself with its fallback."""

    async def send_to_worker(self, call: IncomingCall, lease: Lease) -> None:
        """Let the suspended INVITE go on to a worker."""

    async def refuse(self, call: IncomingCall, code: int, reason: str) -> None:
        """Answer the suspended INVITE with a final code."""

    async def set_credentials(self, credentials: tuple[Credential, ...]) -> None:
        """Make these the only phones that may register. Takes effect with the next request of each phone."""

    async def set_trunks(self, trunks: tuple[TrunkPlan, ...]) -> None:
        """Make these the only trunks: what is new is registered, what is gone is unregistered."""

    async def set_fallback(self, fallback: Fallback) -> None:
        """Say what the edge does by itself while the core is gone."""

    async def end_dialogs_of(self, contact: str) -> None:
        """Send BYE, CANCEL or a final answer for every dialog of a dead worker."""

    def registrations(self) -> tuple[Registration, ...]:
        """Return who is registered now."""

    def trunk_states(self) -> tuple[TrunkStatus, ...]:
        """Return how each trunk is now."""

    def state(self) -> EdgeState:
        """Return whether Kamailio is there."""


class ConversationPlan(Struct, frozen=True):
    """What a worker is leased for. `caller_leg` names the leg that will arrive; empty: it places calls only."""

    conversation: str
    caller_leg: str = "caller"
    record: bool = True


class Alive(Struct, frozen=True):
    """A conversation that the keeper knows: living, or ended with facts that nobody has acknowledged."""

    conversation: str
    folder: str
    contact: str
    living: bool
    last_number: int


class VoiceState(Struct, frozen=True):
    """How the keeper is. `warm` workers wait; `busy` ones talk; memory is PSS, in KiB, of keeper and workers."""

    connected: bool
    warm: int = 0
    busy: int = 0
    limit: int = 0
    pss_kib: int = 0
    reason: str = ""  # why there are no workers, when there are none ("no pjsua2 for this processor")


class Voice(Protocol):
    """The door to the voice keeper. Facts not acknowledged are told again after a reconnect, in order."""

    async def start(self, hear: Callable[[Told], None], changed: Callable[[VoiceState], None]) -> tuple[Alive, ...]:
        """Connect and stay connected. Returns what is alive once the keeper is there; facts go to `hear`.

        After a reconnect the facts that were not acknowledged are heard again. A keeper that was restarted tells
        ConversationLost for every conversation it finds on disk without a worker.
        """

    async def stop(self) -> None:
        """Let go of the keeper; conversations go on."""

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a warm worker. Raises NoWorker when every worker talks or none can be started."""

    async def order(self, conversation: str, *orders: Order) -> None:
        """Hand orders to a worker, to be carried out in this order. Unknown conversations are ignored and logged."""

    async def acknowledge(self, conversation: str, number: int) -> None:
        """Facts up to `number` are safely stored. After the last fact this also forgets the conversation."""

    def state(self) -> VoiceState:
        """Return how the keeper is."""
