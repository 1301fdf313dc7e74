"""Analog lines as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LineDraft:
    """What the admin says of a line: its name, its own number, the area code of local callers, whose screens pop."""

    name: str
    number: str = ""
    area_code: str = ""
    group: str = ""


@dataclass(frozen=True)
class AnalogLine:
    """A line: which channel of which device watches it. `tells`: the device was heard to tell of handsets.

    `number` in stored form; `area_code` "" = the office's; `group` "" = everybody's screen pops.
    """

    id: int
    name: str
    number: str
    area_code: str
    group: str
    device: str
    channel: int
    tells: bool = False


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
