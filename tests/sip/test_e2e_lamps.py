"""Lamps and waiting messages in a whole box: a phone watches its colleague and its own groups' callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.simulators.sip_call import CallFailed
from tests.simulators.sip_ua import Behaviour
from tests.support.office import Office, office
from tests.support.raw_ua import RawUa, raw_ua
from tests.support.watching import watch

pytestmark = pytest.mark.sip

CALLER = "01055551234"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, "101") as desk:
        yield desk


@pytest.fixture
async def watcher(desk: Office) -> AsyncIterator[RawUa]:
    """A phone on 102 that can subscribe."""
    await desk.add_phone("102")  # the box has its password now, and the edge knows it
    desk.phones.pop("102").close()
    async with raw_ua(desk.edge, "102", desk.passwords["102"], host="127.0.0.7") as phone:
        assert (await phone.register()).code == 200
        yield phone


async def test_a_colleagues_lamp_follows_their_calls(desk: Office, watcher: RawUa) -> None:
    lamp = await watch(watcher, "101")
    await lamp.until("terminated")
    call = desk.call_in(CALLER)
    ringing = await desk.phones["101"].next_call()
    early = await lamp.until("early")
    assert f"sip:{CALLER}@" in early.body
    ringing.answer()
    await call.answered()
    confirmed = await lamp.until("confirmed")
    assert 'direction="recipient"' in confirmed.body
    call.hang_up()
    await call.ended()
    await lamp.until("terminated")
    out = desk.phones["101"].call(CALLER)
    assert 'direction="initiator"' in (await lamp.until("confirmed")).body
    await desk.carrier.next_call()
    out.cancel()
    await lamp.until("terminated")


async def test_every_parking_place_and_the_night_switch_can_be_watched(desk: Office, watcher: RawUa) -> None:
    for name in ("park1", "park5", "night"):
        await (await watch(watcher, name)).until("terminated")


async def test_a_callback_lights_the_message_lamp_until_somebody_has_called_back(desk: Office, watcher: RawUa) -> None:
    mine = await watch(watcher, "102", "message-summary")
    await mine.told()  # at once: a subscription whose NOTIFY nobody answers is ended
    await desk.box.ask("PATCH", "/settings", {"calls.callback_keys": False})
    await desk.box.ask("PATCH", "/groups/main", {"ring_seconds": 5, "overflow": {"kind": "callback"}})
    desk.phones["101"].behaviour = Behaviour(refuse=486)
    call = desk.call_in(CALLER)
    with suppress(CallFailed):  # until the box has spoken its own announcements, it only hangs up
        await call.answered()
    await mine.until_it_says("Voice-Message: 1/0")
    await call.ended()
    row = await desk.next_row()
    assert (row["result"], row["wants_callback"]) == ("callback", True)
    (waiting,) = (await desk.box.ask("GET", "/callbacks"))["items"]
    assert (waiting["number"], waiting["call"]) == ("+821055551234", row["id"])
    desk.phones["101"].behaviour = Behaviour()
    desk.carrier.behaviour = Behaviour(answer_after=0.1)
    back = desk.phones["101"].call(CALLER)
    await back.answered()
    back.hang_up()
    await back.ended()
    await mine.until_it_says("Messages-Waiting: no")
    (done,) = (await desk.box.ask("GET", "/callbacks", query={"state": "done"}))["items"]
    assert (done["id"], done["done_by"]) == (waiting["id"], "101")
