"""A worker rings phones through a real Kamailio."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.edge import EdgeUnderTest, edge_in, password
from tests.support.raw_ua import Message, RawUa, raw_ua, raw_worker

pytestmark = pytest.mark.sip

Phones = list[RawUa]


async def _phones(stack: AsyncExitStack, edge: EdgeUnderTest, *extensions: str) -> Phones:
    """Register one phone for each name, each on a host of its own."""
    await edge.let_in(*set(extensions))
    found = []
    for place, extension in enumerate(extensions):
        phone = await stack.enter_async_context(
            raw_ua(edge.kamailio.sip, extension, password(extension), host=f"127.0.0.{5 + place}")
        )
        assert (await phone.register()).code == 200
        found.append(phone)
    return found


def _ring(worker: RawUa, edge: EdgeUnderTest, extensions: str) -> Message:
    at = f"127.0.0.1:{edge.kamailio.plan.sip_port}"
    return worker.request("INVITE", f"sip:{extensions}@{at}", {"Contact": f"<sip:w{worker.port}@{at}>"})


async def test_all_phones_of_several_extensions_ring_and_answers_name_their_extension(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        phones = await _phones(stack, edge, "101", "101", "102")
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        invite = _ring(worker, edge, "101+102+103")
        for phone in phones:
            phone.reply(await phone.heard("INVITE"), 180)
        rings = [await worker.answered(invite.header("Call-ID"), 180) for _ in phones]
        assert sorted(ring.header("X-Soribox-Extension") for ring in rings) == ["101", "101", "102"]


async def test_the_phone_that_answers_gets_the_call_and_the_others_hear_it_was_answered_elsewhere(
    tmp_path: Path,
) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        slow, quick = await _phones(stack, edge, "101", "102")
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        invite = _ring(worker, edge, "101+102")
        slow.reply(await slow.heard("INVITE"), 180)
        await worker.answered(invite.header("Call-ID"), 180)
        quick.reply(await quick.heard("INVITE"), 200, body="v=0\r\n")
        answer = await worker.answered(invite.header("Call-ID"), 200)
        assert answer.header("X-Soribox-Extension") == "102"
        assert "Call completed elsewhere" in (await slow.heard("CANCEL")).header("Reason")

        dialog = worker.dialog_of_answer(invite, answer)
        worker.within(dialog, "ACK")
        await quick.heard("ACK")
        bye = worker.within(dialog, "BYE")
        quick.reply(await quick.heard("BYE"), 200)
        assert await worker.final(bye) is not None


async def test_a_phone_hangs_up_and_its_bye_reaches_the_worker(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        (phone,) = await _phones(stack, edge, "101")
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        invite = _ring(worker, edge, "101")
        heard = await phone.heard("INVITE")
        dialog = phone.dialog_of_call(heard, phone.reply(heard, 200, body="v=0\r\n"))
        worker.within(worker.dialog_of_answer(invite, await worker.answered(invite.header("Call-ID"), 200)), "ACK")
        await phone.heard("ACK")
        bye = phone.within(dialog, "BYE")
        worker.reply(await worker.heard("BYE"), 200)
        assert await phone.final(bye) is not None


async def test_one_phone_that_refuses_leaves_the_others_ringing(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        refusing, ringing = await _phones(stack, edge, "101", "102")
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        invite = _ring(worker, edge, "101+102")
        refusing.reply(await refusing.heard("INVITE"), 603)
        await refusing.heard("ACK")
        ringing.reply(await ringing.heard("INVITE"), 200, body="v=0\r\n")
        assert (await worker.answered(invite.header("Call-ID"))).code == 200


async def test_extensions_without_a_phone_are_unavailable(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_worker(edge.kamailio.core, "0212345678") as worker:
        invite = _ring(worker, edge, "104+105")
        assert (await worker.answered(invite.header("Call-ID"))).code == 480


async def test_a_cancelled_call_stops_ringing_everywhere(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        phones = await _phones(stack, edge, "101", "102")
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        invite = _ring(worker, edge, "101+102")
        heard = [await phone.heard("INVITE") for phone in phones]
        for phone, call in zip(phones, heard, strict=True):
            phone.reply(call, 180)
        await worker.answered(invite.header("Call-ID"), 180)
        worker.cancel(invite)
        for phone, call in zip(phones, heard, strict=True):
            phone.reply(await phone.heard("CANCEL"), 200)
            phone.reply(call, 487)
        assert (await worker.wait_for(lambda m: m.code == 487)) is not None


async def test_twenty_phones_ring_at_once(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        extensions = [str(number) for number in range(200, 220)]
        phones = await _phones(stack, edge, *extensions)
        worker = await stack.enter_async_context(raw_worker(edge.kamailio.core, "0212345678"))
        _ring(worker, edge, "+".join(extensions))
        for phone in phones:
            await phone.heard("INVITE")
