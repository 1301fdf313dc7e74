"""The door to the media: leases, conversations, the keeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from sip.api.facts import LegQuality, Told
from sip.api.orders import Order

MOST_LEGS = 4
"""That a conversation can have at once, those included that are on their way out: the library is compiled so."""


class Lease(Struct, frozen=True):
    """A warm worker, ours for one conversation. `contact` is the edge's name for it ("w15104")."""

    conversation: str
    contact: str
    folder: str


class ConversationPlan(Struct, frozen=True):
    """What a worker is leased for. `caller_leg` names the leg that will arrive; empty: it places calls only.

    `opening` is carried out the moment that leg arrives: what was decided and stored need not be asked for again.
    """

    conversation: str
    caller_leg: str = "caller"
    record: bool = True
    opening: tuple[Order, ...] = ()


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

    def alive(self) -> tuple[Alive, ...]:
        """Return what the keeper knew when the link last came up."""

    async def stop(self) -> None:
        """Let go of the keeper; conversations go on."""

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a warm worker. Raises NoWorker when every worker talks or none can be started."""

    async def order(self, conversation: str, *orders: Order) -> None:
        """Hand orders to a worker, to be carried out in this order. Unknown conversations are ignored and logged."""

    async def acknowledge(self, conversation: str, number: int) -> None:
        """Facts up to `number` are safely stored. After the last fact this also forgets the conversation."""

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Return what the RTP of every leg that has sound was like up to now, while the call goes on undisturbed.

        Raises VoiceUnavailable, and NoWorker when nobody holds such a conversation.
        """

    def state(self) -> VoiceState:
        """Return how the keeper is."""
