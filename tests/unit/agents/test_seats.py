"""Who sits where: choosing, taking over, sitting down by themselves, and everything that ends a seat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.access.types import UserDraft
from appliance.agents.events import SeatChanged
from appliance.agents.service import Occupied
from appliance.agents.types import By, Source
from appliance.core.errors import InvalidInput, NotAllowed, Unavailable
from tests.unit.agents.desk_office import BOSS, ME, desk_office

pytestmark = pytest.mark.unit

KIM = By(Source.AGENT, "kim")


async def test_one_person_sits_at_one_phone(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        assert office.agents.extension_of(lee) == "101"
        await office.agents.sit(lee, "102", ME)
        assert office.agents.extension_of(lee) == "102"
        assert [office.view(one).login for one in ("101", "102")] == ["", "lee"]
        await office.agents.sit(lee, "", ME)
        assert office.agents.extension_of(lee) == ""
        assert [one.login for one in office.agents.without_phone()] == ["lee"]
        with pytest.raises(InvalidInput):
            await office.agents.sit(lee, "999", ME)


async def test_an_occupied_phone_is_taken_over_only_when_that_was_confirmed(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        await office.agents.choose("101", "lunch", "", ME)
        kim = await office.user("kim", "김하늘")
        heard: list[SeatChanged] = []
        with pytest.raises(Occupied) as asked:
            await office.agents.sit(kim, "101", KIM)
        assert asked.value.params == {"extension": "101", "name": "이상담"}
        assert office.agents.extension_of(lee) == "101"
        office.store.bus.subscribe(SeatChanged, heard.append)
        await office.agents.sit(kim, "101", KIM, take_over=True)
        assert (office.agents.extension_of(lee), office.agents.extension_of(kim)) == ("", "101")
        assert heard == [SeatChanged(kim.id, "101", ""), SeatChanged(lee.id, "", "101")]
        assert (office.kind("101"), (await office.history("101"))[-1].why) == ("ready", "taken_over")
        seat = office.agents.seat_of(lee)
        assert seat
        assert seat.lost_to == "김하늘"
        assert await office.logged("seat_taken_over") == [("kim", "lee")]
        await office.agents.seen_loss(lee)
        assert office.agents.seat_of(lee) != seat


async def test_a_seat_outlasts_a_restart(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee")
        session = await office.sign_in(lee)
        await office.agents.sit(lee, "101", ME, token=session.token)
        clock = office.clock
    async with desk_office(tmp_path, clock) as office:
        assert office.agents.extension_of(lee) == "101"
        assert office.view("101").login == "lee"


async def test_a_seat_ends_with_the_session_in_which_it_was_taken(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee")
        here, elsewhere = await office.sign_in(lee), await office.sign_in(lee)
        await office.agents.sit(lee, "101", ME, token=here.token)
        await office.store.access.sign_out(elsewhere.token)
        await office.settle()
        assert office.agents.extension_of(lee) == "101"
        await office.store.access.sign_out(here.token)
        await office.settle()
        assert office.agents.extension_of(lee) == ""
        assert office.agents.without_phone() == ()
        assert (await office.history("101"))[-1].why == "signed_out"


async def test_a_session_that_is_not_used_any_more_takes_its_seat_with_it(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee")
        session = await office.sign_in(lee)
        await office.agents.sit(lee, "101", ME, token=session.token)
        await office.turn(11 * 3600)
        assert office.agents.extension_of(lee) == "101"
        await office.turn(3700)
        await office.turn(60)
        assert office.agents.extension_of(lee) == ""


async def test_a_session_that_ended_while_the_box_stood_still_leaves_no_seat(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee")
        session = await office.sign_in(lee)
        await office.agents.sit(lee, "101", ME, token=session.token)
        clock = office.clock
    clock.now += 13 * 3_600_000
    async with desk_office(tmp_path, clock) as office:
        assert office.agents.extension_of(lee) == ""


async def test_disabling_a_user_frees_the_phone(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        await office.store.access.disable_user(lee.id)
        await office.settle()
        assert office.agents.extension_of(lee) == ""
        assert (await office.history("101"))[-1].why == "user_disabled"
        with pytest.raises(NotAllowed):
            await office.agents.sit(await office.store.access.user(lee.id), "101", ME)


@pytest.mark.parametrize("removed", [True, False])
async def test_removing_or_disabling_an_extension_ends_the_seat(tmp_path: Path, removed: bool) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        await office.agents.choose("101", "lunch", "", ME)
        lines = office.store.lines
        if removed:
            await lines.remove_extension("101")
        else:
            await lines.change_extension(replace(await lines.extension("101"), enabled=False))
        await office.settle()
        assert office.agents.extension_of(lee) == ""
        assert (await office.history("101"))[-1].why == "extension_gone"
        assert not office.available("101").direct_calls
        if removed:
            await lines.add_extension("101", "새 자리")
            assert (office.kind("101"), office.view("101").since_ms) == ("ready", 0)


async def test_whoever_has_not_chosen_sits_down_at_their_own_phone_if_it_is_free(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee", extension="101")
        session = await office.sign_in(lee)
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == "101"
        kim = await office.user("kim", extension="102")
        await office.agents.sit(lee, "102", ME, token=session.token)
        await office.agents.sit_by_itself(kim, (await office.sign_in(kim)).token)
        assert office.agents.extension_of(kim) == ""
        assert office.agents.extension_of(lee) == "102"


async def test_whoever_chose_to_be_without_a_phone_stays_so_until_they_sign_in_again(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee", extension="101")
        session = await office.sign_in(lee)
        await office.agents.sit(lee, "", ME, token=session.token)
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == ""
        clock = office.clock
    async with desk_office(tmp_path, clock) as office:
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == ""
        await office.agents.sit_by_itself(lee, (await office.sign_in(lee)).token)
        assert office.agents.extension_of(lee) == "101"


async def test_whoever_was_sent_away_or_stood_up_does_not_sit_down_by_themselves(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee, kim = await office.user("lee", extension="101"), await office.user("kim")
        session = await office.sign_in(lee)
        await office.agents.sit_by_itself(lee, session.token)
        await office.agents.sit(kim, "101", KIM, take_over=True)
        await office.agents.stand(kim, KIM)
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == ""


async def test_whoever_is_choosing_a_seat_does_not_sit_down_by_themselves_in_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee", extension="101")
        session, working = await office.sign_in(lee), office.store.database.write
        asked, spins = asyncio.Event(), asyncio.Event()

        async def slow(fn: Callable[[], object]) -> object:
            asked.set()
            await spins.wait()
            return await working(fn)

        monkeypatch.setattr(office.store.database, "write", slow)
        choosing = asyncio.create_task(office.agents.sit(lee, "102", ME, token=session.token))
        await asked.wait()
        page = asyncio.create_task(office.agents.sit_by_itself(lee, session.token))
        await asyncio.sleep(0)
        spins.set()
        await asyncio.gather(choosing, page)
        assert office.agents.extension_of(lee) == "102"


async def test_a_seat_taken_by_itself_follows_the_profile_and_a_chosen_one_does_not(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee", extension="101")
        session = await office.sign_in(lee)
        await office.agents.sit_by_itself(lee, session.token)
        lee = await office.store.access.change_user(lee.id, UserDraft("lee", "이상담", extension="102"))
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == "102"
        await office.agents.sit(lee, "102", ME, token=session.token)
        lee = await office.store.access.change_user(lee.id, UserDraft("lee", "이상담", extension="103"))
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == "102"
        await office.settle()
        assert office.view("102").person == "이상담"  # also when the name has changed


async def test_a_seat_given_by_an_admin_lasts_without_a_session(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee")
        await office.agents.sit(lee, "101", BOSS)
        await office.turn(13 * 3600)
        assert office.agents.extension_of(lee) == "101"
        assert await office.logged("seat_given") == [("boss", "lee")]
        session = await office.sign_in(lee)
        await office.store.access.sign_out(session.token)
        await office.settle()
        assert office.agents.extension_of(lee) == ""


async def test_without_the_store_nobody_moves_and_somebody_who_only_signed_in_is_not_bothered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.user("lee", extension="101")
        session = await office.sign_in(lee)

        async def full(_: object) -> None:
            raise Unavailable("store.disk_full")

        monkeypatch.setattr(office.store.database, "write", full)
        with pytest.raises(Unavailable):
            await office.agents.sit(lee, "101", ME)
        await office.agents.sit_by_itself(lee, session.token)
        assert office.agents.extension_of(lee) == ""
        assert office.view("101").login == ""
