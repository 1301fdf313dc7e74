"""The only door to analog lines: what devices tell becomes calls, and lines and devices can be asked and changed.

Knows devices by their plain types only. What comes from them is dealt with in its order by one task.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from appliance.analog import models
from appliance.analog.dialler import Dialler, Dials
from appliance.analog.line_book import SIMULATED, LineBook
from appliance.analog.memories import Memories
from appliance.analog.sound import LineSounds, Means
from appliance.analog.told import Told
from appliance.analog.types import AnalogLine, DeviceChoice, DevicesChanged, LevelHeard, LineDraft
from appliance.analog.verdict import verdict
from appliance.analog.witnesses import Witnesses
from appliance.calls.call import CallView, Direction
from appliance.calls.events import CallArrived
from appliance.calls.service import Calls
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound, Unavailable
from appliance.core.health import Health
from appliance.core.tasks import Tasks
from appliance.i18n.catalog import text
from appliance.lines.service import Lines
from appliance.store.database import Database
from appliance.store.settings import Settings
from hw.api import Condition, DeviceState, Dialled, Healing, Heard, Wanted, Wish
from hw.cid.registry import dialects
from hw.errors import UnknownDialect
from hw.sound.api import CardCondition, CardFound, CardState

__all__ = [
    "SIMULATED",
    "Analog",
    "AnalogLine",
    "CardCondition",
    "CardFound",
    "CardState",
    "Condition",
    "DeviceChoice",
    "DeviceState",
    "DevicesChanged",
    "Healing",
    "LevelHeard",
    "LineDraft",
]

_LONGEST_PATH = 100
_CHANNELS = range(1, 10)


class Hardware(Dials, Protocol):
    """What is asked of the hardware; `hw.devices.Devices` is it."""

    def start(self, wanted: Wanted) -> None:
        """Look for devices from now on."""

    async def stop(self) -> None:
        """Let go of every port."""

    def states(self) -> tuple[DeviceState, ...]:
        """Return every device."""

    async def want(self, wanted: Wanted) -> None:
        """Take what the admin wants."""

    def rescan(self) -> None:
        """Look for ports now."""

    def ask(self, device: str) -> None:
        """Ask a device what it is."""

    async def forget(self, device: str) -> None:
        """Drop a device that is away."""

    def missed_call(self, device: str) -> None:
        """Hear that others told of a call on a device's line, and it did not."""

    async def simulate(self, device: str, dialect: str, channel: int, number: str) -> None:
        """Let a call come as if from a device."""

    async def plug_in_trial(self, title: str, *, on: bool) -> None:
        """Let a device be there that is none, or go again."""


