"""A leg's media stream below pjsua2: its sockets, and where its outgoing packets are. Knows no leg and no relay.

The binding shows neither, so the C library is asked (`pjmedia_stream_get_rtp_session_info`, in pjmedia/stream.h) and
its `pjmedia_rtp_session` read and written in place (pjmedia/rtp.h). `LentStream.of` looks whether what it finds there
is what it must be, and refuses otherwise: then the mixer carries the talk.

A socket is taken from pjsua by putting another under its number (dup2(2)): one that never has anything to read and
takes nothing. pjsua polls with select(2), to which a number is all.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import SupportsInt, cast

from pjsua2 import _pjsua2

from sip.voice.worker.sockets import address, descriptor_of

_VERSION_2 = 0x80
_POLLS = b"select"


class _Session(ctypes.Structure):
    """pjmedia_rtp_session; `head` is the header of the next packet, in network order."""

    _fields_ = (
        ("head", ctypes.c_uint8 * 12),
        ("seen", ctypes.c_uint8 * 20),
        ("kind", ctypes.c_uint16),
        ("sequence", ctypes.c_uint32),
        ("knows_peer", ctypes.c_int),
        ("peer", ctypes.c_uint32),
        ("received", ctypes.c_uint32),
    )


class _Sessions(ctypes.Structure):
    """pjmedia_stream_rtp_sess_info."""

    _fields_ = (
        ("received", ctypes.POINTER(_Session)),
        ("sent", ctypes.POINTER(_Session)),
        ("rtcp", ctypes.c_void_p),
    )


class NotLendable(Exception):
    """This stream, or this build of pjsua2, is not as it must be."""


@dataclass(frozen=True)
class Position:
    """The last packet that was sent: SSRC, sequence number, timestamp."""

    source: int
    sequence: int
    timestamp: int


class LentStream:
    """One leg's stream, while its sockets are in other hands or about to be."""

    def __init__(self, session: _Session, rtp: int, rtcp: int) -> None:
        self._session = session
        self._numbers = (rtp, rtcp)
        self._kept: list[int] = []

    @classmethod
    def of(cls, stream: int, kind: int, local_rtp: str, local_rtcp: str) -> LentStream:
        """Return the stream at this address of the library. Raises NotLendable."""
        sessions = _Sessions()
        if not stream or _get_sessions()(ctypes.c_void_p(stream), ctypes.byref(sessions)) or not sessions.sent:
            raise NotLendable("no stream")
        session = sessions.sent.contents
        right = session.head[0] == _VERSION_2 and session.kind == kind
        if not right or session.sequence & 0xFFFF != int.from_bytes(session.head[2:4], "big"):
            raise NotLendable("an unknown build of pjmedia")
        try:
            return cls(session, descriptor_of(*address(local_rtp)), descriptor_of(*address(local_rtcp)))
        except LookupError as error:
            raise NotLendable(str(error)) from error

    @property
    def position(self) -> Position:
        """Where the outgoing packets are."""
        head = bytes(self._session.head)
        return Position(
            int.from_bytes(head[8:12], "big"), int.from_bytes(head[2:4], "big"), int.from_bytes(head[4:8], "big")
        )

    def go_on_from(self, sequence: int, timestamp: int) -> None:
        """Let the next packet follow this one."""
        self._session.sequence = sequence
        self._session.head[2:4] = list(sequence.to_bytes(2, "big"))
        self._session.head[4:8] = list(timestamp.to_bytes(4, "big"))

    def lend(self) -> tuple[int, ...]:
        """Take the sockets from pjsua; returns descriptors to hand on, which stay ours to close by `take_back`."""
        blind, self._partner = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with blind:
            for number in self._numbers:
                self._kept.append(os.dup(number))
                os.dup2(blind.fileno(), number, inheritable=False)
        return tuple(self._kept)

    def take_back(self) -> None:
        """Give pjsua its sockets again. Twice is harmless."""
        for number, kept in zip(self._numbers, self._kept, strict=False):
            os.dup2(kept, number, inheritable=False)
            os.close(kept)
        if self._kept:
            self._partner.close()
        self._kept = []


def can_lend() -> bool:
    """Tell whether this build polls as it must, and shows what is needed."""
    try:
        library = ctypes.CDLL(_pjsua2.__file__)
        library.pj_ioqueue_name.restype = ctypes.c_char_p
        return bool(library.pj_ioqueue_name() == _POLLS) and bool(_get_sessions())
    except (AttributeError, OSError):
        return False


def _get_sessions() -> Callable[..., int]:
    function: Callable[..., int] = ctypes.CDLL(_pjsua2.__file__).pjmedia_stream_get_rtp_session_info
    return function


def pointer(opaque: object) -> int:
    """Return the address in the C library that a `void *` of the binding holds."""
    return int(cast(SupportsInt, opaque))
