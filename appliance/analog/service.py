"""The only door to analog lines: what devices tell becomes calls, and lines and devices can be asked and changed.

Knows devices by their plain types only. What comes from them is dealt with in its order by one task.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import replace
from typing import Protocol

from appliance.analog import models
from appliance.analog.callers import Repeats, caller
from appliance.analog.dialler import Dialler, Dials
from appliance.analog.line_checks import checked
from appliance.analog.memories import Memories
from appliance.analog.sound import LineSounds, Means
from appliance.analog.types import AnalogLine, DeviceChoice, DevicesChanged, LevelHeard, LineDraft
from appliance.analog.verdict import verdict
from appliance.analog.witnesses import Witnesses
from appliance.calls.call import CallView, Direction
from appliance.calls.events import CallArrived
from appliance.calls.service import Calls, LineRing
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound, SoriboxError, Unavailable
from appliance.core.health import Health
from appliance.core.tasks import Tasks
from appliance.i18n.catalog import text
from appliance.lines.service import Lines
from appliance.store.database import Database
from appliance.store.settings import Settings
from hw.api import Condition, DeviceState, Dialled, FrameKind, Healing, Heard, Presentation, Wanted, Wish
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

log = logging.getLogger(__name__)

SIMULATED = "simulator"
SOUND_ONLY = "sound:"
"""With this begins the `device` of a line that no device watches."""
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
        self._calls = calls
        self._office = lines
        self._hardware: Hardware | None = None
        self._lines: dict[int, AnalogLine] = {}
        self._choices: dict[str, DeviceChoice] = {}
        self._repeats = Repeats()
        self._inbox: asyncio.Queue[Heard | Dialled] = asyncio.Queue()
        self.dialler = Dialler(settings, bus, calls, lines, self.usable_lines, self.devices)
        self._tasks = Tasks("analog lines")
        self.sound = LineSounds(Means(settings, bus, health, clock, calls, self.lines, self.heard))
        self._memories = Memories(database)
        self._witnesses = Witnesses(clock, self.lines, self._missed)
        self._deaf: Unsubscribe = lambda: None

    async def open(self) -> None:
        """Read lines and choices."""
        await asyncio.to_thread(dialects)  # reads files the first time
        self._lines = {one.id: one for one in await self._database.read(models.lines)}
        self._choices = {one.device: one for one in await self._database.read(models.choices)}
        await self._memories.open()

    def start(self, hardware: Hardware) -> None:
        """Listen to the devices from now on."""
        self._hardware = hardware
        self.dialler.start(hardware)
        self._tasks.start("hear devices", self._hear())
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
        return tuple(self._lines.values())

    def usable_lines(self) -> tuple[AnalogLine, ...]:
        """Return every line, and that of the trial device while there is one."""
        trial = any(one.device == SIMULATED and one.connected for one in self.devices())
        return (*self._lines.values(), *((self._trial_line(1),) if trial else ()))

    def reaches(self, extension: str) -> bool:
        """Say whether calls of a line that is watched now come up at a desk; never waits."""
        watched = {one.device for one in self.devices() if one.connected}
        lines = (line for line in self._lines.values() if line.device in watched)
        return any(extension in self.dialler.members(line.group) for line in lines)

    def line(self, line: int) -> AnalogLine:
        """Return one line. Raises NotFound."""
        if line not in self._lines:
            raise NotFound("devices.no_such_line")
        return self._lines[line]

    def dialects(self) -> tuple[str, ...]:
        """Return the names of all ways in which devices speak."""
        return tuple(one.name for one in dialects())

    # -------------------------------------------------------------------------------------------------- what people do

    async def change_line(self, line: int, draft: LineDraft) -> AnalogLine:
        """Change what is said of a line. Raises NotFound, InvalidInput."""
        checked = self._checked(draft, self.line(line))
        changed = await self._database.write(lambda: models.change(line, checked))
        self._lines[line] = changed
        self.sound.forget(line)
        self._bus.publish(DevicesChanged())
        return changed

    async def add_line(self, draft: LineDraft) -> AnalogLine:
        """Make a line that a sound card hears and no device watches. Raises InvalidInput. Twice is once."""
        same = next((one for one in self._lines.values() if (one.card, one.side) == (draft.card, draft.side)), None)
        if same is not None and draft.card and same.name == draft.name.strip():
            return await self.change_line(same.id, draft)
        checked = self._checked(draft)
        if not checked.card:
            raise InvalidInput("card", "devices.no_card_chosen")
        device = f"{SOUND_ONLY}{secrets.token_hex(4)}"
        line = await self._database.write(lambda: models.add(device, 1, checked))
        self._lines[line.id] = line
        self._bus.publish(DevicesChanged())
        return line

    async def remove_line(self, line: int) -> None:
        """Forget a line. One that is not there is fine."""
        await self._database.write(lambda: models.remove(line))
        self._lines.pop(line, None)
        self.sound.forget(line)
        self._bus.publish(DevicesChanged())

    async def choose(self, choice: DeviceChoice) -> None:
        """Take what the admin wants of a device. Raises InvalidInput."""
        known = {one.name: one for one in dialects()}
        if choice.dialect and choice.dialect not in known:
            raise InvalidInput("dialect", "devices.no_such_dialect")
        if choice.speed and choice.speed not in known[choice.dialect].speeds if choice.dialect else choice.speed:
            raise InvalidInput("speed", "devices.no_such_speed")
        await self._database.write(lambda: models.choose(choice))
        self._choices = {one.device: one for one in await self._database.read(models.choices)}
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
        self._memories.forget(device)
        if self._hardware is not None:
            await self._hardware.forget(device)
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
        device = next((one.device for one in self._lines.values() if one.channel == channel), SIMULATED)
        try:
            await self._hardware.simulate(device, dialect, channel, digits)
        except UnknownDialect as error:
            raise InvalidInput("dialect", "devices.no_such_dialect") from error
        await self._inbox.join()

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
        self._inbox.put_nowait(heard)

    def dialled(self, dialled: Dialled) -> None:
        """Hear what has become of a number; it is dealt with in its order among frames."""
        self._inbox.put_nowait(dialled)

    async def _hear(self) -> None:
        while True:
            heard = await self._inbox.get()
            try:
                await self._deal_with(heard)
            except SoriboxError as error:
                log.error("a call on an analog line has no row: %s", error)
            except Exception:  # the border of this task: what one device says must not silence the others
                log.exception("what a device said could not be dealt with")
            finally:
                self._inbox.task_done()

    def _arrived(self, call: CallView) -> None:
        """Hear of any call: one of a trunk may come from a gateway on the same line."""
        if call.trunk and call.direction is Direction.IN:
            self._witnesses.rang(call.called_number, "", call.started_ms)

    def _missed(self, device: str) -> None:
        if self._hardware is not None:
            self._hardware.missed_call(device)

    async def _deal_with(self, heard: Heard | Dialled) -> None:
        if isinstance(heard, Dialled):
            self.dialler.told(heard)
            return
        frame, at_ms = heard.frame, heard.at_ms
        if frame.kind is not FrameKind.DEVICE:
            self._witnesses.heard(heard.device, frame.channel or 1, at_ms, rings=frame.kind is FrameKind.RING)
        if frame.kind is FrameKind.RING:
            if not self._repeats.again(heard.device, frame, at_ms):
                await self._rings(heard)
        elif frame.kind is FrameKind.DEVICE:
            await self._meet(heard)
        elif frame.kind in (FrameKind.OFF_HOOK, FrameKind.ON_HOOK):
            line = await self._line(heard)
            await self._tells(line)
            self._repeats.over(heard.device, frame.channel)
            told = self._calls.on_lines.picked_up
            (told if frame.kind is FrameKind.OFF_HOOK else self._calls.on_lines.put_down)(str(line.id), at_ms)

    async def _meet(self, heard: Heard) -> None:
        """A device that can dial has a line at once: nobody needs to have called on it before."""
        known = any(line.device == heard.device for line in self._lines.values())
        if not known and any(one.device == heard.device and one.dials for one in self.devices()):
            await self._line(heard)

    async def _rings(self, heard: Heard) -> None:
        line, frame = await self._line(heard), heard.frame
        number = caller(frame, line.area_code or str(self._settings.get("office.area_code")))
        await self._calls.on_lines.ring(
            LineRing(
                line=str(line.id),
                name=line.name,
                number=line.number,
                group=line.group,
                tells=line.tells or any(one.hooks for one in self.devices() if one.device == heard.device),
                caller=number,
                presentation=(frame.presentation if number else _why_none(frame.presentation)).value,
                caller_name=frame.name,
                at_ms=heard.at_ms,
                recorded=line.recorded if line.card else "",
            )
        )

    async def _line(self, heard: Heard) -> AnalogLine:
        """Return the line that a frame is about; a new one has a name until it is given another."""
        channel = heard.frame.channel or 1
        for line in self._lines.values():
            if (line.device, line.channel) == (heard.device, channel):
                return line
        name = text(str(self._settings.get("office.language")), "devices.line_name", n=channel)
        if heard.device == SIMULATED:  # a trial leaves no line behind
            return self._trial_line(channel)
        line = await self._database.write(lambda: models.line_at(heard.device, channel, name))
        self._lines[line.id] = line
        self._bus.publish(DevicesChanged())
        return line

    def _trial_line(self, channel: int) -> AnalogLine:
        name = text(str(self._settings.get("office.language")), "devices.line_name", n=channel)
        return AnalogLine(-channel, name, "", "", "", SIMULATED, channel)

    async def _tells(self, line: AnalogLine) -> None:
        if not line.tells and line.id > 0:
            await self._database.write(lambda: models.tells(line.id))
            self._lines[line.id] = replace(line, tells=True)

    # ------------------------------------------------------------------------------------------------------- inside

    def _wanted(self) -> Wanted:
        choices = self._choices.values()
        return Wanted(
            tuple(one.device for one in choices if one.by_hand),
            frozenset(one.device for one in choices if one.excluded),
            {one.device: Wish(one.dialect, one.speed, one.ask) for one in choices if one.dialect or one.ask},
            self._memories.all(),
        )

    def _checked(self, draft: LineDraft, line: AnalogLine | None = None) -> LineDraft:
        others = tuple(one for one in self._lines.values() if line is None or one.id != line.id)
        return checked(draft, others, {one.id for one in self._office.snapshot().groups})


def _why_none(presentation: Presentation) -> Presentation:
    return Presentation.UNAVAILABLE if presentation is Presentation.SHOWN else presentation
