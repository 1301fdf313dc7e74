"""The edge without its core: killed, hung, or not started yet; and the edge itself killed."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from sip.api import (
    CallTaken,
    Credential,
    EdgeState,
    Fallback,
    IncomingCall,
    Lease,
    Registration,
    RegistrationGone,
    TrunkState,
    TrunkStatus,
)
from tests.support.edge import ha1, password
from tests.support.edge_office import CARRIER, FALLBACK, EdgeOffice, edge_office, trunk
from tests.support.raw_ua import Message, RawUa, raw_worker

pytestmark = pytest.mark.sip


async def test_with_the_core_dead_a_trunk_call_rings_the_phones_of_the_fallback_within_a_second(
    tmp_path: Path,
) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1", body="v=0\r\n")
        it.two.reply(other := await it.two.heard("INVITE"), 180)
        await it.carrier.answered(invite.header("Call-ID"), 180)
        heard = await it.one.heard("INVITE")
        assert max(heard.at_ns, other.at_ns) - invite.at_ns < 1_000_000_000
        ours = it.one.reply(heard, 200, body="v=0\r\n")
        answer = await it.carrier.answered(invite.header("Call-ID"), 200)
        await it.two.heard("CANCEL")
        it.carrier.within(it.carrier.dialog_of_answer(invite, answer), "ACK")
        await it.one.heard("ACK")
        bye = it.one.within(it.one.dialog_of_call(heard, ours), "BYE")
        it.carrier.reply(await it.carrier.heard("BYE"), 200)
        assert await it.one.final(bye) is not None


async def test_a_core_that_hangs_is_passed_over_within_a_second_and_told_so(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        took = []
        for _ in range(3):
            invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
            call = await it.edge.heard(IncomingCall)  # and says nothing to it
            took.append((await it.one.heard("INVITE")).at_ns - invite.at_ns)
        assert min(took) < 1_000_000_000, "the others tell how busy the machine is"
        async with raw_worker(it.edge.kamailio.core) as worker:
            await it.edge.client.send_to_worker(call, Lease("c", f"w{worker.port}", ""))
            assert await worker.wait_for(lambda m: True, 0.3) is None


async def test_a_core_that_wants_no_part_in_a_call_has_the_phones_ring_at_once(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1", body="v=0\r\n")
        call = await it.edge.heard(IncomingCall)
        handed_ns = time.time_ns()
        await it.edge.client.hand_back(call)
        it.one.reply(first := await it.one.heard("INVITE"), 486, "Busy Here")
        it.two.reply(second := await it.two.heard("INVITE"), 200, body="v=0\r\n")
        assert max(first.at_ns, second.at_ns) - handed_ns < 850_000_000
        await it.carrier.answered(invite.header("Call-ID"), 200)
        assert not [news for news in it.edge.news if isinstance(news, CallTaken)], "it has not rung them by itself"


async def test_a_core_that_wants_no_part_in_a_call_out_has_it_placed_on_the_next_trunk_that_works(
    tmp_path: Path,
) -> None:
    async with edge_office(tmp_path) as it:
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:119@127.0.0.1", body="v=0\r\n"))
        await it.edge.client.hand_back(await it.edge.heard(IncomingCall))
        it.carrier.reply(await it.carrier.heard("INVITE"), 503, "Overload")
        it.second.reply(await it.second.heard("INVITE"), 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


@pytest.mark.parametrize("number", ["119", "112", "0298765432"])
async def test_with_the_core_dead_phones_call_out_and_the_carrier_gets_its_digest(tmp_path: Path, number: str) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", f"sip:{number}@127.0.0.1", body="v=0\r\n"))
        first = await it.carrier.heard("INVITE")
        it.carrier.reply(first, 407, "Prove it", {"Proxy-Authenticate": 'Digest realm="r", nonce="n"'})
        proved = await it.carrier.heard("INVITE")
        assert proved.uri.startswith(f"sip:{number}@{CARRIER}")
        assert 'username="0212345678"' in proved.header("Proxy-Authorization")
        assert f"sip:0212345678@{CARRIER}" in proved.header("From")
        it.carrier.reply(proved, 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


async def test_with_the_core_dead_a_barred_phone_reaches_help_and_nothing_else_outside(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.edge.client.set_fallback(replace(FALLBACK, barred=("101",)))
        await it.core_dies()
        refused = await it.one.ask("INVITE", "sip:0298765432@127.0.0.1", body="v=0\r\n")
        assert refused is not None
        assert refused.code == 403
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:119@127.0.0.1", body="v=0\r\n"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


async def test_with_the_core_dead_a_broken_trunk_is_passed_over(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:119@127.0.0.1"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 503, "Overload")
        it.second.reply(await it.second.heard("INVITE"), 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


async def test_with_the_core_dead_a_trunk_whose_name_was_never_found_is_passed_over(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.edge.client.set_fallback(Fallback(("101",), ("lost", "kt", "lost too", "lg"), local=("101",)))
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:119@127.0.0.1"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 503, "Overload")
        it.second.reply(await it.second.heard("INVITE"), 503, "Overload")
        answer = await asking
        assert answer is not None
        assert answer.code == 500  # RFC 3261, 16.7


async def test_with_the_core_dead_a_busy_number_is_busy_and_not_tried_again(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:0298765432@127.0.0.1"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 486, "Busy Here")
        answer = await asking
        assert answer is not None
        assert answer.code == 486
        assert await it.second.wait_for(lambda m: m.method == "INVITE", 0.2) is None


async def test_with_the_core_dead_phones_call_each_other(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:102@127.0.0.1", body="v=0\r\n"))
        it.two.reply(await it.two.heard("INVITE"), 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


async def test_a_core_that_comes_back_is_asked_again_and_nothing_it_had_told_was_lost(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        core = await it.core_returns()
        assert {r.extension for r in core.registrations()} == {"101", "102"}
        await core.set_credentials((Credential("101", ha1("101", password("101"))),))
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")  # trunks were not set anew yet
        call = await it.edge.heard(IncomingCall)
        assert call.trunk == "kt"
        await core.refuse(call, 486, "Busy Here")
        assert (await it.carrier.answered(invite.header("Call-ID"))).code == 486


async def test_a_killed_kamailio_comes_back_with_its_registrations_and_its_fallback(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        await it.edge.kamailio.kill()
        await it.edge.kamailio.start()
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        it.one.reply(await it.one.heard("INVITE"), 486, "Busy Here")
        it.two.reply(await it.two.heard("INVITE"), 486, "Busy Here")
        assert (await it.carrier.answered(invite.header("Call-ID"))).code == 486
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:119@127.0.0.1"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        assert answer.code == 200


async def test_a_killed_kamailio_is_found_again_by_the_core(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        it.edge.news.clear()
        await it.edge.kamailio.kill()
        await it.edge.heard(EdgeState, lambda state: not state.connected)
        await it.edge.kamailio.start()
        await it.edge.heard(EdgeState, lambda state: state.connected)
        assert {r.extension for r in it.edge.client.registrations()} == {"101", "102"}
        assert not [news for news in it.edge.news if isinstance(news, Registration | RegistrationGone)]


async def test_a_trunk_registers_again_by_itself_when_kamailio_starts_without_the_core(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.edge.client.set_trunks((trunk(it.carrier, "kt", register=True),))
        it.carrier.reply(await it.carrier.heard("REGISTER"), 200, "OK")
        await it.core_dies()
        await it.edge.kamailio.kill()
        await it.edge.kamailio.start()
        again = await it.carrier.heard("REGISTER")
        contact = re.findall("<(.*?)>", again.header("Contact"))[0]
        it.carrier.reply(again, 200, "OK", {"Contact": f"<{contact}>;expires=120"})
        await it.core_returns()
        await it.edge.client.set_trunks((trunk(it.carrier, "kt", register=True),))
        await it.edge.heard(TrunkStatus, lambda status: status.state is TrunkState.REGISTERED)
        assert await it.carrier.wait_for(lambda m: m.method == "REGISTER", 0.5) is None


async def test_calls_that_are_up_end_properly_after_kamailio_was_killed(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it, raw_worker(it.edge.kamailio.core) as worker:
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        await it.edge.client.send_to_worker(await it.edge.heard(IncomingCall), Lease("c", f"w{worker.port}", ""))
        contact = {"Contact": f"<sip:w{worker.port}@127.0.0.1:{it.edge.kamailio.plan.sip_port}>"}
        worker.reply(await worker.heard("INVITE"), 200, headers=contact, body="v=0\r\n")
        dialog = it.carrier.dialog_of_answer(invite, await it.carrier.answered(invite.header("Call-ID"), 200))
        it.carrier.within(dialog, "ACK")
        await worker.heard("ACK")
        await it.edge.kamailio.kill()
        await it.edge.kamailio.start()
        bye = it.carrier.within(dialog, "BYE")
        worker.reply(await worker.heard("BYE"), 200)
        assert await it.carrier.final(bye) is not None


async def call_up(it: EdgeOffice, worker: RawUa) -> tuple[Message, Message]:
    """A trunk call that the worker has answered; returns the INVITE and the answer as the carrier has them."""
    invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
    call = await it.edge.heard(IncomingCall)
    await it.edge.client.send_to_worker(call, Lease("c", f"w{worker.port}", ""))
    contact = {"Contact": f"<sip:w{worker.port}@127.0.0.1:{it.edge.kamailio.plan.sip_port}>"}
    worker.reply(await worker.heard("INVITE"), 200, headers=contact, body="v=0\r\n")
    answer = await it.carrier.answered(invite.header("Call-ID"), 200)
    it.carrier.within(it.carrier.dialog_of_answer(invite, answer), "ACK")
    await worker.heard("ACK")
    return invite, answer


async def test_a_dead_workers_talks_are_ended_and_others_go_on(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        async with raw_worker(it.edge.kamailio.core) as dead, raw_worker(it.edge.kamailio.core) as living:
            await call_up(it, dead)
            kept, _ = await call_up(it, living)
            contact = f"w{dead.port}"
        await it.edge.client.end_dialogs_of(contact)
        bye = await it.carrier.heard("BYE")
        assert bye.header("Call-ID") != kept.header("Call-ID")
        it.carrier.reply(bye, 200)
        assert await it.carrier.wait_for(lambda m: m.method == "BYE", 0.3) is None


async def test_a_dead_workers_ringing_calls_are_ended(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        async with raw_worker(it.edge.kamailio.core, "01012345678") as dead:
            invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
            call = await it.edge.heard(IncomingCall)
            await it.edge.client.send_to_worker(call, Lease("c", f"w{dead.port}", ""))
            dead.reply(await dead.heard("INVITE"), 180)
            await it.carrier.answered(invite.header("Call-ID"), 180)
            at = f"127.0.0.1:{it.edge.kamailio.plan.sip_port}"
            dead.request("INVITE", f"sip:101@{at}", {"Contact": f"<sip:w{dead.port}@{at}>"})
            it.one.reply(await it.one.heard("INVITE"), 180)
            contact = f"w{dead.port}"
        await it.edge.client.end_dialogs_of(contact)
        assert (await it.carrier.answered(invite.header("Call-ID"))).code == 503
        await it.one.heard("CANCEL")


async def test_a_worker_that_holds_nothing_can_be_cleaned_up_after_too(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.edge.client.end_dialogs_of("w40000")
