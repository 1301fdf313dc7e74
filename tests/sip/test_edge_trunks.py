"""Trunks of a real Kamailio, against a carrier that is written by hand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest

from sip.api import Fallback, IncomingCall, Transport, TrunkPlan, TrunkState, TrunkStatus
from tests.support.edge import EdgeUnderTest, edge_in
from tests.support.raw_ua import Message, RawUa, raw_listener, raw_ua, raw_worker

pytestmark = pytest.mark.sip

CARRIER = "127.0.0.20"
PASSWORD = "trunk secret"
NONCE = "carrier-nonce"


def registering(carrier: RawUa, **more: object) -> TrunkPlan:
    values: dict[str, object] = {
        "trunk": "kt",
        "host": carrier.host,
        "port": carrier.port,
        "transport": Transport.UDP,
        "register": True,
        "username": "07012345678",
        "auth_username": "kt-user",
        "secret": PASSWORD,
        "main_number": "0212345678",
    }
    return TrunkPlan(**(values | more))  # type: ignore[arg-type]  # fields by their names


def challenge(code: int) -> dict[str, str]:
    name = "WWW-Authenticate" if code == 401 else "Proxy-Authenticate"
    return {name: f'Digest realm="carrier", nonce="{NONCE}", algorithm=MD5'}


def is_right(request: Message, password: str = PASSWORD) -> bool:
    """Whether a request proves that it knows the password of kt-user."""
    value = request.header("Authorization") or request.header("Proxy-Authorization")
    said = dict(re.findall(r'(\w+)="([^"]*)"', value))
    knower = RawUa(said.get("username", ""), password, ("", 0), "")
    asked = Message(f"SIP/2.0 401 x\r\nWWW-Authenticate: {challenge(401)['WWW-Authenticate']}\r\n\r\n")
    right = knower.proof(asked, request.method, said.get("uri", ""))["Authorization"]
    return said.get("username") == "kt-user" and f'response="{said.get("response")}"' in right


async def let_register(carrier: RawUa, password: str = PASSWORD) -> Message:
    """Be a carrier that knows the password; returns the REGISTER that was accepted."""
    first = await carrier.heard("REGISTER")
    carrier.reply(first, 401, "Unauthorized", challenge(401))
    second = await carrier.heard("REGISTER")
    assert is_right(second, password)
    carrier.reply(second, 200, "OK", {"Contact": f"{second.header('Contact')};expires=120"})
    return second


def state(wanted: TrunkState) -> Callable[[TrunkStatus], bool]:
    return lambda status: status.state is wanted


@pytest.mark.parametrize("realm", ["", "carrier"])
async def test_a_trunk_registers_with_its_password_and_calls_to_its_contact_are_its_own(
    tmp_path: Path, realm: str
) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier:
        other = TrunkPlan("other", CARRIER, carrier.port, Transport.UDP, register=False)
        await edge.client.set_trunks((other, registering(carrier, realm=realm)))
        accepted = await let_register(carrier)
        status = await edge.heard(TrunkStatus, state(TrunkState.REGISTERED))
        assert (status.trunk, status.code) == ("kt", 200)
        assert accepted.header("To").startswith("<sip:07012345678@")
        contact = re.findall("<(.*?)>", accepted.header("Contact"))[0]
        carrier.request("INVITE", contact, {"To": "<sip:0212345678@127.0.0.1>"})
        call = await edge.heard(IncomingCall)
        assert (call.trunk, call.called) == ("kt", "0212345678")
        await edge.client.refuse(call, 404, "No")


async def test_a_wrong_trunk_password_is_shown_in_the_carriers_own_words(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier),))
        carrier.reply(await carrier.heard("REGISTER"), 401, "Unauthorized", challenge(401))
        carrier.reply(await carrier.heard("REGISTER"), 403, "Unknown subscriber 07012345678")
        status = await edge.heard(TrunkStatus, state(TrunkState.REFUSED))
        assert (status.code, status.text) == (403, "Unknown subscriber 07012345678")
        await let_register(carrier)  # it goes on trying
        await edge.heard(TrunkStatus, state(TrunkState.REGISTERED))


async def test_a_carrier_that_answers_nothing_is_unreachable(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier),))
        assert (await edge.heard(TrunkStatus, state(TrunkState.REGISTERING))).trunk == "kt"
        await edge.heard(TrunkStatus, state(TrunkState.UNREACHABLE))


async def test_a_trunk_that_is_removed_gives_its_binding_back(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier),))
        await let_register(carrier)
        await edge.heard(TrunkStatus, state(TrunkState.REGISTERED))
        removing = asyncio.create_task(edge.client.set_trunks(()))
        leaving = await let_register(carrier)
        assert leaving.header("Expires") == "0"
        await removing
        assert edge.client.trunk_states() == ()


async def test_a_trunk_that_changed_leaves_with_its_old_password_and_comes_back_with_the_new_one(
    tmp_path: Path,
) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier),))
        await let_register(carrier)
        await edge.heard(TrunkStatus, state(TrunkState.REGISTERED))
        changing = asyncio.create_task(edge.client.set_trunks((registering(carrier, secret="new"),)))
        assert (await let_register(carrier)).header("Expires") == "0"
        assert (await let_register(carrier, "new")).header("Expires") == "120"
        await edge.heard(TrunkStatus, state(TrunkState.REGISTERED))
        await changing


async def test_a_trunk_by_address_is_measured_by_options(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier, register=False),))
        assert (await edge.heard(TrunkStatus, state(TrunkState.REACHABLE))).code == 200


async def test_a_trunk_by_address_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        carrier.answers_options = False
        await edge.client.set_trunks((registering(carrier, register=False),))
        await edge.heard(TrunkStatus, state(TrunkState.UNREACHABLE))


async def test_a_trunk_whose_name_cannot_be_found_says_so(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
        await edge.client.set_trunks((registering(carrier, host="no-such-host.invalid"),))
        assert (await edge.heard(TrunkStatus, state(TrunkState.UNREACHABLE))).text


async def test_a_trunk_may_be_given_by_name(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, host="127.0.0.1") as carrier:
        await edge.client.set_trunks((registering(carrier, host="localhost"),))
        accepted = await let_register(carrier)
        assert accepted.uri.startswith("sip:localhost")


def listening_carrier(edge: EdgeUnderTest, transport: Transport) -> AbstractAsyncContextManager[RawUa]:
    if transport is Transport.TCP:
        return raw_listener(edge.kamailio.sip, host=CARRIER)
    return raw_ua(edge.kamailio.sip, host=CARRIER)


def call_out(worker: RawUa, edge: EdgeUnderTest, shown: str = "0299998888", number: str = "01098765432") -> Message:
    from_user = {
        "From": f"<sip:{shown}@127.0.0.1>;tag=w",
        "Contact": f"<sip:w{worker.port}@{edge.kamailio.plan.address}>",
    }
    return worker.request("INVITE", f"sip:{number}@trunk-kt.invalid", from_user, body="v=0\r\n")


@pytest.mark.parametrize("code", [401, 407])
@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest.mark.parametrize("realm", ["", "carrier"])
async def test_a_call_out_is_proved_when_the_carrier_asks(
    tmp_path: Path, code: int, transport: Transport, realm: str
) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core, "0299998888") as worker:
        async with listening_carrier(edge, transport) as carrier:
            await edge.client.set_trunks((registering(carrier, register=False, transport=transport, realm=realm),))
            invite = call_out(worker, edge)
            carrier.reply(await carrier.heard("INVITE"), code, "Prove it", challenge(code))
            await carrier.heard("ACK")
            proved = await carrier.heard("INVITE")
            assert is_right(proved)
            assert not proved.header("X-Soribox-Ordered")
            assert proved.uri.startswith(f"sip:01098765432@{CARRIER}:{carrier.port}")
            assert f"<sip:0299998888@{CARRIER}>" in proved.header("From")
            assert proved.headers("P-Asserted-Identity") == [f"<sip:0299998888@{CARRIER}>"]
            ours = carrier.reply(proved, 200, body="v=0\r\n")
            answer = await worker.answered(invite.header("Call-ID"), 200)
            worker.within(worker.dialog_of_answer(invite, answer), "ACK")
            await carrier.heard("ACK")
            bye = carrier.within(carrier.dialog_of_call(proved, ours), "BYE")
            worker.reply(await worker.heard("BYE"), 200)
            assert await carrier.final(bye) is not None


async def test_a_carrier_that_does_not_like_our_password_is_asked_once_only(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core) as worker:
        async with raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
            await edge.client.set_trunks((registering(carrier, register=False),))
            invite = call_out(worker, edge)
            for _ in range(2):
                carrier.reply(await carrier.heard("INVITE"), 407, "Prove it", challenge(407))
                await carrier.heard("ACK")
            assert (await worker.answered(invite.header("Call-ID"))).code == 407


async def test_a_withheld_number_is_told_to_the_carrier_only(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core) as worker:
        async with raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
            await edge.client.set_trunks((registering(carrier, register=False),))
            call_out(worker, edge, shown="anonymous")
            heard = await carrier.heard("INVITE")
            assert "sip:anonymous@anonymous.invalid" in heard.header("From")
            assert heard.header("Privacy") == "id"
            assert heard.header("P-Asserted-Identity") == f"<sip:0212345678@{CARRIER}>"
            carrier.reply(heard, 404)


async def test_what_the_carrier_says_reaches_the_worker(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core) as worker:
        async with raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
            await edge.client.set_trunks((registering(carrier, register=False),))
            invite = call_out(worker, edge)
            heard = await carrier.heard("INVITE")
            carrier.reply(heard, 183, "Listen", body="v=0\r\n")
            assert (await worker.answered(invite.header("Call-ID"), 183)).body
            carrier.reply(heard, 486, "Busy Here")
            answer = await worker.answered(invite.header("Call-ID"))
            assert (answer.code, answer.reason) == (486, "Busy Here")


async def test_a_trunk_that_does_not_exist_is_no_way_out(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core) as worker:
        invite = call_out(worker, edge)
        assert (await worker.answered(invite.header("Call-ID"))).code == 503


@pytest.mark.parametrize("failure", [503, 403, 408, 0])
async def test_a_call_for_help_goes_on_to_the_next_trunk_by_itself(tmp_path: Path, failure: int) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_worker(edge.kamailio.core, "0299998888") as worker,
        AsyncExitStack() as stack,
    ):
        broken, second = [
            await stack.enter_async_context(raw_ua(edge.kamailio.sip, host=host)) for host in (CARRIER, "127.0.0.21")
        ]
        lost = registering(second, trunk="lost", register=False, host="no-such-host.invalid")
        lg = registering(second, trunk="lg", register=False, main_number="0319999999")
        await edge.client.set_trunks((registering(broken, register=False), lost, lg))
        await edge.client.set_fallback(Fallback(trunks=("lost", "kt", "lg")))
        invite = call_out(worker, edge, number="119")
        heard = await broken.heard("INVITE")
        if failure:
            broken.reply(heard, failure, "Broken")
        saved = await second.heard("INVITE")  # silence is noticed after five seconds
        assert saved.uri.startswith(f"sip:119@127.0.0.21:{second.port}")
        assert "<sip:0319999999@127.0.0.21>" in saved.header("From")
        ours = second.reply(saved, 200, body="v=0\r\n")
        answer = await worker.answered(invite.header("Call-ID"), 200)
        worker.within(worker.dialog_of_answer(invite, answer), "ACK")
        await second.heard("ACK")
        bye = second.within(second.dialog_of_call(saved, ours), "BYE")
        worker.reply(await worker.heard("BYE"), 200)
        assert await second.final(bye) is not None


async def test_a_call_for_help_through_a_trunk_without_an_address_goes_through_another(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core, "0299998888") as worker:
        async with raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
            lg = registering(carrier, trunk="lg", register=False)
            await edge.client.set_trunks((registering(carrier, host="no-such-host.invalid"), lg))
            await edge.client.set_fallback(Fallback(trunks=("kt", "lg")))
            invite = call_out(worker, edge, number="112")
            carrier.reply(await carrier.heard("INVITE"), 503, "Overload")
            assert (await worker.answered(invite.header("Call-ID"))).code == 500  # RFC 3261, 16.7
            assert await carrier.wait_for(lambda m: m.method == "INVITE", 0.2) is None


async def test_an_ordinary_call_out_that_fails_is_told_to_the_worker_at_once(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core, "0299998888") as worker:
        async with raw_ua(edge.kamailio.sip, host=CARRIER) as carrier:
            plans = [registering(carrier, trunk=trunk, register=False) for trunk in ("kt", "lg")]
            await edge.client.set_trunks(tuple(plans))
            await edge.client.set_fallback(Fallback(trunks=("kt", "lg")))
            invite = call_out(worker, edge)
            carrier.reply(await carrier.heard("INVITE"), 503, "Overload")
            assert (await worker.answered(invite.header("Call-ID"))).code == 500  # RFC 3261, 16.7
            assert await carrier.wait_for(lambda m: m.method == "INVITE", 0.2) is None
