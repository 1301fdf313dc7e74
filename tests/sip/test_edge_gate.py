"""Calls that arrive at a real Kamailio: the core is asked, and what it says is done."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest

from sip.api import CallCancelled, IncomingCall, Lease, Presentation, Source, Transport, TrunkPlan
from tests.support.edge import EdgeUnderTest, edge_in, password
from tests.support.raw_ua import RawUa, raw_ua, raw_worker

pytestmark = pytest.mark.sip

CARRIER = "127.0.0.20"


def by_address(trunk: str = "kt", host: str = CARRIER, port: int = 5060, **more: object) -> TrunkPlan:
    return TrunkPlan(trunk=trunk, host=host, port=port, transport=Transport.UDP, register=False, **more)  # type: ignore[arg-type]


def lease(worker: RawUa) -> Lease:
    return Lease(conversation="c1", contact=f"w{worker.port}", folder="")


def our_contact(edge: EdgeUnderTest, worker: RawUa) -> dict[str, str]:
    """What workers call themselves, so that the outside never sees loopback."""
    return {"Contact": f"<sip:w{worker.port}@127.0.0.1:{edge.kamailio.plan.sip_port}>"}


async def test_a_trunk_call_goes_to_the_worker_that_the_core_names_and_back(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
        raw_worker(edge.kamailio.core) as worker,
    ):
        await edge.client.set_trunks((by_address(),))
        invite = carrier.request("INVITE", "sip:0212345678@127.0.0.1", body="v=0\r\n")
        call = await edge.heard(IncomingCall)
        assert (call.source, call.trunk, call.called) == (Source.TRUNK, "kt", "0212345678")
        assert (call.caller.number, call.caller.presentation) == ("01012345678", Presentation.SHOWN)
        assert call.address == f"udp:{CARRIER}:{carrier.port}"
        assert call.sip_call_id == invite.header("Call-ID")

        await edge.client.send_to_worker(call, lease(worker))
        heard = await worker.heard("INVITE")
        answer = worker.reply(heard, 200, headers=our_contact(edge, worker), body="v=0\r\n")
        answered = await carrier.answered(call.sip_call_id, 200)
        outside = carrier.dialog_of_answer(invite, answered)
        carrier.within(outside, "ACK")
        await worker.heard("ACK")
        carrier.within(outside, "INFO")
        worker.reply(await worker.heard("INFO"), 200)
        inside = worker.dialog_of_call(heard, answer)
        bye = worker.within(inside, "BYE")
        carrier.reply(await carrier.heard("BYE"), 200)
        assert await worker.final(bye) is not None


async def test_a_refused_call_gets_code_and_reason(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier:
        await edge.client.set_trunks((by_address(),))
        invite = carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        await edge.client.refuse(await edge.heard(IncomingCall), 433, "Anonymity Disallowed")
        answer = await carrier.answered(invite.header("Call-ID"))
        assert (answer.code, answer.reason) == (433, "Anonymity Disallowed")


async def test_a_caller_who_gives_up_while_the_core_thinks_is_told_to_it_and_a_late_answer_does_no_harm(
    tmp_path: Path,
) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
        raw_worker(edge.kamailio.core) as worker,
    ):
        await edge.client.set_trunks((by_address(),))
        invite = carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        call = await edge.heard(IncomingCall)
        carrier.cancel(invite)
        assert (await edge.heard(CallCancelled)).sip_call_id == call.sip_call_id
        assert await carrier.wait_for(lambda m: m.code == 487) is not None
        await edge.client.send_to_worker(call, lease(worker))
        assert await worker.wait_for(lambda m: m.method == "INVITE", 0.3) is None


async def test_a_worker_that_is_dead_gives_the_caller_a_quick_answer(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier:
        await edge.client.set_trunks((by_address(),))
        async with raw_worker(edge.kamailio.core) as dead:
            gone = lease(dead)
        invite = carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        call = await edge.heard(IncomingCall)
        decided_ns = time.time_ns()
        await edge.client.send_to_worker(call, gone)
        answer = await carrier.answered(invite.header("Call-ID"))
        assert answer.code == 503
        assert answer.at_ns - decided_ns < 3_000_000_000


async def test_a_registered_phone_calls_after_one_challenge(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone:
        await edge.let_in("101")
        await phone.register()
        asking = asyncio.create_task(phone.ask("INVITE", "sip:01098765432@127.0.0.1"))
        call = await edge.heard(IncomingCall)
        assert (call.source, call.extension, call.called) == (Source.PHONE, "101", "01098765432")
        await edge.client.refuse(call, 486, "Busy Here")
        answer = await asking
        assert answer is not None
        assert answer.code == 486


async def test_a_phone_that_hides_its_name_is_known_by_its_password(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone:
        await edge.let_in("101")
        await phone.register()
        hidden = {"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'}
        asking = asyncio.create_task(phone.ask("INVITE", "sip:112@127.0.0.1", hidden))
        call = await edge.heard(IncomingCall)
        assert call.extension == "101"
        await edge.client.refuse(call, 480, "No")
        await asking


async def test_a_phone_that_lives_at_a_trunks_address_is_still_a_phone(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "101", password("101"), host=CARRIER) as phone,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
    ):
        await edge.let_in("101")
        await edge.client.set_trunks((by_address(),))
        assert (await phone.register()).code == 200
        asking = asyncio.create_task(phone.ask("INVITE", "sip:0298765432@127.0.0.1"))
        call = await edge.heard(IncomingCall)
        assert (call.source, call.extension) == (Source.PHONE, "101")
        await edge.client.refuse(call, 480, "No")
        await asking
        carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        call = await edge.heard(IncomingCall)
        assert call.source is Source.TRUNK
        await edge.client.refuse(call, 480, "No")


async def test_prack_update_refer_and_new_invites_pass_inside_a_call(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone,
        raw_worker(edge.kamailio.core, "0212345678") as worker,
    ):
        await edge.let_in("101")
        await phone.register()
        at = f"127.0.0.1:{edge.kamailio.plan.sip_port}"
        invite = worker.request("INVITE", f"sip:101@{at}", our_contact(edge, worker), body="v=0\r\n")
        heard = await phone.heard("INVITE")
        reliable = phone.reply(heard, 183, headers={"Require": "100rel", "RSeq": "1"}, body="v=0\r\n")
        early = worker.dialog_of_answer(invite, await worker.answered(invite.header("Call-ID"), 183))
        prack = worker.within(early, "PRACK", {"RAck": "1 1 INVITE"})
        phone.reply(await phone.heard("PRACK"), 200)
        assert await worker.final(prack) is not None
        phone.reply(heard, 200, body="v=0\r\n")
        await worker.answered(invite.header("Call-ID"), 200)
        worker.within(early, "ACK")
        await phone.heard("ACK")
        outside = phone.dialog_of_call(heard, reliable)
        for method in ("INVITE", "UPDATE", "REFER"):
            sent = phone.within(outside, method, our_contact(edge, worker) | {"Contact": phone.contact}, "v=0\r\n")
            worker.reply(await worker.heard(method), 200, headers=our_contact(edge, worker), body="v=0\r\n")
            assert await phone.final(sent) is not None
            if method == "INVITE":
                phone.within(outside, "ACK", {"CSeq": f"{outside.cseq} ACK"})
                await worker.heard("ACK")
        sent = worker.within(early, "INVITE", our_contact(edge, worker), "v=0\r\n")
        phone.reply(await phone.heard("INVITE"), 200, body="v=0\r\n")
        assert await worker.final(sent) is not None


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "SUBSCRIBE", "MESSAGE", "BYE"])
async def test_an_unknown_address_hears_nothing(tmp_path: Path, method: str) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "900", host="127.0.0.66") as stranger:
        await edge.let_in("101")
        stranger.answers_options = False
        stranger.request(method, "sip:0212345678@127.0.0.1")
        stranger.request(method, "sip:127.0.0.1", {"To": "<sip:127.0.0.1>;tag=x", "Max-Forwards": "0"})
        assert await stranger.wait_for(lambda m: True, 0.3) is None
        assert not [news for news in edge.news if isinstance(news, IncomingCall)]


async def test_an_unknown_address_that_wants_to_register_is_challenged(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", host="127.0.0.66") as stranger:
        await edge.let_in("101")
        sent = stranger.request("REGISTER", "sip:127.0.0.1", {"To": "<sip:101@127.0.0.1>"})
        answer = await stranger.final(sent)
        assert answer is not None
        assert answer.code == 401


async def test_known_scanners_hear_nothing_even_when_they_register(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", host="127.0.0.66") as scanner:
        await edge.let_in("101")
        scanner.request("REGISTER", "sip:127.0.0.1", {"User-Agent": "friendly-scanner"})
        assert await scanner.wait_for(lambda m: True, 0.3) is None


MALFORMED = {
    "no SIP": b"GET / HTTP/1.0\r\n\r\n",
    "noise": bytes(range(256)) * 4,
    "wrong CSeq": b"CSeq: x INVITE",
    "method and CSeq differ": b"CSeq: 1 BYE",
    "negative length": b"Content-Length: -5",
    "length too great": b"Content-Length: 5000",
    "no From": b"From:",
    "broken To": b"To: <<>>;;;",
    "broken Via": b"Via: nonsense",
    "bad version": b"INVITE sip:0212345678@127.0.0.1 SIP/7.0",
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_malformed_messages_never_reach_the_core(tmp_path: Path, case: str) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier:
        await edge.client.set_trunks((by_address(),))
        carrier.send_bytes(spoilt(carrier, MALFORMED[case]))
        good = carrier.request("INVITE", "sip:0298765432@127.0.0.1")
        call = await edge.heard(IncomingCall)
        assert call.sip_call_id == good.header("Call-ID")
        await edge.client.refuse(call, 480, "No")


def spoilt(carrier: RawUa, wrong: bytes) -> bytes:
    """An INVITE with one line replaced by a wrong one; a whole message when `wrong` is no header."""
    name = wrong.split(b":")[0]
    lines = carrier.write("INVITE", "sip:0212345678@127.0.0.1").text.encode().split(b"\r\n")
    if wrong.startswith(b"INVITE"):
        return b"\r\n".join([wrong, *lines[1:]])
    if not any(line.startswith(name + b":") for line in lines):
        return wrong
    replaced = [wrong if line.startswith(name + b":") else line for line in lines]
    return b"\r\n".join(replaced)


async def test_nobody_relays_through_us_with_a_forged_route(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
        raw_worker(edge.kamailio.core) as worker,
        raw_ua(edge.kamailio.sip, host="127.0.0.77") as victim,
    ):
        await edge.client.set_trunks((by_address(),))
        sip, core = edge.kamailio.plan.sip_port, edge.kamailio.plan.core_port
        forged = f"<sip:127.0.0.1:{sip};r2=on;lr;w={worker.port};k=0123>, <sip:127.0.0.1:{core};r2=on;lr;w=0;k=0123>"
        for target in (f"sip:w{worker.port}@127.0.0.1:{sip}", f"sip:x@127.0.0.77:{victim.port}"):
            for method in ("INVITE", "BYE"):
                headers = {"Route": forged, "To": "<sip:x@127.0.0.1>;tag=1"}
                answer = await carrier.ask(method, target, headers)
                assert answer is not None
                assert answer.code == 403
        plain = carrier.request(
            "INVITE", f"sip:x@127.0.0.77:{victim.port}", {"Route": f"<sip:127.0.0.77:{victim.port};lr>"}
        )
        call = await edge.heard(IncomingCall)
        assert call.sip_call_id == plain.header("Call-ID")
        await edge.client.refuse(call, 404, "No")
        for nobody in (worker, victim):
            assert await nobody.wait_for(lambda m: not m.code, 0.1) is None


async def test_a_signature_is_worth_nothing_for_another_call_id_and_worker(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
        raw_worker(edge.kamailio.core) as worker,
    ):
        await edge.client.set_trunks((by_address(),))
        invite = carrier.request("INVITE", "sip:0212345678@127.0.0.1", body="v=0\r\n")
        await edge.client.send_to_worker(await edge.heard(IncomingCall), lease(worker))
        worker.reply(await worker.heard("INVITE"), 200, headers=our_contact(edge, worker), body="v=0\r\n")
        dialog = carrier.dialog_of_answer(invite, await carrier.answered(invite.header("Call-ID"), 200))
        mark = str(worker.port)
        forged = [route.replace(f";w={mark};", f";w={mark[1:]};") for route in dialog.route]
        assert forged != dialog.route
        headers = {"Route": ", ".join(forged), "Call-ID": invite.header("Call-ID") + mark[0]}
        headers["To"] = "<sip:x@127.0.0.1>;tag=1"
        answer = await carrier.ask("INFO", f"sip:w@127.0.0.1:{edge.kamailio.plan.sip_port}", headers)
        assert answer is not None
        assert answer.code == 403


async def test_someone_who_connects_without_the_secret_hears_and_moves_nothing(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.kamailio.plan.control_port)
        for message in (b'{"do":"hello","secret":"guess"}', b'{"do":"rpc","call":{"method":"core.info","id":1}}'):
            writer.write(b"%d:%s," % (len(message), message))
        with suppress(ConnectionResetError):  # closed as well, when a word of ours lay there unread
            assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        assert edge.client.state().connected
