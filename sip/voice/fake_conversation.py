"""One conversation of the fake voice: what its legs do, what orders make of them. Knows no link and no other talk.

Who hears whom is asked of the worker's own joiner, so that a test of the core can look at what would be heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sip import api
from sip.voice.worker.joiner import Joiner, Joining, Kind, Plug, legs_needed

_CANCELLED = 487


@dataclass
class FakeLeg:
    """One leg as the fake sees it."""

    name: str
    incoming: bool
    sip_call_id: str = ""
    up: bool = False
    file: str = ""  # that is being written
    since_ms: int = 0


@dataclass
class FakeConversation:
    """One conversation: its legs, what was ordered, what was told."""

    plan: api.ConversationPlan
    lease: api.Lease
    say: Callable[[api.Fact], None]
    now_ms: Callable[[], int]
    legs: dict[str, FakeLeg] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    plays: set[str] = field(default_factory=set)
    expected: dict[str, str] = field(default_factory=dict)  # Call-ID → leg
    joiner: Joiner = field(default_factory=Joiner)
    orders: list[api.Order] = field(default_factory=list)
    facts: list[api.Told] = field(default_factory=list)
    acknowledged: int = 0
    over: bool = False
    _recorded: dict[str, bool] = field(default_factory=dict)
    _played: set[str] = field(default_factory=set)
    _kept: dict[str, FakeLeg] = field(default_factory=dict)
    _files: dict[str, int] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------- outside world

    def arrive(self, sip_call_id: str) -> tuple[api.Order, ...]:
        """An INVITE comes, expected or the one that the worker was leased for; returns what is done at once."""
        name = self.expected.pop(sip_call_id, "") or self.plan.caller_leg
        opens = name == self.plan.caller_leg and name not in self.names
        self._add(FakeLeg(name, incoming=True, sip_call_id=sip_call_id))
        self.say(api.LegArrived(name, sip_call_id))
        return self.plan.opening if opens else ()

    def answered(self, name: str, extension: str, codec: str) -> None:
        """A leg stands."""
        leg = self.legs[name]
        leg.up = True
        self.record(name)
        self.say(api.LegAnswered(name, extension, codec, leg.sip_call_id))

    def ask_transfer(self, leg: str, target: str, sip_call_id: str, replaces: str) -> str:
        """Place the call that a leg's far side asks for; returns its leg."""
        new = self._new_name("refer")
        self._add(FakeLeg(new, incoming=False, sip_call_id=sip_call_id or f"{new}@fake"))
        self.joiner.heirs[leg] = new
        self.say(api.TransferAsked(leg, new, target, self.legs[new].sip_call_id, replaces))
        return new

    def replace(self, leg: str, sip_call_id: str) -> str:
        """Let a new leg take another's place; returns its name."""
        by = self._new_name("replace")
        self._add(FakeLeg(by, incoming=True, sip_call_id=sip_call_id or f"{by}@fake"))
        self.joiner.replace(leg, by)
        if leg in self._recorded:
            self._recorded[by] = self._recorded[leg]
        self.say(api.LegReplaced(leg, by, self.legs[by].sip_call_id))
        self.answered(by, "", "PCMA")
        gone = self.legs[leg]
        self.end(leg, 200 if gone.up else _CANCELLED, "", by_far=False)
        return by

    def record(self, name: str) -> None:
        """A leg has sound: it is recorded if it is to be."""
        leg = self.legs[name]
        if leg.file or not self._recorded.get(name, self.plan.record):
            return
        number = self._files[name] = self._files.get(name, 0) + 1
        leg.file = f"{name}.{number}.wav" if number > 1 else f"{name}.wav"
        leg.since_ms = self.now_ms()
        self.say(api.RecordingStarted(name, leg.file, leg.since_ms))

    def end(self, name: str, code: int, reason: str, *, by_far: bool) -> None:
        """A leg ends, and those with it that end together."""
        gone = self.legs.pop(name)
        with_it = self.joiner.ends_with(name)
        self.joiner.forget(name)
        self.say(api.LegEnded(name, code, reason, by_far, api.Quality() if gone.up else None))
        self._close(gone)
        for play in [play for play, legs in self.joiner.plays.items() if not legs]:
            self.finish_play(play, whole=False)
        for partner in sorted(with_it & self.legs.keys()):
            self.end(partner, 200, "", by_far=False)
        if not self.legs and not self.over:
            self.say(api.ConversationEnded())

    def finish_play(self, play: str, *, whole: bool) -> None:
        """A prompt is at its end."""
        self.plays.discard(play)
        self.joiner.plays.pop(play, None)
        for track in (play, api.sent_track(play)):
            if (kept := self._kept.pop(track, None)) is not None:
                self._close(kept)
        self.say(api.PlayEnded(play, whole))

    def _keep(self, track: str) -> None:
        """Record a prompt as it is played, or what a leg is sent meanwhile."""
        kept = self._kept[track] = FakeLeg(track, incoming=False, file=f"{track}.wav", since_ms=self.now_ms())
        self.say(api.RecordingStarted(track, kept.file, kept.since_ms))

    def hears(self, leg: str) -> frozenset[str]:
        """Return what a leg hears: the names of legs and prompts, and "music"."""
        sources = {wire.source for wire in self.joiner.wires() if wire.sink == Plug(Kind.LEG, leg)}
        return frozenset(plug.name or plug.kind for plug in sources if plug.kind is not Kind.SILENCE)

    # ------------------------------------------------------------------------------------------------- orders

    def obey(self, order: api.Order) -> None:
        """Carry an order out, or tell that it failed."""
        if self.over:
            return
        self.orders.append(order)
        match order:
            case api.Originate():
                self._originate(order)
            case api.Expect(leg, sip_call_id):
                if leg not in self.names:
                    self.expected[sip_call_id] = leg
            case api.StopPlay(play):
                if play in self.plays:
                    self.finish_play(play, whole=False)
            case api.Release():
                if not self.names:
                    self.say(api.LeaseUnused())
            case api.Hangup(leg, code, reason):
                self._hang_up(leg, code, reason)
            case api.Record(leg, on=False) if leg not in self.legs:
                pass
            case _ if (missing := self._missing_leg(order)) is not None:
                self.say(api.OrderFailed(type(order).__name__, missing, "no such leg"))
            case _:
                self._do(order)

    def _do(self, order: api.Order) -> None:
        match order:
            case api.Answer(leg) if self.legs[leg].incoming and not self.legs[leg].up:
                self.answered(leg, "", "PCMA")
            case api.EarlyMedia(leg):
                self.record(leg)
            case api.Record(leg, on):
                self._recorded[leg] = on
                if on and self.legs[leg].up:
                    self.record(leg)
                elif not on:
                    self._close(self.legs[leg])
            case api.Play(play, _, legs) if play not in self._played:
                self._played.add(play)
                self.plays.add(play)
                self.joiner.plays[play] = legs
                if order.kept:
                    self._keep(play)
                if order.sent_to:
                    self._keep(api.sent_track(play))
            case _ if isinstance(order, Joining):
                self.joiner.obey(order)
            case _:
                pass

    def _originate(self, order: api.Originate) -> None:
        if order.leg in self.names:
            return
        if len(self.legs) >= api.MOST_LEGS:
            self.names.add(order.leg)
            self.say(api.OrderFailed("Originate", order.leg, "too many calls"))
        else:
            self._add(FakeLeg(order.leg, incoming=False, sip_call_id=order.sip_call_id or f"{order.leg}@fake"))

    def _hang_up(self, leg: str, code: int, reason: str) -> None:
        if leg in self.legs:
            self.end(leg, _final_code(self.legs[leg], code), reason, by_far=False)
        elif leg not in self.names and leg != self.plan.caller_leg:
            self.names.add(leg)
            self.expected = {call_id: name for call_id, name in self.expected.items() if name != leg}
            self.say(api.LegEnded(leg, code, reason, by_far=False))

    # ------------------------------------------------------------------------------------------------- inside

    def _add(self, leg: FakeLeg) -> None:
        if len(self.legs) >= api.MOST_LEGS:
            raise ValueError("a worker has four legs at most: a fifth is refused before the core hears of it")
        self.names.add(leg.name)
        self.legs[leg.name] = leg
        self.joiner.legs.add(leg.name)

    def _new_name(self, kind: str) -> str:
        """Return the next free name; there is one at most than four legs."""
        return next(name for at in range(1, 100) if (name := f"{kind}-{at}") not in self.names)

    def _close(self, leg: FakeLeg) -> None:
        file, leg.file = leg.file, ""
        if file:
            self.say(api.RecordingClosed(leg.name, file, self.now_ms() - leg.since_ms))

    def _missing_leg(self, order: api.Order) -> str | None:
        """Return the leg an order names that does not exist, or None; what only ends something needs none."""
        if isinstance(order, Joining):
            named = legs_needed(order)
        else:
            named = (*([order.leg] if hasattr(order, "leg") else []), *getattr(order, "legs", ()))
        return next((leg for leg in named if leg not in self.legs), None)


def _final_code(leg: FakeLeg, ordered: int) -> int:
    """Return the status a leg ends with when we end it: BYE, our final answer, or CANCEL."""
    if leg.up:
        return 200
    return ordered if leg.incoming else _CANCELLED
