"""Phones, people and clocks that do what they like with one call: what comes next is drawn from a seeded source."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls import requests as asks
from appliance.calls.live_call import Phase
from sip import api
from tests.unit.calls.stories import (
    CUSTOMER,
    GROUP,
    INBOUND,
    OUTBOUND,
    OWN_PHONE,
    WAITS,
    colleague,
    consulting,
    outside,
    parked,
    talking,
    waiting,
)
from tests.unit.calls.world import Leg, World

DESKS = ("101", "102", "103")


def _fresh(arrived: what.Arrived) -> World:
    world = World(arrived)
    if arrived.own_phone:
        world.obey(machine.opening(world.call))
    else:
        world.comes_in()
    return world


MENU = what.Asked(
    "shop/s1", "메인 메뉴", ("welcome.wav",), {"1": GROUP}, seconds=5, tries=2, otherwise=GROUP, unanswered=GROUP
)
ASKED = what.CallbackAsked(
    "main",
    ("sorry.wav",),
    "offer.wav",
    "enter.wav",
    "",
    "bad.wav",
    "sure.wav",
    "thanks.wav",
    "",
    own=True,
    area_code="02",
)

_BEGINNINGS: tuple[Callable[[], World], ...] = (
    *(partial(_fresh, arrived) for arrived in (INBOUND, WAITS, OUTBOUND, OWN_PHONE)),
    talking,
    waiting,
    consulting,
    parked,
)


class Chaos:
    """One call and everything that can be done to it, in any order."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)
        self.world = self._draw.choice(_BEGINNINGS)()
        self.trace: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.world.call.phase is Phase.OVER

    def step(self) -> None:
        """Let one thing happen."""
        weights, steps = zip(
            (6, self._a_phone_rings),
            (6, self._a_phone_answers),
            (2, self._a_leg_ends),
            (1, self._a_phone_holds),
            (1, self._a_key_is_pressed),
            (1, self._a_file_ends),
            (12, self._somebody_asks),
            (6, self._the_search_goes_on),
            (4, self._time_passes),
            (1, self._a_phone_transfers),
            strict=True,
        )
        (step,) = self._draw.choices(steps, weights)
        step()

    def _note(self, *words: object) -> None:
        self.trace.append(" ".join(str(word) for word in words))

    # ------------------------------------------------------------------------------------------------------- phones

    def _a_phone_rings(self) -> None:
        if ringing := self.world.ringing():
            leg = self._draw.choice(ringing)
            early = self._draw.random() < 0.3
            self._note("rings", leg, early)
            self.world.rings(leg, self._somewhere(leg), early=early)

    def _a_phone_answers(self) -> None:
        if ringing := self.world.ringing():
            leg = self._draw.choice(ringing)
            self._note("answers", leg)
            self.world.answers(leg, self._somewhere(leg))
        for token, leg in tuple(self.world.expected.items()):
            if self.world.call.party(leg) is not None and leg not in self.world.legs:
                self._note("comes in", leg)
                del self.world.expected[token]
                self.world.legs[leg] = Leg(came_in=True)
                self.world.tell(api.LegArrived(leg, token))

    def _somewhere(self, leg: str) -> str:
        target = self.world.legs[leg].target
        return self._draw.choice(target.numbers) if isinstance(target, api.Extensions) and target.numbers else ""

    def _a_leg_ends(self) -> None:
        if not self.world.legs:
            return
        name = self._draw.choice(sorted(self.world.legs))
        leg = self.world.legs[name]
        code = 200 if leg.up else 487 if leg.came_in else self._draw.choice((486, 603, 480, 404))
        self._note("ends", name, code)
        self.world.ends(name, code)

    def _a_phone_holds(self) -> None:
        if up := [name for name, leg in self.world.legs.items() if leg.up]:
            leg = self._draw.choice(up)
            self._note("own hold", leg)
            self.world.tell(self._draw.choice((api.LegHeld, api.LegResumed))(leg))

    def _a_key_is_pressed(self) -> None:
        if self.world.legs:
            leg, digit = self._draw.choice(sorted(self.world.legs)), self._draw.choice("1#")
            self._note("key", leg, digit)
            self.world.tell(api.DigitHeard(leg, digit))

    def _a_file_ends(self) -> None:
        files = [play for play, order in self.world.plays.items() if order.file != api.RINGBACK]
        if files:
            play = self._draw.choice(files)
            self._note("file ends", play)
            self.world.plays.pop(play)
            self.world.tell(api.PlayEnded(play, whole=True))

    def _a_phone_transfers(self) -> None:
        desks = [party.leg for party in self.world.call.parties if party.extension and party.is_up]
        if desks and self.world.call.phase is Phase.TALKING:
            leg, new = self._draw.choice(desks), f"refer-{self.world.now}"
            self._note("refers", leg, new)
            self.world.legs[new] = Leg(came_in=False, target=api.Extensions(("103",)))
            self.world.tell(api.TransferAsked(leg, new, "103", "id"))

    # ------------------------------------------------------------------------------------------------------- people

    def _somebody_asks(self) -> None:
        desk, other = self._draw.choice(DESKS), self._draw.choice(DESKS)
        to = self._draw.choice((colleague(other), colleague(other), outside()))
        requests: tuple[asks.Request, ...] = (
            asks.HoldAsked(desk),
            asks.RetrieveAsked(desk),
            asks.MuteAsked(desk, on=self._draw.random() < 0.5),
            asks.PauseAsked(desk, on=self._draw.random() < 0.5),
            asks.GiveAsked(desk, to, 25),
            asks.GiveAsked(desk, colleague(""), 25, goal=GROUP),
            asks.ConsultAsked(desk, to, 25),
            asks.ConsultAsked(desk, to, 25),
            asks.ConsultTurned(desk),
            asks.ConsultJoined(desk),
            asks.ConsultDone(desk),
            asks.ConsultDropped(desk),
            asks.ParkAsked(desk, self._draw.randint(1, 3), 60),
            asks.FetchAsked(desk, colleague(desk)),
            asks.FetchAsked(desk, colleague(desk), sip_call_id=f"code-{self.world.now}"),
            asks.RefuseAsked(desk),
            asks.AnswerAsked(desk, colleague(desk)),
            asks.PlayAsked(desk, f"asked-{self.world.now}", "rules.wav", "안내"),
            asks.PlayStopAsked(desk),
            self._warning(desk),
            asks.MonitorAsked("109", colleague("109"), self._draw.choice(("listen", "whisper", "barge"))),
            asks.HangupAsked("haneul", desk),
            asks.HangupAsked("boss") if self._draw.random() < 0.1 else asks.RetrieveAsked(desk),
        )
        request = self._draw.choice(requests)
        try:
            self.world.happens(request)
        except machine.CannotNow as error:
            self._note("cannot", type(request).__name__, desk, error.key)
        else:
            self._note(type(request).__name__, desk, other)

    def _warning(self, desk: str) -> asks.Request:
        play, apart = f"notice-{self.world.now}", self._draw.random() < 0.7
        file = self._draw.choice(("", "warning.wav", "warning.wav", "warning.wav"))
        warn = asks.WarnAsked(desk, play, file, "경고", self._draw.choice((1, 2)), "abuse", apart)
        end = asks.TerminateAsked(desk, play, file, "종료", "threat", 10)
        return self._draw.choice((warn, warn, end))

    # ---------------------------------------------------------------------------------------- the search and the clock

    def _the_search_goes_on(self) -> None:
        search = self.world.call.search
        if search is None or not (search.deciding or search.waiting):
            return
        desk = self._draw.choice(DESKS)
        found: tuple[what.SearchStep, ...] = (
            what.Offered(api.Extensions((desk,)), CUSTOMER, 20, search.goal, extension=desk),
            what.Offered(api.Extensions(DESKS), CUSTOMER, 20, search.goal),
            what.Offered(api.Outside("kt", "0109"), CUSTOMER, 20, search.goal, number="+82109"),
            what.Queued(search.goal, 60, 30, callback="noted.wav"),
            what.Said("place.wav", 1, 60),
            what.Announced("closed.wav", "업무 종료"),
            what.CallbackNoted("main", "noted.wav"),
            what.NobodyLeft(),
            MENU,
            ASKED,
        )
        (step,) = self._draw.choices(found, (6, 4, 2, 4, 3, 1, 1, 1, 3, 2))
        self._note("search", type(step).__name__)
        self.world.happens(step)

    def _time_passes(self) -> None:
        seconds = self._draw.choice((1, 1, 1, 10, 31, 121))
        self._note("time", seconds)
        self.world.time_passes(seconds * 1000)

    def finish(self) -> None:
        """Everybody hangs up, nobody is found, and every time runs out."""
        world = self.world
        for _ in range(20):
            for leg in tuple(world.legs):
                if leg in world.legs:
                    world.ends(leg, 200 if world.legs[leg].up else 487)
            world.time_passes(300_000)
            if (search := world.call.search) is not None and search.deciding:
                world.happens(what.NobodyLeft())
            if not world.legs and self.is_over:
                return
