"""A panel with real call control over the fake voice and edge: what is pressed in the browser is carried out.

    async with exchange(tmp_path) as office:
        call = await office.call_in("01055551234")   # rings at the phones of the group
        await office.pick_up("101")                  # … and 101's handset is lifted
        await office.ends_call("101")

A phone in `by_itself` answers when the box asks it to, as desk phones do that know how.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appliance.announcements.types import Announcement, Source
from appliance.calls.call import CallView
from appliance.config import Config
from appliance.main import hear_edge
from appliance.services import Services
from appliance.wiring import build
from sip import api
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice
from tests.support.furnished import MAIN_NUMBER, PASSWORD, Furnished
from tests.support.new_store import new_store
from web import runner

PHONES = ("101", "102", "103")


@dataclass
class Leg:
    """A leg that the box calls, as its phones know it."""

    conversation: str
    name: str
    phones: tuple[str, ...]
    outside: str = ""
    at: str = ""  # the phone that has answered, or "outside"


@dataclass
class Phones:
    """Every phone in the office, and the people outside: they ring when they are called."""

    legs: list[Leg] = field(default_factory=list)
    by_itself: set[str] = field(default_factory=set)


class LivelyVoice(FakeVoice):
    """A fake voice whose phones ring, and answer by themselves where they can."""

    def __init__(self, folder: Path, phones: Phones) -> None:
        super().__init__(folder)
        self._phones = phones

    async def order(self, conversation: str, *orders: api.Order) -> None:
        """Carry out orders; whoever is called hears it a moment later."""
        await super().order(conversation, *orders)
        self.look_at(conversation, orders)

    def look_at(self, conversation: str, orders: tuple[api.Order, ...]) -> None:
        """Let the phones ring that these orders call."""
        for order in orders:
            if isinstance(order, api.Originate) and order.leg in self.conversations[conversation].legs:
                asyncio.get_running_loop().call_soon(self._called, conversation, order)

    def _called(self, conversation: str, order: api.Originate) -> None:
        target = order.target
        phones = target.numbers if isinstance(target, api.Extensions) else ()
        leg = Leg(conversation, order.leg, phones, target.number if isinstance(target, api.Outside) else "")
        self._phones.legs.append(leg)
        for phone in phones or ("",):
            if self.is_up(leg):
                self.ring(conversation, leg.name, phone)
        itself = next((phone for phone in phones if order.answers_itself and phone in self._phones.by_itself), "")
        if itself:
            self.lift(leg, itself)

    def lift(self, leg: Leg, phone: str) -> None:
        """Answer a leg at one of its phones."""
        leg.at = phone
        self.pick_up(leg.conversation, leg.name, phone if phone != "outside" else "")

    def is_up(self, leg: Leg) -> bool:
        """Say whether a leg is still there."""
        known = self.conversations.get(leg.conversation)
        return known is not None and leg.name in known.legs


class WillingEdge(FakeEdge):
    """A fake edge whose INVITEs reach their worker."""

    voice: LivelyVoice

    async def send_to_worker(self, call: api.IncomingCall, lease: api.Lease) -> None:
        """Let the INVITE go on."""
        await super().send_to_worker(call, lease)
        self.voice.arrive(lease.conversation, call.sip_call_id)
        conversation = self.voice.conversations[lease.conversation]
        self.voice.look_at(lease.conversation, conversation.plan.opening)


class Exchange(Furnished):
    """The office at the telephone."""

    def __init__(self, services: Services, edge: WillingEdge, voice: LivelyVoice, phones: Phones) -> None:
        super().__init__(services)
        self.edge = edge
        self.voice = voice
        self.phones = phones

    def live(self) -> tuple[CallView, ...]:
        return self.services.calls.live()

    @property
    def only_call(self) -> CallView:
        (call,) = self.live()
        return call

    def has_announcement(self, announcement: str, name: str) -> None:
        """Let the office have an announcement, without its sound: the fake voice does not open it."""
        made = Announcement(announcement, name, Source.UPLOADED, "ko", False, "", 0, 1000, 1, "x.wav", 1)
        self.services.announcements._shelf.announcements[announcement] = made

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.005)

    async def call_in(self, number: str = "01055551234", *, rings_at: str = "101") -> str:
        """Let somebody outside call the office; returns the call when it rings."""
        before = {call.id for call in self.live()}
        self.edge.trunk_calls(self.trunk, number, "0212345678")
        await self.until(lambda: {call.id for call in self.live()} - before)
        (call,) = {call.id for call in self.live()} - before
        await self.until(lambda: self._ringing(rings_at, call))
        return call

    def _ringing(self, phone: str, call: str = "") -> Leg | None:
        legs = (leg for leg in reversed(self.phones.legs) if call in ("", leg.conversation))
        wanted = {(call.id, p.leg) for call in self.live() for p in call.parties if p.state == "ringing"}
        fits = (leg for leg in legs if not leg.at and (leg.conversation, leg.name) in wanted)
        return next((leg for leg in fits if phone in leg.phones or (phone == "outside" and leg.outside)), None)

    async def rings(self, phone: str) -> None:
        """Wait until a phone ("outside": somebody outside) rings."""
        await self.until(lambda: self._ringing(phone))

    async def pick_up(self, phone: str) -> None:
        """Lift the handset of a phone that rings, or is about to."""
        await self.rings(phone)
        leg = self._ringing(phone)
        assert leg is not None
        self.voice.lift(leg, phone)

    async def ends_call(self, phone: str) -> None:
        """Put the handset of a phone down; "caller" is whoever called from outside."""
        if phone == "caller":
            self.voice.hang_up(self.only_call.id, "caller")
            return
        leg = next(leg for leg in reversed(self.phones.legs) if leg.at == phone and self.voice.is_up(leg))
        self.voice.hang_up(leg.conversation, leg.name)

    async def talks(self, phone: str) -> CallView:
        """Wait until a phone is in a talk; return the call."""
        await self.until(lambda: self._talk_of(phone))
        call = self._talk_of(phone)
        assert call is not None
        return call

    def _talk_of(self, phone: str) -> CallView | None:
        talks = (call for call in self.live() if call.answered_ms)
        return next((c for c in talks if any(p.extension == phone and p.state != "ringing" for p in c.parties)), None)

    def hears(self, phone: str) -> set[str]:
        """Return whom or what a phone hears: extensions, "caller", "outside", "music", or a play's name."""
        leg = next(leg for leg in reversed(self.phones.legs) if leg.at == phone and self.voice.is_up(leg))
        at = {one.name: one.at for one in self.phones.legs if one.conversation == leg.conversation}
        return {at.get(name, name) for name in self.voice.hears(leg.conversation, leg.name)}

    def caller_hears(self, call: str) -> set[str]:
        """Return whom or what the caller of a call hears."""
        at = {one.name: one.at for one in self.phones.legs if one.conversation == call}
        return {at.get(name, name) for name in self.voice.hears(call, "caller")}


