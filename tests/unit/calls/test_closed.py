"""Calls that come while the office is closed: where they go, what they hear, how they stand in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import Result
from appliance.calls.events import CallbackWanted
from appliance.calls.ports import Closed, Forward, ForwardWhen, Group, Line
from appliance.calls.requests import Goal
from sip.api import Answer, Lamp, LampState, Originate, Play
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit

LUNCH = Closed(
    "lunch",
    "hours.why.lunch",
    {"begins": "12:00", "ends": "13:00"},
    "announcement",
    announcement="lunch",
    otherwise="excuse",
    label="점심 안내",
)
BACK = replace(LUNCH, kind="callback", announcement="later")


@pytest.fixture
def missing() -> set[str]:
    """Announcements that have no file."""
    return set()


def with_sounds(office: Office, missing: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def file(announcement: str) -> str:
        return "" if announcement in missing else f"/sounds/{announcement or 'own'}.wav"

    monkeypatch.setattr(office.prompts, "file", file)
    office.hours.closes = LUNCH


@pytest.fixture
async def office(tmp_path: Path, missing: set[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    async with running_office(tmp_path) as office:
        with_sounds(office, missing, monkeypatch)
        yield office


async def hears(office: Office, number: str = "01055551234") -> tuple[str, Play]:
    """Let somebody call; returns the call and what is played to them."""
    call_id = await office.inbound(number)
    office.voice.arrive(call_id)
    await office.ordered(call_id, Answer)
    await office.ordered(call_id, Play)
    (play,) = office.voice.ordered(call_id, Play)
    assert isinstance(play, Play)
    return call_id, play


async def told(office: Office, call_id: str) -> list[str]:
    return [step.key for step in await office.calls.timeline(call_id)]


async def test_the_caller_hears_the_announcement_and_the_row_says_why(office: Office) -> None:
    call_id, play = await hears(office)
    assert play.file == "/sounds/lunch.wav"
    assert office.calls.live()[0].closed, "no card comes up for it"
    office.voice.finish_play(call_id, play.play)
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.cause) == (Result.AFTER_HOURS, "call.cause.hours_lunch")
    assert office.voice.ordered(call_id, Originate) == []
    steps = await office.calls.timeline(call_id)
    assert [step.key for step in steps][:4] == [
        "timeline.arrived_in",
        "hours.why.lunch",
        "timeline.instead_announcement",
        "timeline.announced",
    ]
    assert steps[1].params == {"begins": "12:00", "ends": "13:00"}
    assert steps[3].params == {"name": "점심 안내"}
    assert [number for number, _ in office.hours.asked] == ["+82212345678"]


async def test_who_hangs_up_in_the_announcement_called_after_hours_too(office: Office) -> None:
    call_id, _ = await hears(office)
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    assert (await office.row(call_id)).result is Result.AFTER_HOURS


async def test_without_the_announcement_the_box_excuses_itself_and_without_that_the_call_is_refused(
    office: Office, missing: set[str]
) -> None:
    missing.add("lunch")
    _, play = await hears(office)
    assert play.file == "/sounds/own.wav"
    missing.add("")
    call_id = await office.inbound("01055556666")
    office.voice.arrive(call_id)
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.cause, row.answered_ms) == (Result.AFTER_HOURS, "call.cause.hours_lunch", 0)


async def test_a_callback_is_noted_for_the_group_of_the_number(office: Office) -> None:
    office.hours.closes = BACK
    call_id, play = await hears(office)
    assert play.file == "/sounds/later.wav"
    (wanted,) = [event for event in office.events if isinstance(event, CallbackWanted)]
    assert wanted.call.group == "main"
    office.voice.finish_play(call_id, play.play)
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.cause, row.wants_callback) == (Result.CALLBACK, "call.cause.hours_lunch", True)
    assert row.callback_way == "closed"
    assert "timeline.instead_callback" in await told(office, call_id)


async def test_whoever_hides_their_number_is_not_promised_a_call(office: Office) -> None:
    office.hours.closes = BACK
    call_id, play = await hears(office, "anonymous")
    assert play.file == "/sounds/excuse.wav"
    office.voice.finish_play(call_id, play.play)
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.wants_callback) == (Result.AFTER_HOURS, False)


async def test_another_group_is_called_as_usual(office: Office) -> None:
    office.hours.closes = replace(LUNCH, kind="group", target="night", label="당직")
    office.facts = replace(DIRECTORY, groups={**DIRECTORY.groups, "night": Group("night", "당직", ("102",), 20)})
    call_id = await office.inbound()
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    office.voice.ring(call_id, "called", "102")
    assert not office.calls.live()[0].closed
    office.voice.pick_up(call_id, "called", "102")
    await office.until(lambda: "102" in {call.extension for call in office.calls.live()})
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    assert (await office.row(call_id)).result is Result.ANSWERED
    assert "timeline.instead_group" in await told(office, call_id)


async def test_nobody_in_the_other_group_is_a_missed_call(office: Office) -> None:
    office.hours.closes = replace(LUNCH, kind="group", target="gone", label="gone")
    assert await office.refused(office.edge.trunk_calls("kt", "01055551234", "0212345678")) == 480
    await office.stored("unreachable")


async def test_a_number_that_is_always_forwarded_goes_there_also_while_closed(office: Office) -> None:
    line = Line("+82212345678", "Main", "kt", "main", (Forward(ForwardWhen.ALWAYS, "102"),))
    office.facts = replace(DIRECTORY, lines={line.number: line})
    call_id = await office.inbound()
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    assert office.hours.asked == []
    assert "hours.why.lunch" not in await told(office, call_id)


async def test_calls_between_phones_and_calls_out_know_no_hours(office: Office) -> None:
    await office.sent(office.edge.phone_calls("101", "102"))
    await office.sent(office.edge.phone_calls("102", "01055551234"))
    assert office.hours.asked == []


async def test_what_the_edge_handles_alone_is_not_said_to_have_been_closed(office: Office) -> None:
    arrived = await office.calls._reception.describe(office.edge.trunk_calls("kt", "01055551234", "0212345678"))
    assert (arrived.closed, arrived.goal) == (None, Goal("group", "main"))


async def test_a_core_that_is_killed_in_the_announcement_goes_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as first:
        with_sounds(first, set(), monkeypatch)
        call_id, play = await hears(first)
        voice, clock = first.voice, first.clock
    async with running_office(tmp_path, voice, clock) as second:
        voice.finish_play(call_id, play.play)
        await second.ended()
        row = await second.row(call_id)
        assert (row.result, row.cause) == (Result.AFTER_HOURS, "call.cause.hours_lunch")
        assert "hours.why.lunch" in await told(second, call_id)


async def test_the_night_code_turns_the_switch_and_is_heard(office: Office) -> None:
    for expected, on in (("switched_on.wav", True), ("switched_off.wav", False)):
        call_id = await office.sent(office.edge.phone_calls("101", "*9"))
        office.voice.arrive(call_id)
        await office.ordered(call_id, Play)
        (play,) = office.voice.ordered(call_id, Play)
        assert isinstance(play, Play)
        assert play.file.endswith(expected)
        assert office.hours.night() is on
        office.voice.finish_play(call_id, play.play)
        await office.ended()
    assert office.hours.turned == ["101", "101"]


async def test_the_lamp_of_the_night_follows_the_switch(office: Office) -> None:
    await office.hours.turn_night("101")
    office.calls.facts_changed()
    await office.until(lambda: office.edge.lamps["night"] == Lamp("night", LampState.BUSY))
    await office.hours.turn_night("101")
    office.calls.facts_changed()
    await office.until(lambda: office.edge.lamps["night"] == Lamp("night", LampState.IDLE))
