"""The door to Kamailio: registrations, trunks, the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from sip.api.calling import Identity, IncomingCall
from sip.api.notes import Note
from sip.api.orders import Extensions, Outside
from sip.api.voice import Lease


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
    barred: tuple[str, ...] = ()  # extensions that may call no trunk, emergency numbers excepted


class LampState(StrEnum):
    """What a lamp shows."""

    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"


class Lamp(Struct, frozen=True):
    """What phones see that watch `name`: an extension, a parking place ("park1"), or "night".

    `caller` and `called` are shown by phones that show such things. The one of them that is `name` says which side it
    is on; without, it is taken for the called one.
    """

    name: str
    state: LampState
    caller: str = ""
    called: str = ""


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
    """The caller gave up before anybody answered.

    Whether an answer like `Edge.send_to_worker` was heard before that is not said: when it was, its worker tells more.
    """

    sip_call_id: str


class CallTaken(Struct, frozen=True):
    """The edge waited too long for an answer and handled the call by itself; an answer changes nothing any more."""

    sip_call_id: str


class CallNoted(Struct, frozen=True):
    """The edge has noted something of a call that it handles alone; `Edge.notes` has it. May be heard once for many."""


EdgeNews: TypeAlias = EdgeEvent | RegistrationGone | CallCancelled | CallTaken | CallNoted


class Edge(Protocol):
    """The door to Kamailio. Plans are kept and told again whenever Kamailio comes back."""

    realm: str

    async def start(self, hear: Callable[[EdgeNews], None]) -> None:
        """Connect and stay connected; everything that happens is given to `hear` in the loop's thread."""

    async def stop(self) -> None:
        """Let go of Kamailio. It goes on by itself with its fallback."""

    async def send_to_worker(self, call: IncomingCall, lease: Lease) -> None:
        """Let the suspended INVITE go on to a worker; a Replaces header goes with it."""

    async def send_on(self, call: IncomingCall, target: Extensions | Outside, shown: Identity) -> None:
        """Let a worker's suspended INVITE go on to phones or through a trunk, as one that the core had ordered."""

    async def refuse(self, call: IncomingCall, code: int, reason: str) -> None:
        """Answer the suspended INVITE with a final code."""

    async def hand_back(self, call: IncomingCall) -> None:
        """Let the edge do with the suspended INVITE what it does while the core is gone; a worker's is refused then."""

    async def set_credentials(self, credentials: tuple[Credential, ...]) -> None:
        """Make these the only phones that may register. Takes effect with the next request of each phone."""

    async def set_trunks(self, trunks: tuple[TrunkPlan, ...]) -> None:
        """Make these the only trunks: what is new is registered, what is gone is unregistered."""

    async def set_fallback(self, fallback: Fallback) -> None:
        """Say what the edge does by itself while the core is gone."""

    async def set_lamps(self, lamps: tuple[Lamp, ...]) -> None:
        """Make these the lamps that phones may watch. The whole state each time; who watches hears what changed."""

    async def set_messages(self, waiting: Mapping[str, tuple[int, int]]) -> None:
        """Say which extensions have messages waiting: new ones, old ones. The whole state each time."""

    async def end_dialogs_of(self, contact: str) -> None:
        """Send BYE, CANCEL or a final answer for every dialog of a dead worker."""

    async def notes(self, after: int) -> tuple[Note, ...]:
        """Return, in their order, the next notes above a number that were not forgotten; none when there are none.

        What happens while the core is gone is kept, through any restart of either side.
        """

    async def forget_notes(self, number: int) -> None:
        """Let the edge forget its notes up to a number: they are stored now. Forgetting twice is harmless."""

    async def end_alone(self, sip_call_id: str) -> None:
        """End a call that the edge handles alone. When it has ended, that is noted."""

    def registrations(self) -> tuple[Registration, ...]:
        """Return who is registered now."""

    def trunk_states(self) -> tuple[TrunkStatus, ...]:
        """Return how each trunk is now."""

    def state(self) -> EdgeState:
        """Return whether Kamailio is there."""
