"""What moves sound through the mixer, a frame every 20 ms, and serves SIP and RTP in between. Knows no legs.

pjsua's own clock is a thread beside the polling one. `DrivenClock` needs none: the loop that polls also asks the
mixer for each frame, so a talk wakes the processor 50 times a second in all, instead of once for each packet and
each frame, and RTP is read right before the mixer wants it. Its inner loop is short on purpose: in a worker that
wakes with cold caches every line of Python costs. It calls three functions of the pjsua2 library directly; where a
build does not show them, pjsua's own clock serves.
"""

from __future__ import annotations

import ctypes
import logging
import select
import time
from collections.abc import Sequence
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

    def run(self, ends: Sequence[int], frames: int) -> list[int]:
        """Move at most this many frames; return early, with the ends that can be read, when there are any."""

    def hurry(self, frames: int) -> None:
        """Move so many frames now; the next is due when it was."""

    def resume(self) -> None:
        """Go on from now instead of making up for what was not moved."""

    def next_ms(self) -> int:
        """Return the moment of the next frame, in milliseconds since 1970."""


class OwnClock:
    """pjsua's clock thread; here RTP is only read often enough for it."""

    def __init__(self, endpoint: pj.Endpoint) -> None:
        self._endpoint = endpoint

    def start(self) -> None:
        """Start the thread."""
        self._endpoint.audDevManager().setNullDev()

    def run(self, ends: Sequence[int], frames: int) -> list[int]:
        """Read RTP twice a frame."""
        ready: list[int] = []
        for _ in range(2 * frames):
            ready = select.select(ends, (), (), FRAME_MS / 2000)[0]
            self._endpoint.libHandleEvents(0)
            if ready:
                break
        return ready

    def hurry(self, frames: int) -> None:
        """Let the thread do so."""
        time.sleep(frames * FRAME_MS / 1000)

    def resume(self) -> None:
        """Do nothing: the thread never stopped."""

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
        self._take_over = library.pjsua_set_no_snd_dev
        self._take_over.restype = ctypes.c_void_p
        self._handle_events = library.pjsua_handle_events
        self._get_frame = library.pjmedia_port_get_frame
        self._buffer = ctypes.create_string_buffer(_SAMPLES * 2)
        self._frame = _Frame(0, ctypes.addressof(self._buffer), _SAMPLES * 2, 0, 0)
        self._frame_at = ctypes.c_void_p(ctypes.addressof(self._frame))
        self._mixer = ctypes.c_void_p()
        self._due_ns = 0
        self._poll = select.epoll()
        self._watched: Sequence[int] = []

    def start(self) -> None:
        """Take the mixer over from pjsua's sound device."""
        self._mixer = ctypes.c_void_p(self._take_over())
        self._due_ns = _next_frame_ns(time.monotonic_ns())

    def run(self, ends: Sequence[int], frames: int) -> list[int]:
        """Sleep until a frame is due or an end can be read; RTP wakes nobody, its frame reads it."""
        self._watch(ends)
        wait, now_ns = self._poll.poll, time.monotonic_ns
        serve, mix, mixer, frame = self._handle_events, self._get_frame, self._mixer, self._frame_at
        due = self._due_ns
        last = due + (frames - 1) * _FRAME_NS
        ready: list[tuple[int, int]] = []
        while due <= last and not ready:
            ready = wait(max(0, due - now_ns()) / 1e9)
            serve(0)
            now = now_ns()
            if now - due > _LONGEST_CATCH_UP * _FRAME_NS:
                log.warning("sound stood still for %d ms", (now - due) // 1_000_000)
                due = last = _next_frame_ns(now) - _FRAME_NS
            while due <= now:
                mix(mixer, frame)
                due += _FRAME_NS
        self._due_ns = due
        return [end for end, _ in ready]

    def hurry(self, frames: int) -> None:
        """Mix so many frames now, and look at no socket: SIP that came would find the legs half lent."""
        for _ in range(frames):
            self._get_frame(self._mixer, self._frame_at)

    def resume(self) -> None:
        """Mix the next frame at the next common moment."""
        self._due_ns = _next_frame_ns(time.monotonic_ns())

    def _watch(self, ends: Sequence[int]) -> None:
        if ends == self._watched:
            return
        for end in set(self._watched) - set(ends):
            self._poll.unregister(end)
        for end in set(ends) - set(self._watched):
            self._poll.register(end, select.EPOLLIN)
        self._watched = list(ends)

    def next_ms(self) -> int:
        """Return the moment of the next frame, in milliseconds since 1970."""
        return (time.time_ns() + self._due_ns - time.monotonic_ns()) // 1_000_000


def _next_frame_ns(now_ns: int) -> int:
    """Return when the next frame is due: at the same moments in every worker.

    They then wake one after the other and find each other's shared code in the processor's caches: a tenth cheaper.
    """
    return (now_ns // _FRAME_NS + 1) * _FRAME_NS


def media_clock(endpoint: pj.Endpoint) -> MediaClock:
    """Return the best clock this build of pjsua2 allows."""
    try:
        return DrivenClock()
    except (AttributeError, OSError) as error:
        log.warning("sound needs a thread of its own here: %s", error)
        return OwnClock(endpoint)
