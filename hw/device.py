"""One port's life: opened, found out, listened to, mended, and opened again after it was pulled out or taken.

Knows nothing of other ports.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from hw.api import Condition, Cure, DeviceState, Healing, Memory, Reason, Trouble, Wish
from hw.care import Care
from hw.cid.registry import dialect
from hw.contact import Contact, Told
from hw.dialling import Event
from hw.errors import CannotDial, HardwareError, PortAway, PortBusy, PortHung
from hw.finding_out import LISTEN_S, FindingOut, Manners, NotOurs
from hw.healer import Healer
from hw.healing import Sign
from hw.machine import Machine, this_machine
from hw.usb_power import NoSwitch

log = logging.getLogger(__name__)

BACK_WITHIN_S = 10.0  # from a USB port's power to the device's port


@dataclass(frozen=True)
class Case:
    """What is known of a device beforehand: what the admin wants, what is remembered, how long to listen first."""

    wish: Wish = field(default_factory=Wish)
    memory: Memory = field(default_factory=Memory)
    listen_s: float = LISTEN_S


class Device:
    """The device on one port; `run` is its task."""

    def __init__(self, state: DeviceState, case: Case, told: Told, machine: Machine | None = None) -> None:
        self._machine = machine or this_machine()
        self._contact = Contact(state, told)
        self._healer = Healer(state.healing, told.now_ms, self._healing, self._contact.wake)
        self._care = Care(self._contact, self._healer)
        manners = Manners(case.wish.dialect, case.wish.speed, case.listen_s)
        self._found = FindingOut(self._contact, manners, (case.memory.dialect, case.memory.speed))
        self._to_ask = case.wish.ask and not case.memory.dialect
        self._anew = False

    @property
    def state(self) -> DeviceState:
        """How it is."""
        return self._contact.state

    async def run(self) -> None:
        """Keep the port open as long as it is there."""
        pauses = _pauses()
        try:
            while True:
                cure = await self._once()
                if cure is None:
                    await self._rest(next(pauses))
                elif cure is Cure.POWER:
                    await self._take_power()
        finally:
            self._healer.stop()
            await self._close()

    async def _rest(self, seconds: float) -> None:
        """Wait before the port is opened again; one that is none of ours is left closed until that is wanted."""
        if self.state.condition is not Condition.NOT_ASKED:
            await self._contact.something(seconds)
        elif not self._to_ask:
            self._contact.settle()
            await self._contact.something()

    def away(self) -> None:
        """Hear that the port is not there any more, in case it was not open."""
        if self._contact.port is None and self.state.condition in (Condition.NOT_ASKED, Condition.BUSY):
            self._contact.set(condition=Condition.GONE, why=None)

    def look(self, path: str) -> None:
        """Hear that the port is there, perhaps under another name: it is opened at once if it is not."""
        self._contact.set(path=path)
        if self._contact.port is None:
            self._contact.wake()

    def send(self, data: bytes) -> bool:
        """Send bytes to the device; False: it cannot take them."""
        return self._contact.send(data)

    def dial(self, channel: int, number: str) -> None:
        """Have the device dial digits on a channel. Raises CannotDial, AlreadyDials."""
        spoken = dialect(self.state.dialect)
        if spoken is None or spoken.dialling is None or not self.state.connected:
            raise CannotDial
        self._contact.dials.dial(spoken.dialling, channel, number, hooks=self.state.hooks)

    def dialling(self, channel: int, event: Event) -> None:
        """Hear from people that a handset was lifted, or that dialling is to stop. Without effect when it is over."""
        self._contact.dials.happens(channel, event)

    def ask(self) -> None:
        """Ask the device what it is, whatever it seems to be."""
        self._to_ask = True
        self._contact.wake()

    def missed_call(self) -> None:
        """Hear that others told of a call on its line, and it did not."""
        self._care.missed_call()

    async def _once(self) -> Cure | None:
        """Open the port and stay with it until it is lost, or a cure wants it closed: that is returned."""
        try:
            await self._open()
            await self._begin()
            return await self._stay()
        except PortAway:
            self._contact.set(condition=Condition.GONE, why=None)
            if self._healer.state.trying is not Cure.POWER:  # after which it is away for a moment, and then doubted
                self._healer.feel(Sign.ELSEWHERE)
        except PortBusy:
            self._contact.set(condition=Condition.BUSY)
            self._healer.feel(Sign.ELSEWHERE)
        except NotOurs:
            self._contact.set(condition=Condition.NOT_ASKED, why=Reason.TALKS)
        except PortHung:
            return self._hung()
        finally:
            await self._close()
        return None

    async def _open(self) -> None:
        contact = self._contact
        contact.lost = contact.stuck = contact.met = False
        first, anew, self._anew = self._found.first, self._anew, False
        contact.set(speed=first.speed)
        contact.port = await self._machine.open_port(self.state.path, first.speed, contact.listener, anew=anew)

    async def _begin(self) -> None:
        asked, self._to_ask = self._to_ask, False
        await self._found.begin(doubted=self._healer.state.trouble is not None, asked=asked)
        if self._healer.state.trouble is Trouble.HUNG and not self.state.answers:
            self._healer.feel(Sign.WELL)  # it could be opened; more it does not tell
        self._care.begin(soon=self._contact.met)

    async def _stay(self) -> Cure | None:
        """Listen and look after the device, until a cure wants the port closed. What dials is left to that."""
        while not self._contact.lost:
            if self._contact.dials.busy:
                await self._contact.something()
                continue
            cure = self._healer.taken()
            if cure in (Cure.REOPEN, Cure.POWER):
                self._anew = True
                return cure
            if cure is Cure.RESET:
                await self._care.reset()
            elif not await self._attend():
                await self._contact.something()
        raise PortAway

    async def _attend(self) -> bool:
        """Do one thing that is due; say whether there was one."""
        contact = self._contact
        if self._to_ask:
            await self._begin()
        elif contact.met:
            self._found.known = (self.state.dialect, self.state.speed)
            await self._care.set_up()
        elif contact.stuck:
            contact.stuck = False
            self._ill(Trouble.HUNG)
        elif contact.hearing.reading.broken:
            contact.hearing.reading.again()
            self._ill(Trouble.BROKEN)
        elif self._care.check_due:
            await self._care.check()
        elif self._found.other_speed_wanted:
            await self._found.other_speed()
        else:
            return False
        return True

    def _ill(self, trouble: Trouble) -> None:
        """Have the device mended, if it is known to be ours."""
        if self._found.known[0]:
            self._healer.ill(trouble)

    def _hung(self) -> Cure | None:
        """Return what can be done for a port from which the system does not come back."""
        if not self._found.known[0]:
            self._contact.set(condition=Condition.BUSY)
            return None
        self._contact.set(condition=Condition.SILENT, why=Reason.MUTE)
        self._healer.ill(Trouble.HUNG)
        return self._healer.taken()

    async def _take_power(self) -> None:
        """Take the device's power for a moment, and wait until its port is there again."""
        try:
            await self._machine.hub.cycle(self.state.path)
        except NoSwitch:
            self._healer.feel(Sign.IMPOSSIBLE)
            return
        self._contact.settle()
        await self._contact.something(BACK_WITHIN_S)

    async def _close(self) -> None:
        self._care.stop()
        self._contact.hearing.stop()
        port, self._contact.port = self._contact.port, None
        self._contact.dials.lost()
        if port is not None:
            with suppress(HardwareError):  # it hangs: whoever opens it next will see that
                await port.close()

    def _healing(self, healing: Healing) -> None:
        self._contact.set(healing=healing)


def _pauses() -> Iterator[float]:
    """Seconds between two tries to open: at first soon, later seldom. A port that comes back is opened at once."""
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, 30.0)
