"""A world of phones that does what the call machine orders: who is called, who hears whom, who hears music or a prompt.

It knows orders and facts only, so that a test can ask what people notice, whatever the machine believes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import structs

from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls.live_call import CALLER_LEG, Action, Decide, LiveCall, Phase, SayPlace
from sip import api


@dataclass
class Leg:
    """One leg as its phone knows it."""

    came_in: bool
    target: api.Target | None = None
    up: bool = False
    rings: bool = False
    answers_itself: bool = False


@dataclass
class World:
    """One call and everything around it. `decide` is what the search says when it is asked."""

    arrived: what.Arrived
    now: int = 1_000
    legs: dict[str, Leg] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    bridges: set[frozenset[str]] = field(default_factory=set)
    together: set[frozenset[str]] = field(default_factory=set)
    listens: set[tuple[str, str]] = field(default_factory=set)
    music: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    plays: dict[str, api.Play] = field(default_factory=dict)
    digits: list[tuple[str, str]] = field(default_factory=list)
    unrecorded: set[str] = field(default_factory=set)
    blank: set[str] = field(default_factory=set)
    expected: dict[str, str] = field(default_factory=dict)
    asks_search: bool = False

    def __post_init__(self) -> None:
        self.call: LiveCall = machine.begin("c1", self.arrived, self.now)
        self.lines: list[tuple[int, what.Happening]] = []
        self._told = 0

    # -------------------------------------------------------------------------------------------- what people do

    def comes_in(self) -> None:
        """The caller's INVITE reaches the worker, which begins with its opening orders."""
        self.legs["caller"] = Leg(came_in=True)
        self.obey(machine.opening(self.call))
        self.tell(api.LegArrived("caller", "id"))

    def rings(self, leg: str, extension: str = "", *, early: bool = False) -> None:
        self.legs[leg].rings = True
        self.tell(api.LegProgress(leg, 183 if early else 180, early, extension))

    def answers(self, leg: str, extension: str = "") -> None:
        self.legs[leg].up = True
        self.tell(api.LegAnswered(leg, extension))

    def ends(self, leg: str, code: int = 200, reason: str = "") -> None:
        """A phone hangs up, or gives a final answer. Those that end together are ended by the voice."""
        others = [other for pair in self.together if leg in pair for other in pair if other != leg]
        self._gone(leg)
        self.tell(api.LegEnded(leg, code, reason))
        for other in others:
            if other in self.legs:
                self._gone(other)
                self.tell(api.LegEnded(other, 200, by_far=False))

    def tell(self, fact: api.Fact) -> None:
        self._told += 1
        self.happens(what.Heard(fact, self._told))

    def happens(self, happening: what.Happening) -> None:
        self.now += 10
        self.call, actions = machine.step(self.call, happening, self.now)
        self.lines.append((self.now, happening))
        self.obey(actions)

    def time_passes(self, ms: int) -> None:
        """Let everything that is due within a time happen."""
        until = self.now + ms
        while (due := [entry for entry in self.call.due if entry[1] <= until]) and self.call.phase is not Phase.OVER:
            time, at_ms = min(due, key=lambda entry: entry[1])
            self.now = max(self.now, at_ms)
            self.happens(what.TimeUp(time.value))
        self.now = max(self.now, until)

    # ------------------------------------------------------------------------------------------- what the voice does

    def obey(self, actions: tuple[Action, ...]) -> None:
        gone: list[str] = []
        released = False
        answered: list[str] = []
        for action in actions:
            match action:
                case api.Originate():
                    known = action.leg in self.legs or action.leg in self.ended
                    if not known:
                        self.legs[action.leg] = Leg(
                            came_in=False, target=action.target, answers_itself=action.answers_itself
                        )
                case api.Expect(leg, token):
                    self.expected[token] = leg
                case api.Answer(leg):
                    if leg in self.legs and not self.legs[leg].up:
                        self.legs[leg].up = True
                        answered.append(leg)
                case api.Hangup(leg):
                    gone += self._hung_up(leg)
                    if leg not in (*self.legs, *self.ended, CALLER_LEG):
                        self.ended.append(leg)
                        self.expected = {token: name for token, name in self.expected.items() if name != leg}
                        gone.append(leg)
                case api.Release():
                    released = not self.legs and not self.ended
                case Decide():
                    self.asks_search = True
                case _:
                    self._sound(action)
        if released:
            self.tell(api.LeaseUnused())
        for leg in answered:
            if leg in self.legs:
                self.tell(api.LegAnswered(leg))
        for leg in gone:
            self.tell(api.LegEnded(leg, 200, by_far=False))
        if not self.legs and self.call.phase is Phase.CLOSING and self._told:
            self.tell(api.ConversationEnded())

    def _hung_up(self, leg: str) -> list[str]:
        """Return the legs that end when the box hangs one up: itself, and those that end together with it."""
        if leg not in self.legs:
            return []
        with_it = {other for pair in self.together if leg in pair for other in pair}
        ending = [leg, *sorted((with_it - {leg}) & self.legs.keys())]
        for one in ending:
            self._gone(one)
        return ending

    def _sound(self, action: Action) -> None:
        match action:
            case api.Bridge(one, other, end_together):
                assert {one, other} <= set(self.legs), f"{action} of legs that are not there"
                self.bridges.add(frozenset((one, other)))
                if end_together:  # only Unbridge takes that back
                    self.together.add(frozenset((one, other)))
            case api.Unbridge(one, other):
                self.bridges.discard(frozenset((one, other)))
                self.together.discard(frozenset((one, other)))
            case api.Listen(ear, mouth):
                self.listens.add((ear, mouth))
            case api.Unlisten(ear, mouth):
                self.listens.discard((ear, mouth))
            case api.Hold(leg):
                self.music.add(leg)
            case api.Retrieve(leg):
                self.music.discard(leg)
            case api.Mute(leg):
                self.muted.add(leg)
            case api.Unmute(leg):
                self.muted.discard(leg)
            case api.Blank(leg):
                self.blank.add(leg)
            case api.Unblank(leg):
                self.blank.discard(leg)
            case api.Play():
                self.plays[action.play] = action
            case api.StopPlay(play):
                self.plays.pop(play, None)
            case api.SendDigits(leg, digits):
                self.digits.append((leg, digits))
            case api.Record(leg, on):
                (self.unrecorded.discard if on else self.unrecorded.add)(leg)
            case api.Ring() | api.EarlyMedia() | SayPlace():
                pass
            case _:
                raise AssertionError(f"nobody knows {action}")

    def _gone(self, leg: str) -> None:
        self.legs.pop(leg)
        self.ended.append(leg)
        self.bridges = {pair for pair in self.bridges if leg not in pair}
        self.together = {pair for pair in self.together if leg not in pair}
        self.listens = {pair for pair in self.listens if leg not in pair}
        self.music.discard(leg)
        self.muted.discard(leg)
        self.unrecorded.discard(leg)
        for name, play in tuple(self.plays.items()):
            legs = tuple(one for one in play.legs if one != leg)
            self.plays[name] = structs.replace(play, legs=legs)
            if not legs:
                del self.plays[name]

    # --------------------------------------------------------------------------------------------- what people notice

    def hears(self, ear: str) -> frozenset[str]:
        """Return whom somebody hears."""
        if ear in self.music:
            return frozenset()
        bridged = {next(iter(pair - {ear})) for pair in self.bridges if ear in pair}
        listened = {mouth for listener, mouth in self.listens if listener == ear}
        return frozenset(mouth for mouth in bridged | listened if mouth not in self.muted and mouth not in self.music)

    @property
    def sound(self) -> tuple[object, ...]:
        """Return all of who hears what."""
        return (
            self.bridges,
            self.together,
            self.listens,
            self.music,
            self.muted & set(self.legs),
            {name: play.legs for name, play in self.plays.items()},
            self.unrecorded,
        )

    def ringing(self) -> tuple[str, ...]:
        """Return the legs that are being called."""
        return tuple(name for name, leg in self.legs.items() if not leg.came_in and not leg.up)

    def at(self, extension: str) -> str:
        """Return the leg that stands or rings at an extension."""
        party = self.call.desk(extension)
        assert party is not None, f"nobody at {extension}"
        return party.leg
