"""The relay as its workers meet it: a real process, real sockets, far sides that misbehave."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from array import array
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sip.voice.lent import RelayLeg
from sip.voice.protocol import FromRelay, GiveBack, Given, Kept, Ping, Pong, Take
from sip.voice.recordings import HEADER
from tests.support.sockets import sockets, udp_inodes
from tests.support.waiting import wait_until

pytestmark = pytest.mark.process

PCMA, PCMU = 8, 0
FRAME = 160
PATIENCE = 20.0
LOUD = 100  # no silence, in any law


class End:
    """One far side and the sockets that a worker would have for its leg."""

    def __init__(self, stack: AsyncExitStack, folder: Path, name: str, law: int = PCMA) -> None:
        self.far, self.rtp, self.rtcp, self.far_rtcp = (udp(stack) for _ in range(4))
        self.file = folder / f"{name}.wav"
        self.file.write_bytes(bytes(HEADER))
        self.name, self.law = name, law
        self.sequence, self.timestamp, self.source = 65530, (1 << 32) - 800, 7

    def lent(self) -> RelayLeg:
        address, reports = self.far.getsockname(), self.far_rtcp.getsockname()
        return RelayLeg(self.name, address, reports, self.law, 99, 1000, 5000, str(self.file))

    def speak(self, packets: int, code: int = 0x10, kind: int | None = None) -> None:
        """Send sound, 20 ms a packet, all at once."""
        for _ in range(packets):
            head = struct.pack(
                "!BBHII", 0x80, self.law if kind is None else kind, self.sequence, self.timestamp, self.source
            )
            self.far.sendto(head + bytes([code]) * FRAME, self.rtp.getsockname())
            self.leave_out(1)

    def leave_out(self, packets: int) -> None:
        """Let packets get lost on their way."""
        self.sequence = (self.sequence + packets) & 0xFFFF
        self.timestamp = (self.timestamp + packets * FRAME) & 0xFFFFFFFF

    async def hear(self, packets: int) -> list[tuple[int, int, int, int, bytes]]:
        """Return packets: payload type, source, sequence number, timestamp, sound."""
        heard: list[tuple[int, int, int, int, bytes]] = []
        async with asyncio.timeout(PATIENCE):
            while len(heard) < packets:
                data = await asyncio.get_running_loop().sock_recv(self.far, 2048)
                _, kind, sequence, timestamp, source = struct.unpack_from("!BBHII", data)
                heard.append((kind, source, sequence, timestamp, data[12:]))
        return heard

    @property
    def recorded(self) -> array[int]:
        return array("h", self.file.read_bytes()[HEADER:])

    @property
    def recorded_sound(self) -> array[int]:
        """From the first that was said to the last; around it is silence while time passed and nobody spoke."""
        sound = self.recorded
        loud = [at for at, sample in enumerate(sound) if abs(sample) > LOUD]
        return sound[loud[0] : loud[-1] + 1] if loud else array("h")


def udp(stack: AsyncExitStack) -> socket.socket:
    made = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made


class Relay:
    """A running relay, one worker's connection to it and the two legs that the worker lends."""

    def __init__(self, keeper: socket.socket, worker: socket.socket, ends: tuple[End, End], pid: int) -> None:
        self.keeper, self.worker, self.pid = keeper, worker, pid
        self.one, self.other = ends

    def lend(self) -> None:
        take = Take((self.one.lent(), self.other.lent()))
        descriptors = [s.fileno() for end in (self.one, self.other) for s in (end.rtp, end.rtcp)]
        socket.send_fds(self.worker, [msgspec.json.encode(take)], descriptors)

    async def told(self) -> FromRelay:
        async with asyncio.timeout(PATIENCE):
            packet = await asyncio.get_running_loop().sock_recv(self.worker, 4096)
        message: FromRelay = msgspec.json.decode(packet, type=FromRelay)
        return message

    async def given(self) -> Given:
        message = await self.told()
        assert isinstance(message, Given)
        assert await self.told() == Kept()
        return message

    async def give_back(self) -> Given:
        self.worker.send(msgspec.json.encode(GiveBack()))
        return await self.given()


_RUN = "os._exit(main.run(socket.socket(fileno=os.dup(0))))"


@pytest.fixture
async def relay(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Relay]:
    """A relay that bears that a side says nothing for longer than any test takes."""
    async with running(tmp_path, getattr(request, "param", (PCMA, PCMA)), silent_after_s=60) as opened:
        yield opened


