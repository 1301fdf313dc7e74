"""All messages between core, keeper, zygote, workers and relay, in one table. Knows plain types only: no socket.

Two links speak length-framed JSON (`channel.py`): core and keeper over the unix socket, keeper and each worker over
a socket pair. Where descriptors travel (zygote, relay) each message is a packet of its own. Whoever opens the link
between core and keeper says `Hello` first; an end that hears another version than its own lets go, because after an
update an old core may meet a new keeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from sip.api import Alive, ConversationPlan, Fact, Lease, LegQuality, Order, Told, VoiceState
from sip.voice.lent import RelayedLeg, RelayLeg

VERSION = 5
"""Raised with every change of a message between core and keeper."""


class End(StrEnum):
    """Who speaks."""

    CORE = "core"
    KEEPER = "keeper"
    ZYGOTE = "zygote"
    WORKER = "worker"
    RELAY = "relay"


# ------------------------------------------------------------------------------------------- core and keeper


class Hello(Struct, frozen=True, tag=True):
    """The sender speaks this version of the protocol."""

    version: int = VERSION


class Welcome(Struct, frozen=True, tag=True):
    """What is alive and how the keeper is; the facts nobody has acknowledged follow."""

    alive: tuple[Alive, ...]
    state: VoiceState


class LeaseWanted(Struct, frozen=True, tag=True):
    """Give me a warm worker; `request` is repeated in the answer."""

    request: int
    plan: ConversationPlan


class LeaseGranted(Struct, frozen=True, tag=True):
    """The worker is yours."""

    request: int
    lease: Lease


class LeaseRefused(Struct, frozen=True, tag=True):
    """There is no worker, and why."""

    request: int
    reason: str


class Measure(Struct, frozen=True, tag=True):
    """What are the figures of this conversation's legs? `request` is repeated in the answer."""

    request: int
    conversation: str


class Measured(Struct, frozen=True, tag=True):
    """These."""

    request: int
    legs: tuple[LegQuality, ...]


class NotMeasured(Struct, frozen=True, tag=True):
    """Nobody holds that conversation, or its worker does not answer."""

    request: int
    reason: str


class OrdersGiven(Struct, frozen=True, tag=True):
    """Carry these out in this order. The keeper hands them on to the worker unchanged."""

    conversation: str
    orders: tuple[Order, ...]


class FactTold(Struct, frozen=True, tag=True):
    """A fact that is in the journal already."""

    told: Told


class FactsStored(Struct, frozen=True, tag=True):
    """The core has stored the facts of a conversation up to this number."""

    conversation: str
    number: int


class StateChanged(Struct, frozen=True, tag=True):
    """How the keeper is now."""

    state: VoiceState


class Ping(Struct, frozen=True, tag=True):
    """Are you there?"""

    number: int


class Pong(Struct, frozen=True, tag=True):
    """I am, and I have dealt with everything sent before this ping."""

    number: int


# ----------------------------------------------------------------------------------------- keeper and worker


class WorkerSettings(Struct, frozen=True, tag=True):
    """What a worker must know before it can open its sockets. Ports are this worker's own."""

    slot: int
    sip_port: int
    rtp_port: int
    rtp_ports: int
    edge_port: int  # on loopback: where everything is sent
    address: str  # what phones and trunks see, in SIP and in RTP
    public_port: int  # the edge's SIP port on that address
    music: str = ""  # WAV file for whoever is on hold; empty: silence
    relay: str = ""  # the relay's socket; empty: there is none
    relay_answers_s: float = 0.1  # a relay that does not give the sound back within this time is done without
    longest_s: int = 14400  # a conversation is ended after this time
    log_level: str = "info"


class WorkerReady(Struct, frozen=True, tag=True):
    """The worker's sockets are open; it can take its one conversation."""


class WorkerFailed(Struct, frozen=True, tag=True):
    """The worker could not start; it exits after this."""

    reason: str


class Begin(Struct, frozen=True, tag=True):
    """Your conversation: write recordings to `folder`, give up when nothing has come after `unused_s` seconds."""

    plan: ConversationPlan
    folder: str
    unused_s: float


class Begun(Struct, frozen=True, tag=True):
    """The conversation is set up: from now on an INVITE that comes is its own."""


class Happened(Struct, frozen=True, tag=True):
    """A fact of the worker's conversation, not numbered yet."""

    at_ms: int
    fact: Fact


class Finish(Struct, frozen=True, tag=True):
    """End every leg with this code and reason, close the recordings, exit."""

    code: int
    reason: str


# ----------------------------------------------------------------------------------------- keeper and zygote


class EngineReady(Struct, frozen=True, tag=True):
    """pjsua2 is imported; workers can be forked."""


class EngineMissing(Struct, frozen=True, tag=True):
    """pjsua2 cannot be imported here; the zygote exits after this."""

    reason: str


RELAY_SLOT = -1
"""What is forked for this slot is the relay."""


class Fork(Struct, frozen=True, tag=True):
    """Fork a worker (or the relay); the descriptor of its channel comes with the packet."""

    slot: int


class Forked(Struct, frozen=True, tag=True):
    """The worker for this slot lives."""

    slot: int
    pid: int


class Exited(Struct, frozen=True, tag=True):
    """A worker is gone; `status` as `os.waitstatus_to_exitcode` gives it."""

    pid: int
    status: int


# ------------------------------------------------------------------------------------------- worker and relay


class Take(Struct, frozen=True, tag=True):
    """Carry the talk of these two; their RTP and RTCP sockets come with the packet, in this order."""

    legs: tuple[RelayLeg, RelayLeg]


