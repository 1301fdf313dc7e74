"""What every `sip.api.Edge` promises, expected of the fake and of the real one alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from sip.api import (
    AloneCame,
    AloneLost,
    AloneRefused,
    CallCancelled,
    CallNoted,
    CallTaken,
    Credential,
    Edge,
    EdgeNews,
    EdgeState,
    Extensions,
    Fallback,
    Identity,
    IncomingCall,
    Lamp,
    LampState,
    Lease,
    Presentation,
    Registration,
    RegistrationGone,
    Side,
    Source,
    Transport,
    TrunkPlan,
    TrunkState,
)
from sip.edge.fake import FakeEdge
from tests.support.edge import EdgeUnderTest, edge_in, ha1, password
from tests.support.raw_ua import Message, RawUa, raw_ua
from tests.support.watching import watch

pytestmark = pytest.mark.sip

N = TypeVar("N")
CARRIER = "127.0.0.20"
LEASE = Lease("c", "w9", "")


class World(Protocol):
    """The outside of an edge, and the ear inside."""

    edge: Edge

    async def heard(self, kind: type[N]) -> N: ...
    def silent(self, kind: type[EdgeNews]) -> bool: ...
    def plan(self, trunk: str) -> TrunkPlan: ...
    async def registers(self, extension: str) -> bool: ...
    async def leaves(self, extension: str) -> None: ...
    async def trunk_calls(self, number: str, called: str) -> IncomingCall: ...
    async def worker_calls(self, called: str, replaces: str = "") -> IncomingCall: ...
    async def rings(self, extension: str) -> str: ...
    async def sees(self, name: str, state: LampState) -> None: ...
    async def has_messages(self, extension: str, new: int, old: int) -> None: ...
    async def gives_up(self, call: IncomingCall) -> None: ...
    async def waits_too_long(self, call: IncomingCall) -> None: ...
    async def answer(self, call: IncomingCall) -> int: ...
    async def is_handled_by_itself(self, call: IncomingCall) -> bool: ...
    async def dies(self) -> None: ...
    async def returns(self) -> None: ...


class FakeWorld:
    """Played on the fake."""

    def __init__(self) -> None:
        self.fake = FakeEdge()
        self.edge: Edge = self.fake
        self.news: list[EdgeNews] = []

    async def heard(self, kind: type[N]) -> N:
        found = next(news for news in self.news if isinstance(news, kind))
        self.news.remove(found)
        return found

    def silent(self, kind: type[EdgeNews]) -> bool:
        return not [news for news in self.news if isinstance(news, kind)]

    def plan(self, trunk: str) -> TrunkPlan:
        return TrunkPlan(trunk, "198.51.100.1", 5060, Transport.UDP, register=False)

    async def registers(self, extension: str) -> bool:
        return self.fake.phone_registers(extension)

    async def leaves(self, extension: str) -> None:
        self.fake.phone_leaves(extension)

    async def trunk_calls(self, number: str, called: str) -> IncomingCall:
        self.fake.trunk_calls("kt", number, called)
        return await self.heard(IncomingCall)

    async def worker_calls(self, called: str, replaces: str = "") -> IncomingCall:
        self.fake.worker_calls("w9", called, replaces)
        return await self.heard(IncomingCall)

    async def rings(self, extension: str) -> str:
        _, target, shown = self.fake.sent_on[-1]
        assert target == Extensions((extension,))
        return shown.number

    async def sees(self, name: str, state: LampState) -> None:
        assert self.fake.lamps[name].state is state

    async def has_messages(self, extension: str, new: int, old: int) -> None:
        assert self.fake.messages.get(extension, (0, 0)) == (new, old)

    async def gives_up(self, call: IncomingCall) -> None:
        self.fake.caller_gives_up(call)

    async def waits_too_long(self, call: IncomingCall) -> None:
        self.fake.edge_takes(call)

    async def answer(self, call: IncomingCall) -> int:
        return next(code for refused, code, _ in self.fake.refused if refused == call)

    async def is_handled_by_itself(self, call: IncomingCall) -> bool:
        return call in self.fake.handed_back

    async def dies(self) -> None:
        self.fake.goes_away()

    async def returns(self) -> None:
        self.fake.comes_back()


class RealWorld:
    """Played on a Kamailio with raw user agents."""

    def __init__(self, under_test: EdgeUnderTest, stack: AsyncExitStack, carrier: RawUa) -> None:
        self.under_test = under_test
        self.edge: Edge = under_test.client
        self.carrier = carrier
        self.phones: dict[str, RawUa] = {}
        self.invites: dict[str, Message] = {}
        self.callers: dict[str, RawUa] = {}
        self._stack = stack

    async def heard(self, kind: type[N]) -> N:
        return await self.under_test.heard(kind)

    def silent(self, kind: type[EdgeNews]) -> bool:
        return not [news for news in self.under_test.news if isinstance(news, kind)]

    def plan(self, trunk: str) -> TrunkPlan:
        return TrunkPlan(trunk, CARRIER, self.carrier.port, Transport.UDP, register=False)

    async def registers(self, extension: str) -> bool:
        phone = await self._stack.enter_async_context(
            raw_ua(self.under_test.kamailio.sip, extension, password(extension), host="127.0.0.5")
        )
        self.phones[extension] = phone
        return (await phone.register()).code == 200

    async def leaves(self, extension: str) -> None:
        await self.phones[extension].register(expires=0)

    async def trunk_calls(self, number: str, called: str) -> IncomingCall:
        self.carrier.user = number
        invite = self.carrier.request("INVITE", f"sip:{called}@127.0.0.1")
        call = await self.heard(IncomingCall)
        self.invites[call.sip_call_id] = invite
        return call

    async def worker_calls(self, called: str, replaces: str = "") -> IncomingCall:
        worker = await self._stack.enter_async_context(raw_ua(self.under_test.kamailio.core, "soribox"))
        header = {"Replaces": f"{replaces};to-tag=t;from-tag=f"} if replaces else {}
        invite = worker.request("INVITE", f"sip:{called}@127.0.0.1", header)
        call = await self.heard(IncomingCall)
        assert call.contact == f"w{worker.port}"
        self.invites[call.sip_call_id], self.callers[call.sip_call_id] = invite, worker
        return call

    async def rings(self, extension: str) -> str:
        ringing = await self.phones[extension].heard("INVITE")
        self.phones[extension].reply(ringing, 486)
        return ringing.header("From").partition("sip:")[2].partition("@")[0]

    async def sees(self, name: str, state: LampState) -> None:
        said = {LampState.IDLE: "terminated", LampState.RINGING: "early", LampState.BUSY: "confirmed"}
        await (await watch(self.phones["101"], name)).until(said[state])

    async def has_messages(self, extension: str, new: int, old: int) -> None:
        lamp = await watch(self.phones[extension], extension, "message-summary")
        await lamp.until_it_says(f"Voice-Message: {new}/{old} ")

    async def gives_up(self, call: IncomingCall) -> None:
        self.carrier.cancel(self.invites[call.sip_call_id])

    async def waits_too_long(self, call: IncomingCall) -> None:
        """It does by itself."""

    async def answer(self, call: IncomingCall) -> int:
        return (await self.callers.get(call.sip_call_id, self.carrier).answered(call.sip_call_id)).code

    async def is_handled_by_itself(self, call: IncomingCall) -> bool:
        return await self.answer(call) == 480  # nobody was left to ring

    async def dies(self) -> None:
        await self.under_test.kamailio.kill()

    async def returns(self) -> None:
        await self.under_test.kamailio.start()


@asynccontextmanager
async def _fake(folder: Path) -> AsyncIterator[World]:
    world = FakeWorld()
    await world.edge.start(world.news.append)
    await world.heard(EdgeState)
    yield world


@asynccontextmanager
async def _real(folder: Path) -> AsyncIterator[World]:
    async with edge_in(folder) as under_test, AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(raw_ua(under_test.kamailio.sip, host=CARRIER))
        yield RealWorld(under_test, stack, carrier)


@pytest.fixture(params=[_fake, _real], ids=["fake", "real"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    make: Callable[[Path], object] = request.param
    async with make(tmp_path) as found:  # type: ignore[attr-defined]  # a case of the parameters
        yield found


def credential(extension: str) -> Credential:
    return Credential(extension, ha1(extension, password(extension)))


async def test_it_says_that_it_is_there(world: World) -> None:
    assert world.edge.state().connected
    assert world.edge.realm == "soribox"


async def test_a_known_phone_registers_and_leaves_and_both_are_told(world: World) -> None:
    await world.edge.set_credentials((credential("101"),))
    assert await world.registers("101")
    heard = await world.heard(Registration)
    assert heard.extension == "101"
    assert world.edge.registrations() == (heard,)
    await world.leaves("101")
    assert await world.heard(RegistrationGone) == RegistrationGone("101", heard.contact)
    assert world.edge.registrations() == ()


async def test_an_unknown_phone_cannot_register(world: World) -> None:
    await world.edge.set_credentials((credential("101"),))
    assert not await world.registers("999")
    assert world.edge.registrations() == ()


async def test_credentials_that_are_set_replace_those_before(world: World) -> None:
    await world.edge.set_credentials((credential("101"),))
    await world.edge.set_credentials((credential("102"),))
    assert not await world.registers("101")
    assert await world.registers("102")


async def test_trunks_are_those_that_were_set_and_begin_unknown(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"), world.plan("lg")))
    states = world.edge.trunk_states()
    assert [status.trunk for status in states] == ["kt", "lg"]
    assert {status.state for status in states} <= {TrunkState.UNKNOWN, TrunkState.REACHABLE}
    await world.edge.set_trunks((world.plan("lg"),))
    assert [status.trunk for status in world.edge.trunk_states()] == ["lg"]


async def test_a_trunk_call_is_told_and_refused_as_the_core_says(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    assert (call.source, call.trunk, call.called, call.extension) == (Source.TRUNK, "kt", "0212345678", "")
    assert (call.caller.number, call.caller.presentation) == ("01012345678", Presentation.SHOWN)
    assert call.token
    assert call.sip_call_id
    await world.edge.refuse(call, 486, "Busy Here")
    assert await world.answer(call) == 486


async def test_a_workers_own_call_waits_for_the_core_and_goes_on_to_phones_with_the_caller_shown(world: World) -> None:
    await world.edge.set_credentials((credential("101"),))
    assert await world.registers("101")
    call = await world.worker_calls("101", "other@talk")
    assert (call.source, call.called, call.replaces) == (Source.WORKER, "101", "other@talk")
    assert call.contact.startswith("w")
    await world.edge.send_on(call, Extensions(("101",)), Identity("01012345678"))
    await world.edge.refuse(call, 486, "Busy Here")
    assert await world.rings("101") == "01012345678"


async def test_a_workers_own_call_is_refused_by_the_core_or_when_that_is_too_slow(world: World) -> None:
    call = await world.worker_calls("199")
    await world.edge.refuse(call, 404, "Not Found")
    assert await world.answer(call) == 404
    call = await world.worker_calls("199")
    await world.waits_too_long(call)
    assert await world.heard(CallTaken) == CallTaken(call.sip_call_id)
    await world.edge.send_on(call, Extensions(("101",)), Identity("01012345678"))
    assert [type(note.what) for note in await world.edge.notes(0)] == [AloneLost]  # its own start, and no more


async def test_lamps_and_messages_are_what_was_set_last_through_a_restart(world: World) -> None:
    await world.edge.set_credentials((credential("101"),))
    assert await world.registers("101")
    await world.edge.set_lamps((Lamp("102", LampState.RINGING), Lamp("park1", LampState.BUSY)))
    await world.edge.set_messages({"101": (1, 2)})
    await world.sees("102", LampState.RINGING)
    await world.edge.set_lamps((Lamp("102", LampState.BUSY), Lamp("park1", LampState.IDLE)))
    await world.sees("102", LampState.BUSY)
    await world.sees("park1", LampState.IDLE)
    await world.has_messages("101", 1, 2)
    await world.dies()
    await world.heard(EdgeState)
    await world.returns()
    await world.heard(EdgeState)
    await world.sees("102", LampState.BUSY)
    await world.has_messages("101", 1, 2)


async def test_a_caller_who_gives_up_is_told_once_and_a_late_decision_is_harmless(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.gives_up(call)
    assert await world.heard(CallCancelled) == CallCancelled(call.sip_call_id)
    await world.edge.send_to_worker(call, LEASE)
    await world.edge.refuse(call, 486, "Busy Here")
    assert world.silent(CallCancelled)


async def test_a_caller_who_gives_up_as_the_decision_comes_is_told(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.edge.send_to_worker(call, LEASE)
    await world.gives_up(call)
    assert await world.heard(CallCancelled) == CallCancelled(call.sip_call_id)


async def test_a_call_that_waited_too_long_is_told_as_taken_once_and_a_late_decision_is_harmless(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.waits_too_long(call)
    assert await world.heard(CallTaken) == CallTaken(call.sip_call_id)
    await world.edge.refuse(call, 486, "Busy Here")
    await world.edge.hand_back(call)
    assert world.silent(CallCancelled)
    assert world.silent(CallTaken)


async def test_a_call_that_is_handed_back_is_handled_without_the_core_and_is_no_news(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    await world.edge.set_fallback(Fallback())
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.edge.hand_back(call)
    await world.edge.refuse(call, 486, "Busy Here")
    assert await world.is_handled_by_itself(call)
    assert world.silent(CallCancelled)
    assert world.silent(CallTaken)


async def test_what_became_of_a_call_that_it_handled_alone_is_noted_until_it_is_told_to_forget(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    await world.edge.set_fallback(Fallback())
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.edge.hand_back(call)
    assert await world.is_handled_by_itself(call)
    await world.heard(CallNoted)
    *_, came, refused = await world.edge.notes(0)
    assert came.what == AloneCame()
    assert came.call is not None
    told = (came.call.source, came.call.trunk, came.call.caller, came.call.called, came.call.address)
    assert told == (call.source, call.trunk, call.caller, call.called, call.address)
    assert came.at_ms <= call.arrived_ms
    assert refused.what == AloneRefused(480, Side.BOX, "No phone registered")
    assert {note.sip_call_id for note in (came, refused)} == {call.sip_call_id}
    assert await world.edge.notes(came.number) == (refused,)
    await world.edge.forget_notes(came.number)
    await world.edge.end_dialogs_of("w1")  # an order with an answer, after the one without
    assert await world.edge.notes(0) == (refused,)


async def test_nothing_is_noted_of_calls_that_the_core_decides(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    refused, given_up = [await world.trunk_calls("01012345678", "0212345678") for _ in range(2)]
    await world.edge.refuse(refused, 486, "Busy Here")
    assert await world.answer(refused) == 486
    await world.gives_up(given_up)
    await world.heard(CallCancelled)
    assert [type(note.what) for note in await world.edge.notes(0)] == [AloneLost]  # its own start


async def test_when_it_was_started_anew_that_is_noted_and_nothing_from_before_is_lost(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    await world.edge.set_fallback(Fallback())
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.edge.hand_back(call)
    assert await world.is_handled_by_itself(call)
    before = await world.edge.notes(0)
    await world.dies()
    assert await world.edge.notes(0) == before
    await world.heard(EdgeState)
    await world.returns()
    await world.heard(EdgeState)
    after = await world.edge.notes(0)
    assert after[:-1] == before
    assert (after[-1].what, after[-1].sip_call_id) == (AloneLost(), "")
    assert after[-1].number > before[-1].number


async def test_ending_a_call_that_it_does_not_handle_is_harmless(world: World) -> None:
    await world.edge.end_alone("nobody's")


async def test_a_call_is_decided_once(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.edge.refuse(call, 486, "Busy Here")
    await world.edge.refuse(call, 603, "Decline")
    assert await world.answer(call) == 486


async def test_when_it_dies_its_questions_are_void_and_when_it_returns_it_is_told(world: World) -> None:
    await world.edge.set_trunks((world.plan("kt"),))
    call = await world.trunk_calls("01012345678", "0212345678")
    await world.dies()
    assert not (await world.heard(EdgeState)).connected
    assert await world.heard(CallCancelled) == CallCancelled(call.sip_call_id)
    await world.edge.refuse(call, 486, "Busy Here")
    await world.edge.set_credentials((credential("101"),))
    await world.returns()
    assert (await world.heard(EdgeState)).connected
    assert await world.registers("101")
