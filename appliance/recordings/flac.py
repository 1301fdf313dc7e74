"""Writes recordings with libFLAC, directly (ctypes): bit for bit what the lines delivered. Knows no call.

Figures behind the choices: decision 0004. API: https://xiph.org/flac/api/group__flac__stream__encoder.html; the format
is RFC 9639. libFLAC goes back at the end to write length, checksum and seek table into the head of the file.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Callable
from typing import Any, BinaryIO

from appliance.recordings.writing import CHANNELS, NoLibraryError, Sound

# As Debian 12, 13 and 11 have it; what is called here is the same in all of them.
LIBRARIES: tuple[str, ...] = ("libFLAC.so.12", "libFLAC.so.14", "libFLAC.so.8")
LEVEL = 5
SEEK_SECONDS = 10  # a player that jumps need not search through more than this

_BITS = 16
_SEEK_TABLE = 3  # FLAC__METADATA_TYPE_SEEKTABLE
_OK, _FAILED = 0, 1  # the same for the three kinds of callback

_WRITE = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t),
    *(ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p),
)
_SEEK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p)
_TELL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.c_void_p)

# libFLAC wants 32 bits a sample. Moving bytes by slices takes a fifth of the time of array("i", samples).
_LOW, _HIGH = (0, 1) if sys.byteorder == "little" else (1, 0)
_WIDE = (0, 1, 2, 3) if sys.byteorder == "little" else (3, 2, 1, 0)
_SIGN = bytes(0xFF if upper & 0x80 else 0 for upper in range(256))


def widen(samples: array[int]) -> bytearray:
    """Return 16-bit samples as 32-bit samples, both as this machine has them."""
    narrow = samples.tobytes()
    low, high = narrow[_LOW::2], narrow[_HIGH::2]
    sign = high.translate(_SIGN)
    wide = bytearray(4 * len(samples))
    for place, part in zip(_WIDE, (low, high, sign, sign), strict=True):
        wide[place::4] = part
    return wide


class FlacWriter:
    """A FLAC stream of two channels: see `writing.Writer`. `level` is libFLAC's, 0 to 8."""

    def __init__(self, file: BinaryIO, sound: Sound, level: int = LEVEL, *, mid_side: bool = False) -> None:
        """Raises NoLibraryError, OSError."""
        self._file = file
        self._failure: Exception | None = None
        self._library = _load()
        self._encoder = ctypes.c_void_p(self._library.FLAC__stream_encoder_new())
        self._seek_table = ctypes.c_void_p(self._library.FLAC__metadata_object_new(_SEEK_TABLE))
        self._callbacks = (_WRITE(self._write), _SEEK(self._seek), _TELL(self._tell))
        try:
            self._set("channels", CHANNELS)
            self._set("bits_per_sample", _BITS)
            self._set("sample_rate", sound.rate)
            self._set("compression_level", level)
            # Two people on two lines have nothing in common that this would save.
            self._set("do_mid_side_stereo", int(mid_side or sound.same))
            self._lay_seek_table(sound)
            self._begin()
        except BaseException:
            self.close()
            raise

    def add(self, left: array[int], right: array[int]) -> None:
        """Go on with these samples, equally many of each side."""
        sides = [widen(left), widen(right)]
        buffers = (ctypes.c_void_p * CHANNELS)(*(ctypes.addressof(ctypes.c_char.from_buffer(side)) for side in sides))
        self._check(self._library.FLAC__stream_encoder_process(self._encoder, buffers, ctypes.c_uint32(len(left))))

    def finish(self) -> None:
        """Write what is left, and the head once more."""
        self._check(self._library.FLAC__stream_encoder_finish(self._encoder))

    def close(self) -> None:
        """Give the memory back, finished or not. Twice is harmless."""
        if self._encoder:
            self._library.FLAC__stream_encoder_delete(self._encoder)
            self._library.FLAC__metadata_object_delete(self._seek_table)
            self._encoder = self._seek_table = ctypes.c_void_p()

    def _set(self, what: str, value: int) -> None:
        change = getattr(self._library, f"FLAC__stream_encoder_set_{what}")
        if not change(self._encoder, ctypes.c_uint32(value)):
            raise NoLibraryError(f"libFLAC refused {what} {value}")

    def _lay_seek_table(self, sound: Sound) -> None:
        """Leave room for the points, which libFLAC fills in as it comes by them."""
        samples, every = ctypes.c_uint64(sound.samples), ctypes.c_uint32(SEEK_SECONDS * sound.rate)
        add_points = self._library.FLAC__metadata_object_seektable_template_append_spaced_points_by_samples
        blocks = (ctypes.c_void_p * 1)(self._seek_table)
        if not (
            add_points(self._seek_table, every, samples)
            and self._library.FLAC__stream_encoder_set_metadata(self._encoder, blocks, 1)
            and self._library.FLAC__stream_encoder_set_total_samples_estimate(self._encoder, samples)
        ):
            raise NoLibraryError("libFLAC refused the seek table")

    def _begin(self) -> None:
        refused = self._library.FLAC__stream_encoder_init_stream(self._encoder, *self._callbacks, None, None)
        self._raise_failure()
        if refused:
            raise NoLibraryError(f"libFLAC cannot begin: {refused}")

    def _check(self, fine: int) -> None:
        self._raise_failure()
        if not fine:
            state = self._library.FLAC__stream_encoder_get_state(self._encoder)
            raise RuntimeError(f"libFLAC failed: state {state}")

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _write(self, _: int, data: int, size: int, *__: int) -> int:
        return self._safely(lambda: self._file.write(ctypes.string_at(data, size)))

    def _seek(self, _: int, place: int, __: int) -> int:
        return self._safely(lambda: self._file.seek(place))

    def _tell(self, _: int, place: Any, __: int) -> int:
        return self._safely(lambda: place.__setitem__(0, self._file.tell()))

    def _safely(self, work: Callable[[], object]) -> int:
        """Do something with the file for libFLAC; what is raised would be lost on the way, and taken for success."""
        try:
            work()
        except Exception as error:  # raised again as soon as libFLAC has returned
            self._failure = self._failure or error
            return _FAILED
        return _OK


def _load() -> ctypes.CDLL:
    reasons = []
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError as error:
            reasons.append(str(error))
        else:
            library.FLAC__stream_encoder_new.restype = ctypes.c_void_p
            library.FLAC__metadata_object_new.restype = ctypes.c_void_p
            return library
    raise NoLibraryError("; ".join(reasons))
