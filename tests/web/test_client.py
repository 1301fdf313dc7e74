"""The command line's own client: what it leaves behind when a download breaks off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from blockbuster import BlockBuster

from web.api.address import PREFIX
from web.api.client import Client, Unreachable

pytestmark = pytest.mark.web


@pytest.fixture
async def client(tmp_path: Path, blocking_is_an_error: BlockBuster) -> AsyncIterator[Client]:
    """A client of a box that sends one file whole and breaks off in the middle of another."""
    blocking_is_an_error.deactivate()  # the command line may wait for its own disk

    async def whole(_: web.Request) -> web.Response:
        return web.Response(body=b"fLaC whole")

    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"fLaC half")
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get(PREFIX + "/whole", whole)
    app.router.add_get(PREFIX + "/broken", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, tmp_path / "core.sock").start()
    async with Client(tmp_path / "core.sock", "en") as opened:
        yield opened
    await runner.cleanup()


async def test_a_download_that_breaks_off_leaves_nothing_behind(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "to"
    folder.mkdir()
    with pytest.raises(Unreachable):
        await client.fetch("/broken", folder / "call.flac")
    assert list(folder.iterdir()) == []


async def test_a_download_has_its_name_when_it_is_whole_and_replaces_nothing(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "to"
    folder.mkdir()
    assert await client.fetch("/whole", folder / "call.flac") == 10
    assert [file.name for file in folder.iterdir()] == ["call.flac"]
    with pytest.raises(FileExistsError):
        await client.fetch("/whole", folder / "call.flac")
