"""The table of messages, and the frames they travel in."""

from __future__ import annotations

import asyncio
import inspect
import socket
from typing import get_args

import pytest
from msgspec import Struct

from sip import api
from sip.voice import protocol
from sip.voice.channel import LONGEST, AsyncChannel, BlockingChannel, ChannelClosed, Frames, encode
from sip.voice.protocol import MESSAGES, End, FactTold, FromCore, Hello, OrdersGiven, Ping, Pong, ToWorker

pytestmark = pytest.mark.unit


def test_every_message_is_in_the_table_and_every_union_follows_it() -> None:
    defined = {
        kind
        for kind in vars(protocol).values()
        if inspect.isclass(kind) and issubclass(kind, Struct) and kind.__module__ == protocol.__name__
    }
    assert {rule.message for rule in MESSAGES} == defined
    links = {
        (End.CORE, End.KEEPER): protocol.FromCore,
        (End.KEEPER, End.CORE): protocol.ToCore,
        (End.KEEPER, End.WORKER): protocol.ToWorker,
        (End.WORKER, End.KEEPER): protocol.FromWorker,
        (End.ZYGOTE, End.KEEPER): protocol.FromZygote,
        (End.WORKER, End.RELAY): protocol.ToRelay,
        (End.RELAY, End.WORKER): protocol.FromRelay,
    }
    for (sender, receiver), union in links.items():
        listed = {rule.message for rule in MESSAGES if (rule.sender, rule.receiver) == (sender, receiver)}
        assert listed == set(get_args(union))


def test_a_message_survives_any_cutting_of_the_stream() -> None:
    told = FactTold(api.Told("c", 1, 2, api.LegEnded("가", 486, "통화중", quality=api.Quality(lost=1))))
    frames: Frames[FactTold] = Frames(FactTold)
    heard = []
    for byte in encode(told) * 2:
        frames.feed(bytes([byte]))
        if (message := frames.next()) is not None:
            heard.append(message)
    assert heard == [told, told]


@pytest.mark.parametrize("data", [(LONGEST + 1).to_bytes(4, "big"), b"\0\0\0\2{]", b"\0\0\0\2{}"])
def test_what_is_no_message_closes_the_channel(data: bytes) -> None:
    frames: Frames[FromCore] = Frames(FromCore)
    frames.feed(data)
    with pytest.raises(ChannelClosed):
        frames.next()


async def test_both_ends_speak_the_same_and_notice_the_others_end() -> None:
    ours, its = socket.socketpair()
    channel: AsyncChannel[Pong] = await AsyncChannel.of_socket(ours, Pong)
    worker: BlockingChannel[ToWorker] = BlockingChannel(its, ToWorker)
    orders = OrdersGiven("c", (api.Originate("a", api.Extensions(("101",)), api.Identity()), api.Hangup("b")))
    channel.send(Ping(7))
    channel.send(orders)
    assert await asyncio.to_thread(worker.receive) == Ping(7)
    assert await asyncio.to_thread(worker.receive) == orders
    assert not await asyncio.to_thread(worker.waiting)
    await asyncio.to_thread(worker.send, Pong(7))
    assert await channel.receive() == Pong(7)
    worker.close()
    with pytest.raises(ChannelClosed):
        await channel.receive()
    channel.send(Hello())  # to nobody: dropped
    await channel.close()


def test_the_last_messages_are_heard_before_the_end() -> None:
    ours, its = socket.socketpair()
    worker: BlockingChannel[ToWorker] = BlockingChannel(its, ToWorker)
    ours.sendall(encode(Ping(1)) + encode(Ping(2)))
    ours.close()
    assert list(worker.waiting()) == [Ping(1), Ping(2)]
    with pytest.raises(ChannelClosed):
        worker.waiting()
    worker.close()


async def test_the_last_messages_are_heard_also_by_one_whose_own_message_crossed_them() -> None:
    ours, its = socket.socketpair()
    channel: AsyncChannel[Pong] = await AsyncChannel.of_socket(ours, Pong)
    its.sendall(encode(Pong(1)) + encode(Pong(2)))
    its.close()
    channel.send(Ping(3))
    assert [await channel.receive(), await channel.receive()] == [Pong(1), Pong(2)]
    with pytest.raises(ChannelClosed):
        await channel.receive()
    await channel.close()


async def test_what_is_read_already_is_heard_though_the_connection_failed_then() -> None:
    ours, its = socket.socketpair()
    channel: AsyncChannel[Pong] = await AsyncChannel.of_socket(ours, Pong)
    its.sendall(encode(Pong(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the loop has read it; nobody has asked for it yet
    its.close()
    channel.send(Ping(2))
    await asyncio.sleep(0)
    assert await channel.receive() == Pong(1)
    with pytest.raises(ChannelClosed):
        await channel.receive()
    await channel.close()
