"""An office without phones or wires, for tests of call control: real store, fake edge and voice, a clock to turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from appliance.calls.call import CallView
from appliance.calls.events import CallEnded, CallRecorded
from appliance.calls.ports import Caller, Directory, Forward, Group, Line, Phone, TrunkRules
from appliance.calls.service import CallFilter, Calls, Wiring
from appliance.calls.stand_ins import EveryDesk, NoDictations, NoHours, NoMenus, NoPrompts, NoProtection
from appliance.core.bus import Bus
from appliance.core.errors import InvalidInput
from appliance.store.database import Database
from sip.api import (
    Bridge,
    CallCancelled,
    CallNoted,
    CallTaken,
    Credential,
    EdgeNews,
    EdgeState,
    Fallback,
    IncomingCall,
    Order,
    Originate,
    Transport,
    TrunkPlan,
    TrunkState,
)
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice
from tests.support.new_store import new_store

DIRECTORY = Directory(
    phones={"101": Phone("101", "김하늘"), "102": Phone("102", "박도윤")},
    lines={"+82212345678": Line("+82212345678", "Main", "kt", "main")},
    trunks={"kt": TrunkRules("kt", "KT", ("00",), False, "+82212345678", 0)},
    groups={"main": Group("main", "", ("101", "102"), 30)},
    default_group="main",
    area_code="02",
)


def _in_seoul(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone(timedelta(hours=9)))


@dataclass
class TurnedClock:
    """A clock that stands still until `turn`."""

    now: int = 1_700_000_000_000
    due: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> _Timer:
        entry = (self.now + int(seconds * 1000), callback)
        self.due.append(entry)
        return _Timer(self, entry)

    def turn(self, seconds: float) -> None:
        self.now += int(seconds * 1000)
        for entry in sorted(self.due, key=lambda e: e[0]):
            if entry[0] <= self.now and entry in self.due:
                self.due.remove(entry)
                entry[1]()


@dataclass
class _Timer:
    clock: TurnedClock
    entry: tuple[int, Callable[[], None]]

    def cancel(self) -> None:
        if self.entry in self.clock.due:
            self.clock.due.remove(self.entry)


class Office:
    """Call control with everything around it."""

    def __init__(self, folder: Path, edge: FakeEdge, voice: FakeVoice, clock: TurnedClock) -> None:
        self.edge, self.voice, self.clock, self.bus = edge, voice, clock, Bus()
        self.database = Database(new_store(folder))
        self.taken: list[CallRecorded] = []
        self.events: list[object] = []
        self._ended_seen = 0
        self.customers: dict[str, Caller] = {}
        self.forwards: dict[str, Forward | None] = {}
        self.forward_fails = False
        self.facts = DIRECTORY
        self.bus.subscribe(object, self.events.append)
        self.desks, self.hours, self.prompts = EveryDesk(), NoHours(), NoPrompts()
        self.protection, self.dictations, self.menus = NoProtection(), NoDictations(), NoMenus()
        wiring = (self.database, self.bus, clock, edge, voice, self, self, self, self.desks, self, self.hours)
        others = (self.prompts, self.protection, self.dictations)
        self.calls = Calls(Wiring(*wiring, *others, _in_seoul, folder / "voice", self.menus))

    async def take(self, recorded: CallRecorded) -> None:
        """The recorder's port."""
        self.taken.append(recorded)

    def directory(self) -> Directory:
        """The directory's port."""
        return self.facts

    async def forward(self, extension: str, forward: Forward | None) -> None:
        """The port of forwards."""
        if self.forward_fails:
            raise InvalidInput("target", "call.no_such_number")
        self.forwards[extension] = forward

    async def who_is(self, number: str) -> Caller | None:
        """The lookup's port."""
        return self.customers.get(number)

    async def open(self) -> None:
        await self.database.open()
        await self.calls.load()
        alive = await self.voice.start(self.calls.told, self.calls.voice_changed)
        await self.calls.settle(alive)
        await self.edge.start(self.hear)

    async def close(self) -> None:
        await self.edge.stop()
        await self.calls.stop()
        await self.voice.stop()
        await self.database.close()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop work until `condition` holds."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)  # nothing real is waited for: the loop only has to turn

    async def ended(self) -> None:
        """Wait until one more call is over and stored."""
        self._ended_seen += 1
        await self.until(lambda: sum(isinstance(e, CallEnded) for e in self.events) >= self._ended_seen)

    def hear(self, news: EdgeNews) -> None:
        """What the composition root does with the edge's news about calls."""
        if isinstance(news, IncomingCall):
            self.calls.incoming(news)
        elif isinstance(news, CallCancelled):
            self.calls.cancelled(news)
        elif isinstance(news, CallTaken):
            self.calls.taken(news)
        elif isinstance(news, CallNoted):
            self.calls.noted()
        elif isinstance(news, EdgeState):
            self.calls.edge_changed(news)

    async def inbound(self, number: str = "01055551234") -> str:
        """Let a call come in over the trunk; returns its id when its INVITE is on its way to a worker."""
        return await self.sent(self.edge.trunk_calls("kt", number, "0212345678"))

    async def talking(self) -> str:
        """Let a call come in and 102 answer it."""
        call_id = await self.inbound()
        self.voice.arrive(call_id)
        await self.ordered(call_id, Originate)
        self.voice.ring(call_id, "called", "102")
        self.voice.pick_up(call_id, "called", "102")
        await self.ordered(call_id, Bridge)
        return call_id

    async def sent(self, call: IncomingCall) -> str:
        """Wait until an INVITE is on its way to a worker; returns the call that it belongs to."""
        await self.until(lambda: any(sent is call for sent, _ in self.edge.sent))
        return next(lease.conversation for sent, lease in self.edge.sent if sent is call)

    async def refused(self, call: IncomingCall) -> int:
        """Wait until an INVITE is refused; returns the code."""
        await self.until(lambda: any(one is call for one, _, _ in self.edge.refused))
        return next(code for one, code, _ in self.edge.refused if one is call)

    def hear_cancelled(self, call: IncomingCall) -> None:
        """Let the caller give up in the moment in which the INVITE goes on to its worker."""
        self.calls.cancelled(CallCancelled(call.sip_call_id))

    def hears(self, call_id: str, leg: str) -> frozenset[str]:
        """Return what a leg hears."""
        return self.voice.hears(call_id, leg)

    async def ordered(self, call_id: str, kind: type[Order]) -> None:
        """Wait until the voice was given such an order."""
        await self.until(lambda: self.voice.ordered(call_id, kind))

    async def stored(self, result: str) -> None:
        """Wait until the log has a call with this result; nothing tells when a late row is written."""
        async with asyncio.timeout(20):
            while not (await self.calls.search(CallFilter(result=result))).calls:
                pass

    async def row(self, call_id: str) -> CallView:
        """Return the call's row."""
        return await self.calls.call(call_id)


@asynccontextmanager
async def running_office(
    folder: Path, voice: FakeVoice | None = None, clock: TurnedClock | None = None, edge: FakeEdge | None = None
) -> AsyncIterator[Office]:
    """An office that is open: 101 and 102 registered, one trunk.

    Give it the voice, or the edge, of an earlier one to restart its core.
    """
    clock = clock or TurnedClock()
    edge = edge or FakeEdge(clock.now_ms)
    await edge.set_credentials((Credential("101", "x"), Credential("102", "x")))
    await edge.set_fallback(Fallback(ring=("101", "102"), trunks=("kt",), local=("101", "102")))
    await edge.set_trunks((TrunkPlan("kt", "198.51.100.1", 5060, Transport.UDP, register=False),))
    office = Office(folder, edge, voice or FakeVoice(folder / "voice", now_ms=clock.now_ms), clock)
    await office.open()
    for extension in ("101", "102"):
        edge.phone_registers(extension)
    edge.trunk_becomes("kt", TrunkState.REACHABLE)
    try:
        yield office
    finally:
        await office.close()
