"""Voice menus and the question where to call back, through a whole box: what callers hear, and where they come out."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from appliance.cli.connection import core_socket
from tests.simulators.audio import tone_spans
from tests.simulators.sip_call import Call
from tests.support.announcing import made
from tests.support.office import PHONE_TONE, Office, office, until
from web.api.client import Client

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

WELCOME, DELIVERY, WAY, CLOSED = 500, 620, 820, 930  # hertz
CLOSED_ALL_WEEK: list[dict[str, list[str]]] = [{"open": []}] * 7


def _step(kind: str, name: str, announcement: str = "", target: str = "", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "announcement": announcement, "target": target} | more


MENU = _step(
    "choice",
    "메인",
    "welcome",
    dials=True,
    branches={
        "2": _step("say", "배송 문의", "delivery", branches={"next": _step("extension", "배송 담당", target="102")}),
        "3": _step("end", "오시는 길", "way"),
    },
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office whose number leads to a menu; while it is closed, callers are asked where to call them back."""
    folder = tmp_path_factory.mktemp("office")
    async with office(folder, "101", "102") as desk:
        async with Client(core_socket(desk.box.config), "en") as client:
            for name, hertz in (("welcome", WELCOME), ("delivery", DELIVERY), ("way", WAY), ("closed", CLOSED)):
                sound = await asyncio.to_thread(made, folder / f"{name}.m4a", f"sine=f={hertz}:d=2")
                await client.send("POST", "/announcements/upload", sound, {"name": name})
        menu = await desk.box.ask("POST", "/menus", {"label": "메인 메뉴"})
        await desk.box.ask("PUT", f"/menus/{menu['id']}", {"root": MENU})
        (number,) = (await desk.box.ask("GET", "/numbers"))["items"]
        await desk.box.ask("PATCH", f"/numbers/%2B{number['number'][1:]}", {"menu": menu["id"]})
        closed = {"after_hours": {"kind": "callback", "announcement": "closed"}}
        week = {"week": CLOSED_ALL_WEEK, "keeps_holidays": False, "instead": closed}
        await desk.box.ask("PATCH", "/hours/schedules/usual", week)
        await until(lambda: _is_spoken(desk), "the box's own announcements are spoken", 60)
        yield desk


async def _is_spoken(desk: Office) -> bool:
    items = (await desk.box.ask("GET", "/announcements"))["items"]
    return {"box-callback-confirm-ko", "box-wrong-key-ko"} <= {one["id"] for one in items}


async def hears(call: Call, hertz: int, milliseconds: int = 200) -> None:
    """Wait until the caller has heard a tone."""

    async def heard() -> bool:
        return call.stream.heard.tone_ms(hertz) >= milliseconds

    await until(heard, f"the caller hears {hertz} Hz")


async def told(desk: Office, words: str) -> None:
    """Wait until the newest call's timeline says something."""

    async def said() -> bool:
        (row,) = await desk.calls(1)
        steps = (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]
        return any(words in step["text"] for step in steps)

    await until(said, f"the timeline says {words}")


def begins(call: Call, hertz: int) -> list[int]:
    """Return where a tone begins that is more than a splash of another."""
    spans = tone_spans(call.stream.heard.samples, hertz)
    return [start for start, end in spans if end - start >= 150]


async def test_a_caller_walks_the_menu_and_hears_its_announcements_in_order(desk: Office) -> None:
    call = desk.call_in()
    await call.answered()
    await hears(call, WELCOME, 500)
    call.dial("7")  # there is no such choice
    await until(lambda: _heard_twice(call), "the menu is heard again")
    call.dial("2")
    await hears(call, DELIVERY, 1800)
    ringing = await desk.phones["102"].next_call()
    ringing.answer()
    await hears(call, PHONE_TONE, 300)
    call.hang_up()
    await call.ended()
    row = await desk.next_row()
    assert (row["result"], row["extension"], row["menu_path"]) == (
        "answered",
        "102",
        ["메인 메뉴", "배송 문의", "배송 담당"],
    )
    assert max(begins(call, WELCOME)) < min(begins(call, DELIVERY))
    assert call.stream.heard.tone_ms(WELCOME) < 3600, "a key stops what is heard"


async def _heard_twice(call: Call) -> bool:
    return len(begins(call, WELCOME)) >= 2


async def test_an_extension_is_dialled_in_the_menu_by_a_phone_that_sends_its_keys_as_info(desk: Office) -> None:
    call = desk.call_in()
    await call.answered()
    await hears(call, WELCOME, 500)
    await call.dial_by_info("101")
    ringing = await desk.phones["101"].next_call()
    ringing.refuse(486)
    await until(lambda: _heard_twice(call), "the caller is back in the menu")
    call.dial("3")
    await hears(call, WAY, 1800)
    await call.ended()
    row = await desk.next_row()
    assert (row["result"], row["menu_path"]) == ("menu", ["메인 메뉴", "오시는 길"])


async def test_another_number_is_left_though_the_core_is_killed_meanwhile(desk: Office) -> None:
    await desk.box.ask("PATCH", "/hours", {"in_force": True})
    call = desk.call_in("01055556666")
    await call.answered()
    await hears(call, CLOSED)
    call.dial("2")
    await told(desk, "Key 2")
    call.dial("0109999")
    await told(desk, "Key 9")
    os.kill(desk.box.pid("core"), signal.SIGKILL)
    await asyncio.sleep(0.3)  # keys go on while nobody is there to hear them
    call.dial("8888#")
    await desk.box.until_ready()
    await told(desk, "The number is read back")
    call.dial("1")
    await call.ended(20)
    assert (await desk.next_row())["result"] == "callback"
    wanted = await desk.callback("+821099998888")
    assert (wanted["way"], wanted["asked"], wanted["sure"]) == ("closed", 1, True)
    history = (await desk.box.ask("GET", f"/callbacks/{wanted['id']}"))["history"]
    assert "010-5555-6666" in history[0]["text"]
    items = (await desk.box.ask("GET", "/callbacks"))["items"]
    assert not [one for one in items if one["number"] == "+821055556666"]


async def test_whoever_hangs_up_after_the_greeting_is_kept_and_marked(desk: Office) -> None:
    call = desk.call_in("01055557777")
    await call.answered()
    await hears(call, CLOSED)
    call.hang_up()
    await call.ended()
    await desk.next_row()
    wanted = await desk.callback("+821055557777")
    assert wanted["sure"] is False
