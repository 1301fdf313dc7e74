"""Bringing a database up to date: old ones, broken steps, databases of a newer release."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.calls.ports import Overflow, Strategy
from appliance.core.errors import Unavailable
from appliance.crm.types import CustomerDraft
from appliance.lines.types import Extension
from appliance.store.base import BaseModel
from appliance.store.engine import engine_for
from appliance.store.migrate import MIGRATIONS, migrate
from tests.support.office_store import opened

pytestmark = pytest.mark.unit

OLD = Path(__file__).parents[2] / "fixtures" / "databases"

GOOD_STEP = """
import peewee
READABLE_FROM = {readable_from}
def up(migrator, db):
    grade = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(migrator.add_column("customer", "grade", grade))
"""
BAD_STEP = """
READABLE_FROM = 1
def up(migrator, db):
    db.execute_sql("CREATE TABLE half_done (a INTEGER)")
    db.execute_sql("DELETE FROM customer")
    raise ValueError("cannot go on")
"""


def steps(folder: Path, **more: str) -> Path:
    """Return a folder with the released steps and `more` of them."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in more.items():
        (folder / f"{name.removeprefix('step_')}.py").write_text(text)
    return folder


def contents(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def up_to_date(file: Path, folder: Path = MIGRATIONS) -> list[str]:
    return migrate(engine_for(f"sqlite:///{file}", 1), folder)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as the first release left it, with something of everything in it."""
    file = tmp_path / "soribox.db"
    shutil.copy(OLD / "0001.db", file)
    return file


async def test_a_database_of_the_first_release_is_brought_up_to_date_with_all_it_holds(old: Path) -> None:
    async with opened(old.parent) as store:
        assert store.settings.get("office.name") == "첫 사무실"
        assert [user.login for user in await store.access.users()] == ["admin"]
        assert store.lines.snapshot().extensions == (Extension("201", "안내"),)
        (main,) = store.lines.snapshot().groups
        assert (main.strategy, main.rounds, main.queue, main.overflow) == (Strategy.ALL, 1, False, Overflow())
        found = await store.customers.search("길동")
        assert [(c.name, c.numbers) for c in found] == [("홍길동", ("+821055551234",))]
        assert await store.access.sign_in("admin", "correct horse 7", "192.0.2.1", "test")


def test_a_new_database_gets_all_steps_and_the_next_start_none(tmp_path: Path) -> None:
    file = tmp_path / "soribox.db"
    assert up_to_date(file)[0] == "0001_first_release"
    assert up_to_date(file) == []


def test_a_step_that_comes_later_than_its_number_is_done_all_the_same(tmp_path: Path) -> None:
    file, folder = tmp_path / "soribox.db", tmp_path / "steps"
    up_to_date(file, steps(folder, step_9002_later=GOOD_STEP.format(readable_from=1)))
    (folder / "9001_late.py").write_text(GOOD_STEP.format(readable_from=1).replace("grade", "rank"))
    assert up_to_date(file, folder) == ["9001_late"]


def test_a_step_that_fails_leaves_everything_as_it_was(old: Path, tmp_path: Path) -> None:
    before = contents(old)
    good, bad = GOOD_STEP.format(readable_from=1), BAD_STEP
    with pytest.raises(Unavailable, match=r"store\.migration_failed"):
        up_to_date(old, steps(tmp_path / "steps", step_9001_good=good, step_9002_bad=bad))
    assert contents(old) == before


def test_a_copy_is_kept_before_anything_is_changed(old: Path, tmp_path: Path) -> None:
    before = contents(old)
    folder = tmp_path / "steps"
    folder.mkdir()
    shutil.copy(MIGRATIONS / "0001_first_release.py", folder)
    (folder / "0002_more.py").write_text(GOOD_STEP.format(readable_from=1))
    assert up_to_date(old, folder) == ["0002_more"]
    copy = old.with_name("soribox.db.before-0002")
    assert contents(copy) == before
    assert copy.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_database_that_needs_a_newer_release_is_refused_and_left_alone(old: Path, tmp_path: Path) -> None:
    up_to_date(old, steps(tmp_path / "newer", step_9001_breaking=GOOD_STEP.format(readable_from=9001)))
    before = contents(old)
    with pytest.raises(Unavailable, match=r"store\.too_new"):
        up_to_date(old)
    assert contents(old) == before


async def test_after_going_back_a_release_a_database_with_mere_additions_still_works(old: Path, tmp_path: Path) -> None:
    newer = steps(tmp_path / "newer", step_9001_adding=GOOD_STEP.format(readable_from=1))
    await asyncio.to_thread(up_to_date, old, newer)
    async with opened(old.parent) as store:
        await store.customers.save(CustomerDraft(None, "김영희"))
        assert len(await store.customers.search("김영희")) == 1


async def test_a_refused_database_does_not_stand_in_the_way_of_another(old: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(old.write_bytes, b"this is no database at all, " * 100)
    with pytest.raises(Unavailable, match=r"store\.damaged"):
        async with opened(old.parent):
            pass
    fresh = tmp_path / "fresh"
    async with opened(fresh):
        pass


def test_the_steps_build_what_the_models_say(tmp_path: Path) -> None:
    import appliance.access.models
    import appliance.agents.models
    import appliance.analog.models
    import appliance.announcements.models
    import appliance.callbacks.models
    import appliance.crm.models
    import appliance.hours.models
    import appliance.lines.models
    import appliance.menus.models
    import appliance.recalls.models
    import appliance.store.models  # noqa: F401 - so that their tables are known

    file = tmp_path / "soribox.db"
    up_to_date(file)
    with closing(sqlite3.connect(file)) as database:
        for model in BaseModel.__subclasses__():
            table = model._meta.table_name
            built = {(row[1], bool(row[3])) for row in database.execute(f'PRAGMA table_info("{table}")')}
            said = {(field.column_name, not field.null) for field in model._meta.sorted_fields}
            assert built == said, table


def test_every_step_says_who_can_still_read_the_database() -> None:
    for file in MIGRATIONS.glob("[0-9]*.py"):
        assert "READABLE_FROM = " in file.read_text(), file.name
