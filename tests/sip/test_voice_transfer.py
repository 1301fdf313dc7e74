"""Transfers and joined conversations over the real edge and two real workers: who hears whom afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from tests.support.switchboard import AGENT, CALLER, CARRIER, TRUNK, Line, Switchboard, switchboard
from tests.support.tones import ends_with, hear, samples_in

pytestmark = pytest.mark.sip

REFER = "refer-1"


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with switchboard(tmp_path, "101", "102") as board:
        yield board


async def asked(board: Switchboard) -> tuple[api.TransferAsked, api.IncomingCall]:
    """Return what worker and edge tell of a transfer that a phone asks for: the two belong together."""
    told = await board.told("one", api.TransferAsked)
    call = await board.edge.heard(api.IncomingCall)
    assert (call.source, call.contact) == (api.Source.WORKER, board.leases["one"].contact)
    assert (call.sip_call_id, call.called, call.replaces) == (told.sip_call_id, told.target, told.replaces)
    return told, call


async def hand_over(board: Switchboard, line: Line) -> None:
    """Do what the core does when the target has answered: join it with the caller, and let the agent go."""
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == REFER)
    join = api.Bridge(CALLER, REFER, end_together=True)
    await board.order("one", api.Unbridge(CALLER, AGENT), join, api.Hangup(AGENT))
    await line.ends()


async def test_a_blind_transfer_to_a_colleague(board: Switchboard) -> None:
    outside = await board.call_in("one")
    agent = await board.ring("one", AGENT, "101")
    await agent.refer("sip:102@127.0.0.1")
    _, call = await asked(board)
    await board.edge.client.send_on(call, api.Extensions(("102",)), api.Identity("01012345678", "김철수"))
    colleague = await board.pick_up(board.phones["102"])
    assert '"김철수" <sip:01012345678@' in colleague.dialog.remote
    assert "200" in await agent.transferred()
    await hand_over(board, agent)
    await asyncio.gather(hear(outside, "102"), hear(colleague, "outside"))
    outside.within("BYE")
    await colleague.ends()
    await board.told("one", api.ConversationEnded)
    assert ends_with(samples_in(board.voice.folder / "one", REFER), "102")


async def test_a_blind_transfer_out_through_the_trunk(board: Switchboard) -> None:
    outside = await board.call_in("one")
    agent = await board.ring("one", AGENT, "101")
    await agent.refer("sip:01098765432@127.0.0.1")
    _, call = await asked(board)
    await board.edge.client.send_on(call, api.Outside(TRUNK, "01098765432"), api.Identity("0212345678"))
    first = await board.carrier.heard("INVITE")
    board.carrier.reply(first, 407, "Prove it", {"Proxy-Authenticate": 'Digest realm="carrier", nonce="n1"'})
    await board.carrier.heard("ACK")
    proved = await board.carrier.wait_for(lambda m: m.start.startswith("INVITE"))
    assert proved is not None
    assert "Digest" in proved.header("Proxy-Authorization")
    assert proved.headers("P-Asserted-Identity") == [f"<sip:0212345678@{CARRIER}>"]
    board.carrier.inbox.append(proved)
    mobile = await board.pick_up(board.carrier, "103")
    await hand_over(board, agent)
    await asyncio.gather(hear(outside, "103"), hear(mobile, "outside"))


async def test_a_blind_transfer_that_the_core_does_not_want_leaves_everything_as_it_was(board: Switchboard) -> None:
    outside = await board.call_in("one")
    agent = await board.ring("one", AGENT, "101")
    await agent.refer("sip:102@127.0.0.1")
    _, call = await asked(board)
    await board.edge.client.refuse(call, 403, "Forbidden")
    assert "403" in await agent.transferred()
    assert (await board.told("one", api.LegEnded)).leg == REFER
    await board.edge.client.stop()  # and without a core the edge refuses by itself
    await agent.refer("sip:102@127.0.0.1")
    assert "503" in await agent.transferred()
    await asyncio.gather(hear(outside, "101"), hear(agent, "outside"))


async def consult(board: Switchboard) -> tuple[Line, Line, Line, Line]:
    """Let 101 talk with somebody outside, put him on hold, and ask 102."""
    outside = await board.call_in("one")
    agent = await board.ring("one", AGENT, "101")
    await asyncio.gather(hear(outside, "101"), hear(agent, "outside"))
    held = agent.within("INVITE", body=agent.sound.sdp("sendonly", version=2))
    await agent.ua.answered(held.header("Call-ID"), 200)
    agent.within("ACK")
    await board.told("one", api.LegHeld)
    asking = await board.dial("101", "102", "two")
    colleague = await board.ring("two", AGENT, "102")
    await asyncio.gather(hear(asking, "102"), hear(colleague, "101"))
    return outside, agent, asking, colleague


async def test_an_attended_transfer_over_two_workers(board: Switchboard) -> None:
    outside, agent, asking, colleague = await consult(board)
    await agent.refer(f"sip:102@127.0.0.1?Replaces={asking.replaces()}")
    told, call = await asked(board)
    assert told.replaces == asking.dialog.call_id
    await board.edge.client.send_to_worker(call, board.leases["two"])
    replaced = await board.told("two", api.LegReplaced)
    assert (replaced.leg, replaced.sip_call_id) == (CALLER, told.sip_call_id)
    assert "200" in await agent.transferred()
    await asking.ends()
    await hand_over(board, agent)
    await asyncio.gather(hear(outside, "102"), hear(colleague, "outside"))
    await asyncio.gather(outside.sound.hear(2.5), colleague.sound.hear(2.5))  # both workers have lent their talk by now
    await asyncio.gather(hear(outside, "102"), hear(colleague, "outside"))
    outside.within("BYE")  # which ends everything, through both
    await colleague.ends()
    for conversation in ("one", "two"):
        await board.told(conversation, api.ConversationEnded)
    folder = board.voice.folder
    assert ends_with(samples_in(folder / "two", "replace-1"), "outside")
    assert ends_with(samples_in(folder / "two", AGENT), "102")
    assert ends_with(samples_in(folder / "one", CALLER), "outside")
    assert ends_with(samples_in(folder / "one", REFER), "102")


async def test_an_attended_transfer_into_a_talk_that_is_over_is_reported_and_the_caller_stays(
    board: Switchboard,
) -> None:
    outside, agent, asking, colleague = await consult(board)
    await agent.refer(f"sip:102@127.0.0.1?Replaces={asking.replaces()}x")  # a tag that nobody has
    _, call = await asked(board)
    await board.edge.client.send_to_worker(call, board.leases["two"])
    assert "481" in await agent.transferred()
    ended = await board.told("one", api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == (REFER, 481, True)
    await asyncio.gather(hear(asking, "102"), hear(colleague, "101"))
    back = agent.within("INVITE", body=agent.sound.sdp("sendrecv", version=3))
    ok = await agent.ua.answered(back.header("Call-ID"), 200)
    agent.within("ACK")
    agent.sound.speak_to(ok.body)
    await asyncio.gather(hear(outside, "101"), hear(agent, "outside"))


async def test_two_conversations_are_joined_without_a_phone_taking_part(board: Switchboard) -> None:
    outside, agent, asking, colleague = await consult(board)
    joined = api.Originate(
        "bridge", api.Conversation(board.leases["two"].contact), api.Identity("101"), sip_call_id="j1"
    )
    await board.order("two", api.Expect("bridge", "j1"))
    await board.order("one", joined, api.Bridge(CALLER, "bridge", end_together=True))
    assert (await board.told("two", api.LegArrived, lambda fact: fact.leg == "bridge")).sip_call_id == "j1"
    await board.order("two", api.Answer("bridge"), api.Bridge("bridge", AGENT, end_together=True))
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == "bridge")
    await board.order("two", api.Unbridge(CALLER, AGENT), api.Hangup(CALLER))
    await board.order("one", api.Unbridge(CALLER, AGENT), api.Hangup(AGENT))
    await asyncio.gather(asking.ends(), agent.ends())
    await asyncio.gather(hear(outside, "102"), hear(colleague, "outside"))
    outside.within("BYE")
    await colleague.ends()
    for conversation in ("one", "two"):
        await board.told(conversation, api.ConversationEnded)


async def test_a_worker_that_dies_in_a_joined_talk_takes_its_part_of_the_other_along(board: Switchboard) -> None:
    outside, _, asking, colleague = await consult(board)
    contact = board.leases["two"].contact
    await board.order("two", api.Expect("bridge", "j1"))
    await board.order("one", api.Originate("bridge", api.Conversation(contact), api.Identity("101"), sip_call_id="j1"))
    await board.told("two", api.LegArrived, lambda fact: fact.leg == "bridge")
    await board.order("two", api.Answer("bridge"))
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == "bridge")
    await board.voice.kill_worker("two")
    lost = await board.told("two", api.ConversationLost)
    await board.edge.client.end_dialogs_of(lost.sip_contact)
    ended = await board.told("one", api.LegEnded)
    assert (ended.leg, ended.by_far) == ("bridge", True)
    await asyncio.gather(asking.ends(), colleague.ends())
    assert len(await outside.sound.hear(0.2)) == 1600