@pytest.fixture
async def listening_relay(tmp_path: Path) -> AsyncIterator[Relay]:
    """A relay as it is in a box: it gives a talk back when a side falls silent."""
    async with running(tmp_path, (PCMA, PCMA)) as opened:
        yield opened


@asynccontextmanager
async def running(tmp_path: Path, laws: tuple[int, int], silent_after_s: float = 0) -> AsyncIterator[Relay]:
    async with AsyncExitStack() as stack:
        keeper, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stack.enter_context(keeper)
        listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        listener.bind(str(tmp_path / "relay.sock"))
        listener.listen()
        bears = f"side.SILENT_AFTER_NS = {round(silent_after_s * 1e9)}" if silent_after_s else "pass"
        code = f"import os, socket; from sip.voice.relay import main, side; {bears}; {_RUN}"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=its.fileno())
        its.close()
        socket.send_fds(keeper, [b"listen"], [listener.fileno()])
        worker = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        worker.connect(str(tmp_path / "relay.sock"))
        for ours in (keeper, worker):
            ours.setblocking(False)
        ends = End(stack, tmp_path, "caller", laws[0]), End(stack, tmp_path, "agent", laws[1])
        yield Relay(keeper, worker, ends, process.pid)
        worker.close()
        keeper.close()
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0


async def test_each_side_hears_the_other_as_one_stream_that_goes_on_from_the_mixers(relay: Relay) -> None:
    relay.lend()
    relay.one.speak(20, code=0x11)
    heard = await relay.other.hear(20)
    assert {(kind, source, sound) for kind, source, _, _, sound in heard} == {(PCMA, 99, b"\x11" * FRAME)}
    assert [sequence for _, _, sequence, _, _ in heard] == list(range(1001, 1021))
    assert [timestamp for _, _, _, timestamp, _ in heard] == list(range(5160, 5160 + 20 * FRAME, FRAME))
    given = await relay.give_back()
    caller, agent = given.legs
    assert (agent.sequence, agent.timestamp) == (1020, 5160 + 19 * FRAME)
    assert (caller.expected, caller.quality.received, caller.quality.lost) == (20, 20, 0)


async def test_both_sides_are_recorded_behind_what_the_mixer_wrote(relay: Relay) -> None:
    relay.one.file.write_bytes(bytes(HEADER + 2 * 800))
    relay.lend()
    relay.one.speak(25)
    relay.other.speak(10)
    await relay.other.hear(25)
    await relay.one.hear(10)
    await relay.give_back()
    assert set(relay.one.recorded[:800]) == {0}
    assert len(relay.one.recorded_sound) == 25 * FRAME
    assert len(relay.other.recorded_sound) == 10 * FRAME


async def test_what_was_lost_on_the_way_in_is_lost_on_the_way_out_and_silent_on_the_recording(relay: Relay) -> None:
    relay.lend()
    relay.one.speak(5)
    relay.one.leave_out(3)
    relay.one.speak(5)
    heard = await relay.other.hear(10)
    assert heard[5][2] - heard[4][2] == 4
    assert heard[5][3] - heard[4][3] == 4 * FRAME
    given = await relay.give_back()
    assert given.legs[0].quality.lost == 3
    sound = relay.one.recorded_sound
    assert len(sound) == 13 * FRAME
    assert sum(abs(sample) > LOUD for sample in sound) == 10 * FRAME


@pytest.mark.parametrize("relay", [(PCMA, PCMU), (PCMU, PCMA)], indirect=True)
async def test_one_law_is_spoken_as_the_other(relay: Relay) -> None:
    relay.lend()
    loudest = {PCMA: 0xAA, PCMU: 0x80}
    relay.one.speak(3, code=loudest[relay.one.law])
    ((kind, _, _, _, sound), *_) = await relay.other.hear(3)
    assert kind == relay.other.law
    assert sound == bytes([loudest[relay.other.law]]) * FRAME
    await relay.give_back()


async def test_another_source_on_the_far_side_is_heard_as_the_same_stream(relay: Relay) -> None:
    relay.lend()
    relay.one.speak(3)
    relay.one.source, relay.one.sequence, relay.one.timestamp = 8, 100, 123_456
    relay.one.speak(3)
    heard = await relay.other.hear(6)
    assert {source for _, source, _, _, _ in heard} == {99}
    assert [sequence for _, _, sequence, _, _ in heard] == list(range(1001, 1007))
    given = await relay.give_back()
    assert given.legs[0].quality.received == 6


