"""What moves sound through the mixer, a frame every 20 ms. Knows no legs.

pjsua's own clock is a thread beside the polling one. `DrivenClock` needs none: the loop that polls also asks the
mixer for each frame, so a talk wakes the processor 50 times a second in all, instead of once for each packet and
each frame, and RTP is read right before the mixer wants it. It calls two functions of the pjsua2 library that its
Python face does not offer; where a build does not show them, pjsua's own clock serves.
"""

from __future__ import annotations

import ctypes
import logging
import time
from typing import Protocol

import pjsua2 as pj
from pjsua2 import _pjsua2

log = logging.getLogger(__name__)

RATE = 8000
FRAME_MS = 20
_FRAME_NS = FRAME_MS * 1_000_000
_SAMPLES = RATE * FRAME_MS // 1000
_LONGEST_CATCH_UP = 50  # frames: after a longer stop (a suspended machine) the sound goes on from now


class MediaClock(Protocol):
    """Moves sound."""

    def start(self) -> None:
        """Begin."""

    def due_in_s(self) -> float:
        """Return the seconds until `tick` has something to do."""

    def tick(self) -> None:
        """Move what is due."""

    def next_ms(self) -> int:
        """Return the moment of the next frame, in milliseconds since 1970."""


class OwnClock:
    """pjsua's clock thread; the loop only has to poll often enough for RTP."""

    def __init__(self, endpoint: pj.Endpoint) -> None:
        self._endpoint = endpoint

    def start(self) -> None:
        """Start the thread."""
        self._endpoint.audDevManager().setNullDev()

    def due_in_s(self) -> float:
        """Return half a frame: RTP is read twice a frame."""
        return FRAME_MS / 2000

    def tick(self) -> None:
        """Do nothing: the thread does it."""

    def next_ms(self) -> int:
        """Return now: the thread's rhythm is not known."""
        return time.time_ns() // 1_000_000


class _Frame(ctypes.Structure):
    """pjmedia_frame."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class DrivenClock:
    """The loop's own rhythm, by the monotonic clock. Late frames are made up for, so recordings keep real time."""

    def __init__(self) -> None:
        library = ctypes.CDLL(_pjsua2.__file__)
        take_over = library.pjsua_set_no_snd_dev
        take_over.restype = ctypes.c_void_p
        self._get_frame = library.pjmedia_port_get_frame
        self._get_frame.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self._buffer = ctypes.create_string_buffer(_SAMPLES * 2)
        self._frame = _Frame(0, ctypes.addressof(self._buffer), _SAMPLES * 2, 0, 0)
        self._frame_at = ctypes.addressof(self._frame)
        self._take_over = take_over
        self._mixer = 0
        self._due_ns = 0

    def start(self) -> None:
        """Take the mixer over from pjsua's sound device."""
        self._mixer = self._take_over()
        self._due_ns = time.monotonic_ns() + _FRAME_NS

    def due_in_s(self) -> float:
        """Return the seconds until the next frame."""
        return max(0, self._due_ns - time.monotonic_ns()) / 1e9

    def tick(self) -> None:
        """Make the frames that are due."""
        now = time.monotonic_ns()
        if now - self._due_ns > _LONGEST_CATCH_UP * _FRAME_NS:
            log.warning("sound stood still for %d ms", (now - self._due_ns) // 1_000_000)
            self._due_ns = now
        while self._due_ns <= now:
            self._frame.size = _SAMPLES * 2
            self._get_frame(self._mixer, self._frame_at)
            self._frame.timestamp += _SAMPLES
            self._due_ns += _FRAME_NS

    def next_ms(self) -> int:
        """Return the moment of the next frame, in milliseconds since 1970."""
        return (time.time_ns() + self._due_ns - time.monotonic_ns()) // 1_000_000


def media_clock(endpoint: pj.Endpoint) -> MediaClock:
    """Return the best clock this build of pjsua2 allows."""
    try:
        return DrivenClock()
    except (AttributeError, OSError) as error:
        log.warning("sound needs a thread of its own here: %s", error)
        return OwnClock(endpoint)
