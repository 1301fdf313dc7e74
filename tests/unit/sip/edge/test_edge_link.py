"""The connection to Kamailio when it breaks at a bad moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sip.edge.link import Link

pytestmark = pytest.mark.unit

WELCOME = b'{"ev":"welcome"}'


@asynccontextmanager
async def kamailio() -> AsyncIterator[tuple[int, asyncio.Queue[asyncio.StreamWriter]]]:
    """Something that welcomes whoever connects; gives its port and its connections."""
    connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def welcome(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"%d:%s," % (len(WELCOME), WELCOME))
        connections.put_nowait(writer)

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()


async def test_what_a_broken_connection_was_about_to_be_told_is_not_told_to_the_next_one() -> None:
    greeting, may_go_on, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
    told: asyncio.Queue[int] = asyncio.Queue()
    begun = 0

    async def came() -> None:
        nonlocal begun
        begun += 1
        mine = begun
        greeting.set()
        await may_go_on.wait()
        told.put_nowait(mine)

    async with asyncio.timeout(20), kamailio() as (port, connections):
        link = Link(port, lambda: "secret", lambda _: None, came, gone.set)
        link.start()
        first = await connections.get()
        await greeting.wait()
        first.close()
        await gone.wait()
        second = await connections.get()
        greeting.clear()
        await greeting.wait()
        may_go_on.set()
        assert await told.get() == 2
        await link.stop()
        second.close()