@pytest.mark.parametrize(
    ("kind", "why"),
    [(101, "unusual"), (13, "unusual"), (PCMU, "unusual")],
)
async def test_what_is_no_plain_sound_is_the_workers_business(relay: Relay, kind: int, why: str) -> None:
    relay.lend()
    relay.one.speak(3)
    await relay.other.hear(3)
    relay.one.speak(1, kind=kind)
    given = await relay.given()
    assert given.why == why
    assert given.legs[1].sequence == 1003


async def test_packets_from_elsewhere_are_not_passed_on(relay: Relay) -> None:
    relay.lend()
    relay.one.speak(2)
    await relay.other.hear(2)
    packet = struct.pack("!BBHII", 0x80, PCMA, 1, 1, 1) + bytes(FRAME)
    relay.other.far_rtcp.sendto(packet, relay.one.rtp.getsockname())
    assert (await relay.given()).why == "stranger"
    relay.other.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        relay.other.far.recv(2048)


@pytest.mark.parametrize("garbage", [b"", b"\x80", bytes(12), b"\x80\x08" + bytes(10), b"\x00" * 200])
async def test_garbage_changes_nothing(relay: Relay, garbage: bytes) -> None:
    relay.lend()
    relay.one.speak(2)
    await relay.other.hear(2)
    relay.one.far.sendto(garbage, relay.one.rtp.getsockname())
    relay.one.far_rtcp.sendto(garbage, relay.one.rtcp.getsockname())
    relay.one.speak(2)
    await relay.other.hear(2)
    assert (await relay.give_back()).why == ""


async def test_a_side_that_falls_silent_is_given_back_and_its_track_is_as_long_as_the_other(
    listening_relay: Relay,
) -> None:
    relay = listening_relay
    relay.lend()
    relay.one.speak(1)
    relay.other.speak(1)
    assert (await relay.given()).why == "silent"
    assert abs(len(relay.one.recorded) - len(relay.other.recorded)) <= 8000 // 8


async def test_a_talk_can_be_lent_again(relay: Relay) -> None:
    relay.lend()
    relay.one.speak(1)
    await relay.other.hear(1)
    await relay.give_back()
    relay.lend()
    relay.other.speak(4)
    await relay.one.hear(4)
    assert (await relay.give_back()).legs[1].quality.received == 4


async def test_giving_back_what_was_not_lent_is_harmless(relay: Relay) -> None:
    relay.worker.send(msgspec.json.encode(GiveBack()))
    relay.lend()
    relay.one.speak(1)
    await relay.other.hear(1)
    await relay.give_back()


async def test_the_far_side_hears_reports_and_what_it_reports_is_told(relay: Relay) -> None:
    relay.lend()

    def both_speak() -> None:
        relay.one.speak(1)
        relay.other.speak(1)

    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        report = asyncio.create_task(loop.sock_recv(relay.one.far_rtcp, 2048))
        while not report.done():
            both_speak()
            await asyncio.wait((report,), timeout=0.02)
        about = struct.unpack_from("!IIIIII", report.result(), 28)
        assert report.result()[1] == 200
        assert struct.unpack_from("!I", report.result(), 4)[0] == 99
        assert about[0] == 7
        lost = struct.pack("!BBHI", 0x81, 201, 7, 7) + struct.pack("!IIIIII", 99, 9, 0, 0, 0, 0)
        relay.one.far_rtcp.sendto(lost, relay.one.rtcp.getsockname())
        both_speak()
        given = await relay.give_back()
    assert given.legs[0].quality.far_lost == 9


async def test_it_answers_its_keeper_and_writes_down_what_a_dead_worker_had_lent(relay: Relay) -> None:
    relay.keeper.send(msgspec.json.encode(Ping(3)))
    answer = await asyncio.get_running_loop().sock_recv(relay.keeper, 4096)
    assert msgspec.json.decode(answer, type=Pong) == Pong(3)
    relay.lend()
    relay.one.speak(5)
    await relay.other.hear(5)
    relay.worker.close()
    await asyncio.to_thread(wait_until, lambda: len(relay.one.recorded_sound) == 5 * FRAME, "the rest of the recording")
    await asyncio.to_thread(wait_until, lambda: not sockets(relay.pid) & udp_inodes(), "the sockets to be let go")
