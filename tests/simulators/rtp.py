"""RTP (RFC 3550) for many simulated calls at once: one timer sends and reads for all of them. Knows no SIP.

Arrivals carry the kernel's own time stamps, so a gap is the network's and never this program's delay.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from array import array
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from tests.simulators import audio
from tests.simulators.sdp import CODECS, TELEPHONE_EVENT, Session

_TICK = 0.02
_MADE_UP = 3 * _TICK  # who was kept from speaking for longer has said nothing meanwhile, and says it not at once later
_TIMESTAMPNS = 35  # SO_TIMESTAMPNS of Linux; Python's socket module has no name for it
_CONTROL = socket.CMSG_SPACE(16)


def stamped(sock: socket.socket) -> None:
    """Have the kernel write down when each datagram arrives."""
    sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)


def receive(sock: socket.socket) -> tuple[bytes, tuple[str, int], int]:
    """Read one datagram, its sender and its arrival in ns since 1970. Raises BlockingIOError when none is there."""
    data, control, _, sender = sock.recvmsg(65535, _CONTROL)
    for _, kind, value in control:
        if kind == _TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            return data, sender, seconds * 1_000_000_000 + nanoseconds
    return data, sender, time.time_ns()


@dataclass
class Heard:
    """What came in on one stream."""

    arrivals: array[int] = field(default_factory=lambda: array("q"))  # nanoseconds since 1970
    payload: bytearray = field(default_factory=bytearray)
    codec: str = "PCMU"
    digits: str = ""
    first_sequence: int = -1
    last_sequence: int = -1

    @property
    def packets(self) -> int:
        """How many audio packets came."""
        return len(self.arrivals)

    @property
    def max_gap_ms(self) -> float:
        """The longest time between two packets."""
        pairs = pairwise(self.arrivals)
        return max((later - earlier for earlier, later in pairs), default=0) / 1e6

    def gap_since_ms(self, since_ns: int) -> float:
        """Return the longest time without a packet after a moment (and before the last packet)."""
        late = [since_ns, *(at for at in self.arrivals if at > since_ns)]
        return max((later - earlier for earlier, later in pairwise(late)), default=0) / 1e6

    def gap_added_ms(self, since_ns: int, sent_at: array[int]) -> float:
        """Return by how much the longest silence after a moment exceeds what the sender itself left out.

        `sent_at` is when the far side sent; a simulator that got no processor must not count as the box's silence.
        """
        late = [since_ns, *(at for at in self.arrivals if at > since_ns)]
        added = 0.0
        for earlier, later in pairwise(late):
            if later - earlier > 30_000_000:
                near = [earlier - 100_000_000, *(at for at in sent_at if earlier - 100_000_000 < at < later), later]
                own = max(after - before for before, after in pairwise(near))
                added = max(added, (later - earlier - max(own, 20_000_000)) / 1e6)
        return added

    @property
    def samples(self) -> array[int]:
        """Everything that was heard, one after the other."""
        return audio.decode(bytes(self.payload), self.codec)

    def tone_ms(self, hertz: int) -> int:
        """Return for how long a tone was heard."""
        return audio.tone_ms(self.samples, hertz)


class Stream:
    """One call's audio: sends a sound again and again, and keeps what it hears."""

    def __init__(self, hub: RtpHub, address: str) -> None:
        self._hub = hub
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))
        stamped(self._socket)
        self.port = int(self._socket.getsockname()[1])
        self.heard = Heard()
        self.keep = True
        self.sent = 0
        self.sent_at: array[int] = array("q")  # nanoseconds since 1970
        self.first_sent_ns = self.last_sent_ns = 0
        self._to: tuple[str, int] | None = None
        self._sound: list[bytes] = []
        self._type, self._events = 0, TELEPHONE_EVENT
        self._sequence, self._timestamp = 1000, 160
        self._digits: deque[bytes] = deque()
        self._event_began = 0
        self._last_event = -1

    def start(self, far: Session, sound: array[int]) -> None:
        """Send `sound` to the far side from now on, or go on with it after a change of the session."""
        self._sound = self._hub.packets(sound, far.codec)
        self._type, self._events = CODECS[far.codec], far.events
        self.heard.codec = far.codec
        self._to = (far.address, far.port)
        self._hub.add(self)

    def change(self, sound: array[int]) -> None:
        """Send another sound from now on, to where the one before went."""
        self._sound = self._hub.packets(sound, self.heard.codec)

    def pause(self) -> None:
        """Send nothing until the next start; go on listening."""
        self._to = None

    def close(self) -> None:
        """End the stream; what was heard stays."""
        if self._socket.fileno() >= 0:
            self.read()
            self._hub.remove(self)
            self._socket.close()

    def own_pause_ms(self, since_ns: int = 0, until_ns: int = 0) -> float:
        """Return for how long at most nothing was sent between two moments: by default, from the first to the last."""
        since_ns, until_ns = since_ns or self.first_sent_ns, until_ns or self.last_sent_ns
        moments = [since_ns, *(at for at in self.sent_at if since_ns < at < until_ns), until_ns]
        return max(later - earlier for earlier, later in pairwise(moments)) / 1e6

    def dial(self, digits: str) -> None:
        """Send RFC 4733 events in place of audio: 100 ms each, the end three times, then a pause of 60 ms."""
        for digit in digits:
            event = "0123456789*#ABCD".index(digit)
            for step in range(1, 6):
                self._digits.append(struct.pack("!BBH", event, 10, step * 160))
            self._digits.extend([struct.pack("!BBH", event, 0x80 | 10, 800)] * 3)
            self._digits.extend([b""] * 3)

    def send(self) -> None:
        """Send the next 20 ms."""
        if self._to is None:
            return
        payload, kind, timestamp = self._next()
        header = struct.pack("!BBHII", 0x80, kind, self._sequence & 0xFFFF, timestamp, self.port)
        try:
            self._socket.sendto(header + payload, self._to)
        except OSError:  # the far side's port is closed: a phone goes on sending, too
            return
        self.last_sent_ns = time.time_ns()
        self.first_sent_ns = self.first_sent_ns or self.last_sent_ns
        self.sent_at.append(self.last_sent_ns)
        self.sent += 1

    def _next(self) -> tuple[bytes, int, int]:
        self._sequence += 1
        self._timestamp += audio.FRAME
        event = self._digits.popleft() if self._digits else b""
        if event:
            if struct.unpack("!H", event[2:])[0] == audio.FRAME:
                self._event_began = self._timestamp  # all packets of one event carry its beginning
            return event, self._events, self._event_began & 0xFFFFFFFF
        return self._sound[self.sent % len(self._sound)], self._type, self._timestamp & 0xFFFFFFFF

    def read(self) -> None:
        """Take in everything that has arrived."""
        while True:
            try:
                data, _, at = receive(self._socket)
            except OSError:
                return
            if len(data) < 12 or data[0] >> 6 != 2:
                continue
            kind = data[1] & 0x7F
            if kind in (self._events, TELEPHONE_EVENT):
                self._hear_event(data)
            elif kind in CODECS.values():
                self._hear(data, at)

    def _hear(self, data: bytes, at: int) -> None:
        heard = self.heard
        heard.arrivals.append(at)
        heard.last_sequence = struct.unpack("!H", data[2:4])[0]
        if heard.first_sequence < 0:
            heard.first_sequence = heard.last_sequence
        if self.keep:
            heard.payload += data[12:]

    def _hear_event(self, data: bytes) -> None:
        timestamp, ended = struct.unpack("!I", data[4:8])[0], data[13] & 0x80
        if ended and timestamp != self._last_event:
            self._last_event = timestamp
            self.heard.digits += "0123456789*#ABCD"[data[12] & 0x0F]


