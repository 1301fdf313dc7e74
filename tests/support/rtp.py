"""Sound on the wire: a phone's RTP in G.711 A-law, telephone events (RFC 4733), and what was heard.

async with rtp() as sound:
    sound.sdp()                     # put this into an INVITE or an answer
    sound.speak_to(message.body)    # the other side's SDP: from now on a tone goes there
    await sound.hear(1.0)           # a second of what comes in, as samples
    await sound.say(1.0)            # until a second of our tone has really been sent, however long that takes
"""

from __future__ import annotations

import asyncio
import math
import re
import socket
import struct
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise

from tests.simulators.rtp import receive, stamped

FRAME = 160
_EVENTS = "0123456789*#ABCD"
_EVENT_TYPE = 101


@dataclass
class Rtp:
    """One RTP socket."""

    host: str
    port: int
    hertz: float = 0.0
    arrivals: array[int] = field(default_factory=lambda: array("q"))  # of sound, by the kernel: ns since 1970
    sent: int = 0  # packets of our tone
    heard: array[int] = field(default_factory=lambda: array("h"))
    digits: str = ""
    numbers: list[tuple[int, int, int]] = field(default_factory=list)  # source, sequence number, timestamp
    _socket: socket.socket | None = None
    _far: tuple[str, int] | None = None
    _sequence: int = 0
    _timestamp: int = 0
    _event_timestamp: int = -1
    _enough: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: int = 0
    _said_enough: asyncio.Event = field(default_factory=asyncio.Event)
    _to_say: int = 0
    late_ms: int = 0  # of all that was said late and then quickly, because we got no processor when it was due
    _began_ns: int = 0

    @property
    def packets(self) -> int:
        """How many packets of sound came."""
        return len(self.arrivals)

    @property
    def said_until_ms(self) -> int:
        """When all that was said would have been said without a stop: now, unless we got no processor meanwhile."""
        return self._began_ns // 1_000_000 + 20 * self.sent

    def sdp(self, direction: str = "sendrecv", codecs: str = "8 101", version: int = 1) -> str:
        """Our side of the media."""
        names = {"8": "PCMA/8000", "0": "PCMU/8000", "9": "G722/8000", "101": "telephone-event/8000"}
        maps = "".join(f"a=rtpmap:{codec} {names[codec]}\r\n" for codec in codecs.split())
        return (
            f"v=0\r\no=- 1 {version} IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {self.port} RTP/AVP {codecs}\r\n{maps}a=ptime:20\r\na={direction}\r\n"
        )

    def speak_to(self, sdp: str) -> None:
        """Send to where this SDP says."""
        address = re.search(r"(?m)^c=IN IP4 (\S+)", sdp)
        port = re.search(r"(?m)^m=audio (\d+)", sdp)
        assert address is not None, sdp
        assert port is not None, sdp
        self._far = (address[1], int(port[1]))

    def fall_silent(self) -> None:
        """Send nothing more."""
        self._far = None

    async def hear(self, seconds: float, within: float = 20.0) -> array[int]:
        """Return the next `seconds` that come in. Raises AssertionError when too little comes."""
        before = len(self.heard)
        self._wanted = before + int(seconds * 8000)
        self._enough.clear()
        try:
            await asyncio.wait_for(self._enough.wait(), seconds + within)
        except TimeoutError:
            raise AssertionError(f"heard {(len(self.heard) - before) / 8000:.2f} s only") from None
        return self.heard[before : self._wanted]

    async def say(self, seconds: float, within: float = 20.0) -> None:
        """Wait until so much more of our tone was sent: a phone that gets no processor says less than time passes."""
        before = self.sent
        self._to_say = before + int(seconds * 50)
        self._said_enough.clear()
        try:
            await asyncio.wait_for(self._said_enough.wait(), seconds + within)
        except TimeoutError:
            raise AssertionError(f"said {(self.sent - before) / 50:.2f} s only") from None

    def is_one_stream(self) -> bool:
        """Tell whether everything that came is one unbroken stream: nothing is left out, nothing comes twice."""
        return all(
            (source, (sequence + 1) & 0xFFFF, (timestamp + FRAME) & 0xFFFFFFFF) == later
            for (source, sequence, timestamp), later in pairwise(self.numbers)
        )

    def lose(self, packets: int) -> None:
        """Let as many packets get lost on their way."""
        self._sequence = (self._sequence + packets) & 0xFFFF
        self._timestamp += packets * FRAME

    def press(self, digit: str) -> None:
        """Send one key as RFC 4733 events: 100 ms, the end three times."""
        assert self._far is not None
        for part, (duration, end) in enumerate(((160, 0), (480, 0), (800, 1), (800, 1), (800, 1))):
            mark = 0x80 if part == 0 else 0
            event = struct.pack("!BBH", _EVENTS.index(digit), (0x80 if end else 0) | 10, duration)
            self._packet(_EVENT_TYPE | mark, event)
        self._timestamp += 800

    def frame(self) -> None:
        """Send 20 ms of our tone."""
        turn = 2 * math.pi * self.hertz / 8000
        at = self._timestamp
        samples = (int(8000 * math.sin(turn * (at + n))) for n in range(FRAME))
        self._packet(8, bytes(_to_alaw(sample) for sample in samples))
        self._timestamp += FRAME
        self._began_ns = self._began_ns or time.time_ns()
        self.sent += 1
        if self.sent >= self._to_say:
            self._said_enough.set()

    def read(self) -> None:
        """Take in everything that has come."""
        assert self._socket is not None
        with suppress(OSError):  # nothing more is there
            while True:
                data, _, at_ns = receive(self._socket)
                self.take(data, at_ns)

    def take(self, data: bytes, at_ns: int) -> None:
        """One packet came in."""
        kind = data[1] & 0x7F
        body = data[12 + 4 * (data[0] & 15) :]
        if kind == _EVENT_TYPE:
            self._take_event(body, struct.unpack_from("!I", data, 4)[0])
        elif kind == 8:
            self.arrivals.append(at_ns)
            _, _, sequence, timestamp, source = struct.unpack_from("!BBHII", data)
            self.numbers.append((source, sequence, timestamp))
            self.heard.extend(_FROM_ALAW[byte] for byte in body)
            if len(self.heard) >= self._wanted:
                self._enough.set()

    def _take_event(self, body: bytes, timestamp: int) -> None:
        if timestamp != self._event_timestamp:
            self._event_timestamp = timestamp
            self.digits += _EVENTS[body[0]]

    def _packet(self, kind: int, body: bytes) -> None:
        assert self._socket is not None
        assert self._far is not None
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, self._timestamp, 7)
        with suppress(OSError):  # the far side's port is closed: a phone goes on sending
            self._socket.sendto(head + body, self._far)


