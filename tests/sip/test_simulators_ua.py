"""The simulated phones and carriers against each other: what the other tests of this folder lean on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from blockbuster import BlockBuster

from tests.simulators import audio
from tests.simulators.carrier import Carrier
from tests.simulators.rtp import RtpHub
from tests.simulators.sip_call import CallFailed
from tests.simulators.sip_ua import Behaviour, Refused, UserAgent
from tests.support.office import says, until

pytestmark = pytest.mark.sip


@pytest.fixture
def hub() -> Iterator[RtpHub]:
    hub = RtpHub()
    yield hub
    hub.close()


@pytest.fixture
async def far(hub: RtpHub) -> AsyncIterator[Carrier]:
    async with await Carrier.open(hub, "0212345678", "geheim", ("127.0.0.1", 9), address="127.0.0.2") as carrier:
        carrier.sound = audio.tone(700)
        yield carrier


@pytest.fixture
async def near(hub: RtpHub, far: Carrier) -> AsyncIterator[UserAgent]:
    async with await UserAgent.open(hub, "0212345678", "geheim", (far.address, far.port)) as agent:
        yield agent


async def test_a_call_is_answered_heard_both_ways_and_hung_up(near: UserAgent, far: Carrier) -> None:
    call = near.call("01055551234")
    other = await far.next_call()
    await call.ringing()
    other.answer()
    await call.answered()
    await says(300, call, other)
    call.hang_up()
    await call.ended()
    await other.ended()
    assert other.ended_by_far
    assert not call.ended_by_far
    for speaker, heard_ms in ((other, call.stream.heard.tone_ms(700)), (call, other.stream.heard.tone_ms(1000))):
        said_ms = 20 * sum(at < call.at("BYE", sent=True) for at in speaker.stream.sent_at)
        assert 200 <= said_ms - 100 <= heard_ms <= said_ms + 40
    assert call.stream.heard.gap_added_ms(call.at("200", sent=False), other.stream.sent_at) < 60
    assert call.at("INVITE", sent=True) <= other.at("INVITE", sent=False) <= call.at("180", sent=False)


async def test_a_registration_needs_the_right_password(near: UserAgent, far: Carrier) -> None:
    await near.register()
    assert far.bound.is_set()
    near.password = "falsch"
    with pytest.raises(Refused, match="401"):
        await near.register()


async def test_a_carrier_that_asks_for_proof_is_given_it(near: UserAgent, far: Carrier) -> None:
    far.asks_for_proof = True
    far.behaviour = Behaviour(answer_after=0)
    call = near.call("01055551234")
    await call.answered()
    assert [mark.word for mark in call.marks if not mark.sent][:1] == ["407"]


@pytest.mark.parametrize("code", [486, 603, 480])
async def test_a_refusal_is_heard_with_its_code(near: UserAgent, far: Carrier, code: int) -> None:
    far.behaviour = Behaviour(refuse=code)
    call = near.call("01055551234")
    with pytest.raises(CallFailed):
        await call.answered()
    assert call.code == code


async def test_giving_up_ends_the_call_on_both_sides(near: UserAgent, far: Carrier) -> None:
    call = near.call("01055551234")
    other = await far.next_call()
    await call.ringing()
    call.cancel()
    await call.ended()
    await other.ended()
    assert (call.code, other.code) == (487, 487)


async def test_who_was_kept_from_speaking_does_not_say_it_all_at_once_afterwards(
    near: UserAgent, far: Carrier, blocking_is_an_error: BlockBuster
) -> None:
    blocking_is_an_error.deactivate()  # this is what is tested
    far.behaviour = Behaviour(answer_after=0)
    call = near.call("01055551234")
    await call.answered()
    await says(100, call)
    time.sleep(0.5)  # noqa: ASYNC251 - a loop that stands still is what is tested
    since = time.time_ns()
    await says(300, call)
    assert len([at for at in call.stream.sent_at if since <= at < since + 40_000_000]) <= 6
    assert call.stream.own_pause_ms() >= 480


async def test_hold_stops_the_sound_and_resume_brings_it_back(near: UserAgent, far: Carrier) -> None:
    far.behaviour = Behaviour(answer_after=0)
    call = near.call("01055551234")
    await call.answered()
    other = far.calls[0]
    call.hold()

    async def is_held() -> bool:
        return len({one.get("cseq") for one in far.requests if one.method == "INVITE"}) == 2

    await until(is_held, "the far side is on hold")
    call.stream.read()
    before = call.stream.heard.packets
    await asyncio.sleep(0.1)
    assert call.stream.heard.packets - before <= 1
    call.resume()
    await says(200, other)
    call.stream.read()
    assert call.stream.heard.packets - before > 5


async def test_digits_arrive_both_as_events_and_by_info(near: UserAgent, far: Carrier) -> None:
    far.behaviour = Behaviour(answer_after=0)
    call = near.call("01055551234")
    await call.answered()
    call.dial("1#5")
    await call.dial_by_info("7")
    other = far.calls[0]

    async def all_heard() -> bool:
        return len(other.stream.heard.digits) >= 3

    await until(all_heard, "three keys are heard")
    assert other.stream.heard.digits == "1#5"
    assert other.digits_by_info == "7"
