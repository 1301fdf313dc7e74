"""Lamps and waiting messages: what phones see that watch, through any restart, and who may watch at all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.api import EdgeState, Lamp, LampState
from sip.edge import lamps, publishing
from sip.edge.lamps import dialog_info
from tests.support.edge import password
from tests.support.edge_office import EdgeOffice, edge_office
from tests.support.raw_ua import raw_ua, raw_worker
from tests.support.watching import lamp_in, watch

pytestmark = pytest.mark.sip

IDLE, RINGING, BUSY = LampState.IDLE, LampState.RINGING, LampState.BUSY


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[EdgeOffice]:
    async with edge_office(tmp_path) as it:
        yield it


async def test_a_lamp_is_told_at_once_and_with_each_change(it: EdgeOffice) -> None:
    set_lamps = it.edge.client.set_lamps
    others = (Lamp("102", IDLE), Lamp("night", IDLE))
    await set_lamps((Lamp("101", IDLE), *others))
    lamp = await watch(it.two, "101")
    assert lamp_in(await lamp.until("terminated")) == ("terminated", "")
    await set_lamps((Lamp("101", RINGING, "01012345678", "101"), *others))
    assert lamp_in(await lamp.until("early")) == ("early", "01012345678")
    await set_lamps((Lamp("101", BUSY, "01012345678", "101"), *others))
    told = await lamp.told()
    assert lamp_in(told) == ("confirmed", "01012345678")
    assert 'entity="sip:101@127.0.0.1"' in told.body
    assert 'direction="recipient"' in told.body
    assert told.header("Event") == "dialog"
    assert told.header("Content-Type") == "application/dialog-info+xml"
    await set_lamps((Lamp("101", BUSY, "01012345678", "101"), Lamp("102", BUSY), Lamp("night", BUSY)))
    await set_lamps((Lamp("101", BUSY, "101", "0298765432"), *others))
    told = await lamp.told()  # and nothing before it: the others changed
    assert lamp_in(told) == ("confirmed", "0298765432")
    assert 'direction="initiator"' in told.body
    versions = re.findall(r'version="(\d+)"', told.body)
    assert int(versions[0]) >= 3
    await set_lamps(others)
    assert (await lamp.sees())[0] == "terminated"


async def test_parking_places_and_the_night_switch_are_lamps_too_whatever_the_box_is_called(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("park1", BUSY, "01012345678"), Lamp("night", BUSY)))
    park = await watch(it.one, "park1", host="box.office:5060")
    assert lamp_in(await park.until("confirmed")) == ("confirmed", "01012345678")
    await (await watch(it.one, "night")).until("confirmed")


async def test_a_phone_is_told_where_it_really_is(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("102", BUSY),))
    it.one.always = {"Contact": "<sip:101@192.0.2.99:5062>"}  # behind a router
    await (await watch(it.one, "102")).until("confirmed")
    async with raw_ua(it.edge.kamailio.sip, "101", password("101"), host="127.0.0.5", transport="tcp") as phone:
        lamp = await watch(phone, "102")
        await lamp.until("confirmed")
        await it.edge.client.set_lamps((Lamp("102", IDLE),))
        await lamp.until("terminated")


async def test_a_subscription_goes_on_and_ends_as_the_phone_wishes(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("101", IDLE),))
    lamp = await watch(it.two, "101")
    await lamp.until("terminated")
    assert await lamp.again() in (200, 202)
    assert (await lamp.sees())[0] == "terminated"
    assert await lamp.again(expires=0) in (200, 202)
    await lamp.until_it_ends()
    await it.edge.client.set_lamps((Lamp("101", BUSY),))
    other = await watch(it.two, "101")
    await other.until("confirmed")
    assert not lamp.is_told_on()


async def test_after_a_restart_phones_subscribe_anew_and_see_what_is(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("101", RINGING), Lamp("102", IDLE)))
    await it.edge.client.set_messages({"102": (1, 0)})
    lamp = await watch(it.two, "101")
    await lamp.until("early")
    await it.edge.kamailio.kill()
    await it.edge.heard(EdgeState, lambda state: not state.connected)
    await it.edge.client.set_lamps((Lamp("101", BUSY), Lamp("102", IDLE)))
    await it.edge.kamailio.start()
    await it.edge.heard(EdgeState, lambda state: state.connected)
    assert await lamp.again() == 481
    lamp = await watch(it.two, "101")
    await lamp.until("confirmed")
    mine = await watch(it.two, "102", "message-summary")
    await mine.until_it_says("Voice-Message: 1/0")


async def test_a_core_that_was_started_anew_goes_on_with_the_lamps_of_the_one_before(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("101", BUSY), Lamp("102", BUSY), Lamp("103", RINGING)))
    await it.edge.client.set_messages({"101": (1, 0)})
    watching = [await watch(it.two, name) for name in ("101", "102", "103")]
    for lamp, state in zip(watching, ("confirmed", "confirmed", "early"), strict=True):
        await lamp.until(state)
    await it.core_dies()
    core = await it.core_returns()
    await core.set_lamps((Lamp("101", BUSY), Lamp("102", IDLE)))
    await core.set_messages({})
    for lamp in watching[1:]:
        await lamp.until("terminated")
    mine = await watch(it.one, "101", "message-summary")
    await mine.until_it_says("Messages-Waiting: no")
    await core.set_lamps((Lamp("101", IDLE), Lamp("102", RINGING)))
    await watching[0].until("terminated")
    assert (await watching[1].until("early")).body.count("<dialog ") == 1


async def test_a_lamp_goes_out_by_itself_when_nobody_keeps_it(it: EdgeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    await it.edge.client.set_lamps((Lamp("101", IDLE),))
    lamp = await watch(it.two, "101")
    await lamp.until("terminated")
    monkeypatch.setattr(lamps, "LAMP_STANDS_S", 1)  # it is watched by then: who is slow to do so might come too late
    await it.edge.client.set_lamps((Lamp("101", BUSY),))
    await lamp.until("confirmed")
    await it.core_dies()
    assert (await lamp.until("terminated")).header("Subscription-State").startswith("active")


async def test_lamps_and_messages_are_kept_up(it: EdgeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_LOOK_EVERY_S", 0.05)
    for name in ("LAMP_STANDS_S", "MESSAGES_STAND_S"):
        monkeypatch.setattr(lamps, name, 3)  # long enough for a slow machine to be in time with keeping it up
    await it.core_dies()
    core = await it.core_returns()
    await core.set_lamps((Lamp("101", BUSY),))
    await core.set_messages({"102": (1, 0)})
    lamp, mine = await watch(it.two, "101"), await watch(it.two, "102", "message-summary")
    await lamp.until("confirmed")
    await mine.until_it_says("Messages-Waiting: yes")
    for _ in range(3):
        assert (await lamp.sees())[0] == "confirmed"
        assert "Messages-Waiting: yes" in (await mine.told()).body


async def test_many_lamps_are_told_in_one_go(it: EdgeOffice) -> None:
    names = [str(name) for name in range(101, 161)]
    await it.edge.client.set_lamps(tuple(Lamp(name, BUSY) for name in names))
    for name in ("101", "130", "160"):
        await (await watch(it.one, name)).until("confirmed")
    for state in (IDLE, RINGING, BUSY, IDLE):  # quicker than they can be told: the last counts
        await it.edge.client.set_lamps(tuple(Lamp(name, state) for name in names))
    lamp = await watch(it.one, "160")
    await lamp.until("terminated")


async def test_waiting_messages_are_told_to_their_phone_only(it: EdgeOffice) -> None:
    await it.edge.client.set_messages({"101": (2, 5), "102": (0, 1)})
    mine = await watch(it.one, "101", "message-summary")
    told = await mine.until_it_says("Messages-Waiting: yes")
    assert told.header("Content-Type") == "application/simple-message-summary"
    assert "Voice-Message: 2/5 (0/0)" in told.body
    await it.edge.client.set_messages({"102": (0, 1)})
    await mine.until_it_says("Messages-Waiting: no")
    refused = await it.one.ask("SUBSCRIBE", "sip:102@127.0.0.1", {"Event": "message-summary", "Expires": "300"})
    assert refused is not None
    assert refused.code == 403


async def test_only_phones_that_prove_themselves_may_watch_and_none_may_publish(it: EdgeOffice) -> None:
    await it.edge.client.set_lamps((Lamp("101", IDLE),))
    dialog = {"Event": "dialog", "Expires": "300"}
    wrong = await it.one.ask("SUBSCRIBE", "sip:101@127.0.0.1", dialog, password="wrong")
    assert wrong is not None
    assert wrong.code == 407
    odd = await it.one.ask("SUBSCRIBE", "sip:101@127.0.0.1", {"Event": "presence", "Expires": "300"})
    assert odd is not None
    assert (odd.code, odd.header("Allow-Events")) == (489, "dialog, message-summary")
    body = dialog_info(Lamp("101", BUSY), "127.0.0.1").text
    publish = dialog | {"Content-Type": "application/dialog-info+xml"}
    forged = await it.one.ask("PUBLISH", "sip:101@127.0.0.1", publish, body=body)
    assert forged is not None
    assert forged.code == 403
    async with raw_ua(it.edge.kamailio.sip, "900", host="127.0.0.66") as stranger:
        for method in ("SUBSCRIBE", "PUBLISH"):
            assert await stranger.ask(method, "sip:101@127.0.0.1", dialog, seconds=0.1) is None
    async with raw_worker(it.edge.kamailio.core) as worker:
        none = await worker.ask("SUBSCRIBE", "sip:101@127.0.0.1", dialog)
        assert none is not None
        assert none.code == 405