class RtpHub:
    """The one timer of all streams. It runs while there is a stream that was started."""

    def __init__(self) -> None:
        self._streams: list[Stream] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._cache: dict[tuple[int, str], tuple[array[int], list[bytes]]] = {}  # with its sound: an id is used again

    def open(self, address: str) -> Stream:
        """Open a stream on a free port of `address`."""
        return Stream(self, address)

    def packets(self, sound: array[int], codec: str) -> list[bytes]:
        """Return the payloads of a sound, coded once for all streams."""
        key = (id(sound), codec)
        if key not in self._cache:
            self._cache[key] = (sound, audio.packets(sound, codec))
        return self._cache[key][1]

    def add(self, stream: Stream) -> None:
        """Serve a stream."""
        if stream not in self._streams:
            self._streams.append(stream)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._due = loop.time()
            self._timer = loop.call_soon(self._tick)  # type: ignore[assignment]  # can be cancelled as a timer can

    def remove(self, stream: Stream) -> None:
        """Serve a stream no longer."""
        if stream in self._streams:
            self._streams.remove(stream)

    def close(self) -> None:
        """End all streams."""
        for stream in tuple(self._streams):
            stream.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        for stream in tuple(self._streams):
            stream.send()
            stream.read()
        self._timer = None
        if self._streams:
            loop = asyncio.get_running_loop()
            self._due = max(self._due + _TICK, loop.time() - _MADE_UP)
            self._timer = loop.call_at(self._due, self._tick)
