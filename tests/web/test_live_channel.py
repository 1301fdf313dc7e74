"""The live channel on the wire: who may connect, what they are told, when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError

from appliance.access.types import Role, UserDraft
from tests.support.stage import Stage

pytestmark = pytest.mark.web


@asynccontextmanager
async def channel(played: Stage, token: str, origin: str = "") -> AsyncIterator[ClientWebSocketResponse]:
    headers = {"Origin": origin or played.address, "Cookie": f"__Host-soribox-0={token}"}
    async with (
        ClientSession() as session,
        session.ws_connect(played.address + "/live", headers=headers, ssl=False) as socket,
    ):
        yield socket


async def said_hello(socket: ClientWebSocketResponse, **hello: object) -> list[dict[str, Any]]:
    """Say hello and return all that is told until the tab is up to date."""
    await socket.send_str(json.dumps(hello))
    told: list[dict[str, Any]] = []
    while not told or told[-1]["kind"] != "ready":
        told.append(await socket.receive_json(timeout=20))
    return told


async def closed(socket: ClientWebSocketResponse) -> int | None:
    """Return the code with which the channel is closed, whatever is told before."""
    async with asyncio.timeout(20):
        while not socket.closed:
            await socket.receive()
    return socket.close_code


async def first_of(call: str, socket: ClientWebSocketResponse) -> dict[str, Any]:
    """Return the first that is told of a call; the desk of whoever came may tell of itself before."""
    while (told := await socket.receive_json(timeout=20)).get("id") != call:
        pass
    assert isinstance(told, dict)
    return told


async def test_another_site_cannot_open_the_channel(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    with pytest.raises(WSServerHandshakeError) as refused:
        async with channel(played, signed_in.token, "https://elsewhere.example"):
            pass
    assert refused.value.status == 403


async def test_whoever_is_not_signed_in_is_told_so_and_closed(played: Stage) -> None:
    async with channel(played, "no such session") as socket:
        assert await closed(socket) == 4401


async def test_whoever_must_choose_a_password_first_is_told_nothing(played: Stage) -> None:
    new = await played.services.access.add_user(UserDraft("minji", "김민지", Role.AGENT, "103"))
    signed_in = await played.services.access.sign_in("minji", new.password, "127.0.0.1", "test")
    async with channel(played, signed_in.token) as socket:
        assert await closed(socket) == 4403


async def test_signing_out_closes_the_channel_at_once(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    async with channel(played, signed_in.token) as socket:
        await said_hello(socket)
        await played.services.access.sign_out(signed_in.token)
        assert await closed(socket) == 4401


async def test_a_session_that_ends_or_changes_before_hello_is_noticed(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    async with channel(played, signed_in.token) as socket:
        await played.services.access.set_preferences(signed_in.user.id, language="en")
        await _until_closed(socket)
        assert socket.close_code == 1012
    async with channel(played, signed_in.token) as socket:
        await played.services.access.sign_out(signed_in.token)
        await _until_closed(socket)
        assert socket.close_code == 4401


async def _until_closed(socket: ClientWebSocketResponse) -> None:
    """Say hello and hear what is told until the channel is closed."""
    await socket.send_str("{}")
    async with asyncio.timeout(20):
        async for _ in socket:
            pass


async def test_a_reconnect_is_told_what_it_missed_and_nothing_twice(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    async with channel(played, signed_in.token) as socket:
        (hello, *_) = await said_hello(socket, topics=["calls"])
        call = await played.arrive("+821055551234")
        first = await first_of(call.id, socket)
    await call.ring("101")
    async with channel(played, signed_in.token) as socket:
        told = await said_hello(socket, epoch=hello["epoch"], last=first["n"], topics=["calls"])
    assert not told[0]["fresh"]
    assert "pop" in {one["kind"] for one in told}
    assert [one["n"] for one in told if one["n"]] == list(range(first["n"] + 1, told[0]["last"] + 1))


async def test_a_gap_brings_a_fresh_snapshot_with_the_calls_that_go_on(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    call = await played.arrive("+821055551234")
    async with channel(played, signed_in.token) as socket:
        told = await said_hello(socket, epoch="before the restart", last=17)
    assert told[0]["fresh"]
    (pops,) = [one for one in told if one["kind"] == "pops"]
    assert [item["id"] for item in pops["items"]] == [call.id]


async def test_nonsense_instead_of_hello_ends_the_channel_politely(played: Stage) -> None:
    signed_in = await played.sign_in("haneul")
    async with channel(played, signed_in.token) as socket:
        await socket.send_bytes(b"\x00\x01")
        assert await closed(socket) == 4400


async def test_one_who_sees_only_their_own_calls_hears_of_no_others(
    played: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.call_words.allowed", lambda user, permission: permission != "calls.see_all")
    signed_in = await played.sign_in("haneul")
    async with channel(played, signed_in.token) as socket:
        await said_hello(socket, topics=["calls"])
        await played.dial("102", "+821044440001")
        mine = await played.dial("101", "+821044440002")
        told: list[dict[str, Any]] = []
        while [one.get("id") for one in told].count(mine.id) < 2:
            told.append(await socket.receive_json(timeout=20))
    assert {one["id"] for one in told if "id" in one} == {mine.id}


@pytest.mark.parametrize(("login", "hears"), [("admin", {"devices", "indicators"}), ("haneul", set[str]())])
async def test_a_page_that_looks_again_when_something_changes_does_so_when_its_tab_can_hear(
    played: Stage, login: str, hears: set[str]
) -> None:
    signed_in = await played.sign_in(login)
    async with channel(played, signed_in.token) as socket:
        (hello, *_) = await said_hello(socket, topics=["view"])
    async with channel(played, signed_in.token) as socket:  # what came between, nobody was told
        told = await said_hello(socket, epoch=hello["epoch"], last=hello["last"], topics=["view"])
    assert not told[0]["fresh"]
    assert {one.get("region") for one in told} & {"devices", "indicators"} == hears
