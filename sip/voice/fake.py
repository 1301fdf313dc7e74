"""A `Voice` without processes or sound, for tests of the core: orders go in, an outside world is played by the test.

Behaves as the real one where the core can notice: facts are numbered and kept until acknowledged, told from the
loop and never from inside a call; media is recorded; the last leg's end ends the conversation. Knows no asyncio
process, no socket. The methods under "outside world" are what callers, phones and power cuts do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sip.api import (
    LAST_FACTS,
    Alive,
    ConversationLost,
    ConversationPlan,
    DigitHeard,
    Fact,
    Lease,
    LeaseUnused,
    LegHeld,
    LegProgress,
    LegQuality,
    LegResumed,
    Order,
    Quality,
    Told,
    VoiceState,
)
from sip.errors import NoWorker, VoiceUnavailable
from sip.voice.fake_conversation import FakeConversation


class FakeVoice:
    """Implements `sip.api.Voice`; `conversations` and `orders` show what the core did."""

    def __init__(
        self,
        folder: Path = Path("/nonexistent/voice"),
        limit: int = 64,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.conversations: dict[str, FakeConversation] = {}
        self.orders: list[tuple[str, Order]] = []
        self.qualities: dict[tuple[str, str], Quality] = {}  # (conversation, leg) → what `measure` will say
        self.limit = limit
        self._folder = folder
        self._now_ms = now_ms
        self._slot = 0
        self._hear: Callable[[Told], None] | None = None
        self._changed: Callable[[VoiceState], None] | None = None
        self._connected = False
        self._reason = ""

    # ------------------------------------------------------------------------------------------ the Voice side

    async def start(self, hear: Callable[[Told], None], changed: Callable[[VoiceState], None]) -> tuple[Alive, ...]:
        """Connect; what nobody has acknowledged is told again."""
        self._hear, self._changed = hear, changed
        self.connect()
        return self.alive()

    def alive(self) -> tuple[Alive, ...]:
        """Return what is known."""
        return tuple(self._alive(conversation) for conversation in self.conversations.values())

    async def stop(self) -> None:
        """Let go; conversations stay."""
        self._connected = False
        self._hear = self._changed = None

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a worker. Raises NoWorker at the limit or after `refuse_leases`, VoiceUnavailable when cut off."""
        self._must_be_connected()
        if self._reason:
            raise NoWorker(self._reason)
        if sum(not conversation.over for conversation in self.conversations.values()) >= self.limit:
            raise NoWorker("every worker talks")
        self._slot += 1
        lease = Lease(plan.conversation, f"w{15100 + self._slot}", str(self._folder / plan.conversation))
        say = partial(self.tell, plan.conversation)
        self.conversations[plan.conversation] = FakeConversation(plan, lease, say, self._now_ms)
        self._tell_state()
        return lease

    async def order(self, conversation: str, *orders: Order) -> None:
        """Carry out orders; those for unknown conversations are ignored."""
        self._must_be_connected()
        self._obey(conversation, orders)

    async def acknowledge(self, conversation: str, number: int) -> None:
        """Forget the facts up to `number`; after the last one the conversation too."""
        if not self._connected or (known := self.conversations.get(conversation)) is None:
            return
        known.acknowledged = max(known.acknowledged, number)
        if known.over and known.acknowledged >= len(known.facts):
            del self.conversations[conversation]

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Return `qualities` of the legs that have sound. Raises NoWorker, VoiceUnavailable."""
        self._must_be_connected()
        known = self.conversations.get(conversation)
        if known is None or known.over:
            raise NoWorker("no such conversation")
        up = [leg.name for leg in known.legs.values() if leg.up]
        return tuple(LegQuality(leg, self.qualities.get((conversation, leg), Quality())) for leg in up)

    def state(self) -> VoiceState:
        """Return how the fake keeper is."""
        if not self._connected:
            return VoiceState(connected=False, reason="not connected")
        busy = sum(not conversation.over for conversation in self.conversations.values())
        warm = 0 if self._reason else max(0, min(4, self.limit - busy))
        return VoiceState(connected=True, warm=warm, busy=busy, limit=self.limit, reason=self._reason)

    # ------------------------------------------------------------------------------------------- outside world

    def arrive(self, conversation: str, sip_call_id: str = "call@outside") -> None:
        """Let an INVITE reach the worker: the caller's, or the one that it expects under this Call-ID."""
        self._obey(conversation, self.conversations[conversation].arrive(sip_call_id))

    def ring(self, conversation: str, leg: str, extension: str = "", code: int = 180, early: bool = False) -> None:
        """Let a called phone ring, or the carrier send 183 with sound."""
        if early:
            self.conversations[conversation].record(leg)
        self.tell(conversation, LegProgress(leg, code, early, extension))

    def pick_up(self, conversation: str, leg: str, extension: str = "", codec: str = "PCMA") -> None:
        """Let a called phone answer."""
        self.conversations[conversation].answered(leg, extension, codec)

    def hang_up(self, conversation: str, leg: str, code: int = 200, reason: str = "") -> None:
        """Let the far side end, refuse or cancel a leg."""
        self.conversations[conversation].end(leg, code, reason, by_far=True)

    def ask_transfer(self, conversation: str, leg: str, target: str, replaces: str = "", sip_call_id: str = "") -> str:
        """Let a leg's far side send REFER; returns the leg that is called for it, which the edge would ask about."""
        return self.conversations[conversation].ask_transfer(leg, target, sip_call_id, replaces)

    def replace_leg(self, conversation: str, leg: str, sip_call_id: str = "") -> str:
        """Let an INVITE with Replaces reach the worker; returns the leg that has taken the place of `leg`."""
        return self.conversations[conversation].replace(leg, sip_call_id)

    def hears(self, conversation: str, leg: str) -> frozenset[str]:
        """Return what a leg hears now: the names of legs and prompts, and "music"."""
        return self.conversations[conversation].hears(leg)

    def press(self, conversation: str, leg: str, digits: str) -> None:
        """Let the far side press keys."""
        for digit in digits:
            self.tell(conversation, DigitHeard(leg, digit))

    def hold(self, conversation: str, leg: str) -> None:
        """Let the far side put the leg on hold."""
        self.conversations[conversation].joiner.holding.add(leg)
        self.tell(conversation, LegHeld(leg))

    def resume(self, conversation: str, leg: str) -> None:
        """Let the far side take the leg off hold."""
        self.conversations[conversation].joiner.holding.discard(leg)
        self.tell(conversation, LegResumed(leg))

    def finish_play(self, conversation: str, play: str) -> None:
        """Let a prompt come to its end."""
        self.conversations[conversation].finish_play(play, whole=True)

    def leave_unused(self, conversation: str) -> None:
        """Let the lease time out."""
        self.tell(conversation, LeaseUnused())

    def lose(self, conversation: str, why: str = "killed") -> None:
        """Kill the worker."""
        self.tell(conversation, ConversationLost(why, self.conversations[conversation].lease.contact))

    def disconnect(self) -> None:
        """Cut the link to the keeper; the outside world goes on."""
        self._connected = False
        self._tell_state()

    def connect(self) -> None:
        """Restore the link: everything unacknowledged is heard again, in order."""
        self._connected = True
        self._tell_state()
        for known in self.conversations.values():
            for told in known.facts[known.acknowledged :]:
                self._deliver(told)

    def refuse_leases(self, reason: str) -> None:
        """Let there be no workers, for this reason; an empty one ends that."""
        self._reason = reason
        self._tell_state()

    def tell(self, conversation: str, fact: Fact) -> None:
        """Let any fact happen. The last fact ends the conversation."""
        known = self.conversations[conversation]
        if known.over:
            raise ValueError(f"{conversation} is over")
        told = Told(conversation, len(known.facts) + 1, self._now_ms(), fact)
        known.facts.append(told)
        known.over = isinstance(fact, LAST_FACTS)
        if self._connected:
            self._deliver(told)
        if known.over:
            self._tell_state()

    def ordered(self, conversation: str, kind: type[Order]) -> list[Order]:
        """Return the orders of one kind that a conversation was given, oldest first."""
        return [order for name, order in self.orders if name == conversation and isinstance(order, kind)]

    # --------------------------------------------------------------------------------------------------- inside

    def _obey(self, conversation: str, orders: tuple[Order, ...]) -> None:
        known = self.conversations.get(conversation)
        for order in orders:
            self.orders.append((conversation, order))
            if known is not None:
                known.obey(order)

    def _alive(self, known: FakeConversation) -> Alive:
        return Alive(known.plan.conversation, known.lease.folder, known.lease.contact, not known.over, len(known.facts))

    def _deliver(self, told: Told) -> None:
        asyncio.get_running_loop().call_soon(self._hand_over, told)

    def _hand_over(self, told: Told) -> None:
        if self._hear is not None and self._connected:
            self._hear(told)

    def _tell_state(self) -> None:
        if self._changed is not None:
            asyncio.get_running_loop().call_soon(self._changed, self.state())

    def _must_be_connected(self) -> None:
        if not self._connected:
            raise VoiceUnavailable("the voice keeper is not there")
