"""Encodes speech with libopus, directly (ctypes). Knows no file.

Figures behind the choices: decision 0004. API: https://opus-codec.org/docs/opus_api-1.3.1/ (opus_defines.h).
"""

from __future__ import annotations

import ctypes
from array import array

from appliance.recordings.writing import CHANNELS, NoLibraryError

LIBRARY = "libopus.so.0"
FRAMES_PER_SECOND = 50
BITS_PER_SECOND = 24000
COMPLEXITY = 1

_LARGEST_PACKET = 4000
_APPLICATION_AUDIO = 2049  # VOIP would filter the sound for intelligibility; a recording is evidence
_APPLICATION_LOW_DELAY = 2051
_SET_BITRATE = 4002
_SET_COMPLEXITY = 4010
_SET_FORCE_CHANNELS = 4022
_SET_SIGNAL = 4024
_SIGNAL_VOICE = 3001
_GET_LOOKAHEAD = 4027


class OpusEncoder:
    """One stereo stream at 8, 12, 16, 24 or 48 kHz. Use from one thread; close it."""

    def __init__(
        self,
        rate: int,
        *,
        complexity: int = COMPLEXITY,
        bits_per_second: int = BITS_PER_SECOND,
        low_delay: bool = False,
    ) -> None:
        """With `low_delay` everything is CELT, which takes less time and more room. Raises NoLibraryError."""
        self._library = _load()
        error = ctypes.c_int()
        application = _APPLICATION_LOW_DELAY if low_delay else _APPLICATION_AUDIO
        self._encoder = ctypes.c_void_p(
            self._library.opus_encoder_create(rate, CHANNELS, application, ctypes.byref(error))
        )
        if error.value or not self._encoder:
            raise NoLibraryError(f"no encoder: {error.value}")
        self.frame = rate // FRAMES_PER_SECOND  # samples a channel
        self._packet = ctypes.create_string_buffer(_LARGEST_PACKET)
        self._set(_SET_BITRATE, bits_per_second)
        self._set(_SET_COMPLEXITY, complexity)
        self._set(_SET_SIGNAL, _SIGNAL_VOICE)
        # Never down to one channel: who speaks must stay to be told apart.
        self._set(_SET_FORCE_CHANNELS, CHANNELS)

    @property
    def vendor(self) -> str:
        """The library's name and version."""
        name: bytes = self._library.opus_get_version_string()
        return name.decode()

    @property
    def lookahead(self) -> int:
        """How many samples the encoder puts in front of what it is given."""
        samples = ctypes.c_int()
        self._library.opus_encoder_ctl(self._encoder, _GET_LOOKAHEAD, ctypes.byref(samples))
        return samples.value

    def encode(self, samples: array[int], at: int = 0) -> bytes:
        """Encode one frame of `samples` (left and right by turns) from place `at` on: `frame` of each channel."""
        address, count = samples.buffer_info()
        if at + self.frame * CHANNELS > count:
            raise ValueError(f"{count - at} samples are no frame")
        here = ctypes.c_void_p(address + at * samples.itemsize)
        size = self._library.opus_encode(self._encoder, here, self.frame, self._packet, _LARGEST_PACKET)
        if size < 0:
            raise RuntimeError(f"libopus refused a frame: {size}")
        return ctypes.string_at(self._packet, size)

    def close(self) -> None:
        """Give the memory back. Twice is harmless."""
        if self._encoder:
            self._library.opus_encoder_destroy(self._encoder)
            self._encoder = ctypes.c_void_p()

    def _set(self, request: int, value: int) -> None:
        # Variadic in C: on some processors an argument of the wrong width is read from the wrong place.
        if self._library.opus_encoder_ctl(self._encoder, ctypes.c_int(request), ctypes.c_int(value)):
            raise NoLibraryError(f"request {request} refused")


def _load() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NoLibraryError(str(error)) from error
    library.opus_encoder_create.restype = ctypes.c_void_p
    library.opus_get_version_string.restype = ctypes.c_char_p
    return library
