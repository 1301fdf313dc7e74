"""Whole calls through a whole box: what caller, phones and call log say afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.simulators import audio
from tests.simulators.sip_call import Call, CallFailed
from tests.simulators.sip_ua import Behaviour
from tests.support.office import CARRIER_TONE, NUMBER, PHONE_TONE, Office, hears, office, until

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("office"), "101", "102") as desk:
        await desk.add_extension("103")  # nobody has plugged a phone in
        yield desk


@pytest.fixture
def desk(shared: Office) -> Office:
    """The office with phones and carrier that do nothing by themselves."""
    for agent in (*shared.phones.values(), shared.carrier):
        agent.behaviour = Behaviour()
        while not agent.arrived.empty():
            agent.arrived.get_nowait()
    return shared


async def test_a_call_from_outside_rings_all_phones_and_the_first_to_answer_talks(desk: Office) -> None:
    call = desk.call_in("01055551234")
    first, second = await desk.phones["101"].next_call(), await desk.phones["102"].next_call()
    await call.ringing()
    assert not call.over
    second.answer()
    await call.answered()
    await first.ended()
    assert "completed elsewhere" in first.reason
    await hears(call, PHONE_TONE, 950)
    await hears(second, CARRIER_TONE, 950)
    second.hang_up()
    await call.ended()
    row = await desk.next_row()
    assert (row["direction"], row["result"], row["extension"], row["ended_by"]) == ("in", "answered", "102", "called")
    assert (row["caller_number"], row["called_number"]) == ("+821055551234", "+82212345678")
    picked_up, hung_up = (second.at(word, sent=True) // 1_000_000 for word in ("200", "BYE"))
    assert picked_up <= row["answered_ms"] <= call.at("200", sent=False) // 1_000_000 + 50
    assert hung_up <= row["ended_ms"] <= call.at("BYE", sent=False) // 1_000_000 + 500
    left, right = await desk.listen(row["id"])
    assert audio.tone_ms(left, CARRIER_TONE) >= 900
    assert audio.tone_ms(right, PHONE_TONE) >= 900


async def test_the_ringing_phone_shows_the_customers_name_and_number(desk: Office) -> None:
    await desk.box.ask("POST", "/customers", {"name": "홍길순", "numbers": ["01012340001"]})
    call = desk.call_in("01012340001")
    ringing = await desk.phones["101"].next_call()
    assert "홍길순" in ringing.request.get("from")
    assert ringing.shown == "01012340001"
    call.cancel()
    await call.ended()
    assert (await desk.next_row())["caller_name"] == "홍길순"


async def test_a_withheld_number_is_neither_shown_nor_kept(desk: Office) -> None:
    hidden = (("Privacy", "id"), ("P-Asserted-Identity", "<sip:01055551234@carrier.example>"))
    call = desk.carrier.call(NUMBER, caller="sip:anonymous@anonymous.invalid", headers=hidden)
    ringing = await desk.phones["101"].next_call()
    assert "5551234" not in ringing.request.encoded().decode()
    call.cancel()
    await call.ended()
    row = await desk.next_row()
    assert (row["presentation"], row["caller_number"]) == ("withheld", "")


@pytest.mark.parametrize(("answer", "heard", "result"), [(486, 486, "busy"), (603, 603, "rejected")])
async def test_what_every_phone_refuses_is_refused_to_the_caller(
    desk: Office, answer: int, heard: int, result: str
) -> None:
    for phone in desk.phones.values():
        phone.behaviour = Behaviour(refuse=answer)
    call = desk.call_in()
    with pytest.raises(CallFailed):
        await call.answered()
    assert call.code == heard
    assert (await desk.next_row())["result"] == result


async def test_one_busy_phone_leaves_the_other_ringing(desk: Office) -> None:
    desk.phones["101"].behaviour = Behaviour(refuse=486)
    desk.phones["102"].behaviour = Behaviour(answer_after=0.1)
    call = desk.call_in()
    await call.answered()
    call.hang_up()
    await call.ended()
    row = await desk.next_row()
    assert (row["result"], row["extension"], row["ended_by"]) == ("answered", "102", "caller")


async def test_a_call_that_nobody_answers_ends_after_the_ringing_time(desk: Office) -> None:
    await desk.box.ask("PATCH", "/groups/main", {"ring_seconds": 5})
    call = desk.call_in()
    with pytest.raises(CallFailed):
        await call.answered()
    await desk.box.ask("PATCH", "/groups/main", {"ring_seconds": 30})
    assert call.code == 480
    row = await desk.next_row()
    assert row["result"] == "no_answer"
    for rung in desk.phones.values():
        await rung.calls[-1].ended()


async def test_a_caller_who_gives_up_stops_the_ringing(desk: Office) -> None:
    call = desk.call_in()
    ringing = await desk.phones["101"].next_call()
    await call.ringing()
    call.cancel()
    await call.ended()
    await ringing.ended()
    assert (call.code, ringing.code) == (487, 487)
    row = await desk.next_row()
    assert (row["result"], row["ended_by"]) == ("cancelled", "caller")


async def test_one_extension_calls_another(desk: Office) -> None:
    desk.phones["102"].behaviour = Behaviour(answer_after=0.1)
    call = desk.phones["101"].call("102")
    other = await desk.phones["102"].next_call()
    await call.answered()
    assert other.shown == "101"
    await hears(call, PHONE_TONE, 400)
    call.hang_up()
    await other.ended()
    row = await desk.next_row()
    assert (row["direction"], row["result"]) == ("internal", "answered")
    assert (row["caller_number"], row["called_number"]) == ("101", "102")


async def test_an_extension_without_a_phone_is_unreachable(desk: Office) -> None:
    call = desk.phones["101"].call("103")
    with pytest.raises(CallFailed):
        await call.answered()
    assert call.code == 480
    assert (await desk.next_row())["result"] == "unreachable"


async def test_a_call_out_shows_the_offices_number_and_is_heard(desk: Office) -> None:
    desk.carrier.behaviour = Behaviour(answer_after=0.1)
    call = desk.phones["101"].call("01055556789")
    outside = await desk.carrier.next_call()
    await call.answered()
    assert outside.request.uri.startswith("sip:01055556789@")
    assert outside.shown == NUMBER
    await hears(call, CARRIER_TONE, 500)
    await hears(outside, PHONE_TONE, 500)
    outside.hang_up()
    await call.ended()
    row = await desk.next_row()
    assert (row["direction"], row["result"], row["ended_by"]) == ("out", "answered", "called")
    assert (row["called_number"], row["extension"]) == ("+821055556789", "101")
    left, right = await desk.listen(row["id"])
    assert audio.tone_ms(left, PHONE_TONE) + audio.tone_ms(left, CARRIER_TONE) >= 400
    assert audio.tone_ms(right, PHONE_TONE) + audio.tone_ms(right, CARRIER_TONE) >= 400


async def test_early_media_of_the_far_network_is_heard_before_the_answer(desk: Office) -> None:
    call = desk.phones["101"].call("01055556789")
    outside = await desk.carrier.next_call()
    outside.early_media()
    await call.ringing()
    await hears(call, CARRIER_TONE, 300)
    assert not call.up
    outside.refuse(486)
    await call.ended()
    assert call.code == 486
    assert (await desk.next_row())["result"] == "busy"


@pytest.mark.parametrize(
    ("answer", "result"), [(486, "busy"), (603, "rejected"), (480, "unreachable"), (404, "failed")]
)
async def test_what_the_far_network_answers_reaches_the_phone_and_the_log(
    desk: Office, answer: int, result: str
) -> None:
    desk.carrier.behaviour = Behaviour(refuse=answer)
    call = desk.phones["101"].call("01055556789")
    with pytest.raises(CallFailed):
        await call.answered()
    assert call.code == answer
    assert (await desk.next_row())["result"] == result


async def test_emergency_calls_pass_for_a_phone_that_may_not_call_out(desk: Office) -> None:
    await desk.box.ask("PATCH", "/extensions/102", {"may_call_out": False})
    refused = desk.phones["102"].call("01055556789")
    with pytest.raises(CallFailed):
        await refused.answered()
    assert refused.code == 403
    assert (await desk.next_row())["result"] == "refused"
    call = desk.phones["102"].call("119")
    outside = await desk.carrier.next_call()
    assert outside.request.uri.startswith("sip:119@")
    outside.answer()
    await call.answered()
    call.hang_up()
    await outside.ended()
    assert (await desk.next_row())["result"] == "answered"


async def test_hold_lets_the_caller_hear_something_else_and_resume_joins_them_again(desk: Office) -> None:
    desk.phones["101"].behaviour = Behaviour(answer_after=0)
    call = desk.call_in()
    phone = await desk.phones["101"].next_call()
    await call.answered()
    await hears(call, PHONE_TONE, 200)
    phone.hold()
    await is_sent(call, 600)  # or the caller is left in dead silence
    before = call.stream.heard.tone_ms(PHONE_TONE)
    await is_sent(call, 500)
    assert call.stream.heard.tone_ms(PHONE_TONE) - before <= 60
    phone.resume()
    await hears(call, PHONE_TONE, before + 250)
    call.hang_up()
    await call.ended()
    assert (await desk.next_row())["result"] == "answered"


async def is_sent(call: Call, milliseconds: int) -> None:
    """Wait until so much more has come, whatever it sounds like."""
    wanted = call.stream.heard.packets + milliseconds // 20

    async def came() -> bool:
        return call.stream.heard.packets >= wanted

    await until(came, f"{milliseconds} ms more are heard")


async def test_digits_reach_the_far_side(desk: Office) -> None:
    desk.carrier.behaviour = Behaviour(answer_after=0)
    call = desk.phones["101"].call("01055556789")
    outside = await desk.carrier.next_call()
    await call.answered()
    await hears(outside, PHONE_TONE, 200)
    call.dial("15#")

    async def all_heard() -> bool:
        return len(outside.stream.heard.digits) >= 3

    await until(all_heard, "three keys are heard")
    assert outside.stream.heard.digits == "15#"
    call.hang_up()
    await call.ended()
    await desk.next_row()
