"""Announcements through a whole box: what callers whom nobody answers really hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from appliance.announcements.phrases import BUILT_IN
from appliance.cli.connection import core_socket
from appliance.i18n.catalog import LANGUAGES
from tests.simulators import audio
from tests.simulators.sip_ua import Behaviour
from tests.support.announcing import made
from tests.support.office import Office, office, until
from web.api.client import Client

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

TONE = 900  # hertz
HANG_UP = {"queue": False, "overflow": {"kind": "hang_up"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    tone = await asyncio.to_thread(made, folder / "closed.m4a", f"sine=f={TONE}:d=2")
    async with office(folder, "101") as desk:
        desk.phones["101"].behaviour = Behaviour(refuse=486)
        async with Client(core_socket(desk.box.config), "en") as client:
            await client.send("POST", "/announcements/upload", tone, {"name": "closed"})
        yield desk


async def built_in(desk: Office) -> None:
    """Wait until the box has spoken its own announcements."""

    async def spoken() -> bool:
        own = [one for one in (await desk.box.ask("GET", "/announcements"))["items"] if one["source"] == "built_in"]
        return len(own) == len(BUILT_IN) * len(LANGUAGES)

    await until(spoken, "the box's own announcements are spoken", 60)


async def test_an_uploaded_announcement_is_what_the_caller_hears_at_last(desk: Office) -> None:
    overflow = {"kind": "announcement", "target": "closed"}
    await desk.box.ask("PATCH", "/groups/main", {"overflow": overflow})
    call = desk.call_in()
    await call.answered()
    await call.ended()
    await desk.box.ask("PATCH", "/groups/main", HANG_UP)
    assert 1800 <= call.stream.heard.tone_ms(TONE) <= 2200


async def test_without_a_choice_the_box_excuses_itself(desk: Office) -> None:
    await built_in(desk)
    await desk.box.ask("PATCH", "/groups/main", {"overflow": {"kind": "announcement"}})
    call = desk.call_in()
    await call.answered()
    await call.ended(20)
    assert audio.sound_ends_ms(call.stream.heard.samples) >= 3000, "it takes its time to say so"
    await desk.box.ask("PATCH", "/groups/main", HANG_UP)


async def test_who_waits_is_told_their_place(desk: Office) -> None:
    queue = {"queue": True, "queue_seconds": 60, "announce_seconds": 10, "offers_callback": False}
    await desk.box.ask("PATCH", "/groups/main", queue)
    call = desk.call_in()
    await call.answered()

    async def said() -> bool:
        (row,) = await desk.calls(1)
        steps = (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]
        return any(step["text"].startswith("The caller was told: place 1") for step in steps)

    await until(said, "the caller is told their place", 20)
    kept = list(desk.box.config.folder.glob("announcements/said/*.wav"))
    assert len(kept) == 1, "spoken once"
    call.hang_up()
    await call.ended()
    await desk.box.ask("PATCH", "/groups/main", HANG_UP)


async def test_who_waits_hears_the_groups_own_music_and_may_ask_to_be_called_back(desk: Office) -> None:
    await built_in(desk)
    waits = {"queue": True, "queue_seconds": 60, "rounds": 1, "music": "closed", "offers_callback": True}
    await desk.box.ask("PATCH", "/groups/main", waits | {"announce_seconds": 0})
    call = desk.call_in("01055557777")
    await call.answered()

    async def music() -> bool:
        return call.stream.heard.tone_ms(TONE) > 4500  # it lasts two seconds: it was played twice and more

    async def asked() -> bool:
        (row,) = await desk.calls(1)
        steps = (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]
        return any(step["text"] == "The caller is asked where to be called back" for step in steps)

    await until(music, "the group's own music")
    spans = audio.tone_spans(call.stream.heard.samples, TONE)
    assert max((after - before for (_, before), (after, _) in pairwise(spans)), default=0) <= 60, "it goes round"
    call.dial("1")
    await until(asked, "the caller is asked where to be called back")
    call.dial("1")
    await call.ended(20)
    wanted = await desk.callback("+821055557777")  # the others called in vain
    assert (await desk.box.ask("GET", f"/calls/{wanted['call']}"))["result"] == "callback"
    await desk.box.ask("PATCH", "/groups/main", HANG_UP | {"music": ""})


async def test_an_announcement_is_played_into_a_talk_and_both_hear_it(desk: Office) -> None:
    phone = desk.phones["101"]
    phone.behaviour = Behaviour(answer_after=0)
    call = desk.call_in("01055558888")
    await call.answered()
    row = await desk.talking("101")
    there = (await phone.next_call(), call)
    while there[0].shown != "01055558888":
        there = (await phone.next_call(), call)
    await desk.box.ask("POST", f"/calls/{row['id']}/play", {"extension": "101", "announcement": "closed"})

    async def heard() -> bool:
        return all(one.stream.heard.tone_ms(TONE) >= 1800 for one in there)

    await until(heard, "both hear it")
    call.hang_up()
    await call.ended()
    steps = (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]
    assert any("closed" in step["text"] for step in steps)
    phone.behaviour = Behaviour(refuse=486)
