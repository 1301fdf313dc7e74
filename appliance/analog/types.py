"""Analog lines as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LineDraft:
    """What the admin says of a line: its name, its own number, the area code of local callers, whose screens pop.

    `dials`: numbers may be dialled on it, after `prefix` (the 9 of a telephone system in front of the line).
    """

    name: str
    number: str = ""
    area_code: str = ""
    group: str = ""
    prefix: str = ""
    dials: bool = True
    card: str = ""
    side: int = 1
    gain_db: int = 0
    recorded: str = "automatic"
    listens: bool = False


@dataclass(frozen=True)
class AnalogLine:
    """A line: which channel of which device watches it. `tells`: the device was heard to tell of handsets.

    `number` in stored form; `area_code` "" = the office's; `group` "" = everybody's screen pops. Its sound comes in on
    channel `side` (1: left) of the sound card `card` ("": of none) and is made louder by `gain_db`; `recorded` is
    "automatic", "by_hand" or "never"; `listens`: callers' numbers are read from the sound.
    """

    id: int
    name: str
    number: str
    area_code: str
    group: str
    device: str
    channel: int
    tells: bool = False
    prefix: str = ""
    dials: bool = True
    card: str = ""
    side: int = 1
    gain_db: int = 0
    recorded: str = "automatic"
    listens: bool = False


@dataclass(frozen=True)
class DeviceChoice:
    """What the admin wants of a device: left alone, named by hand, a dialect and speed of its own ("" and 0: none).

    `ask`: it may be asked what it is, whatever it seems to be.
    """

    device: str
    excluded: bool = False
    by_hand: bool = False
    dialect: str = ""
    speed: int = 0
    ask: bool = False


@dataclass(frozen=True)
class DevicesChanged:
    """Anything of devices or analog lines is different."""


@dataclass(frozen=True)
class LevelHeard:
    """How loud a line was in the last tenth of a second, in dBFS (0: the loudest there is, -96: nothing).

    `clipped` counts the samples that were cut off since the card was opened.
    """

    line: int
    peak_db: float
    rms_db: float
    clipped: int