class Analog:
    """Analog lines and their devices as others see them; `dialler` dials on them, `sound` hears them by sound cards."""

    def __init__(
        self, database: Database, settings: Settings, bus: Bus, health: Health, calls: Calls, lines: Lines, clock: Clock
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._health = health
        self._hardware: Hardware | None = None
        self._book = LineBook(database, settings, bus, lines)
        self._choices: dict[str, DeviceChoice] = {}
        self.dialler = Dialler(settings, bus, calls, lines, self.usable_lines, self.devices)
        self._tasks = Tasks("analog lines")
        self.sound = LineSounds(Means(settings, bus, health, clock, calls, self.lines, self.heard))
        self._memories = Memories(database)
        self._witnesses = Witnesses(clock, self.lines, self._missed)
        self._told = Told(settings, calls, self._book, self._witnesses, self.devices, self.dialler.told)
        self._deaf: Unsubscribe = lambda: None

    async def open(self) -> None:
        """Read lines and choices."""
        await asyncio.to_thread(dialects)  # reads files the first time
        await self._book.open()
        self._choices = {one.device: one for one in await self._database.read(models.choices)}
        await self._memories.open()

    def start(self, hardware: Hardware) -> None:
        """Listen to the devices from now on."""
        self._hardware = hardware
        self.dialler.start(hardware)
        self._tasks.start("hear devices", self._told.deal())
        self._deaf = self._bus.subscribe(CallArrived, lambda event: self._arrived(event.call))
        self._tasks.start("remember devices", self._memories.keep())
        hardware.start(self._wanted())

    async def stop(self) -> None:
        """Let go of the devices and the sound cards."""
        self.dialler.stop()
        await self.sound.stop()
        self._deaf()
        self._witnesses.stop()
        if self._hardware is not None:
            await self._hardware.stop()
        await self._tasks.stop()

    # ------------------------------------------------------------------------------------------------- what there is

    def devices(self) -> tuple[DeviceState, ...]:
        """Return every serial device that is there, was there, or is left alone."""
        return self._hardware.states() if self._hardware is not None else ()

    def device(self, device_id: str) -> DeviceState:
        """Return one device by its short name. Raises NotFound."""
        found = next((one for one in self.devices() if one.id == device_id), None)
        if found is None:
            raise NotFound("devices.no_such_device")
        return found

    def choice(self, device: str) -> DeviceChoice:
        """Return what is wanted of a device."""
        return self._choices.get(device, DeviceChoice(device))

    def choices(self) -> tuple[DeviceChoice, ...]:
        """Return everything that is wanted of devices."""
        return tuple(self._choices.values())

    def lines(self) -> tuple[AnalogLine, ...]:
        """Return every line."""
        return self._book.all()

    def usable_lines(self) -> tuple[AnalogLine, ...]:
        """Return every line, and that of the trial device while there is one."""
        trial = any(one.device == SIMULATED and one.connected for one in self.devices())
        return (*self._book.all(), *((self._book.trial(1),) if trial else ()))

    def reaches(self, extension: str) -> bool:
        """Say whether calls of a line that is watched or listened to now come up at a desk; never waits."""
        watched = {one.device for one in self.devices() if one.connected}
        lines = (line for line in self._book.all() if line.device in watched or self._listens_to(line))
        return any(extension in self.dialler.members(line.group) for line in lines)

    def line(self, line: int) -> AnalogLine:
        """Return one line. Raises NotFound."""
        return self._book.line(line)

    def dialects(self) -> tuple[str, ...]:
        """Return the names of all ways in which devices speak."""
        return tuple(one.name for one in dialects())

    # -------------------------------------------------------------------------------------------------- what people do

    async def change_line(self, line: int, draft: LineDraft) -> AnalogLine:
        """Change what is said of a line. Raises NotFound, InvalidInput."""
        changed = await self._book.change(line, draft)
        self.sound.forget(line)
        return changed

    async def add_line(self, draft: LineDraft) -> AnalogLine:
        """Make a line that a sound card hears and no device watches. Raises InvalidInput. Twice is once."""
        added = await self._book.add(draft)
        self.sound.forget(added.id)
        return added

    async def remove_line(self, line: int) -> None:
        """Forget a line. One that is not there is fine."""
        await self._book.remove(line)
        self.sound.forget(line)

    async def choose(self, choice: DeviceChoice) -> None:
        """Take what the admin wants of a device. Raises InvalidInput."""
        if choice.device == SIMULATED:
            raise InvalidInput("device", "devices.trial_stays")
        known = {one.name: one for one in dialects()}
        if choice.dialect and choice.dialect not in known:
            raise InvalidInput("dialect", "devices.no_such_dialect")
        if choice.speed and choice.speed not in known[choice.dialect].speeds if choice.dialect else choice.speed:
            raise InvalidInput("speed", "devices.no_such_speed")
        self._choices = {one.device: one for one in await self._database.write(lambda: models.choose(choice))}
        if self._hardware is not None:
            await self._hardware.want(self._wanted())
        self._bus.publish(DevicesChanged())

    async def add_port(self, path: str) -> None:
        """Look at a port that is not found by itself. Raises InvalidInput."""
        entered = path.strip()
        if not (entered.startswith("/dev/") and ".." not in entered and len(entered) <= _LONGEST_PATH):
            raise InvalidInput("path", "devices.bad_path")
        await self.choose(replace(self.choice(entered), by_hand=True, excluded=False))

    async def ask(self, device: str) -> None:
        """Let a device be asked what it is, whatever it seems to be. Once more where it did not answer."""
        choice = self.choice(device)
        if not choice.ask or choice.excluded:
            await self.choose(replace(choice, ask=True, excluded=False))
        elif self._hardware is not None:
            self._hardware.ask(device)

    async def forget(self, device: str) -> None:
        """Forget a port that was named by hand, or a device that is away. One that is there stays."""
        await self.choose(replace(self.choice(device), by_hand=False))
        if any(one.device == device and one.condition is not Condition.GONE for one in self.devices()):
            return
        if self._hardware is not None:
            await self._hardware.forget(device)  # which tells once more how it was
        self._memories.forget(device)
        self._judge()
        self._bus.publish(DevicesChanged())

    def rescan(self) -> None:
        """Look for devices now, and ask those once more that have not answered."""
        if self._hardware is not None:
            self._hardware.rescan()
        self.sound.rescan()

    async def simulate(self, channel: int, number: str, dialect: str) -> None:
        """Let a call come on a line, through a port of its own. Raises InvalidInput, Unavailable."""
        if channel not in _CHANNELS:
            raise InvalidInput("line", "devices.no_such_channel")
        digits = "".join(one for one in number if one.isdigit())[:15]
        if number.strip() and len(digits) < 3:
            raise InvalidInput("number", "crm.bad_number", number=number.strip()[:40])
        if self._hardware is None:
            raise Unavailable("devices.core_stopped")
        device = next((one.device for one in self._book.all() if one.channel == channel), SIMULATED)
        try:
            await self._hardware.simulate(device, dialect, channel, digits)
        except UnknownDialect as error:
            raise InvalidInput("dialect", "devices.no_such_dialect") from error
        await self._told.settled()

    async def plug_in_trial(self, *, on: bool) -> None:
        """Let a trial device be there, on which numbers can be dialled, or go again. Raises Unavailable."""
        if self._hardware is None:
            raise Unavailable("devices.core_stopped")
        title = text(str(self._settings.get("office.language")), "devices.trial_title")
        await self._hardware.plug_in_trial(title, on=on)

    # ---------------------------------------------------------------------------------------------- what devices tell

    def changed(self, state: DeviceState) -> None:
        """Hear that a device is different."""
        if state.device != SIMULATED:  # a trial leaves nothing behind
            self._memories.see(state)
        self._judge()
        self._bus.publish(DevicesChanged())

    def _judge(self) -> None:
        """Report how all devices are together."""
        if (found := verdict(self.devices())) is not None:
            self._health.report("devices", found.level, found.key, **found.params)
        else:
            self._health.forget("devices")

    def heard(self, heard: Heard) -> None:
        """Hear a frame; it is dealt with in its order."""
        self._told.hear(heard)

    def dialled(self, dialled: Dialled) -> None:
        """Hear what has become of a number; it is dealt with in its order among frames."""
        self._told.hear(dialled)

    def _arrived(self, call: CallView) -> None:
        """Hear of any call: one of a trunk may come from a gateway on the same line."""
        if call.trunk and call.direction is Direction.IN:
            self._witnesses.rang(call.called_number, "", call.started_ms)

    def _missed(self, device: str) -> None:
        if self._hardware is not None:
            self._hardware.missed_call(device)

    # ------------------------------------------------------------------------------------------------------- inside

    def _listens_to(self, line: AnalogLine) -> bool:
        """Whether callers are read from a line's sound, and its card is heard."""
        card = self.sound.card(line.card) if line.listens and line.card else None
        return card is not None and card.condition is CardCondition.HEARD

    def _wanted(self) -> Wanted:
        choices = self._choices.values()
        return Wanted(
            tuple(one.device for one in choices if one.by_hand),
            frozenset(one.device for one in choices if one.excluded),
            {one.device: Wish(one.dialect, one.speed, one.ask) for one in choices if one.dialect or one.ask},
            self._memories.all(),
        )
