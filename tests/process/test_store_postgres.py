"""The same store on PostgreSQL. Collected where the server and its driver are installed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.access.types import SetUpForm, UserDraft
from appliance.calls.ports import Forward, ForwardWhen, Schedule
from appliance.core.errors import Conflict, Unavailable
from appliance.crm.types import CustomerDraft
from appliance.lines.types import OwnNumber, RingGroup, Trunk
from appliance.store import base
from tests.support.office_store import Store, opened
from tests.support.postgres import Server, available, running

pytestmark = pytest.mark.process

__test__ = available()

NIGHTS = Schedule(frozenset({0, 4}), 19 * 60, 8 * 60)
FORM = SetUpForm("admin", "김관리", "correct horse 7", "한빛상사", "ko", "Asia/Seoul", "02")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "postgres") as started:
        yield started


async def fill(store: Store) -> None:
    """Put something of everything in."""
    await store.access.set_up(store.access.setup_code(), FORM)
    await store.access.add_user(UserDraft("lee", "이상담", extension="201"))
    await store.lines.add_extension("201", "안내")
    await store.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.10"))
    await store.lines.add_number(OwnNumber("02-555-0100", "대표", "kt", "main"))
    await store.lines.change_group(RingGroup("main", "모두", False, ("201",), rounds=0, queue=True))
    await store.lines.set_forward("201", Forward(ForwardWhen.BUSY, "010-1234-5678", schedule=NIGHTS))
    await store.customers.save(CustomerDraft(None, "홍길동", "대한상사", ("010-1234-5678",)))
    await store.customers.import_many(CustomerDraft(None, f"고객{n}", "", (f"010-2000-{n:04}",)) for n in range(600))


async def test_everything_that_works_on_sqlite_works_on_postgresql(server: Server, tmp_path: Path) -> None:
    async with opened(tmp_path, server.url) as store:
        await fill(store)
        lines = store.lines.snapshot()
    async with opened(tmp_path, server.url) as store:
        assert store.lines.snapshot() == lines
        assert store.settings.get("office.name") == "한빛상사"
        assert await store.access.sign_in("admin", FORM.password, "192.0.2.1", "test")
        assert [c.name for c in await store.customers.search("홍기")] == ["홍길동"]
        assert [c.name for c in await store.customers.search("고객 599")] == ["고객599"]
        owner = await store.customers.for_number("+821020000599")
        assert owner
        assert owner.name == "고객599"
        with pytest.raises(Conflict):
            await store.lines.add_extension("201", "다시")
        with pytest.raises(Conflict):
            await store.lines.remove_trunk("kt")


async def test_a_write_that_fails_fails_alone(server: Server, tmp_path: Path) -> None:
    async with opened(tmp_path, server.url) as store:
        drafts = [CustomerDraft(None, "하나"), CustomerDraft(None, "둘"), CustomerDraft(999, "없음")]
        broken = store.database.write(lambda: base.database.execute_sql("SELECT 1/0"))
        results = await asyncio.gather(*map(store.customers.save, drafts), broken, return_exceptions=True)
        assert [type(result).__name__ for result in results] == ["Customer", "Customer", "NotFound", "Unavailable"]
        assert await store.customers.count() == 2


async def test_a_server_that_goes_away_is_told_and_used_again_when_it_is_back(server: Server, tmp_path: Path) -> None:
    async with opened(tmp_path, server.url) as store:
        await store.customers.save(CustomerDraft(None, "하나"))
        await asyncio.to_thread(server.stop)
        with pytest.raises(Unavailable):
            await store.customers.save(CustomerDraft(None, "둘"))
        with pytest.raises(Unavailable):
            await store.customers.count()
        await asyncio.to_thread(server.start)
        await store.customers.save(CustomerDraft(None, "둘"))
        assert await store.customers.count() == 2


async def test_a_server_that_restarts_between_two_requests_goes_unnoticed(server: Server, tmp_path: Path) -> None:
    async with opened(tmp_path, server.url) as store:
        await asyncio.gather(*(store.customers.count() for _ in range(20)))
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        await store.customers.save(CustomerDraft(None, "하나"))
        counts = await asyncio.gather(*(store.customers.count() for _ in range(20)))
        assert set(counts) == {1}
