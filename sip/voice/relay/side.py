"""One leg at the relay: packets from its far side go to the other leg's, its sound to its track. Knows no epoll.

Each leg's far side hears one unbroken stream: source, sequence numbers and timestamps go on from where the mixer
stopped, and the mixer goes on from where they end (RFC 3550, 5.1). What was lost on the way in stays lost on the way
out, so that the far side's own concealment works.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Sequence

from sip.api import Quality
from sip.voice.lent import RelayedLeg, RelayLeg
from sip.voice.relay import rtcp
from sip.voice.relay.g711 import RATE, TRANSLATIONS
from sip.voice.relay.reception import Reception
from sip.voice.relay.track import Track

log = logging.getLogger(__name__)

STRANGER = "stranger"  # packets come from elsewhere: whom to believe is the worker's business
UNUSUAL = "unusual"  # no plain sound: keys, comfort noise, another codec
SILENT = "silent"  # nothing comes: the other side must still hear an unbroken stream

SILENT_AFTER_NS = 300_000_000
_REPORT_EVERY_NS = 5_000_000_000
_SO_TIMESTAMPNS = 35  # Linux; the socket module has no name for it
_ANCILLARY = socket.CMSG_SPACE(16)
_MOMENT = struct.Struct("qq")
_HEADER = struct.Struct("!BBHII")
_VERSION = 2
_PLAIN = _VERSION << 6  # no padding, no extension, no contributing sources
_LONGEST = 2048
_MARKER = 0x80
_FRAME = RATE // 50


class Side:
    """One leg. `join` must be called before the first packet is read."""

    def __init__(self, plan: RelayLeg, sockets: Sequence[socket.socket], now_ns: int) -> None:
        self.plan = plan
        self.rtp, self.rtcp = sockets
        self.rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.track = Track(plan.law, now_ns)
        self.sequence, self.timestamp = plan.sequence, plan.timestamp  # of the last packet that went to the far side
        self.packets = self.octets = 0  # that went there
        self._other = self
        self._table: bytes | None = None  # from this leg's law to the other's
        self._buffer = bytearray(_LONGEST)
        self._source = -1  # who speaks on the far side
        self._sequence_step = self._timestamp_step = 0  # from their numbers to those that the other far side hears
        self._heard_ns = now_ns
        self._arrivals: list[tuple[int, int, int]] = []  # not counted yet
        self._receptions: list[Reception] = []
        self._far_block: rtcp.Block | None = None
        self._far_report = (0, 0)  # the middle of its NTP time, and when we heard it
        self._round_trip_ms = 0.0
        self._reported_ns = now_ns

    def join(self, other: Side) -> None:
        """Say where the sound goes."""
        self._other = other
        self._table = TRANSLATIONS[self.plan.law, other.plan.law]

    # ------------------------------------------------------------------------------------------------- sound

    def receive(self) -> str:
        """Pass one packet on; returns why the worker must take over, or nothing.

        This runs a hundred times a second for each talk: it is one piece, and counts later what can be counted later.
        """
        buffer = self._buffer
        try:
            size, ancillary, _, sender = self.rtp.recvmsg_into((buffer,), _ANCILLARY)
        except OSError:  # taken by a signal, or the echo of a packet that could not be delivered
            return ""
        first, kind, sequence, timestamp, source = _HEADER.unpack_from(buffer)
        plan = self.plan
        if sender != plan.far or first != _PLAIN or kind & 0x7F != plan.law or size <= _HEADER.size:
            return _why_not(sender == plan.far, first, size)
        at_ns = _at_ns(ancillary)
        if source != self._source:
            self._begin(source, sequence, timestamp, at_ns)
        self._arrivals.append((sequence, timestamp, at_ns))
        self._heard_ns = at_ns
        sound = bytes(buffer[_HEADER.size : size])
        self.track.add(timestamp, sound, at_ns)
        if self._table is not None:
            sound = sound.translate(self._table)
        self._other.send(kind & _MARKER, sequence + self._sequence_step, timestamp + self._timestamp_step, sound)
        return ""

    def send(self, marker: int, sequence: int, timestamp: int, sound: bytes) -> None:
        """Send a packet to the far side."""
        plan = self.plan
        self.sequence, self.timestamp = sequence & 0xFFFF, timestamp & 0xFFFFFFFF
        try:
            self.rtp.sendto(
                _HEADER.pack(_PLAIN, marker | plan.law, self.sequence, self.timestamp, plan.source) + sound, plan.far
            )
        except OSError:  # the network is away or full: a lost packet, as any other
            return
        self.packets += 1
        self.octets += len(sound)

    def _begin(self, source: int, sequence: int, timestamp: int, at_ns: int) -> None:
        """Go on with a new source, as if it were the one before."""
        self._count()
        left_out = (at_ns - self._heard_ns) * RATE // 1_000_000_000 if self._receptions else _FRAME
        self._source = source
        self._sequence_step = self._other.sequence + 1 - sequence
        self._timestamp_step = self._other.timestamp + max(left_out, _FRAME) - timestamp
        self._receptions.append(Reception(sequence, timestamp, at_ns))
        self.track.restart()

    def _count(self) -> None:
        """Count what has come since the last time."""
        if self._arrivals:
            self._receptions[-1].take(self._arrivals)
            self._arrivals = []

    def is_silent(self, now_ns: int) -> bool:
        """Tell whether nothing has come for a while."""
        return now_ns - self._heard_ns > SILENT_AFTER_NS

    # -------------------------------------------------------------------------------------------------- RTCP

    def receive_report(self) -> None:
        """Hear what the far side says of our packets."""
        try:
            datagram, _ = self.rtcp.recvfrom(_LONGEST)
        except OSError:
            return
        now_ns = time.time_ns()
        heard = rtcp.read(datagram, self.plan.source)
        if heard.report:
            self._far_report = (heard.report, now_ns)
        for block in heard.blocks:
            self._far_block = block
            self._round_trip_ms = rtcp.round_trip_ms(block, now_ns) or self._round_trip_ms

    def report(self, now_ns: int) -> None:
        """Tell the far side what we send and what reaches us, if it is time."""
        if now_ns - self._reported_ns < _REPORT_EVERY_NS:
            return
        self._reported_ns = now_ns
        self._count()
        sent = rtcp.Sent(self.plan.source, self.timestamp, self.packets, self.octets)
        about = self._about(now_ns) if self._receptions else None
        try:
            self.rtcp.sendto(rtcp.report(sent, about, now_ns), self.plan.far_rtcp)
        except OSError:
            log.debug("no report to %s", self.plan.leg)

    def _about(self, now_ns: int) -> rtcp.Block:
        of, report = self._receptions[-1], self._far_report
        delay = (now_ns - report[1]) * 65536 // 1_000_000_000 if report[0] else 0
        lost, highest = min(of.lost, 0x7FFFFF), of.highest & 0xFFFFFFFF
        return rtcp.Block(self._source, of.lost_lately(), lost, highest, int(of.jitter), report[0], delay)

    # --------------------------------------------------------------------------------------------------- end

    def given(self) -> RelayedLeg:
        """Return what the worker must know to go on."""
        self._count()
        received = sum(reception.received for reception in self._receptions)
        quality = Quality(
            received=received,
            lost=sum(reception.lost for reception in self._receptions),
            jitter_ms=round(self._receptions[-1].jitter * 1000 / RATE, 1) if received else 0.0,
            far_lost=self._far_block.lost if self._far_block is not None else 0,
            round_trip_ms=round(self._round_trip_ms, 1),
        )
        expected = self._receptions[-1].expected if received else 0
        return RelayedLeg(self.plan.leg, self.sequence, self.timestamp, expected, quality)


def _why_not(known_sender: bool, first: int, size: int) -> str:
    """Say why a packet cannot be passed on; nothing for what is no RTP at all."""
    if size <= _HEADER.size or first >> 6 != _VERSION:
        return ""
    return UNUSUAL if known_sender else STRANGER


def _at_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Return when the kernel got a packet; one that came before it was asked to write that down came just now."""
    if not ancillary:
        return time.time_ns()
    seconds, rest = _MOMENT.unpack(ancillary[0][2])
    return int(seconds) * 1_000_000_000 + int(rest)