@asynccontextmanager
async def rtp(hertz: float = 400.0, host: str = "127.0.0.1") -> AsyncIterator[Rtp]:
    """Open a phone's microphone (a tone) and ear."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        opened.bind((host, 0))
        stamped(opened)
        sound = Rtp(host, opened.getsockname()[1], hertz, _socket=opened)
        loop.add_reader(opened, sound.read)
        speaking = asyncio.create_task(_speak(sound))
        try:
            yield sound
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
            loop.remove_reader(opened)


async def _speak(sound: Rtp) -> None:
    """Send a frame every 20 ms while there is somebody to send to, by the clock and not by the sleep."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    is_late = False
    while True:
        if sound._far is not None:
            sound.frame()
        due = max(due + 0.02, loop.time() - 0.2)
        await asyncio.sleep(due - loop.time())
        if not is_late and loop.time() - due > 0.1:
            sound.late_ms += round(1000 * (loop.time() - due))
        is_late = loop.time() - due > 0.02


def _to_alaw(sample: int) -> int:
    """ITU-T G.711, A-law."""
    sign = 0x80 if sample >= 0 else 0
    value = min(abs(sample) >> 3, 0xFFF)
    if value < 32:
        code = value >> 1
    else:
        exponent = value.bit_length() - 5
        code = (exponent << 4) | ((value >> exponent) & 0x0F)
    return (code | sign) ^ 0x55


def _from_alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


_FROM_ALAW = [_from_alaw(code) for code in range(256)]
