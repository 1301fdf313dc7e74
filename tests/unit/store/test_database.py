"""Writing and reading: durable, together, each piece of work on its own, and never hanging."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from appliance.core.health import Health, Level
from appliance.store import base
from appliance.store.database import Database

pytestmark = pytest.mark.unit


def sql(statement: str, *values: object) -> list[tuple[object, ...]]:
    return list(base.database.execute_sql(statement, values).fetchall())


async def rows(database: Database) -> list[int]:
    found = await database.read(lambda: sql("SELECT a FROM thing ORDER BY a"))
    return [int(str(row[0])) for row in found]


def put(number: int) -> None:
    sql("INSERT INTO thing VALUES (?)", number)


def open_to_others(folder: Path) -> set[int]:
    return {file.stat().st_mode & 0o077 for file in folder.glob("soribox.db*")}


@pytest.fixture
def health() -> Health:
    return Health(lambda: 0)


@pytest.fixture
async def database(tmp_path: Path, health: Health) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'soribox.db'}", health, busy_seconds=0.2)
    await opened.open()
    await opened.write(lambda: sql("CREATE TABLE thing (a INTEGER PRIMARY KEY)"))
    yield opened
    await opened.close()


async def test_what_was_written_is_read(database: Database) -> None:
    await database.write(lambda: put(7))
    assert await rows(database) == [7]


async def test_a_write_returns_what_the_function_returns(database: Database) -> None:
    assert await database.write(lambda: 42) == 42


async def test_many_writes_at_once_share_few_commits(database: Database) -> None:
    before = database.commits
    await asyncio.gather(*(database.write(lambda n=n: put(n)) for n in range(1000)))  # type: ignore[misc]
    assert await rows(database) == list(range(1000))
    assert database.commits - before < 50


async def test_a_write_that_fails_fails_alone(database: Database) -> None:
    def half_done() -> None:
        put(100)
        raise NotFound("store.failed")

    work = [*(lambda n=n: put(n) for n in range(5)), half_done, lambda: put(200)]
    results = await asyncio.gather(*(database.write(one) for one in work), return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 5 + [NotFound, type(None)]
    assert await rows(database) == [0, 1, 2, 3, 4, 200]


async def test_a_broken_rule_of_the_tables_is_a_conflict(database: Database) -> None:
    await database.write(lambda: put(1))
    with pytest.raises(Conflict):
        await database.write(lambda: put(1))


async def test_a_transaction_inside_the_work_is_undone_alone(database: Database) -> None:
    def work() -> None:
        put(1)
        try:
            with base.database.atomic():
                put(2)
                raise LookupError
        except LookupError:
            put(3)

    await database.write(work)
    assert await rows(database) == [1, 3]


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="read_only"):
        await database.read(lambda: put(1))
    assert await rows(database) == []


async def test_reads_run_side_by_side(database: Database) -> None:
    together = threading.Barrier(2, timeout=20)
    await asyncio.gather(database.read(together.wait), database.read(together.wait))


async def test_a_read_sees_one_state_while_others_write(database: Database) -> None:
    await database.write(lambda: put(1))
    began, written = threading.Event(), threading.Event()

    def look_twice() -> tuple[int, int]:
        first = len(sql("SELECT a FROM thing"))
        began.set()
        assert written.wait(20)
        return first, len(sql("SELECT a FROM thing"))

    looking = asyncio.ensure_future(database.read(look_twice))
    await asyncio.to_thread(began.wait, 20)
    await database.write(lambda: put(2))
    written.set()
    assert await looking == (1, 1)


async def test_a_full_disk_is_told_and_nothing_else_is_lost(database: Database, health: Health) -> None:
    await database.write(lambda: put(1))
    pages = int(str((await database.read(lambda: sql("PRAGMA page_count")))[0][0]))
    await database.write(lambda: sql(f"PRAGMA max_page_count = {pages}"))

    def too_much() -> None:
        sql("INSERT INTO setting SELECT 'k' || a, zeroblob(1000000), 0 FROM thing")

    busy = threading.Event()
    held = asyncio.ensure_future(database.write(lambda: busy.wait(20)))
    together = asyncio.gather(
        database.write(lambda: put(2)), database.write(too_much), database.write(lambda: put(3)), return_exceptions=True
    )
    await asyncio.sleep(0)
    busy.set()  # now all three wait, and are one group
    await held
    results = await together
    assert results[0] is None
    assert isinstance(results[1], Unavailable)
    assert results[1].key == "store.disk_full"
    assert results[2] is None
    assert await rows(database) == [1, 2, 3]
    assert health.reports()[0].key == "store.disk_full"
    assert health.reports()[0].level is Level.FAILED


async def test_the_same_write_works_once_there_is_room_again(database: Database, health: Health) -> None:
    def big() -> None:
        sql("INSERT INTO setting VALUES ('big', zeroblob(1000000), 0)")

    pages = int(str((await database.read(lambda: sql("PRAGMA page_count")))[0][0]))
    await database.write(lambda: sql(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(Unavailable):
        await database.write(big)
    await database.write(lambda: sql("PRAGMA max_page_count = 1000000"))
    await database.write(big)
    assert await database.read(lambda: sql("SELECT count(*) FROM setting")) == [(1,)]
    assert health.reports()[0].level is Level.OK


async def test_another_programs_lock_is_told_in_time_and_passes(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "soribox.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"store\.locked"):
        await asyncio.wait_for(database.write(lambda: put(1)), 20)
    other.execute("ROLLBACK")
    other.close()
    await database.write(lambda: put(1))
    assert await rows(database) == [1]


async def test_someone_who_stops_waiting_does_not_take_the_write_back(database: Database) -> None:
    busy = threading.Event()
    held = asyncio.ensure_future(database.write(lambda: busy.wait(20)))
    waiting = asyncio.ensure_future(database.write(lambda: put(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    busy.set()
    await held
    await database.write(lambda: put(2))
    assert await rows(database) == [1, 2]


async def test_closing_finishes_what_is_queued(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'soribox.db'}")
    await database.open()
    await database.write(lambda: sql("CREATE TABLE thing (a INTEGER PRIMARY KEY)"))
    writes = [asyncio.ensure_future(database.write(lambda n=n: put(n))) for n in range(600)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writes)
    with sqlite3.connect(tmp_path / "soribox.db") as left:
        assert left.execute("SELECT count(*) FROM thing").fetchone() == (600,)
    left.close()
    with pytest.raises(Unavailable, match=r"store\.closed"):
        await database.write(lambda: put(1))


async def test_nobody_else_on_the_machine_can_read_the_file(database: Database, tmp_path: Path) -> None:
    await database.write(lambda: put(1))
    assert open_to_others(tmp_path) == {0}


async def test_a_second_database_in_the_process_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="another database"):
        await Database(f"sqlite:///{tmp_path / 'other.db'}").open()


def test_an_address_nobody_can_open_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"store\.bad_url"):
        Database("mysql://somewhere/soribox")
