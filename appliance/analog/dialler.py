"""Dials on analog lines: the call's row first, then the device's order. Knows devices by their plain types only.

The telephone on the line does the talking: whoever has a number dialled lifts its handset when the device is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from appliance.analog.types import AnalogLine
from appliance.calls.call import CallView, State
from appliance.calls.events import CallChanged, CallEnded
from appliance.calls.service import Calls, LineDial
from appliance.core import numbers
from appliance.core.bus import Bus
from appliance.core.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from appliance.core.numbers import Number, NumberKind
from appliance.lines.service import Lines
from appliance.store.settings import Settings
from hw.api import DeviceState, DialEnd, Dialled, DialState
from hw.errors import HardwareError

_ABROAD = "001"  # a Korean telephone line needs a carrier's prefix
_NO_NUMBER = (NumberKind.EXTENSION, NumberKind.UNKNOWN, NumberKind.WITHHELD)


class Dials(Protocol):
    """What is asked of the hardware."""

    def dial(self, device: str, channel: int, number: str) -> None:
        """Have a device dial digits on a channel. Raises HardwareError."""

    def lifted(self, device: str, channel: int) -> None:
        """Hear from whoever dialled that the handset is up."""

    def stop_dialling(self, device: str, channel: int) -> None:
        """End dialling; twice is harmless."""


class Dialler:
    """The lines on which numbers can be dialled, and what is dialled there now."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        calls: Calls,
        office: Lines,
        lines: Callable[[], Iterable[AnalogLine]],
        devices: Callable[[], Iterable[DeviceState]],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._office = office
        self._lines = lines
        self._devices = devices
        self._hardware: Dials | None = None
        self._under_way: dict[str, AnalogLine] = {}  # by call
        self._ends = (
            bus.subscribe(CallEnded, lambda event: self._ended(event.call)),
            bus.subscribe(CallChanged, lambda event: self._changed(event.call)),
        )

    def start(self, hardware: Dials) -> None:
        """Dial through this hardware from now on."""
        self._hardware = hardware

    def stop(self) -> None:
        """Hear of no more calls."""
        for end in self._ends:
            end()

    def ways(self, extension: str = "") -> tuple[AnalogLine, ...]:
        """Return the lines on which numbers can be dialled now, in their order; never waits.

        With an extension those alone whose calls pop up there: the others' telephones stand elsewhere.
        """
        can = {one.device for one in self._devices() if one.connected and one.dials}
        usable = (line for line in self._lines() if line.dials and line.device in can)
        return tuple(line for line in usable if not extension or extension in self.members(line.group))

    async def dial(self, line: int, extension: str, typed: str, by: str) -> str:
        """Have a number dialled on a line for the desk of an extension; returns the call's id. Twice is once.

        Raises Conflict (of calls), InvalidInput, NotAllowed, NotFound, Unavailable.
        """
        at, hardware = self._usable(line, extension), self._hardware
        if hardware is None:
            raise Unavailable("devices.core_stopped")
        number = self._number(at, extension, typed)
        tells = at.tells or any(one.hooks for one in self._devices() if one.device == at.device)
        call = await self._calls.on_lines.dial(
            LineDial(
                line=str(at.id),
                name=at.name,
                number=at.number,
                tells=tells,
                extension=extension,
                called=number.stored,
                by=by,
                recorded=at.recorded if at.card else "",
            )
        )
        goes_on = any(one.id == call for one in self._calls.live())  # it may have been ended while its row was written
        if goes_on and call not in self._under_way:
            self._under_way[call] = at
            try:
                hardware.dial(at.device, at.channel, digits(number, at.prefix))
            except HardwareError as error:
                self._calls.on_lines.dial_failed(str(at.id), DialEnd.ERROR, 0)
                raise Unavailable("devices.cannot_dial", line=at.name) from error
        return call

    def told(self, news: Dialled) -> None:
        """Hear what has become of a number."""
        under_way = self._under_way.values()  # a line may go with its device
        line = next((one for one in under_way if (one.device, one.channel) == (news.device, news.channel)), None)
        if line is None:
            return
        if news.state is DialState.LIFT:
            self._calls.on_lines.dialled(str(line.id), news.at_ms)
        elif news.state is DialState.FAILED or news.end is DialEnd.NOT_TOLD:
            self._calls.on_lines.dial_failed(str(line.id), news.end.value, news.at_ms)

    def members(self, group: str) -> frozenset[str]:
        """Return the extensions of a group; "": all."""
        office = self._office.snapshot()
        everyone = frozenset(one.number for one in office.extensions)
        return next(
            (everyone if g.everyone else frozenset(g.members) for g in office.groups if g.id == group), everyone
        )

    # -------------------------------------------------------------------------------------------------------- inside

    def _usable(self, line: int, extension: str) -> AnalogLine:
        known = next((one for one in self._lines() if one.id == line), None)
        if known is None:
            raise NotFound("devices.no_such_line")
        if known not in self.ways():
            raise Unavailable("devices.cannot_dial", line=known.name)
        if known not in self.ways(extension):
            raise NotAllowed("devices.line_elsewhere", line=known.name)
        return known

    def _number(self, line: AnalogLine, extension: str, typed: str) -> Number:
        known = {one.number: one for one in self._office.snapshot().extensions if one.enabled}
        if extension not in known:
            raise NotFound("call.no_such_extension")
        number = numbers.parse(typed, area_code=line.area_code or str(self._settings.get("office.area_code")))
        if number.kind in _NO_NUMBER or not number.stored.lstrip("+").isdigit():
            raise InvalidInput("to", "call.no_such_number")
        if not (known[extension].may_call_out or number.kind is NumberKind.EMERGENCY):
            raise NotAllowed("call.cannot.call_out")
        return number

    def _ended(self, call: CallView) -> None:
        if (line := self._under_way.pop(call.id, None)) is not None and self._hardware is not None:
            self._hardware.stop_dialling(line.device, line.channel)

    def _changed(self, call: CallView) -> None:
        """Whoever says that the handset is up may be the only one who tells it."""
        line = self._under_way.get(call.id)
        if line is not None and call.state is State.TALKING and self._hardware is not None:
            self._hardware.lifted(line.device, line.channel)


def digits(number: Number, prefix: str) -> str:
    """Return what is dialled for a number.

    Emergency services are dialled as they are, after the one digit that a telephone system wants for an outside line;
    a longer prefix chooses a carrier or a service, which must not stand in their way.
    """
    if number.kind is NumberKind.EMERGENCY:
        return (prefix if len(prefix.rstrip(",")) == 1 else "") + number.stored
    return prefix + numbers.dial(number.stored, e164=False, international_prefix=_ABROAD)
