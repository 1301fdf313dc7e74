"""Calls that workers place: ordered ones go, one that a phone asked for by REFER waits for the core; nothing leaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.api import (
    CallCancelled,
    CallTaken,
    Extensions,
    Identity,
    IncomingCall,
    Lease,
    Outside,
    Presentation,
    Source,
)
from tests.support.edge_office import CARRIER, EdgeOffice, edge_office
from tests.support.raw_ua import Message, RawUa, raw_ua, raw_worker

pytestmark = pytest.mark.sip

REPLACES = "other@talk;to-tag=t;from-tag=f"
SHOWN = Identity("01012345678", '김 "철수"')


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[EdgeOffice]:
    async with edge_office(tmp_path) as it:
        yield it


@pytest.fixture
async def worker(it: EdgeOffice) -> AsyncIterator[RawUa]:
    """A worker whose SIP stack calls by itself, as it does after a REFER."""
    async with raw_ua(it.edge.kamailio.core, "soribox") as worker:
        yield worker


def contact(it: EdgeOffice, worker: RawUa) -> dict[str, str]:
    """What a worker calls itself."""
    return {"Contact": f"<sip:w{worker.port}@127.0.0.1:{it.edge.kamailio.plan.sip_port}>"}


def transfer(it: EdgeOffice, worker: RawUa, called: str = "102", **headers: str) -> Message:
    """Place the call that a phone asked for."""
    referred = {"Referred-By": "<sip:101@127.0.0.1>"}
    return worker.request("INVITE", f"sip:{called}@127.0.0.1", contact(it, worker) | referred | headers, "v=0\r\n")


async def asked(it: EdgeOffice, worker: RawUa, called: str = "102", **headers: str) -> tuple[Message, IncomingCall]:
    invite = transfer(it, worker, called, **headers)
    call = await it.edge.heard(IncomingCall)
    assert call.sip_call_id == invite.header("Call-ID")
    return invite, call


async def test_the_core_is_asked_who_it_is_that_calls_and_in_whose_place(it: EdgeOffice, worker: RawUa) -> None:
    invite, call = await asked(it, worker, "*8102", Replaces=REPLACES, Require="replaces")
    assert (call.source, call.contact, call.called) == (Source.WORKER, f"w{worker.port}", "*8102")
    assert (call.replaces, call.extension, call.trunk) == ("other@talk", "", "")
    assert call.caller.presentation is Presentation.UNAVAILABLE
    assert await it.one.wait_for(lambda m: m.method == "INVITE", 0.1) is None
    await it.edge.client.refuse(call, 486, "Busy Here")
    assert (await worker.answered(invite.header("Call-ID"))).code == 486


async def test_a_worker_cannot_be_made_to_call_by_what_a_phone_writes_into_its_refer(
    it: EdgeOffice, worker: RawUa
) -> None:
    _, call = await asked(it, worker, "102", **{"X-Soribox-Ordered": "yes"})
    assert call.source is Source.WORKER


async def test_it_goes_on_to_phones_as_if_it_had_been_ordered(it: EdgeOffice, worker: RawUa) -> None:
    invite, call = await asked(it, worker, Replaces=REPLACES, Require="replaces")
    await it.edge.client.send_on(call, Extensions(("101", "102", "103")), SHOWN)
    heard = [await phone.heard("INVITE") for phone in (it.one, it.two)]
    at = f"127.0.0.1:{it.edge.kamailio.plan.sip_port}"
    for ringing in heard:
        shown = f'"김 \\"철수\\"" <sip:01012345678@{at}>'
        assert ringing.header("From").startswith(shown)
        assert ringing.headers("P-Asserted-Identity") == [shown]
        for absent in ("Replaces", "Require", "Referred-By", "X-Soribox-Ordered"):
            assert not ringing.header(absent)
    it.two.reply(heard[1], 180)
    assert (await worker.answered(invite.header("Call-ID"), 180)).header("X-Soribox-Extension") == "102"
    ours = it.two.reply(heard[1], 200, body="v=0\r\n")
    answer = await worker.answered(invite.header("Call-ID"), 200)
    assert answer.header("From") == invite.header("From")
    dialog = worker.dialog_of_answer(invite, answer)
    worker.within(dialog, "ACK")
    await it.two.heard("ACK")
    far = it.two.dialog_of_call(heard[1], ours)
    info = it.two.within(far, "INFO")
    worker.reply(await worker.heard("INFO"), 200)
    assert await it.two.final(info) is not None
    bye = worker.within(dialog, "BYE")
    it.two.reply(await it.two.heard("BYE"), 200)
    assert await worker.final(bye) is not None


async def test_who_may_not_be_shown_is_not(it: EdgeOffice, worker: RawUa) -> None:
    _, call = await asked(it, worker)
    await it.edge.client.send_on(call, Extensions(("102",)), Identity(presentation=Presentation.WITHHELD))
    ringing = await it.two.heard("INVITE")
    assert ringing.header("From").startswith('"Anonymous" <sip:anonymous@anonymous.invalid>')
    assert ringing.header("Privacy") == "id"
    assert not ringing.header("P-Asserted-Identity")


async def test_nobody_registered_is_told_to_the_worker(it: EdgeOffice, worker: RawUa) -> None:
    invite, call = await asked(it, worker)
    await it.edge.client.send_on(call, Extensions(("199",)), SHOWN)
    assert (await worker.answered(invite.header("Call-ID"))).code == 480


async def test_it_goes_out_by_the_rules_of_the_trunk(it: EdgeOffice, worker: RawUa) -> None:
    invite, call = await asked(it, worker, "01098765432")
    await it.edge.client.send_on(call, Outside("kt", "01098765432"), Identity("0212345678", "소리상사"))
    refused = await it.carrier.heard("INVITE")
    challenge = {"Proxy-Authenticate": 'Digest realm="carrier", nonce="n1"'}
    it.carrier.reply(refused, 407, "Prove it", challenge)
    await it.carrier.heard("ACK")
    heard = await it.carrier.heard("INVITE")
    assert 'username="0212345678"' in heard.header("Proxy-Authorization")
    assert heard.uri.startswith(f"sip:01098765432@{CARRIER}")
    assert f"<sip:0212345678@{CARRIER}>" in heard.header("From")
    assert heard.headers("P-Asserted-Identity") == [f"<sip:0212345678@{CARRIER}>"]
    assert not heard.header("Referred-By")
    ours = it.carrier.reply(heard, 200, body="v=0\r\n")
    dialog = worker.dialog_of_answer(invite, await worker.answered(invite.header("Call-ID"), 200))
    worker.within(dialog, "ACK")
    await it.carrier.heard("ACK")
    bye = it.carrier.within(it.carrier.dialog_of_call(heard, ours), "BYE")
    worker.reply(await worker.heard("BYE"), 200)
    assert await it.carrier.final(bye) is not None


async def test_it_goes_to_another_worker_with_its_replaces_and_the_dialog_works_both_ways(
    it: EdgeOffice, worker: RawUa
) -> None:
    async with raw_ua(it.edge.kamailio.core, "soribox") as other:
        invite, call = await asked(it, worker, Replaces=REPLACES)
        await it.edge.client.send_to_worker(call, Lease("two", f"w{other.port}", ""))
        heard = await other.heard("INVITE")
        assert heard.header("Replaces") == REPLACES
        ours = other.reply(heard, 200, headers=contact(it, other), body="v=0\r\n")
        near = worker.dialog_of_answer(invite, await worker.answered(invite.header("Call-ID"), 200))
        worker.within(near, "ACK")
        await other.heard("ACK")
        far = other.dialog_of_call(heard, ours)
        for one, its, two in ((worker, near, other), (other, far, worker)):
            info = one.within(its, "INFO")
            two.reply(await two.heard("INFO"), 200)
            assert await one.final(info) is not None
        await it.edge.client.end_dialogs_of(f"w{worker.port}")  # it has died: the other must hear
        other.reply(await other.heard("BYE"), 200)


async def test_an_ordered_call_reaches_another_worker_without_a_question(it: EdgeOffice) -> None:
    core = it.edge.kamailio.core
    async with raw_worker(core, "101") as one, raw_worker(core) as other:
        at = f"127.0.0.1:{it.edge.kamailio.plan.sip_port}"
        invite = one.request("INVITE", f"sip:w{other.port}@{at}", contact(it, one) | {"Call-ID": "joined"}, "v=0\r\n")
        heard = await other.heard("INVITE")
        assert heard.header("Call-ID") == "joined"
        assert not heard.header("X-Soribox-Ordered")
        ours = other.reply(heard, 200, headers=contact(it, other), body="v=0\r\n")
        near = one.dialog_of_answer(invite, await one.answered("joined", 200))
        one.within(near, "ACK")
        await other.heard("ACK")
        bye = other.within(other.dialog_of_call(heard, ours), "BYE")
        one.reply(await one.heard("BYE"), 200)
        assert await other.final(bye) is not None
        assert not [news for news in it.edge.news if isinstance(news, IncomingCall)]


async def test_without_a_core_and_when_it_is_silent_the_worker_is_refused_so_that_the_phone_keeps_its_call(
    it: EdgeOffice, worker: RawUa
) -> None:
    invite, call = await asked(it, worker)
    assert (await worker.answered(invite.header("Call-ID"))).code == 503
    assert (await it.edge.heard(CallTaken)).sip_call_id == call.sip_call_id
    await it.edge.client.send_on(call, Extensions(("101",)), SHOWN)  # too late
    invite, call = await asked(it, worker)
    await it.edge.client.hand_back(call)
    assert (await worker.answered(invite.header("Call-ID"))).code == 503
    await it.core_dies()
    invite = transfer(it, worker)
    assert (await worker.answered(invite.header("Call-ID"))).code == 503
    assert not [message for message in it.one.inbox + it.two.inbox if message.method == "INVITE"]


async def test_a_worker_that_gives_up_is_told_to_the_core(it: EdgeOffice, worker: RawUa) -> None:
    invite, call = await asked(it, worker)
    worker.cancel(invite)
    assert (await it.edge.heard(CallCancelled)).sip_call_id == call.sip_call_id


async def test_what_is_ours_alone_neither_comes_in_nor_goes_out(it: EdgeOffice) -> None:
    marked = {"x-soribox-ordered": "yes", "X-Soribox-Extension": "999"}
    async with raw_worker(it.edge.kamailio.core, "0212345678") as worker:
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1", marked, "v=0\r\n")
        call = await it.edge.heard(IncomingCall)
        await it.edge.client.send_to_worker(call, Lease("one", f"w{worker.port}", ""))
        heard = await worker.heard("INVITE")
        assert "soribox-" not in heard.text.lower()
        worker.reply(heard, 180, headers=contact(it, worker) | marked)
        assert "soribox-" not in (await it.carrier.answered(invite.header("Call-ID"), 180)).text.lower()
        worker.request("INVITE", "sip:102@127.0.0.1", contact(it, worker) | {"X-Soribox-Secret": "1"}, "v=0\r\n")
        ringing = await it.two.heard("INVITE")
        assert "soribox-" not in ringing.text.lower()
    await it.core_dies()
    invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1", marked, "v=0\r\n")
    ringing = await it.one.heard("INVITE")
    assert "soribox-" not in ringing.text.lower()
    it.one.reply(ringing, 180, headers=marked)
    assert "soribox-" not in (await it.carrier.answered(invite.header("Call-ID"), 180)).text.lower()


CODES = {
    "*8": "*8",
    "*8102": "*8102",
    "**101": "**101",
    "#21#": "#21#",
    "%2321%23": "#21#",
    "*21*01012345678%23": "*21*01012345678#",
    "park1": "park1",
}


def dial(phone: RawUa, uri: str, challenge: Message) -> Message:
    return phone.request("INVITE", uri, phone.proof(challenge, "INVITE", uri))


async def test_feature_codes_arrive_as_they_were_dialled_and_are_no_numbers_for_a_carrier(it: EdgeOffice) -> None:
    first = it.one.request("INVITE", "sip:102@127.0.0.1")
    challenge = await it.one.answered(first.header("Call-ID"))
    it.one.acknowledge(first, challenge)
    for dialled, called in CODES.items():
        dial(it.one, f"sip:{dialled}@127.0.0.1", challenge)
        call = await it.edge.heard(IncomingCall)
        assert (call.source, call.called) == (Source.PHONE, called)
        await it.edge.client.refuse(call, 480, "No")
    await it.core_dies()
    for dialled in ("*8", "%2321%23", "#21#"):
        invite = dial(it.one, f"sip:{dialled}@127.0.0.1", challenge)
        assert (await it.one.answered(invite.header("Call-ID"))).code == 503
    assert not [message for message in it.carrier.inbox if message.method == "INVITE"]
