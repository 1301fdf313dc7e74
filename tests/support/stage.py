"""A panel with everything real but the telephony: calls are played by the test and go through the call machine,
the store and the bus, exactly as call control does it. Served over HTTPS by the real runner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from appliance.calls import desk_events, models
from appliance.calls.call import CallView, Direction, State
from appliance.calls.events import CallArrived, CallbackWanted, CallChanged, CallEnded
from appliance.calls.happenings import Arrived, CallerLeft, Happening, Heard
from appliance.calls.live_call import CALLED_LEG, CALLER_LEG, LiveCall
from appliance.calls.machine import begin, step
from appliance.calls.view import view
from appliance.config import Config
from appliance.services import Services
from appliance.store.database import Database
from appliance.wiring import build
from sip.api import (
    Edge,
    Extensions,
    Fact,
    Identity,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegHeld,
    LegProgress,
    Outside,
    Registration,
    Target,
    TrunkStatus,
    Voice,
)
from tests.support.furnished import MAIN_NUMBER, PASSWORD, Furnished
from tests.support.new_store import new_store
from web import runner


@dataclass
class StillEdge:
    """An edge that only says who is registered and how trunks are."""

    registered: list[Registration] = field(default_factory=list)
    trunks: list[TrunkStatus] = field(default_factory=list)

    def registrations(self) -> tuple[Registration, ...]:
        return tuple(self.registered)

    def trunk_states(self) -> tuple[TrunkStatus, ...]:
        return tuple(self.trunks)


@dataclass
class Played:
    """One call that a test plays, happening by happening."""

    stage: Stage
    live: LiveCall
    lines: int = 1
    facts: int = 0

    @property
    def id(self) -> str:
        return self.live.id

    @property
    def view(self) -> CallView:
        return view(self.live)

    async def happen(self, happening: Happening, at_ms: int = 0) -> None:
        at_ms = at_ms or self.stage.now
        before, state_before = view(self.live), self.live
        self.live, _ = step(self.live, happening, at_ms)
        self.lines += 1
        await self.stage.write(self.live, self.lines, models.Line(at_ms, happening))
        after = view(self.live)
        if after != before:
            over = after.state is State.ENDED
            self.stage.bus.publish(CallEnded(after) if over else CallChanged(after))
        for event in desk_events.between(state_before, self.live, at_ms):
            self.stage.bus.publish(event)

    async def fact(self, fact: Fact, at_ms: int = 0) -> None:
        self.facts += 1
        await self.happen(Heard(fact, self.facts), at_ms)

    async def ring(self, *extensions: str, at_ms: int = 0) -> None:
        await self.fact(LegArrived(CALLER_LEG, "sip-1"), at_ms)
        for extension in extensions:
            await self.fact(LegProgress(CALLED_LEG, 180, extension=extension), at_ms)

    async def answer(self, extension: str = "", at_ms: int = 0) -> None:
        await self.fact(LegAnswered(CALLED_LEG, extension=extension, codec="PCMA"), at_ms)

    async def hold(self) -> None:
        await self.fact(LegHeld(CALLED_LEG))

    async def caller_ends(self, at_ms: int = 0) -> None:
        await self.fact(LegEnded(CALLER_LEG, 200), at_ms)
        self.stage.end(self)

    async def give_up(self, at_ms: int = 0) -> None:
        waiting = self.live.phase == "waiting"
        await (self.happen(CallerLeft(), at_ms) if waiting else self.fact(LegEnded(CALLER_LEG, 487), at_ms))
        self.stage.end(self)


class Stage(Furnished):
    """The office in which calls are played."""

    def __init__(self, services: Services, edge: StillEdge) -> None:
        super().__init__(services)
        self.edge = edge
        self._calls: dict[str, Played] = {}
        self._made = 0

    @property
    def database(self) -> Database:
        return self.services.calls._database

    async def write(self, live: LiveCall, place: int, line: models.Line) -> None:
        await self.database.write(lambda: models.append(live, [(place, line)]))

    def live(self) -> tuple[CallView, ...]:
        return tuple(played.view for played in self._calls.values())

    def end(self, played: Played) -> None:
        self._calls.pop(played.id, None)

    async def arrive(self, number: str, *, name: str = "", presentation: str = "shown", at_ms: int = 0) -> Played:
        """Let a call come in from outside for everybody."""
        target = Extensions(tuple(e.number for e in self.services.lines.snapshot().extensions))
        return await self._begin(
            Direction.IN, number, name, presentation, MAIN_NUMBER, MAIN_NUMBER, "main", "", target, at_ms
        )

    async def wants_callback(self, number: str) -> Played:
        """Let somebody call, ask to be called back, and hang up; returns when that is stored."""
        played = await self.arrive(number)
        self.bus.publish(CallbackWanted(replace(played.view, wants_callback=True)))
        await played.give_up()
        await self.services.callbacks.settled()
        return played

    async def dial(self, extension: str, number: str, at_ms: int = 0) -> Played:
        """Let an extension call out."""
        target = Outside(self.trunk, number)
        return await self._begin(
            Direction.OUT, extension, "", "shown", number, MAIN_NUMBER, "", extension, target, at_ms
        )

    async def _begin(
        self,
        direction: Direction,
        caller: str,
        name: str,
        presentation: str,
        called: str,
        number: str,
        group: str,
        extension: str,
        target: Target,
        at_ms: int,
    ) -> Played:
        self._made += 1
        at_ms = at_ms or self.now
        told = (direction.value, caller, name, presentation, called, self.trunk, number, group, extension)
        first = Arrived(*told, target, Identity(), 30)
        live = begin(f"{at_ms}-{self._made:04}", first, at_ms)
        await self.write(live, 1, models.Line(at_ms, first))
        played = self._calls[live.id] = Played(self, live)
        self.bus.publish(CallArrived(played.view))
        return played


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Open the panel on a free port, furnished."""
    config = Config(data=str(folder / "data"), web_address="127.0.0.1", https_port=0, http_port=0)
    edge = StillEdge()
    new_store(folder / "data")
    async with AsyncExitStack() as stack:
        services = await build(config, cast(Edge, edge), cast(Voice, object()), stack)
        played = Stage(services, edge)
        cast(Any, services.calls).live = played.live
        await services.recordings.start()
        stack.push_async_callback(services.recordings.stop)
        await services.callbacks.start()
        services.recalls.start()
        stack.push_async_callback(services.callbacks.stop)
        await services.abuse.start(services.calls)
        stack.push_async_callback(services.abuse.stop)
        await services.agents.start()
        await played.furnish()
        panel = await runner.start(services)
        stack.push_async_callback(panel.stop)
        played.address = f"https://127.0.0.1:{panel.https_port}"
        yield played


__all__ = ["MAIN_NUMBER", "PASSWORD", "Played", "Stage", "stage"]
