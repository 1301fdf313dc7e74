"""An office without phones or wires for tests of call control: real store, fake edge and voice, a clock that is turned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appliance.calls.events import CallRecorded
from appliance.calls.ports import Caller, Directory, Group, Line, Phone, TrunkRules
from appliance.calls.service import Calls, Wiring
from appliance.core.bus import Bus
from appliance.store.database import Database
from sip.api import Identity, IncomingCall, Registration, Source, TrunkState, TrunkStatus
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice

DIRECTORY = Directory(
    phones={"101": Phone("101", "김하늘"), "102": Phone("102", "박도윤")},
    lines={"+82212345678": Line("+82212345678", "Main", "kt", "main")},
    trunks={"kt": TrunkRules("kt", "KT", ("00",), False, "+82212345678", 0)},
    groups={"main": Group("main", "", ("101", "102"), 30)},
    default_group="main",
    area_code="02",
)


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
        self.database = Database(f"sqlite:///{folder / 'office.db'}")
        self.taken: list[CallRecorded] = []
        self.events: list[object] = []
        self.customers: dict[str, Caller] = {}
        self.bus.subscribe(object, self.events.append)
        self.calls = Calls(
            Wiring(self.database, self.bus, clock, edge, voice, self, self, self, folder / "voice")
        )

    async def take(self, recorded: CallRecorded) -> None:
        """The recorder's port."""
        self.taken.append(recorded)

    def directory(self) -> Directory:
        """The directory's port."""
        return DIRECTORY

    async def who_is(self, number: str) -> Caller | None:
        """The lookup's port."""
        return self.customers.get(number)

    async def open(self) -> None:
        await self.database.open()
        await self.calls.load()
        alive = await self.voice.start(self.calls.told, lambda _: None)
        await self.calls.settle(alive)

    async def close(self) -> None:
        await self.calls.stop()
        await self.voice.stop()
        await self.database.close()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop work until `condition` holds."""
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0)

    async def inbound(self, number: str = "01055551234", sip_call_id: str = "in-1") -> str:
        """Let a call come in over the trunk; returns its id when its worker has it."""
        before = set(self.voice.conversations)
        self.calls.incoming(
            IncomingCall(
                f"token {sip_call_id}",
                sip_call_id,
                Source.TRUNK,
                Identity(number),
                "0212345678",
                "udp:192.0.2.9:5060",
                trunk="kt",
                arrived_ms=self.clock.now_ms(),
            )
        )
        await self.until(lambda: set(self.voice.conversations) - before and len(self.edge.sent) > len(before))
        (call_id,) = set(self.voice.conversations) - before
        return call_id


@asynccontextmanager
async def running_office(folder: Path) -> AsyncIterator[Office]:
    """An office that is open: 101 and 102 registered, one trunk."""
    clock = TurnedClock()
    edge = FakeEdge()
    for extension in ("101", "102"):
        edge.register(Registration(extension, f"sip:{extension}@192.0.2.1", "udp:192.0.2.1:5060", "Phone", 0, 0))
    edge.trunk_is(TrunkStatus("kt", TrunkState.REGISTERED))
    office = Office(folder, edge, FakeVoice(folder / "voice", now_ms=clock.now_ms), clock)
    await office.open()
    try:
        yield office
    finally:
        await office.close()
