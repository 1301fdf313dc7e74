"""All devices of the box: finds ports as they come and go, and has each of them listened to.

Ports that the admin wants left alone, and those of devices that are certainly something else, are never opened. Without
ports, or without the library for them, it is empty.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from hw.api import Condition, DeviceState, Dialled, Healing, Heard, Memory, PortFound, Reason, Wanted, Wish
from hw.caution import kinds, something_else
from hw.cid import korean_box
from hw.cid.registry import dialects
from hw.contact import Told
from hw.device import Case, Device
from hw.dialling import Event
from hw.errors import CannotDial
from hw.finding_out import LISTEN_S, NAMED_LISTEN_S
from hw.machine import Machine, this_machine
from hw.simulator import simulate
from hw.trial_box import TrialBox

log = logging.getLogger(__name__)

SCAN_S = 2.0
TRIAL = "simulator"  # the device that is none


def _nobody(_: Dialled) -> None:
    """Hear nothing."""


class Devices:
    """The devices; `start` begins to look for them."""

    def __init__(
        self,
        changed: Callable[[DeviceState], None],
        heard: Callable[[Heard], None],
        now_ms: Callable[[], int],
        dialled: Callable[[Dialled], None] = _nobody,
        machine: Machine | None = None,
    ) -> None:
        self._told = Told(changed, heard, now_ms, dialled)
        self._machine = machine or this_machine()
        self._wanted = Wanted()
        self._found: dict[str, PortFound] = {}
        self._devices: dict[str, Device] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._again = asyncio.Event()
        self._looked = False
        self._trial: TrialBox | None = None
        self._plug = asyncio.Lock()

    def start(self, wanted: Wanted) -> None:
        """Look for devices from now on."""
        self._wanted = wanted
        self._watch = asyncio.create_task(self._look(), name="devices: look for ports")
        self._watch.add_done_callback(_tell_failure)

    async def stop(self) -> None:
        """Let go of every port."""
        tasks = [*self._tasks.values(), *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._trial is not None:
            self._trial.pull_out()

    def states(self) -> tuple[DeviceState, ...]:
        """Return every device that is there or was since the start, by its port; those left alone, too."""
        # A port that is about to be opened is no less there than one that is open, or is to be left alone.
        others = [port for port in self._found.values() if port.device not in self._devices]
        not_open = [self._left_alone(port) or self._opening(port) for port in others]
        known = [device.state for device in self._devices.values()]
        return tuple(sorted((*known, *not_open, *self._missing()), key=lambda state: (state.path, state.title)))

    async def want(self, wanted: Wanted) -> None:
        """Take what the admin wants: devices of which that changes something are begun again."""
        before, self._wanted = self._wanted, wanted
        for device in tuple(self._devices.keys() - {TRIAL}):  # which is only plugged in and out
            gone = device in wanted.excluded or (device in before.extra and device not in wanted.extra)
            if gone or before.known.get(device) != wanted.known.get(device):
                await self._end(device)
        self._again.set()

    async def forget(self, device: str) -> None:
        """Drop a device that is away; if it comes back it is a new one."""
        self._wanted = replace(
            self._wanted, memories={name: known for name, known in self._wanted.memories.items() if name != device}
        )
        if device in self._devices and self._devices[device].state.condition is Condition.GONE:
            await self._end(device)

    def rescan(self) -> None:
        """Look for ports now, and ask those once more that have not answered so far."""
        for device in self._devices.values():
            if device.state.why is Reason.UNANSWERED:
                device.ask()
        self._again.set()

    def ask(self, device: str) -> None:
        """Ask a device what it is, whatever it seems to be."""
        if device in self._devices:
            self._devices[device].ask()

    def missed_call(self, device: str) -> None:
        """Hear that others told of a call on a device's line, and it did not."""
        if device in self._devices:
            self._devices[device].missed_call()

    def dial(self, device: str, channel: int, number: str) -> None:
        """Have a device dial digits on a channel; `dialled` tells what comes of it. Raises CannotDial, AlreadyDials."""
        if device not in self._devices:
            raise CannotDial
        self._devices[device].dial(channel, number)

    def lifted(self, device: str, channel: int) -> None:
        """Hear from whoever dialled that the handset is up: a device that holds the line lets go of it."""
        if device in self._devices:
            self._devices[device].dialling(channel, Event.LIFTED)

    def stop_dialling(self, device: str, channel: int) -> None:
        """End dialling; twice is harmless."""
        if device in self._devices:
            self._devices[device].dialling(channel, Event.CANCELLED)

    async def simulate(self, device: str, dialect: str, channel: int, number: str) -> None:
        """Let a call come as if from a device, through a pseudo-terminal. Raises UnknownDialect."""
        await simulate(self._told, device, dialect, channel, number)

    async def plug_in_trial(self, title: str, *, on: bool) -> None:
        """Let the trial device be there, or go again. Twice is once."""
        async with self._plug:
            if on and self._trial is None:
                trial = TrialBox()
                port = PortFound(await trial.plug_in(), TRIAL, title)
                self._trial = trial
                self._begin(port, Wish(korean_box.CALLSTAR.name))
            elif not on and self._trial is not None:
                trial, self._trial = self._trial, None
                if TRIAL in self._devices:
                    await self._end(TRIAL)
                trial.pull_out()

    async def _look(self) -> None:
        for reads_files in (dialects, kinds):  # the first time
            await asyncio.to_thread(reads_files)
        while True:
            try:
                found = await self._machine.scan(self._wanted.extra)
            except OSError as error:
                log.warning("serial ports cannot be listed: %s", error)
                found = ()
            self._seen(found)
            with suppress(TimeoutError):
                async with asyncio.timeout(SCAN_S):
                    await self._again.wait()
            self._again.clear()

    def _seen(self, found: tuple[PortFound, ...]) -> None:
        before, self._found = self._found, {port.device: port for port in found}
        if not self._looked:
            self._looked = True
            for state in self._missing():
                self._told.changed(state)
        for port in found:
            if (alone := self._left_alone(port)) is not None:
                if port.device not in before:
                    self._told.changed(alone)
            elif (device := self._devices.get(port.device)) is None:
                self._begin(port)
            elif port.device not in before or device.state.condition is Condition.GONE:
                device.look(port.path)
        for gone in before.keys() - self._found.keys():
            self._away(gone)

    def _missing(self) -> Iterator[DeviceState]:
        """Yield the devices of before that were not seen since the start."""
        for name, memory in self._wanted.memories.items() if self._looked else ():
            if memory.dialect and not (name in self._devices or name in self._found or name in self._wanted.excluded):
                path = name if name.startswith("/") else ""
                state = DeviceState(name, path, memory.title or path, Condition.GONE, memory.dialect, memory.speed)
                yield _remembered(state, memory)

    def _away(self, name: str) -> None:
        if name in self._devices:
            self._devices[name].away()

    def _begin(self, port: PortFound, wish: Wish | None = None) -> None:
        memory = self._wanted.memories.get(port.device, Memory())
        listen_s = NAMED_LISTEN_S if port.device in self._wanted.extra else LISTEN_S
        case = Case(wish or self._wanted.known.get(port.device, Wish()), memory, listen_s)
        state = self._opening(port)
        device = self._devices[port.device] = Device(state, case, self._told, self._machine)
        task = self._tasks[port.device] = asyncio.create_task(device.run(), name=f"device {port.path}")
        task.add_done_callback(_tell_failure)
        self._told.changed(state)

    def _opening(self, port: PortFound) -> DeviceState:
        """Return the state in which a port begins, with what is known of it from before."""
        state = DeviceState(port.device, port.path, port.title, Condition.OPENING)
        return _remembered(state, self._wanted.memories.get(port.device, Memory()))

    async def _end(self, name: str) -> None:
        device, task = self._devices.pop(name), self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        port = self._found.get(name)
        alone = self._left_alone(port) if port is not None else None
        self._told.changed(alone or device.state)

    def _excluded(self, port: PortFound) -> bool:
        return port.device in self._wanted.excluded

    def _left_alone(self, port: PortFound) -> DeviceState | None:
        """Return the state of a port that is not to be opened; None if it is."""
        if self._excluded(port):
            return DeviceState(port.device, port.path, port.title, Condition.EXCLUDED)
        wish, memory = self._wanted.known.get(port.device, Wish()), self._wanted.memories.get(port.device, Memory())
        kind = "" if wish.ask or wish.dialect or memory.dialect else something_else(port)
        if not kind:
            return None
        return DeviceState(port.device, port.path, port.title, Condition.NOT_ASKED, why=Reason.KNOWN, kind=kind)


def _remembered(state: DeviceState, memory: Memory) -> DeviceState:
    """Return a state with what is known of the device from before."""
    return replace(
        state,
        lines=memory.lines,
        info=memory.info,
        hooks=memory.hooks,
        answers=memory.answers,
        refused=memory.refused,
        healing=Healing(mended=memory.mended, mended_ms=memory.mended_ms),
    )


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task %s failed", task.get_name(), exc_info=error)