@asynccontextmanager
async def exchange(folder: Path, *by_itself: str) -> AsyncIterator[Exchange]:
    """Open the panel of an office in which 101 to 103 are registered and the trunk works."""
    config = Config(data=str(folder / "data"), web_address="127.0.0.1", https_port=0, http_port=0)
    phones = Phones(by_itself=set(by_itself))
    new_store(folder / "data")
    edge, voice = WillingEdge(), LivelyVoice(folder / "voice", phones)
    edge.voice = voice
    async with AsyncExitStack() as stack:
        services = await build(config, edge, voice, stack)
        office = Exchange(services, edge, voice, phones)
        await services.recordings.start()
        stack.push_async_callback(services.recordings.stop)
        await services.abuse.start(services.calls)
        stack.push_async_callback(services.abuse.stop)
        await services.evidence.start()
        stack.push_async_callback(services.evidence.stop)
        await services.callbacks.start()
        stack.push_async_callback(services.callbacks.stop)
        services.recalls.start()
        await services.calls.load()
        services.abuse.settle()
        stack.push_async_callback(services.calls.stop)
        await services.calls.settle(await voice.start(services.calls.told, services.calls.voice_changed))
        stack.push_async_callback(voice.stop)
        await office.furnish()
        await services.phones.start()
        stack.push_async_callback(services.phones.stop)
        panel = await runner.start(services)
        stack.push_async_callback(panel.stop)
        await edge.start(lambda news: hear_edge(services, news))
        stack.push_async_callback(edge.stop)
        await services.agents.start()
        await office.until(lambda: set(PHONES) <= set(edge.credentials) and edge.trunks)
        for extension in PHONES:
            edge.phone_registers(extension)
        edge.trunk_becomes(office.trunk, api.TrunkState.REACHABLE)
        office.address = f"https://127.0.0.1:{panel.https_port}"
        yield office


__all__ = ["MAIN_NUMBER", "PASSWORD", "PHONES", "Exchange", "exchange"]
