"""What may go wrong with hardware. Knows no catalogue: whoever shows it finds the words."""

from __future__ import annotations


class HardwareError(Exception):
    """The root of this package's errors."""


class PortAway(HardwareError):
    """There is no such port now."""


class PortBusy(HardwareError):
    """The port is there, but another program has it, or this one may not use it."""


class PortHung(HardwareError):
    """The system does not come back from opening, closing or setting the port."""


class UnknownDialect(HardwareError):
    """No device speaks so."""


class CannotDial(HardwareError):
    """The device is not there now, or is none that dials."""


class AlreadyDials(HardwareError):
    """The device dials another number on this channel."""


class PinsAway(HardwareError):
    """There are no pins that can be used. `why`: "no_library", "no_chip", "no_access" or "bad_pin"."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why
        self.detail = detail


class BadBoard(HardwareError):
    """A board map cannot be used; says what is wrong with it."""
