"""Business hours through a whole box: what callers hear while the office is closed, and the night code on a phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from appliance.cli.connection import core_socket
from tests.simulators import audio
from tests.support.announcing import made
from tests.support.office import NUMBER, Office, office, until
from tests.support.raw_ua import raw_ua
from tests.support.watching import watch
from web.api.client import Client

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

TONE = 900  # hertz
CLOSED_ALL_WEEK: list[dict[str, list[str]]] = [{"open": []}] * 7


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office whose hours are kept and which is never open, with an announcement of its own."""
    folder = tmp_path_factory.mktemp("office")
    tone = await asyncio.to_thread(made, folder / "closed.m4a", f"sine=f={TONE}:d=2")
    async with office(folder, "101") as desk:
        async with Client(core_socket(desk.box.config), "en") as client:
            await client.send("POST", "/announcements/upload", tone, {"name": "closed"})
        await desk.box.ask("PATCH", "/hours/schedules/usual", {"week": CLOSED_ALL_WEEK, "keeps_holidays": False})
        yield desk


async def gets(desk: Office, kind: str, **what: str) -> None:
    """Say what callers get after hours, and keep hours."""
    instead = {"after_hours": {"kind": kind, **what}}
    await desk.box.ask("PATCH", "/hours/schedules/usual", {"instead": instead})
    await desk.box.ask("PATCH", "/hours", {"in_force": True})


async def told(desk: Office, call: str) -> list[str]:
    steps = (await desk.box.ask("GET", f"/calls/{call}/timeline"))["items"]
    return [step["text"] for step in steps]


async def test_before_hours_are_switched_on_phones_ring_at_any_time(desk: Office) -> None:
    call = desk.call_in()
    ringing = await desk.phones["101"].next_call()
    ringing.answer()
    await call.answered()
    call.hang_up()
    await call.ended()
    assert (await desk.next_row())["result"] == "answered"


async def test_a_caller_at_closed_time_hears_the_announcement_and_the_row_says_why(desk: Office) -> None:
    await gets(desk, "announcement", announcement="closed")
    call = desk.call_in()
    await call.answered()
    await call.ended()
    assert 1800 <= call.stream.heard.tone_ms(TONE) <= 2200
    row = await desk.next_row()
    assert (row["result"], row["cause"], row["extensions"]) == ("after_hours", "call.cause.hours_closed", [])
    words = await told(desk, row["id"])
    assert words[1:4] == [
        "Closed on this day of the week",
        "Instead there is an announcement: closed",
        "The announcement “closed” was played",
    ]


async def test_the_box_has_an_announcement_of_its_own(desk: Office) -> None:
    async def spoken() -> bool:
        items = (await desk.box.ask("GET", "/announcements"))["items"]
        return any(one["id"] == "box-closed-ko" for one in items)

    await until(spoken, "the box's own announcement is spoken", 60)
    await gets(desk, "announcement")
    call = desk.call_in()
    await call.answered()
    await call.ended()
    assert audio.sound_ends_ms(call.stream.heard.samples) >= 3000, "it takes its time to say so"
    assert (await desk.next_row())["result"] == "after_hours"


async def test_a_caller_may_be_noted_to_be_called_back(desk: Office) -> None:
    await gets(desk, "callback", announcement="closed")
    await desk.box.ask("PATCH", "/settings", {"calls.callback_keys": False})
    call = desk.call_in("01055556666")
    await call.answered()
    await call.ended()
    assert (await desk.next_row())["result"] == "callback"
    wanted = await desk.callback("+821055556666")  # the others called in vain
    assert (wanted["group"], wanted["way"]) == ("main", "closed")


async def test_callers_may_be_led_to_a_phone(desk: Office) -> None:
    await gets(desk, "extension", target="101")
    call = desk.call_in()
    ringing = await desk.phones["101"].next_call()
    ringing.answer()
    await call.answered()
    call.hang_up()
    await call.ended()
    row = await desk.next_row()
    assert row["result"] == "answered"
    assert "Instead it goes to extension 101" in await told(desk, row["id"])


async def test_the_night_code_closes_the_office_and_opens_it_again(desk: Office) -> None:
    await desk.box.ask("PATCH", "/hours", {"in_force": False})
    instead = {"after_hours": {"kind": "announcement", "announcement": "closed"}}
    await desk.box.ask("PATCH", "/hours/schedules/usual", {"instead": instead})
    await desk.add_extension("102")
    await desk.edge_knows("102")
    async with raw_ua(desk.edge, "102", desk.passwords["102"], host="127.0.0.7") as watcher:
        assert (await watcher.register()).code == 200
        lamp = await watch(watcher, "night")
        await lamp.until("terminated")
        first = desk.phones["101"].call("*9")
        await first.answered()
        await first.ended()
        assert (first.stream.heard.tone_ms(600) >= 250, first.stream.heard.tone_ms(1200) >= 500) == (True, True)
        await lamp.until("confirmed")
        night = await desk.box.ask("GET", "/night")
        assert (night["on"], night["by"]) == (True, "101")
        caller = desk.carrier.call(NUMBER, caller="sip:01055551234@carrier.example")
        await caller.answered()
        await caller.ended()
        assert caller.stream.heard.tone_ms(TONE) >= 1800
        rows = await desk.logged(1, result="after_hours", cause="call.cause.hours_night")
        assert "The night switch is on" in await told(desk, rows[0]["id"])
        second = desk.phones["101"].call("*9")
        await second.answered()
        await second.ended()
        await lamp.until("terminated")
    assert (await desk.box.ask("GET", "/night"))["on"] is False
