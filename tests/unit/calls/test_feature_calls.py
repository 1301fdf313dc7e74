"""Codes that are dialled on phones: what becomes of the call that somebody takes, parks, or of what a phone sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import Result
from appliance.calls.ports import Blocking, Forward, ForwardWhen, Group, Notice, Phone
from sip.api import Answer, Bridge, Credential, Extensions, Hangup, Originate, Play
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit

ALL = ("101", "102", "103")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Three phones: 101 and 102 are called, 103 is a colleague in another group with 101."""
    async with running_office(tmp_path) as opened:
        phones = DIRECTORY.phones | {"103": Phone("103", "이서연")}
        groups = DIRECTORY.groups | {"back": Group("back", "", ("101", "103"), 30)}
        opened.facts = replace(DIRECTORY, phones=phones, groups=groups)
        await opened.edge.set_credentials(tuple(Credential(phone, "x") for phone in ALL))
        opened.edge.phone_registers("103")
        yield opened


async def ringing(office: Office) -> str:
    """Let a call ring at 101 and 102."""
    call_id = await office.inbound()
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    office.voice.ring(call_id, "called", "101")
    await office.until(lambda: office.calls.live()[0].ringing_ms)
    return call_id


async def test_whoever_dials_the_code_gets_the_call_and_the_others_fall_silent(office: Office) -> None:
    call_id = await ringing(office)
    dialled = office.edge.phone_calls("103", "*8")
    assert await office.sent(dialled) == call_id
    office.voice.arrive(call_id, dialled.sip_call_id)
    await office.ordered(call_id, Bridge)
    assert office.hears(call_id, "caller") == {"called-2"}
    assert [order.leg for order in office.voice.ordered(call_id, Hangup) if isinstance(order, Hangup)] == ["called"]
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    assert (await office.row(call_id)).extension == "103"


async def test_a_colleagues_call_is_taken_by_name(office: Office) -> None:
    call_id = await ringing(office)
    assert await office.sent(office.edge.phone_calls("103", "*8101")) == call_id


async def test_there_may_be_nothing_to_take(office: Office) -> None:
    assert await office.refused(office.edge.phone_calls("103", "*8")) == 480
    await ringing(office)
    assert await office.refused(office.edge.phone_calls("103", "*8103")) == 480


async def test_of_two_who_are_as_quick_as_each_other_one_gets_it(office: Office) -> None:
    call_id = await ringing(office)
    office.facts = replace(office.facts, phones=office.facts.phones | {"104": Phone("104", "")})
    office.facts = replace(office.facts, rules=replace(office.facts.rules, pickup_across_groups=True))
    first, second = office.edge.phone_calls("103", "*8"), office.edge.phone_calls("104", "*8")
    assert await office.sent(first) == call_id
    assert await office.refused(second) == 480


async def test_who_gives_up_picking_up_leaves_the_call_to_others(office: Office) -> None:
    call_id = await ringing(office)
    dialled = office.edge.phone_calls("103", "*8")
    await office.sent(dialled)
    office.hear_cancelled(dialled)
    await office.until(lambda: any(order == Hangup("called-2", 487) for _, order in office.voice.orders))
    again = office.edge.phone_calls("103", "*8")
    assert await office.sent(again) == call_id


async def test_a_group_of_strangers_is_not_picked_up(office: Office) -> None:
    office.facts = replace(office.facts, groups=DIRECTORY.groups)
    await ringing(office)
    assert await office.refused(office.edge.phone_calls("103", "*8")) == 480


async def test_a_call_is_parked_from_the_phone_and_fetched_at_another(office: Office) -> None:
    call_id = await office.talking()
    office.voice.hold(call_id, "called")
    code = await office.sent(office.edge.phone_calls("102", "*5"))
    office.voice.arrive(code)
    await office.ordered(code, Play)
    assert "done.wav" in str(office.voice.ordered(code, Play))
    assert office.hears(call_id, "caller") == {"music"}
    assert office.calls.desk.parked()[0].id == call_id
    fetched = office.edge.phone_calls("101", "*51")
    assert await office.sent(fetched) == call_id
    office.voice.arrive(call_id, fetched.sip_call_id)
    await office.until(lambda: office.hears(call_id, "caller") == {"called-2"})
    assert not office.calls.desk.parked()
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    row = await office.row(call_id)
    assert [part.extension for part in row.parts] == ["102", "101"]


