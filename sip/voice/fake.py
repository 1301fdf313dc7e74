"""A `Voice` without processes or sound, for tests of the core: orders go in, an outside world is played by the test.

Behaves as the real one where the core can notice: facts are numbered and kept until acknowledged, told from the
loop and never from inside a call; media is recorded; the last leg's end ends the conversation. Knows no asyncio
process, no socket. The methods under "outside world" are what callers, phones and power cuts do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sip.api import (
    LAST_FACTS,
    Alive,
    Answer,
    Bridge,
    ConversationEnded,
    ConversationLost,
    ConversationPlan,
    DigitHeard,
    EarlyMedia,
    Fact,
    Hangup,
    Lease,
    LeaseUnused,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegHeld,
    LegProgress,
    LegResumed,
    Order,
    OrderFailed,
    Originate,
    Play,
    PlayEnded,
    Quality,
    RecordingClosed,
    RecordingStarted,
    StopPlay,
    Told,
    Unbridge,
    VoiceState,
)
from sip.errors import NoWorker, VoiceUnavailable


@dataclass
class FakeLeg:
    """One leg as the fake sees it."""

    name: str
    incoming: bool
    up: bool = False
    recording_since_ms: int | None = None


@dataclass
class FakeConversation:
    """One conversation: its legs, what was ordered, what was told."""

    plan: ConversationPlan
    lease: Lease
    legs: dict[str, FakeLeg] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    plays: set[str] = field(default_factory=set)
    together: set[frozenset[str]] = field(default_factory=set)
    orders: list[Order] = field(default_factory=list)
    facts: list[Told] = field(default_factory=list)
    acknowledged: int = 0
    over: bool = False


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
        self.conversations[plan.conversation] = FakeConversation(plan, lease)
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

    def state(self) -> VoiceState:
        """Return how the fake keeper is."""
        if not self._connected:
            return VoiceState(connected=False, reason="not connected")
        busy = sum(not conversation.over for conversation in self.conversations.values())
        warm = 0 if self._reason else max(0, min(4, self.limit - busy))
        return VoiceState(connected=True, warm=warm, busy=busy, limit=self.limit, reason=self._reason)

    # ------------------------------------------------------------------------------------------- outside world

    def arrive(self, conversation: str, sip_call_id: str = "call@outside") -> None:
        """Let the caller's INVITE reach the leased worker."""
        known = self.conversations[conversation]
        name = known.plan.caller_leg
        self._add_leg(known, FakeLeg(name, incoming=True))
        self.tell(conversation, LegArrived(name, sip_call_id))
        self._obey(conversation, known.plan.opening)

    def ring(self, conversation: str, leg: str, extension: str = "", code: int = 180, early: bool = False) -> None:
        """Let a called phone ring, or the carrier send 183 with sound."""
        if early:
            self._record(self.conversations[conversation], leg)
        self.tell(conversation, LegProgress(leg, code, early, extension))

    def pick_up(self, conversation: str, leg: str, extension: str = "", codec: str = "PCMA") -> None:
        """Let a called phone answer."""
        known = self.conversations[conversation]
        known.legs[leg].up = True
        self._record(known, leg)
        self.tell(conversation, LegAnswered(leg, extension, codec, f"{leg}@fake"))

    def hang_up(self, conversation: str, leg: str, code: int = 200, reason: str = "") -> None:
        """Let the far side end, refuse or cancel a leg."""
        self._end(self.conversations[conversation], leg, code, reason, by_far=True)

    def press(self, conversation: str, leg: str, digits: str) -> None:
        """Let the far side press keys."""
        for digit in digits:
            self.tell(conversation, DigitHeard(leg, digit))

    def hold(self, conversation: str, leg: str) -> None:
        """Let the far side put the leg on hold."""
        self.tell(conversation, LegHeld(leg))

    def resume(self, conversation: str, leg: str) -> None:
        """Let the far side take the leg off hold."""
        self.tell(conversation, LegResumed(leg))

    def finish_play(self, conversation: str, play: str) -> None:
        """Let a prompt come to its end."""
        self.conversations[conversation].plays.discard(play)
        self.tell(conversation, PlayEnded(play, whole=True))

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
            if known is not None and not known.over:
                known.orders.append(order)
                self._carry_out(known, order)

    def _carry_out(self, known: FakeConversation, order: Order) -> None:
        conversation = known.plan.conversation
        match order:
            case Originate(leg):
                if leg not in known.names:
                    self._add_leg(known, FakeLeg(leg, incoming=False))
            case Answer(leg) if leg in known.legs and known.legs[leg].incoming and not known.legs[leg].up:
                known.legs[leg].up = True
                self._record(known, leg)
                self.tell(conversation, LegAnswered(leg, codec="PCMA", sip_call_id=f"{leg}@fake"))
            case EarlyMedia(leg) if leg in known.legs:
                self._record(known, leg)
            case Hangup(leg, code, reason) if leg in known.legs:
                final = known.legs[leg]
                self._end(known, leg, _final_code(final, code), reason, by_far=False)
            case Bridge(one, other, end_together=True) if {one, other} <= known.legs.keys():
                known.together.add(frozenset((one, other)))
            case Unbridge(one, other):
                known.together.discard(frozenset((one, other)))
            case Play(play):
                known.plays.add(play)
            case StopPlay(play) if play in known.plays:
                known.plays.discard(play)
                self.tell(conversation, PlayEnded(play, whole=False))
            case StopPlay() | Hangup() | Answer():
                pass
            case _:
                if (missing := _missing_leg(known, order)) is not None:
                    self.tell(conversation, OrderFailed(type(order).__name__, missing, "no such leg"))

    def _add_leg(self, known: FakeConversation, leg: FakeLeg) -> None:
        known.names.add(leg.name)
        known.legs[leg.name] = leg

    def _record(self, known: FakeConversation, leg: str) -> None:
        if known.plan.record and known.legs[leg].recording_since_ms is None:
            now = known.legs[leg].recording_since_ms = self._now_ms()
            self.tell(known.plan.conversation, RecordingStarted(leg, f"{leg}.wav", now))

    def _end(self, known: FakeConversation, leg: str, code: int, reason: str, *, by_far: bool) -> None:
        gone = known.legs.pop(leg)
        conversation = known.plan.conversation
        self.tell(conversation, LegEnded(leg, code, reason, by_far, Quality() if gone.up else None))
        if (since := gone.recording_since_ms) is not None:
            self.tell(conversation, RecordingClosed(leg, f"{leg}.wav", self._now_ms() - since))
        for partner in [name for pair in known.together if leg in pair for name in pair & known.legs.keys()]:
            self._end(known, partner, 200, "", by_far=False)
        if not known.legs and not known.over:
            self.tell(conversation, ConversationEnded())

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


def _final_code(leg: FakeLeg, ordered: int) -> int:
    """Return the status a leg ends with when we end it: BYE, our final answer, or CANCEL."""
    if leg.up:
        return 200
    return ordered if leg.incoming else 487


def _missing_leg(known: FakeConversation, order: Order) -> str | None:
    """Return the leg an order names that does not exist, or None."""
    named = [getattr(order, name) for name in ("leg", "one", "other") if hasattr(order, name)]
    named += getattr(order, "legs", ())
    return next((leg for leg in named if leg not in known.legs), None)
