"""The dialects that are known. Each is a file of this package that registers itself; nobody else names them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import hw.cid
from hw.api import Frame, FrameKind


class Reader(Protocol):
    """Turns one device's bytes into frames. Bounded in memory; garbage makes no frame and no error."""

    @property
    def unread(self) -> int:
        """How many bytes so far meant nothing at all."""

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Take bytes as they come, in any pieces, and return the frames that are complete with them."""

    def tick(self, now_ms: int) -> list[Frame]:
        """Return what the passing of time alone has completed."""


def _nothing(_: int) -> bytes:
    return b""


@dataclass(frozen=True)
class Dialling:
    """How a device is told to dial: the bytes for (channel, number).

    `stop` ends it. `finished` is what the device says when the number is dialled. `release` is sent when the handset
    has the call: a device that holds the line itself lets go of it then.
    """

    dial: Callable[[int, str], bytes]
    stop: Callable[[int], bytes]
    finished: FrameKind = FrameKind.DIALLED
    release: Callable[[int], bytes] = _nothing


@dataclass(frozen=True)
class Dialect:
    """A way in which devices speak.

    `greeting` asks a device whether it is one ("": it can only be listened to), a DEVICE frame is its answer; `set_up`
    is sent then, and `still` asks a known one whether it is still there. Whatever else is on the port must bear
    hearing a greeting. `hooks`: these devices always tell of handsets. `ring` makes the bytes of a call (channel,
    number). `dialling` is None where devices cannot dial.
    """

    name: str
    speeds: tuple[int, ...]
    reader: Callable[[], Reader]
    ring: Callable[[int, str], bytes]
    greeting: bytes = b""
    set_up: tuple[bytes, ...] = ()
    still: bytes = b""
    hooks: bool = False
    dialling: Dialling | None = None
    rank: int = 50  # the lower, the sooner it is tried


_known: dict[str, Dialect] = {}


def register(dialect: Dialect) -> Dialect:
    """Make a dialect known."""
    _known[dialect.name] = dialect
    return dialect


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(hw.cid.__path__):
        importlib.import_module(f"{hw.cid.__name__}.{module.name}")


def dialects() -> tuple[Dialect, ...]:
    """Return all dialects in the order in which they are tried."""
    _load()
    return tuple(sorted(_known.values(), key=lambda one: (one.rank, one.name)))


def dialect(name: str) -> Dialect | None:
    """Return one dialect by its name."""
    _load()
    return _known.get(name)


def says_what_it_is(frames: list[Frame]) -> bool:
    """Tell whether a device has answered the greeting."""
    return any(frame.kind is FrameKind.DEVICE for frame in frames)
