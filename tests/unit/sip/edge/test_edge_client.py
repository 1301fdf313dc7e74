"""What a new core knows of its edge before Kamailio is there, and before it has said anything."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from sip.api import EdgeNews, Registration, RegistrationGone, Transport, TrunkPlan
from sip.edge import knowledge, registrations, tables
from sip.edge.client import KamailioEdge
from sip.edge.knowledge import Place
from sip.edge.render import EdgePlan
from sip.errors import EdgeUnavailable

pytestmark = pytest.mark.unit

TRUNK = TrunkPlan("kt", "sip.carrier.example", 5060, Transport.UDP, register=True, username="070", secret="s")
FOUND = {TRUNK.host: ("198.51.100.1", "198.51.100.2")}


def plan(folder: Path) -> EdgePlan:
    return EdgePlan(folder / "edge", folder / "run", "192.0.2.2", 15060, 15063, 1)


def an_earlier_run(folder: Path) -> dict[str, dict[str, str]]:
    """What a core left that had found the carrier's name."""
    place = Place("192.0.2.2", 15060)
    tables.prepare(folder)
    left = {
        "trunk": knowledge.trunk_table([TRUNK], FOUND, place),
        "source": knowledge.source_table([TRUNK], FOUND),
    }
    tables.write(folder, left, knowledge.accounts([TRUNK], FOUND, place))
    return tables.read(folder)


def proxies(folder: Path) -> list[str]:
    """Where Kamailio registers."""
    with closing(sqlite3.connect(tables.tables_file(folder))) as base:
        return [proxy for (proxy,) in base.execute("SELECT auth_proxy FROM uacreg")]


def a_phone_registered(folder: Path, extension: str) -> None:
    """What Kamailio wrote before the core came."""
    tables.prepare(folder)
    until = time.time() / 86_400 + 2440587.5 + 1
    with closing(sqlite3.connect(tables.location_file(folder))) as base, base:
        base.execute(
            "INSERT INTO location (ruid, username, contact, expires, last_modified) VALUES ('r', ?, ?, ?, ?)",
            (extension, f"sip:{extension}@192.0.2.10:5060", until, until - 1),
        )


async def test_notes_that_cannot_be_read_are_no_notes_that_are_not_there(tmp_path: Path) -> None:
    edge = KamailioEdge(plan(tmp_path))
    with pytest.raises(EdgeUnavailable):
        await edge.notes(0)
    await asyncio.to_thread(tables.prepare, tmp_path / "edge")
    assert await edge.notes(0) == ()


def no_names(*_: object, **__: object) -> None:
    raise socket.gaierror("the name server sleeps")


async def test_trunks_that_are_set_before_the_start_keep_the_addresses_of_an_earlier_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    folder = tmp_path / "edge"
    left = await asyncio.to_thread(an_earlier_run, folder)
    edge = KamailioEdge(plan(tmp_path))
    await edge.set_trunks((TRUNK,))
    assert await asyncio.to_thread(tables.read, folder) == left
    assert await asyncio.to_thread(proxies, folder) == ["sip:198.51.100.1:5060"]
    await edge.start(lambda news: None)
    await edge.stop()
    assert await asyncio.to_thread(tables.read, folder) == left


async def test_who_is_registered_is_known_before_kamailio_is_there(tmp_path: Path) -> None:
    await asyncio.to_thread(a_phone_registered, tmp_path / "edge", "101")
    edge, news = KamailioEdge(plan(tmp_path)), list[EdgeNews]()
    await edge.start(news.append)
    assert [phone.extension for phone in edge.registrations()] == ["101"]
    assert [type(one) for one in news] == [Registration]
    await edge.stop()


async def test_a_phone_that_leaves_while_the_file_is_read_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(a_phone_registered, tmp_path / "edge", "101")
    edge, news = KamailioEdge(plan(tmp_path)), list[EdgeNews]()
    await edge.start(news.append)
    loop, read = asyncio.get_running_loop(), registrations.read

    async def leaves() -> None:
        edge._heard({"ev": "gone", "extension": "101", "contact": "sip:101@192.0.2.10:5060"})

    def slowly(folder: Path, extension: str | None = None) -> list[Registration]:
        rows = read(folder, extension)
        asyncio.run_coroutine_threadsafe(leaves(), loop).result()
        return rows

    monkeypatch.setattr(registrations, "read", slowly)
    await edge._look_at_phones("101")
    assert edge.registrations() == ()
    assert [type(one) for one in news] == [Registration, RegistrationGone]
    await edge.stop()
