"""Changes that the edge did not take at first: they are tried again, and one bad trunk harms no other."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sip.api import Transport, TrunkPlan, TrunkState, TrunkStatus
from sip.edge import knowledge, tables
from sip.edge.knowledge import Place
from sip.edge.link import Link, RpcFailed
from sip.edge.telling import NotKept, Telling
from sip.edge.trunks import Trunks

pytestmark = pytest.mark.unit

CRED = {"cred": {"101": "ha1"}}
_PATIENCE = 20


class FakeLink(Link):
    """A Kamailio that says no to what is in `refuses`, as often as is written there."""

    def __init__(self, refuses: Mapping[str, int] | None = None) -> None:
        self.refuses = dict(refuses or {})
        self.taken: list[tuple[str | int, ...]] = []
        self.came = asyncio.Event()

    @property
    def up(self) -> bool:
        return True

    def send(self, message: dict[str, Any]) -> None:
        pass

    async def call(self, method: str, *arguments: str | int) -> Any:
        for word in (method, *map(str, arguments)):
            if self.refuses.get(word, 0) > 0:
                self.refuses[word] -= 1
                raise RpcFailed(500, "No")
        if method == "uac.reg_dump":
            return []
        self.taken.append((method, *arguments))
        self.came.set()
        return None


async def all_settled(accounts: object) -> bool:
    return True


def telling(folder: Path, link: Link) -> Telling:
    return Telling(folder, link, all_settled, first_pause=0.01)


async def test_what_the_disk_did_not_take_is_written_and_told_later_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([sqlite3.OperationalError("disk is full"), OSError("read-only")])
    write = tables.write

    def full(*arguments: Any) -> None:
        if (failure := next(failures, None)) is not None:
            raise failure
        write(*arguments)

    monkeypatch.setattr(tables, "write", full)
    link = FakeLink()
    teller = telling(tmp_path, link)
    with pytest.raises(NotKept, match="disk is full"):
        await teller.set(CRED)
    assert link.taken == []  # never told what is not on disk
    async with asyncio.timeout(_PATIENCE):
        await link.came.wait()
    assert (await asyncio.to_thread(tables.read, tmp_path))["cred"] == CRED["cred"]
    assert link.taken == [("htable.reload", "cred")]
    await teller.stop()


async def test_what_kamailio_refused_is_told_again_and_nothing_else_waits_for_it(tmp_path: Path) -> None:
    link = FakeLink({"cred": 2})
    teller = telling(tmp_path, link)
    with pytest.raises(RpcFailed):
        await teller.set({**CRED, "fallback": {"ring": "101"}})
    assert link.taken == [("htable.reload", "fallback")]
    link.came.clear()
    async with asyncio.timeout(_PATIENCE):
        await link.came.wait()
    assert link.taken == [("htable.reload", "fallback"), ("htable.reload", "cred")]
    await teller.stop()


async def test_a_refused_table_does_not_break_the_connection(tmp_path: Path) -> None:
    link = FakeLink()
    teller = telling(tmp_path, link)
    await teller.set(CRED)
    link.refuses["cred"] = 1
    await teller.tell_all()
    link.came.clear()
    async with asyncio.timeout(_PATIENCE):
        await link.came.wait()
    await teller.stop()


async def test_a_trunk_that_kamailio_does_not_take_says_so_and_the_others_register() -> None:
    link, heard = FakeLink({"trunk-bad": 1}), list[TrunkStatus]()

    async def moved() -> None:
        pass

    trunks = Trunks(link, lambda: 0, heard.append, moved)
    plans = [
        TrunkPlan(trunk, "198.51.100.1", 5060, Transport.UDP, register=True, username="070", secret="s")
        for trunk in ("bad", "good")
    ]
    trunks.set(plans)
    accounts = knowledge.accounts(plans, trunks.names.found, Place("192.0.2.2", 5060))
    assert not await trunks.settle(accounts)
    assert [call[:2] for call in link.taken] == [("uac.reg_add", "trunk-good")]
    (status,) = heard
    assert (status.trunk, status.state, status.text) == ("bad", TrunkState.UNREACHABLE, "Kamailio: 500 No")
    assert await trunks.settle(accounts)


async def test_a_greeting_that_fails_in_an_unforeseen_way_is_logged_and_begun_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    welcome = json.dumps({"ev": "welcome"}).encode()

    async def kamailio(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b",")
        writer.write(b"%d:%s," % (len(welcome), welcome))
        await reader.read()
        writer.close()
        await writer.wait_closed()
        closed.release()

    greeted, attempts, closed = asyncio.Event(), list[int](), asyncio.Semaphore(0)

    async def came() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("nobody thought of this")
        greeted.set()

    async with await asyncio.start_server(kamailio, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = Link(port, lambda: "secret", lambda message: None, came, lambda: None)
        link.start()
        async with asyncio.timeout(_PATIENCE):
            await greeted.wait()
        await link.stop()
        async with asyncio.timeout(_PATIENCE):
            for _ in attempts:
                await closed.acquire()
    assert "nobody thought of this" in caplog.text
