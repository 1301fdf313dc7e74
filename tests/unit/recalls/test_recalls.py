"""Calls that were promised: what may be said, who is reminded when, also after a restart; each is kept once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.access.service import Access
from appliance.access.types import Role, UserDraft
from appliance.core.bus import Bus
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.recalls.service import RecallDraft, Recalls, RecallsChanged, RecallsDue, Result, State, Wanted
from appliance.store.database import Database
from appliance.store.settings import Settings
from tests.support.new_store import new_store
from tests.unit.calls.office import TurnedClock

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000


class Office:
    """Recalls, with a clock to turn and all that was told."""

    def __init__(self, recalls: Recalls, access: Access, clock: TurnedClock, told: list[object]) -> None:
        self.recalls, self.access, self.clock, self.told = recalls, access, clock, told

    def draft(self, hours: float = 1, **more: str) -> RecallDraft:
        said = {"agent": "haneul", "number": "010-5555-1234"} | more
        return RecallDraft(self.clock.now + round(hours * HOUR_MS), **said)

    def reminded(self) -> list[frozenset[str]]:
        return [event.agents for event in self.told if isinstance(event, RecallsDue)]


@asynccontextmanager
async def opened(folder: Path, clock: TurnedClock) -> AsyncIterator[Office]:
    bus, told = Bus(), list[object]()
    bus.subscribe(object, told.append)
    database = Database(new_store(folder))
    await database.open()
    settings = Settings(database, bus, clock)
    await settings.open()
    access = Access(database, settings, bus, clock, folder)
    recalls = Recalls(database, settings, bus, clock, access)
    await recalls.open()
    recalls.start()
    try:
        yield Office(recalls, access, clock, told)
    finally:
        recalls.stop()
        await database.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, TurnedClock()) as office:
        for login in ("haneul", "doyun"):
            await office.access.add_user(UserDraft(login, login, Role.AGENT), "a good long password")
        yield office


async def test_a_promise_is_kept_and_done_once(office: Office) -> None:
    made = await office.recalls.add(office.draft(note=" about the bill \r\n", name="최 민서"), "doyun")
    assert (made.number, made.note, made.made_by, made.state) == ("+821055551234", "about the bill", "doyun", "open")
    again = await office.recalls.add(office.draft(note="about the bill", name="최 민서"), "doyun")
    assert again == made
    moved = await office.recalls.change(made.id, office.draft(2, agent="doyun"))
    assert (moved.at_ms - made.at_ms, moved.agent) == (HOUR_MS, "doyun")
    assert office.told[-1] == RecallsChanged(made.id, frozenset({"haneul", "doyun"}))
    done = await office.recalls.done(made.id, "doyun", Result.REACHED, "will pay")
    assert (done.state, done.result, done.done_note, done.done_by) == (State.DONE, Result.REACHED, "will pay", "doyun")
    assert await office.recalls.done(made.id, "haneul") == done
    with pytest.raises(Conflict):
        await office.recalls.change(made.id, office.draft(3))
    with pytest.raises(NotFound):
        await office.recalls.done(999, "haneul")


async def test_whoever_promised_is_reminded_when_it_is_due(office: Office) -> None:
    await office.recalls.add(office.draft(1), "haneul")
    later = await office.recalls.add(office.draft(2, agent="doyun"), "haneul")
    office.clock.turn(HOUR_MS / 1000 - 1)
    assert not office.reminded()
    office.clock.turn(1)
    assert office.reminded() == [frozenset({"haneul"})]
    (due,) = office.recalls.due("haneul")
    await office.recalls.put_off(due.id, 10)
    assert not office.recalls.due("haneul")
    office.clock.turn(600)
    assert office.reminded() == [frozenset({"haneul"})] * 2
    await office.recalls.done(due.id, "haneul")
    await office.recalls.change(later.id, office.draft(0, agent="doyun"))
    assert office.reminded()[-1] == {"doyun"}
    assert not office.recalls.due("haneul")


async def test_what_came_due_while_nobody_ran_is_told_at_the_start(office: Office, tmp_path: Path) -> None:
    made = await office.recalls.add(office.draft(1), "haneul")
    office.recalls.stop()
    office.clock.turn(5 * 3600)
    assert not office.reminded()
    await office.recalls._database.close()
    async with opened(tmp_path, office.clock) as afterwards:
        assert afterwards.reminded() == [frozenset({"haneul"})]
        assert afterwards.recalls.due("haneul") == (made,)


async def test_a_clock_that_is_set_forward_is_noticed(office: Office) -> None:
    await office.recalls.add(office.draft(48), "haneul")
    office.clock.now += 49 * HOUR_MS  # set, not passed
    office.clock.turn(0)
    office.clock.turn(600)
    assert office.reminded() == [frozenset({"haneul"})]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("at", {"hours": -1}),
        ("at", {"hours": 24 * 900}),
        ("agent", {"agent": "nobody"}),
        ("number", {"number": "call me"}),
        ("number", {"number": ""}),
        ("name", {"name": "x" * 61}),
        ("note", {"note": "x" * 2001}),
    ],
)
async def test_what_cannot_be_promised_is_refused_beside_its_field(
    office: Office, field: str, wrong: dict[str, object]
) -> None:
    hours = float(str(wrong.pop("hours", 1)))
    with pytest.raises(InvalidInput) as refused:
        await office.recalls.add(office.draft(hours, **{name: str(value) for name, value in wrong.items()}), "haneul")
    assert refused.value.field == field


async def test_one_that_is_overdue_may_be_changed_but_not_moved_into_the_past(office: Office) -> None:
    made = await office.recalls.add(office.draft(1), "haneul")
    office.clock.turn(4 * 3600)
    noted = await office.recalls.change(made.id, replace(office.draft(), at_ms=made.at_ms, note="twice in vain"))
    assert noted.note == "twice in vain"
    with pytest.raises(InvalidInput):
        await office.recalls.change(made.id, replace(office.draft(), at_ms=made.at_ms - 1000))


async def test_the_list_comes_by_time_and_for_whoever_may_see_it(office: Office) -> None:
    for hours, agent in ((3, "doyun"), (1, "haneul"), (2, "haneul")):
        await office.recalls.add(office.draft(hours, agent=agent), "boss")
    first, cursor = await office.recalls.search(Wanted(), limit=2)
    rest, end = await office.recalls.search(Wanted(), cursor, 2)
    assert [one.agent for one in (*first, *rest)] == ["haneul", "haneul", "doyun"]
    assert not end
    backwards, cursor = await office.recalls.search(Wanted(), limit=2, latest_first=True)
    assert [one.agent for one in backwards] == ["doyun", "haneul"]
    assert [one.id for one in (await office.recalls.search(Wanted(), cursor, latest_first=True))[0]] == [first[0].id]
    now = office.clock.now
    for wanted, found in (
        (Wanted(agent="doyun"), 1),
        (Wanted(seen_by="boss"), 3),
        (Wanted(seen_by="haneul"), 2),
        (Wanted(state="done"), 0),
        (Wanted(from_ms=now + 2 * HOUR_MS, to_ms=now + 3 * HOUR_MS), 1),
        (Wanted(numbers=("+821055551234",)), 3),
        (Wanted(numbers=("+821099998888",)), 0),
    ):
        assert len((await office.recalls.search(wanted))[0]) == found, wanted
    with pytest.raises(InvalidInput):
        await office.recalls.search(Wanted(), "x")