class GiveBack(Struct, frozen=True, tag=True):
    """Let go of what was lent."""


class Look(Struct, frozen=True, tag=True):
    """What have you counted so far?"""


class Seen(Struct, frozen=True, tag=True):
    """This, of each leg that is lent; nothing, when none is."""

    legs: tuple[RelayedLeg, ...]


class Given(Struct, frozen=True, tag=True):
    """The sockets are the worker's alone again; `why` says what the relay could not carry, if it was not asked."""

    why: str
    legs: tuple[RelayedLeg, ...]


class Kept(Struct, frozen=True, tag=True):
    """Everything that was relayed is in the recordings' files."""


# --------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class Rule:
    """Who sends a message to whom, and when that is legal."""

    message: type[Struct]
    sender: End
    receiver: End
    when: str


MESSAGES: tuple[Rule, ...] = (
    Rule(Hello, End.CORE, End.KEEPER, "first message of the link, once"),
    Rule(Hello, End.KEEPER, End.CORE, "answer to the core's Hello, once"),
    Rule(Welcome, End.KEEPER, End.CORE, "right after the keeper's Hello, once"),
    Rule(LeaseWanted, End.CORE, End.KEEPER, "any time after Welcome"),
    Rule(LeaseGranted, End.KEEPER, End.CORE, "once for each LeaseWanted, unless refused"),
    Rule(LeaseRefused, End.KEEPER, End.CORE, "once for each LeaseWanted, unless granted"),
    Rule(Measure, End.CORE, End.KEEPER, "any time after Welcome"),
    Rule(Measured, End.KEEPER, End.CORE, "once for each Measure, unless not"),
    Rule(NotMeasured, End.KEEPER, End.CORE, "once for each Measure, unless measured"),
    Rule(Measure, End.KEEPER, End.WORKER, "after Begin"),
    Rule(Measured, End.WORKER, End.KEEPER, "once for each Measure"),
    Rule(OrdersGiven, End.CORE, End.KEEPER, "any time after Welcome"),
    Rule(OrdersGiven, End.KEEPER, End.WORKER, "after Begin"),
    Rule(FactTold, End.KEEPER, End.CORE, "after Welcome, when the fact is in the journal; in order of number"),
    Rule(FactsStored, End.CORE, End.KEEPER, "after the FactTold it names"),
    Rule(StateChanged, End.KEEPER, End.CORE, "after Welcome, when the state differs"),
    Rule(Ping, End.CORE, End.KEEPER, "any time after Welcome"),
    Rule(Pong, End.KEEPER, End.CORE, "once for each Ping"),
    Rule(WorkerSettings, End.KEEPER, End.WORKER, "first message of the link, once"),
    Rule(WorkerReady, End.WORKER, End.KEEPER, "after WorkerSettings, once, unless failed"),
    Rule(WorkerFailed, End.WORKER, End.KEEPER, "after WorkerSettings, once; nothing follows"),
    Rule(Begin, End.KEEPER, End.WORKER, "after WorkerReady, once"),
    Rule(Begun, End.WORKER, End.KEEPER, "once for each Begin"),
    Rule(Happened, End.WORKER, End.KEEPER, "after Begun; one of api.LAST_FACTS is the last message"),
    Rule(Finish, End.KEEPER, End.WORKER, "any time after WorkerSettings"),
    Rule(Ping, End.KEEPER, End.WORKER, "after WorkerReady"),
    Rule(Pong, End.WORKER, End.KEEPER, "once for each Ping"),
    Rule(EngineReady, End.ZYGOTE, End.KEEPER, "first packet, unless missing"),
    Rule(EngineMissing, End.ZYGOTE, End.KEEPER, "first packet, unless ready; nothing follows"),
    Rule(Fork, End.KEEPER, End.ZYGOTE, "after EngineReady"),
    Rule(Forked, End.ZYGOTE, End.KEEPER, "once for each Fork"),
    Rule(Exited, End.ZYGOTE, End.KEEPER, "once for each Forked"),
    Rule(Ping, End.KEEPER, End.RELAY, "after the first packet, which carries the listening socket and no message"),
    Rule(Pong, End.RELAY, End.KEEPER, "once for each Ping"),
    Rule(Take, End.WORKER, End.RELAY, "when nothing is lent"),
    Rule(GiveBack, End.WORKER, End.RELAY, "after Take; may cross a Given"),
    Rule(Look, End.WORKER, End.RELAY, "after Take; may cross a Given"),
    Rule(Seen, End.RELAY, End.WORKER, "once for each Look"),
    Rule(Given, End.RELAY, End.WORKER, "once for each Take"),
    Rule(Kept, End.RELAY, End.WORKER, "once for each Given"),
)

FromCore: TypeAlias = Hello | LeaseWanted | Measure | OrdersGiven | FactsStored | Ping
ToCore: TypeAlias = (
    Hello | Welcome | LeaseGranted | LeaseRefused | Measured | NotMeasured | FactTold | StateChanged | Pong
)
ToWorker: TypeAlias = WorkerSettings | Begin | OrdersGiven | Measure | Finish | Ping
FromWorker: TypeAlias = WorkerReady | WorkerFailed | Begun | Happened | Measured | Pong
ToZygote: TypeAlias = Fork
FromZygote: TypeAlias = EngineReady | EngineMissing | Forked | Exited
ToRelay: TypeAlias = Take | Look | GiveBack
FromRelay: TypeAlias = Seen | Given | Kept
