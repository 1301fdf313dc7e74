"""What goes over the API of caller-ID devices and analog lines. The rules of `shapes.py` hold here as well."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from web.api.shapes import Request, Whole


class FrameSeen(Struct, frozen=True):
    """One thing that a device has said; `hex` are its bytes."""

    at_ms: int
    kind: str
    channel: int
    hex: str


class Mending(Struct, frozen=True):
    """How a device's mending stands. `trouble` "": it is well; `trying` is the cure that was begun last.

    `resting`: all were tried in vain, and it is left in peace for a while. `mended` counts the troubles that went away.
    """

    trouble: str
    trying: str
    resting: bool
    mended: int
    mended_ms: int


class DeviceSeen(Struct, frozen=True):
    """A serial device. `condition`: "connected" is green; `hooks`: it tells when handsets are picked up.

    `dials`: devices of its kind can dial. `why` says why it was not asked what it is ("known" to be of another `kind`,
    "talks" by itself, "unanswered") or why it is silent ("unplugged", "mute"). `answers`: it says what it is when
    asked; `losses` are since the start.
    """

    id: str
    title: str
    path: str
    condition: str
    dialect: str
    speed: int
    lines: int
    info: str
    hooks: bool
    dials: bool
    excluded: bool
    why: str
    kind: str
    answers: bool
    losses: int
    mending: Mending
    frames: tuple[FrameSeen, ...]


class PortSent(Request, frozen=True):
    """A port that is not found by itself: "/dev/ttyS0"."""

    path: str


class DeviceChange(Request, frozen=True):
    """What is wanted of a device: left alone, or a dialect and speed ("" and 0: found out)."""

    excluded: bool | UnsetType = UNSET
    dialect: str | UnsetType = UNSET
    speed: Whole | UnsetType = UNSET


class SimulateSent(Request, frozen=True):
    """A trial call on a line's channel; without a number the caller is withheld."""

    line: Whole = 1
    number: str = ""
    dialect: str = "callstar"


class AnalogLineChange(Request, frozen=True):
    """What is to be different about a line; what is left out stays."""

    name: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    area_code: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    dials: bool | UnsetType = UNSET
    card: str | UnsetType = UNSET
    side: Whole | UnsetType = UNSET
    gain_db: int | UnsetType = UNSET
    recorded: str | UnsetType = UNSET
    listens: bool | UnsetType = UNSET


class AnalogLineSent(Request, frozen=True):
    """A line that only a sound card hears: on which channel (`side`, 1 is left), and how it is recorded.

    `recorded`: "automatic", "by_hand" or "never". `listens`: callers' numbers are read from the sound.
    """

    name: str
    card: str
    side: Whole = 1
    number: str = ""
    area_code: str = ""
    group: str = ""
    gain_db: int = 0
    recorded: str = "automatic"
    listens: bool = True


class SoundCardSeen(Struct, frozen=True):
    """A sound card. `condition`: "free" no line uses it, "heard" is green, "gone", "busy", "opening".

    `overruns` counts the gaps since the start.
    """

    name: str
    title: str
    condition: str
    overruns: int