async def test_nothing_is_parked_where_nobody_talks(office: Office) -> None:
    assert await office.refused(office.edge.phone_calls("102", "*5")) == 480


async def test_a_state_is_chosen_and_heard_to_be_chosen(office: Office) -> None:
    call_id = await office.sent(office.edge.phone_calls("101", "*78"))
    assert office.desks.asked == [("101", "dnd")]
    office.voice.arrive(call_id)
    await office.ordered(call_id, Play)
    await office.ordered(call_id, Answer)
    (play,) = office.voice.ordered(call_id, Play)
    assert isinstance(play, Play)
    assert await asyncio.to_thread(Path(play.file).is_file)
    office.voice.finish_play(call_id, play.play)
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.cause) == (Result.ANSWERED, "call.cause.code")


async def test_forwards_are_set_and_switched_off(office: Office) -> None:
    await office.sent(office.edge.phone_calls("101", "*7201055556666"))
    assert office.forwards == {"101": Forward(ForwardWhen.ALWAYS, "01055556666")}
    await office.sent(office.edge.phone_calls("101", "*73"))
    assert office.forwards == {"101": None}


async def test_what_cannot_be_done_is_heard_too(office: Office) -> None:
    office.forward_fails = True
    call_id = await office.sent(office.edge.phone_calls("101", "*72999"))
    office.voice.arrive(call_id)
    await office.ordered(call_id, Play)
    assert "not_done.wav" in str(office.voice.ordered(call_id, Play))


async def test_the_intercom_makes_one_phone_answer_by_itself(office: Office) -> None:
    call_id = await office.sent(office.edge.phone_calls("101", "*80102"))
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    (called,) = office.voice.ordered(call_id, Originate)
    assert isinstance(called, Originate)
    assert (called.target, called.answers_itself) == (Extensions(("102",)), True)
    office.voice.hang_up(call_id, "called", 486, "Busy Here")
    await office.ended()
    assert len(office.voice.ordered(call_id, Originate)) == 1


async def test_the_recording_is_paused_by_the_phone_that_holds_its_caller_and_goes_on_when_asked_again(
    office: Office,
) -> None:
    assert await office.refused(office.edge.phone_calls("101", "*1")) == 480
    call_id = await office.talking()
    for paused, tone in ((True, "switched_off.wav"), (False, "switched_on.wav")):
        tones = await office.sent(office.edge.phone_calls("102", "*1"))
        office.voice.arrive(tones)
        await office.ordered(tones, Play)
        (play,) = office.voice.ordered(tones, Play)
        assert isinstance(play, Play)
        assert play.file.endswith(tone)
        office.voice.hang_up(tones, "caller")
        await office.ended()
        assert office.calls.live()[0].paused is paused
    assert call_id == office.calls.live()[0].id


class Says:
    """Says the same to everybody."""

    def notice(self, stage: int, reason: str, language: str = "") -> Notice:
        return Notice(f"{reason}-{stage}.wav", "안내", 5)

    def blocking(self, number: str, *, withheld: bool) -> Blocking | None:
        return None


async def test_a_phone_that_holds_a_caller_warns_them_and_then_ends_the_call(office: Office) -> None:
    office.protection.ask = Says()
    call_id = await office.talking()
    office.voice.hold(call_id, "called")
    warned = await office.sent(office.edge.phone_calls("102", "*31"))
    await office.ordered(call_id, Play)
    (told,) = office.voice.ordered(call_id, Play)
    assert (told.file, told.legs) == ("abuse-1.wav", ("caller",))  # type: ignore[union-attr]
    office.voice.finish_play(call_id, told.play)  # type: ignore[union-attr]  # it was asked for by its type
    assert warned != call_id  # what the phone hears is a call of its own
    await office.sent(office.edge.phone_calls("102", "*3"))
    await office.until(lambda: len(office.voice.ordered(call_id, Play)) == 2)
    last = office.voice.ordered(call_id, Play)[1]
    assert office.hears(call_id, "caller") == {last.play}  # type: ignore[union-attr]  # it was asked for by its type
    office.voice.finish_play(call_id, last.play)  # type: ignore[union-attr]  # it was asked for by its type
    await office.stored("terminated")
    row = await office.row(call_id)
    assert (row.result, [one.by for one in row.warned]) == (Result.TERMINATED, ["102", "102"])


async def test_without_a_caller_on_hold_there_is_nobody_to_block(office: Office) -> None:
    for code in ("*3", "*31"):
        assert await office.refused(office.edge.phone_calls("102", code)) == 480
