"""How far this machine's clock is to be trusted: what the kernel says of it (adjtimex(2)). Changes nothing."""

from __future__ import annotations

import ctypes

from appliance.evidence.types import ClockState

_NOT_SYNCHRONISED = 5  # TIME_ERROR
_NANOSECONDS = 0x2000  # STA_NANO: offsets are told in these, else in microseconds
_LONGS_AFTER_STATUS = ("constant", "precision", "tolerance", "seconds", "microseconds", "tick", "ppsfreq", "jitter")
_LONGS_AT_THE_END = ("stabil", "jitcnt", "calcnt", "errcnt", "stbcnt")


class _Timex(ctypes.Structure):
    """`struct timex` of the C library; `modes` 0 asks and sets nothing."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        *((name, ctypes.c_long) for name in _LONGS_AFTER_STATUS),
        ("shift", ctypes.c_int),
        *((name, ctypes.c_long) for name in _LONGS_AT_THE_END),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def look() -> ClockState:
    """Return the state of the clock now. Never fails: what cannot be told is not known."""
    told = _Timex()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    if state < 0:
        return ClockState()
    if state == _NOT_SYNCHRONISED:
        return ClockState(synchronised=False)
    parts = 1e6 if told.status & _NANOSECONDS else 1e3
    return ClockState(True, round(told.offset / parts, 3), round(told.maxerror / 1e3, 3))
