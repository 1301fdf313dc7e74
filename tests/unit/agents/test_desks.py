"""The states of desks: what people choose, what follows a talk, what a phone that is away does, what outlasts what."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.agents.events import DeskChanged
from appliance.agents.types import By, Source
from appliance.calls.call import Direction, Reason, Stage, Warned
from appliance.calls.events import CallerWarned
from appliance.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from tests.unit.agents.desk_office import BOSS, ME, call, desk_office

pytestmark = pytest.mark.unit


async def test_a_desk_without_a_person_is_ready_whatever_its_phone_does(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        await office.register("101", there=False)
        await office.turn(60)
        await office.misses("101")
        await office.misses("101")
        await office.talks("101")
        assert office.kind("101") == "ready"
        assert office.available("101").group_calls
        with pytest.raises(Conflict):
            await office.agents.choose("101", "lunch", "", BOSS)
        await office.desks.set_state("101", "dnd", "*78")
        assert (office.available("101").group_calls, office.available("101").direct_calls) == (False, False)
        await office.desks.set_state("101", "ready", "*79")
        assert office.available("101").direct_calls


async def test_only_a_ready_desk_is_given_calls_of_groups_and_direct_calls_by_kind(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        told = {}
        for kind in office.agents.choices():
            await office.agents.choose("101", kind.key, "", ME)
            now = office.available("101")
            assert now.kind == kind.key
            assert now.person == "lee"
            told[kind.key] = (now.group_calls, now.direct_calls)
        assert told == {
            "ready": (True, True),
            "after_call": (False, True),
            "away": (False, True),
            "lunch": (False, False),
            "training": (False, False),
            "meeting": (False, False),
            "dnd": (False, False),
            "offline": (False, False),
        }


async def test_what_cannot_be_chosen_is_refused(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        for kind in ("not_answering", "sleeping", ""):
            with pytest.raises(InvalidInput):
                await office.agents.choose("101", kind, "", ME)
        with pytest.raises(NotFound):
            await office.agents.choose("999", "lunch", "", ME)
        with pytest.raises(InvalidInput):
            await office.agents.choose("101", "lunch", "x" * 201, ME)
        nobody = office.available("999")
        assert (nobody.group_calls, nobody.direct_calls, nobody.person) == (False, False, "")


async def test_every_change_is_a_line_and_the_lines_lie_end_to_end(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        await office.turn(60)
        await office.agents.choose("101", "lunch", "치과", ME)
        await office.turn(60)
        await office.agents.choose("101", "ready", "회의 시작", BOSS)
        await office.turn(60)
        await office.agents.stand(lee, ME)
        lines = await office.history("101")
        assert [(one.login, one.from_kind, one.to_kind, one.why, one.source, one.who) for one in lines] == [
            ("lee", "ready", "ready", "sat_down", "agent", "lee"),
            ("lee", "ready", "lunch", "치과", "agent", "lee"),
            ("lee", "lunch", "ready", "회의 시작", "admin", "boss"),
            ("", "ready", "ready", "stood_up", "agent", "lee"),
        ]
        assert [b.at_ms - a.at_ms for a, b in pairwise(lines)] == [60_000] * 3
        assert await office.logged("agent_state_set") == [("boss", "lee")]


async def test_an_event_is_told_after_the_change_is_stored(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        stored: list[str] = []

        def hear(_: DeskChanged) -> None:
            stored.append(office.kind("101"))

        office.store.bus.subscribe(DeskChanged, hear)
        await office.agents.choose("101", "away", "", ME)
        await office.agents.choose("101", "away", "", ME)
        assert stored == ["away"]
        assert (await office.history("101"))[-1].to_kind == "away"


@pytest.mark.parametrize(("mode", "kind"), [("ready", "ready"), ("timed", "after_call"), ("asked", "after_call")])
async def test_what_follows_a_talk_is_what_the_office_has_set(tmp_path: Path, mode: str, kind: str) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call=mode, after_call_seconds=20)
        await office.at("101")
        await office.talks("101")
        assert office.kind("101") == kind
        assert office.view("101").asked == (mode == "asked")
        await office.turn(19)
        assert office.kind("101") == kind
        await office.turn(1)
        assert office.kind("101") == ("after_call" if mode == "asked" else "ready")
        await office.agents.choose("101", "ready", "", ME)
        assert office.kind("101") == "ready"


async def test_work_after_a_call_can_be_ended_early_or_made_to_last(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        await office.at("101")
        await office.talks("101")
        await office.agents.choose("101", "ready", "", ME)
        await office.turn(31)
        assert [one.to_kind for one in await office.history("101")] == ["ready", "after_call", "ready"]
        await office.talks("101")
        await office.agents.choose("101", "after_call", "", ME)
        await office.turn(3600)
        assert office.kind("101") == "after_call"
        await office.talks("101")  # a direct call in between does not take the chosen peace away
        await office.turn(3600)
        assert office.kind("101") == "after_call"


async def test_a_talk_leaves_what_the_person_has_chosen(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        await office.at("101")
        await office.agents.choose("101", "away", "", ME)
        await office.talks("101")
        assert office.kind("101") == "away"


async def test_a_word_with_a_colleague_needs_no_work_after_it(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        await office.at("101")
        await office.talks("101", direction=Direction.INTERNAL, caller_number="101", called_number="102", group="")
        assert office.kind("101") == "ready"


async def test_a_phone_that_only_rang_has_not_talked(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        await office.at("101")
        await office.talks("101", talked_ms=0)
        assert office.kind("101") == "ready"
        assert office.available("101").calls_today == 0


async def test_the_longest_free_and_the_least_busy_are_known(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        sat = office.available("101").free_since_ms
        assert sat == office.clock.now
        await office.turn(100)
        await office.talks("101")
        assert office.available("101").free_since_ms == office.clock.now
        await office.talks("101", group="")
        assert office.available("101").calls_today == 1  # a direct call is not counted
        await office.turn(100)
        await office.agents.choose("101", "lunch", "", ME)
        await office.turn(100)
        await office.agents.choose("101", "ready", "", ME)
        assert office.available("101").free_since_ms == office.clock.now
        assert office.available("101").calls_today == 1


async def test_calls_are_counted_by_the_day_of_the_office(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        midnight_in_seoul = 1_700_060_400_000
        await office.turn((midnight_in_seoul - 60_000 - office.clock.now) / 1000)
        await office.at("101")
        await office.talks("101")
        assert office.available("101").calls_today == 1
        await office.turn(61)
        assert office.available("101").calls_today == 0
        await office.talks("101")
        assert office.available("101").calls_today == 1


async def test_a_phone_that_is_away_for_more_than_a_moment_takes_its_desk_out(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        await office.register("101", there=False)
        await office.turn(4)
        await office.register("101")
        await office.turn(60)
        assert office.kind("101") == "ready"
        await office.register("101", there=False)
        await office.turn(5)
        assert (office.kind("101"), office.view("101").why) == ("not_answering", "unregistered")
        assert "등록" in office.view("101").reason("ko")
        await office.agents.choose("101", "ready", "", ME)
        await office.turn(5)
        assert office.kind("101") == "not_answering"
        await office.register("101")
        assert office.kind("101") == "ready"


async def test_whoever_misses_two_calls_in_a_row_is_thought_away_until_they_say_otherwise(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        await office.misses("101")
        await office.takes("101")
        await office.misses("101", "refused")
        assert office.kind("101") == "ready"
        await office.misses("101")
        assert (office.kind("101"), office.view("101").why) == ("not_answering", "missed_no_answer")
        await office.register("101", there=False)
        await office.register("101")
        assert office.kind("101") == "not_answering"  # its being away was not the reason
        await office.agents.choose("101", "ready", "", ME)
        await office.misses("101")
        assert office.kind("101") == "ready"
        await office.set(missed_offers=0)
        for _ in range(5):
            await office.misses("101")
        assert office.kind("101") == "ready"


async def test_whoever_listens_hears_of_each_desk_that_becomes_available_or_not(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        heard: list[str] = []
        stop = office.desks.changed(heard.append)
        await office.at("101")
        heard.clear()
        await office.agents.choose("101", "lunch", "", ME)
        await office.store.lines.remove_extension("103")
        await office.settle()
        assert heard == ["101", "103"]
        stop()
        stop()
        await office.agents.choose("101", "ready", "", ME)
        assert len(heard) == 2


async def test_states_outlast_a_restart_and_what_ran_out_meanwhile_is_over(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.set(after_call="timed")
        for extension, login in (("101", "lee"), ("102", "kim"), ("103", "park")):
            await office.at(extension, login)
        await office.agents.choose("101", "lunch", "", ME)
        await office.talks("102")
        ended = office.clock.now
        await office.talks("103", group="")
        await office.agents.choose("103", "ready", "", ME)
        clock = office.clock
    clock.now += 600_000  # and 103's phone has gone
    async with desk_office(tmp_path, clock, {"101", "102"}) as office:
        assert office.kind("101") == "lunch"
        assert office.kind("102") == "ready"
        assert (await office.history("102"))[-1].at_ms == ended + 30_000
        assert office.available("102").calls_today == 1
        assert office.available("102").person == "kim"
        assert office.kind("103") == "ready"
        await office.turn(5)
        assert office.kind("103") == "not_answering"
    async with desk_office(tmp_path, clock, {"101", "102", "103"}) as office:
        assert office.kind("103") == "ready"
        await office.talks("102")
    clock.now += 10_000
    async with desk_office(tmp_path, clock, {"101", "102", "103"}) as office:
        assert office.kind("102") == "after_call"
        await office.turn(19)
        assert office.kind("102") == "after_call"
        await office.turn(1)
        assert office.kind("102") == "ready"


async def test_a_full_disk_does_not_stop_the_desks_and_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")

        async def full(_: object) -> None:
            raise Unavailable("store.disk_full")

        with monkeypatch.context() as patched:
            patched.setattr(office.store.database, "write", full)
            await office.agents.choose("101", "lunch", "", ME)
            assert office.kind("101") == "lunch"
        await office.turn(60)
        await office.agents.choose("101", "ready", "", ME)
        assert [one.to_kind for one in await office.history("101")] == ["ready", "lunch", "ready"]


async def test_what_was_not_stored_is_stored_once_by_whoever_is_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_office(tmp_path) as office:
        for extension, login in (("101", "lee"), ("102", "kim"), ("103", "park")):
            await office.at(extension, login)

        async def full(_: object) -> None:
            raise Unavailable("store.disk_full")

        with monkeypatch.context() as patched:
            patched.setattr(office.store.database, "write", full)
            await office.agents.choose("101", "lunch", "", ME)
        await asyncio.gather(*(office.agents.choose(one, "lunch", "", ME) for one in ("102", "103")))
        assert [one.to_kind for one in await office.history("101")] == ["ready", "lunch"]


async def test_a_code_dialled_on_the_phone_outlasts_whoever_sits_there(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        lee = await office.at("101")
        await office.agents.choose("101", "dnd", "", ME)
        await office.agents.stand(lee, ME)
        assert office.kind("101") == "ready"  # chosen on the page: for the person, not for the phone
        await office.desks.set_state("101", "dnd", "*78")
        await office.agents.sit(lee, "101", By(Source.AGENT, "lee"))
        assert office.kind("101") == "dnd"
        await office.agents.stand(lee, ME)
        assert office.kind("101") == "dnd"
        assert [(one.source, one.who) for one in await office.history("101")][-1] == ("phone", "*78")


def ended(extension: str, reason: Reason = Reason.ABUSE, stage: Stage = Stage.END) -> CallerWarned:
    return CallerWarned(call(), Warned(1, stage, reason.value, extension, "lee", "안내"))


async def test_whoever_had_to_end_a_call_rests_and_nobody_else_may_end_that(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        office.store.bus.publish(ended("101", stage=Stage.SECOND))
        office.store.bus.publish(ended("101", Reason.LONG_CALL))
        await office.turn(0)
        assert office.agents.view("101").kind.key == "ready"
        office.store.bus.publish(ended("101"))
        await office.turn(0)
        resting = office.agents.view("101")
        assert (resting.kind.key, resting.kind.working, resting.why) == ("rest", True, "protected")
        assert resting.until_ms == office.clock.now_ms() + 10 * 60_000
        assert not office.desks.availability("101").group_calls
        assert not office.desks.availability("101").direct_calls
        with pytest.raises(Conflict, match="rest_protected"):
            await office.agents.choose("101", "ready", "", BOSS)
        with pytest.raises(InvalidInput, match="no_such_kind"):
            await office.agents.choose("101", "rest", "", ME)
        await office.agents.choose("101", "ready", "", ME)
        assert office.agents.view("101").kind.key == "ready"


async def test_a_rest_is_over_with_its_time_and_an_office_may_do_without(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.at("101")
        office.store.bus.publish(ended("101"))
        await office.turn(0)
        await office.turn(600)
        assert office.agents.view("101").kind.key == "ready"
        await office.store.settings.set(**{"agents.rest_minutes": 0})
        office.store.bus.publish(ended("101"))
        await office.turn(0)
        assert office.agents.view("101").kind.key == "ready"
