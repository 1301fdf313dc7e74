"""Callers in a voice menu and those who are asked where to call them back: what they hear, where they come out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from appliance.calls.call import CallView, Result
from appliance.calls.destinations import Destination, Kind
from appliance.calls.dialogue import Stage
from appliance.calls.events import CallbackWanted
from appliance.calls.happenings import ReadBack
from appliance.calls.ports import BlockAction, Blocking, Closed, MenuStep
from appliance.calls.requests import Goal
from appliance.calls.stand_ins import NoProtection
from sip.api import Extensions, Hangup, Originate, Play, Presentation, StopPlay
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit

STEPS = {
    "shop": MenuStep(
        "shop/s1",
        "메인 메뉴",
        "welcome",
        {"1": Goal("menu", "shop/s2"), "3": Goal("menu", "shop/s4"), "9": Goal("menu", "shop/s3")},
        dials=True,
        otherwise=Goal("end", ""),
    ),
    "shop/s2": MenuStep("shop/s2", "배송 문의", "delivery", otherwise=Goal("extension", "102")),
    "shop/s3": MenuStep("shop/s3", "콜백", otherwise=Goal("callback", "")),
    "shop/s4": MenuStep("shop/s4", "오시는 길", "way", otherwise=Goal("end", "")),
}
STEPS["shop/s1"] = STEPS["shop"]
BACK = Closed("lunch", "hours.why.lunch", {}, "callback", announcement="later", otherwise="excuse", label="점심")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_office(tmp_path) as office:
        furnish(office)
        yield office


def furnish(office: Office) -> None:
    office.menus.steps = dict(STEPS)
    names = ("welcome", "delivery", "way", "wrong_key", "later", "", "callback_offer", "callback_enter")
    office.prompts.files = {one: f"{one or 'excuse'}.wav" for one in (*names, "callback_bad", "callback_confirm")}
    office.prompts.files["+821099998888"] = "read.wav"
    office.prompts.callback_noted = lambda: "thanks.wav"  # type: ignore[method-assign]  # a stand-in
    line = replace(DIRECTORY.lines["+82212345678"], menu="shop")
    office.facts = replace(DIRECTORY, lines={**DIRECTORY.lines, line.number: line})


def played(office: Office, call: str) -> list[Play]:
    return [one for one in office.voice.ordered(call, Play) if isinstance(one, Play)]


def heard(office: Office, call: str) -> list[str]:
    return [one.file for one in played(office, call)]


async def hears(office: Office, call: str, *files: str) -> None:
    """Wait until the caller has heard these, each to its end but the last."""
    for at, file in enumerate(files):
        await office.until(partial(_last_is, office, call, file))
        if at < len(files) - 1:
            office.voice.finish_play(call, played(office, call)[-1].play)


def _last_is(office: Office, call: str, file: str) -> bool:
    return heard(office, call)[-1:] == [file]


async def over(office: Office, call: str) -> CallView:
    """Let the last announcement come to its end; returns the row."""
    office.voice.finish_play(call, played(office, call)[-1].play)
    await office.ended()
    return await office.row(call)


async def in_the_menu(office: Office) -> str:
    call = await office.inbound()
    office.voice.arrive(call)
    await hears(office, call, "welcome.wav")
    return call


def press(office: Office, call: str, keys: str) -> None:
    for key in keys:
        office.voice.press(call, "caller", key)


def wanted(office: Office) -> list[CallView]:
    return [one.call for one in office.events if isinstance(one, CallbackWanted)]


async def test_a_key_stops_what_is_heard_and_leads_on_and_the_row_says_which_way(office: Office) -> None:
    call = await in_the_menu(office)
    press(office, call, "1")
    await office.ordered(call, StopPlay)
    office.clock.turn(3)  # 1 may be the beginning of 101
    await hears(office, call, "delivery.wav")
    office.voice.finish_play(call, played(office, call)[-1].play)
    await office.ordered(call, Originate)
    (order,) = office.voice.ordered(call, Originate)
    assert isinstance(order, Originate)
    assert order.target == Extensions(("102",))
    assert office.calls.live()[0].menu_path == ("메인 메뉴", "배송 문의")
    keys = [step.params.get("name") for step in await office.calls.timeline(call) if step.key == "timeline.menu_step"]
    assert keys == ["메인 메뉴", "배송 문의"]


async def test_a_dialled_extension_that_nobody_answers_leads_back_to_the_menu(office: Office) -> None:
    call = await in_the_menu(office)
    press(office, call, "101")
    await office.ordered(call, Originate)
    office.voice.hang_up(call, "called", 486, "Busy here")
    await office.until(lambda: heard(office, call) == ["welcome.wav", "welcome.wav"])


async def test_a_menu_that_ends_with_an_announcement_is_no_missed_call(office: Office) -> None:
    call = await in_the_menu(office)
    press(office, call, "3")
    await hears(office, call, "way.wav")
    row = await over(office, call)
    assert (row.result, row.wants_callback) == (Result.MENU, False)


async def test_whoever_presses_nothing_hears_it_again_and_then_it_ends(office: Office) -> None:
    call = await in_the_menu(office)
    for times in (1, 2, 3):
        await office.until(lambda times=times: len(heard(office, call)) == times)  # type: ignore[misc]
        office.voice.finish_play(call, played(office, call)[-1].play)
        await office.until(lambda: office.clock.due)
        office.clock.turn(5)
    await office.ended()
    assert (await office.row(call)).result is Result.MENU


async def asked_where(office: Office, number: str = "01055551234") -> str:
    office.hours.closes = BACK
    if number:
        call = await office.inbound(number)
    else:
        hidden = office.edge.trunk_calls("kt", "", "0212345678", presentation=Presentation.WITHHELD)
        call = await office.sent(hidden)
    office.voice.arrive(call)
    await hears(office, call, "later.wav", "callback_offer.wav" if number else "callback_enter.wav")
    return call


async def test_a_caller_leaves_another_number_which_is_read_back(office: Office) -> None:
    call = await asked_where(office)
    press(office, call, "2")
    await hears(office, call, "callback_enter.wav")
    press(office, call, "01099998888#")
    await hears(office, call, "read.wav", "callback_confirm.wav")
    assert wanted(office) == [], "nothing is sure yet"
    press(office, call, "1")
    await hears(office, call, "thanks.wav")
    (seen,) = wanted(office)
    assert (seen.callback_number, seen.callback_sure, seen.callback_way) == ("+821099998888", True, "closed")
    row = await over(office, call)
    assert (row.result, row.callback_number, row.far_number) == (Result.CALLBACK, "+821099998888", "+821055551234")


async def test_whoever_hangs_up_after_the_greeting_is_kept_and_marked(office: Office) -> None:
    call = await asked_where(office)
    office.voice.hang_up(call, "caller")
    await office.ended()
    (seen,) = wanted(office)
    assert (seen.callback_number, seen.callback_sure, seen.callback_way) == ("", False, "closed")


async def test_a_hidden_caller_must_key_a_number_in(office: Office) -> None:
    call = await asked_where(office, "")
    office.voice.hang_up(call, "caller")
    await office.ended()
    assert wanted(office) == []


async def test_a_menu_leads_to_the_question_where_to_call_back(office: Office) -> None:
    call = await in_the_menu(office)
    press(office, call, "9")
    await hears(office, call, "callback_offer.wav")
    press(office, call, "1")
    await hears(office, call, "thanks.wav")
    (seen,) = wanted(office)
    assert (seen.callback_way, seen.menu_path) == ("menu", ("메인 메뉴", "콜백"))


async def test_a_core_that_dies_in_the_dialogue_goes_on_with_it(tmp_path: Path) -> None:
    async with running_office(tmp_path) as first:
        furnish(first)
        call = await asked_where(first)
        press(first, call, "2")
        await hears(first, call, "callback_enter.wav")
        press(first, call, "010999")
    async with running_office(tmp_path, first.voice, first.clock, first.edge) as second:
        furnish(second)
        press(second, call, "98888#")
        await hears(second, call, "read.wav", "callback_confirm.wav")
        press(second, call, "1")
        await hears(second, call, "thanks.wav")
        assert [one.callback_number for one in wanted(second)] == ["+821099998888"]


async def test_a_desk_gives_a_call_to_a_menu(office: Office) -> None:
    office.facts = DIRECTORY
    call = await office.talking()
    await office.calls.desk.transfer("102", call, Destination("shop", Kind.MENU), "kim")
    await hears(office, call, "welcome.wav")
    press(office, call, "3")
    await hears(office, call, "way.wav")
    assert (await over(office, call)).result is Result.ANSWERED


async def test_a_blocked_caller_hears_the_menu_that_was_chosen_for_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blocks(NoProtection):
        def blocking(self, number: str, *, withheld: bool) -> Blocking | None:
            return Blocking(1, BlockAction.MENU, menu="shop/s4")

    office.protection.ask = Blocks()
    call = await office.inbound()
    office.voice.arrive(call)
    await hears(office, call, "way.wav")
    assert office.voice.ordered(call, Originate) == []


async def test_whoever_tries_a_menu_hears_it_as_customers_do_and_leaves_nothing_behind(office: Office) -> None:
    call = await office.calls.desk.try_menu("101", "shop", "kim")
    office.voice.pick_up(call, "called", "101")
    await hears(office, call, "welcome.wav")
    assert played(office, call)[-1].legs == ("called",)
    office.voice.press(call, "called", "9")
    await hears(office, call, "callback_offer.wav")
    office.voice.press(call, "called", "1")
    await hears(office, call, "thanks.wav")
    row = await over(office, call)
    assert (row.test, row.wants_callback, wanted(office)) == (True, False, [])
    assert office.voice.ordered(call, Hangup)


async def test_no_card_comes_up_before_somebody_is_called(office: Office) -> None:
    call = await in_the_menu(office)
    assert office.calls.live()[0].with_box
    press(office, call, "1")
    await office.ordered(call, StopPlay)
    office.clock.turn(3)
    await hears(office, call, "delivery.wav")
    office.voice.finish_play(call, played(office, call)[-1].play)
    await office.ordered(call, Originate)
    assert not office.calls.live()[0].with_box


async def test_a_number_that_was_long_in_being_spoken_is_not_read_back_for_another(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = asyncio.Event()

    async def slow(number: str) -> str:
        await spoken.wait()
        return f"{number}.wav"

    monkeypatch.setattr(office.prompts, "number", slow)
    call = await asked_where(office)
    press(office, call, "2")
    await hears(office, call, "callback_enter.wav")
    press(office, call, "01099998888#")
    controller = office.calls._registry.get(call)
    assert controller is not None
    await office.until(lambda: controller.call.dialogue and controller.call.dialogue.stage is Stage.READING)
    controller.tell(ReadBack("earlier.wav", "+821011112222"))
    spoken.set()
    await hears(office, call, "+821099998888.wav", "callback_confirm.wav")
    assert "earlier.wav" not in heard(office, call)
