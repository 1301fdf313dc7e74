"""Lamps of extensions and parking places, as phones see them that watch."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import CallView, Direction, Ender, PartyView, Result, State
from appliance.calls.destinations import Destination
from appliance.calls.lamps import NIGHT, lamps_of
from appliance.calls.ports import Phone, Rules
from appliance.core.telling import TRY_AGAIN_S
from sip.api import Hold, Lamp, LampState
from sip.edge.fake import FakeEdge
from tests.unit.calls.office import DIRECTORY, Office, TurnedClock, running_office

pytestmark = pytest.mark.unit

IDLE, RINGING, BUSY = LampState.IDLE, LampState.RINGING, LampState.BUSY
CUSTOMER = "01055551234"


def shows(office: Office, name: str) -> tuple[LampState, str, str]:
    lamp = office.edge.lamps[name]
    return lamp.state, lamp.caller, lamp.called


async def until_it_shows(office: Office, name: str, state: LampState) -> None:
    await office.until(lambda: name in office.edge.lamps and office.edge.lamps[name].state is state)


async def test_without_calls_everything_is_idle_and_everything_is_there(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        await office.until(lambda: office.edge.lamps)
        assert set(office.edge.lamps) == {"101", "102", "park1", "park2", "park3", "park4", "park5", NIGHT}
        assert {lamp.state for lamp in office.edge.lamps.values()} == {IDLE}


async def test_phones_ring_one_answers_and_all_fall_dark(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        await office.inbound()
        await until_it_shows(office, "101", RINGING)
        assert shows(office, "102") == (RINGING, CUSTOMER, "102")
        call_id = await office.talking()
        await until_it_shows(office, "102", BUSY)
        assert shows(office, "102") == (BUSY, CUSTOMER, "102")
        office.voice.hang_up(call_id, "caller")
        await until_it_shows(office, "102", RINGING)  # the first call rings on


async def test_a_phone_that_calls_is_busy_at_once_and_on_the_calling_side(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.edge.phone_calls("101", CUSTOMER)
        await until_it_shows(office, "101", BUSY)
        assert shows(office, "101") == (BUSY, "101", CUSTOMER)
        assert office.edge.lamps["102"].state is IDLE


async def test_two_colleagues_see_each_other(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.edge.phone_calls("101", "102")
        await until_it_shows(office, "102", RINGING)
        assert shows(office, "101") == (BUSY, "101", "102")
        assert shows(office, "102") == (RINGING, "101", "102")


async def test_a_parked_call_lights_its_place_and_frees_the_phone(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        await office.calls.desk.park("102", call_id, "haneul", place=3)
        await until_it_shows(office, "park3", BUSY)
        assert shows(office, "park3") == (BUSY, CUSTOMER, "")
        assert office.edge.lamps["102"].state is IDLE
        await office.calls.desk.fetch("101", call_id, "haneul")
        await until_it_shows(office, "101", RINGING)
        office.voice.pick_up(call_id, "called-2", "101")
        await until_it_shows(office, "park3", IDLE)
        assert shows(office, "101") == (BUSY, CUSTOMER, "101")


async def test_who_is_consulted_shows_who_asks(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        await office.calls.desk.consult("102", call_id, Destination("101"), "doyun")
        await office.ordered(call_id, Hold)
        await until_it_shows(office, "101", RINGING)
        assert shows(office, "101") == (RINGING, "102", "101")


async def test_a_new_extension_and_a_new_place_have_lamps_too(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        phones = {**DIRECTORY.phones, "103": Phone("103", "이서연")}
        office.facts = replace(DIRECTORY, phones=phones, rules=Rules(parking_places=1))
        office.calls.facts_changed()
        await office.until(lambda: "103" in office.edge.lamps)
        assert "park2" not in office.edge.lamps


async def test_an_edge_that_comes_back_is_told_again_and_nothing_is_told_twice_in_between(tmp_path: Path) -> None:
    edge = _Counting()
    async with running_office(tmp_path, edge=edge) as office:
        await office.talking()
        await until_it_shows(office, "102", BUSY)
        told = edge.told
        for _ in range(5):
            office.calls.facts_changed()
        edge.lamps.clear()
        edge.goes_away()
        edge.comes_back()
        await office.until(lambda: edge.lamps)
        assert edge.told == told + 1
        assert edge.lamps["102"].state is BUSY


async def test_an_edge_that_comes_back_while_it_is_being_told_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = _Counting()
    async with running_office(tmp_path, edge=edge) as office:
        await office.until(lambda: edge.lamps)
        working, begun, goes_on = edge.set_lamps, asyncio.Event(), asyncio.Event()

        async def slow(lamps: tuple[Lamp, ...]) -> None:
            await working(lamps)
            begun.set()
            await goes_on.wait()

        monkeypatch.setattr(edge, "set_lamps", slow)
        await office.inbound()
        await begun.wait()
        edge.lamps.clear()
        edge.goes_away()
        edge.comes_back()
        goes_on.set()
        await until_it_shows(office, "101", RINGING)


async def test_a_restarted_core_begins_with_the_lamps_of_the_calls_that_go_on(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with running_office(tmp_path, clock=clock) as office:
        await office.talking()
        await until_it_shows(office, "102", BUSY)
        edge, voice = office.edge, office.voice
    edge.seen.clear()
    async with running_office(tmp_path, voice, clock, edge) as office:
        call_id = office.calls.live()[0].id
        office.voice.hang_up(call_id, "caller")
        await until_it_shows(office, "102", IDLE)
        assert [lamp.state for lamp in edge.seen if lamp.name == "102"] == [IDLE]


async def test_what_could_not_be_told_is_told_a_little_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as office:
        await office.until(lambda: office.edge.lamps)
        working = office.edge.set_lamps

        async def broken(lamps: tuple[Lamp, ...]) -> None:
            raise OSError("no way")

        monkeypatch.setattr(office.edge, "set_lamps", broken)
        await office.inbound()
        await office.until(lambda: "not told" in caplog.text)
        monkeypatch.setattr(office.edge, "set_lamps", working)
        office.clock.turn(TRY_AGAIN_S)
        await until_it_shows(office, "101", RINGING)


async def test_a_phone_that_both_talks_and_rings_is_busy(tmp_path: Path) -> None:
    talks = _call(parties=(PartyView("called", "desk", "talking", "101"),))
    rings = _call(
        parties=(PartyView("called", "desk", "ringing", "101", rings_at=("101",)),), caller_number="+8221112222"
    )
    for calls in ((talks, rings), (rings, talks)):
        lamps = {lamp.name: lamp for lamp in lamps_of(("101",), 0, calls)}
        assert (lamps["101"].state, lamps["101"].caller) == (BUSY, CUSTOMER)


def test_a_supervisor_is_busy_and_nobody_learns_with_whom() -> None:
    supervised = _call(
        parties=(PartyView("called", "desk", "talking", "101"), PartyView("called-2", "monitor", "talking", "102"))
    )
    assert lamps_of(("102",), 0, (supervised,))[0] == Lamp("102", BUSY, "", "102")


def test_a_withheld_number_stays_withheld() -> None:
    rings = _call(parties=(PartyView("called", "desk", "ringing", rings_at=("101",)),), caller_number="")
    assert lamps_of(("101",), 0, (rings,))[0] == Lamp("101", RINGING, "", "101")


def test_calls_that_the_edge_handles_alone_light_lamps_too() -> None:
    rings = _call(state=State.RINGING, extensions=("101", "102"))
    assert [lamp.state for lamp in lamps_of(("101", "102", "103"), 0, (rings,))] == [RINGING, RINGING, IDLE, IDLE]
    talks = _call(state=State.TALKING, extensions=("101", "102"), extension="102")
    assert [lamp.state for lamp in lamps_of(("101", "102"), 0, (talks,))] == [IDLE, BUSY, IDLE]
    inside = _call(direction=Direction.INTERNAL, caller_number="101", called_number="102", extension="102")
    assert lamps_of(("101", "102"), 0, (inside,))[:2] == (
        Lamp("101", BUSY, "101", "102"),
        Lamp("102", BUSY, "101", "102"),
    )
    out = _call(direction=Direction.OUT, caller_number="101", called_number="+821055551234", extension="101")
    assert lamps_of(("101",), 0, (out,))[0] == Lamp("101", BUSY, "101", CUSTOMER)


class _Counting(FakeEdge):
    """Counts how often lamps are told."""

    told = 0

    async def set_lamps(self, lamps: tuple[Lamp, ...]) -> None:
        self.told += 1
        await super().set_lamps(lamps)


def _call(**given: object) -> CallView:
    fields: dict[str, object] = {
        "id": "c1",
        "direction": Direction.IN,
        "state": State.TALKING,
        "caller_number": "+821055551234",
        "caller_name": "",
        "presentation": "shown",
        "called_number": "+82212345678",
        "trunk": "kt",
        "number": "+82212345678",
        "group": "main",
        "extensions": (),
        "extension": "",
        "started_ms": 1,
        "ringing_ms": 0,
        "answered_ms": 0,
        "ended_ms": 0,
        "result": Result.OPEN,
        "cause": "",
        "ended_by": Ender.NOBODY,
    }
    return CallView(**(fields | given))  # type: ignore[arg-type]  # fields by their names
