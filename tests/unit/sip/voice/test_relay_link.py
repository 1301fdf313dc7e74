"""The keeper's wait for a word of the relay."""

from __future__ import annotations

import asyncio

import pytest

from sip.voice.relay_link import _within

pytestmark = pytest.mark.unit


async def test_a_keeper_that_stops_as_the_relay_ends_waits_for_nothing_more() -> None:
    came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def receive() -> bytes:
        return await came

    waiting = asyncio.create_task(_within(20, receive()), name="keep")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    came.set_result(b"")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
