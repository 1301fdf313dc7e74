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
