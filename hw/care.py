"""Keeps an eye on a device that is connected, and does what heals it. Knows no other device.

A device that says nothing is left in peace but for a question every few minutes, where it is known to answer one, and a
look at its control lines: a cable that was pulled out at the far end shows in nothing else.
"""

from __future__ import annotations

import asyncio

from hw.api import Condition, Frame, FrameKind, Reason, Trouble
from hw.cid.registry import Dialect, dialect
from hw.contact import Contact
from hw.healer import Healer
from hw.healing import Sign
from hw.signs import Missed

CHECK_S = 150.0
FIRST_CHECK_S = 20.0  # of a device that is believed for what it was before
IDLE_S = 60.0  # since the last byte either way: nobody is disturbed in the middle of a call
QUESTIONS = 2
_OF_CALLS = (FrameKind.RING, FrameKind.OFF_HOOK, FrameKind.ON_HOOK)


class Care:
    """The care for one device; `check_due` says that it is time to look after it."""

    def __init__(self, contact: Contact, healer: Healer) -> None:
        self.check_due = False
        self._contact = contact
        self._healer = healer
        self._missed = Missed()
        self._was_plugged = False
        self._timer: asyncio.TimerHandle | None = None
        contact.on_frames = self._heard
        healer.better = self._better

    def begin(self, *, soon: bool = False) -> None:
        """Look after the device from now on; `soon` for the first time."""
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(min(CHECK_S, FIRST_CHECK_S) if soon else CHECK_S, self._due)

    def stop(self) -> None:
        """Let go of the timer."""
        self.check_due = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def missed_call(self) -> None:
        """Hear that others told of a call on the device's line, and it did not."""
        if not self._contact.state.connected:
            return
        if self._missed.one():
            self._healer.ill(Trouble.MISSED)
        else:
            self.check_due = True
            self._contact.wake()

    async def set_up(self) -> None:
        """Set up a device that was just met. Raises PortAway, PortHung."""
        self._contact.met = False
        for line in self._set_up_lines():
            await self._contact.answers(line)
        self._was_plugged = self._contact.port is not None and await self._contact.port.plugged()

    async def reset(self) -> None:
        """Set the device up again, and ask it whether it is well where it answers. Raises PortAway, PortHung."""
        await self.set_up()
        await self._asked()

    async def check(self) -> None:
        """Look after the device. Raises PortAway, PortHung."""
        contact = self._contact
        self.begin()
        if contact.port is None or contact.state.condition not in (Condition.CONNECTED, Condition.SILENT):
            return
        plugged = await contact.port.plugged()
        if self._was_plugged and not plugged:
            contact.set(condition=Condition.SILENT, why=Reason.UNPLUGGED)
            return
        if plugged and contact.state.why is Reason.UNPLUGGED:
            contact.set(condition=Condition.CONNECTED, why=None)
            contact.met = True
        self._was_plugged = self._was_plugged or plugged
        await self._asked()

    async def _asked(self) -> None:
        """Ask a device that is known to answer; who does not is silent."""
        spoken, contact = self._spoken(), self._contact
        if spoken is None or not spoken.still or not contact.state.answers:
            return
        for _ in range(QUESTIONS):
            if await contact.answers(spoken.still) or contact.stuck:
                return
        contact.set(condition=Condition.SILENT, why=Reason.MUTE)
        self._healer.ill(Trouble.UNANSWERED)

    def _better(self) -> bool:
        """Whether a device that cannot be asked gives no sign of its trouble any more."""
        spoken = self._spoken()
        asked = spoken is not None and spoken.still and self._contact.state.answers
        broken = self._healer.state.trouble is Trouble.BROKEN and not self._healer.state.resting
        return broken and not asked and self._contact.hearing.reading.clean

    def _spoken(self) -> Dialect | None:
        return dialect(self._contact.state.dialect)

    def _set_up_lines(self) -> tuple[bytes, ...]:
        spoken = self._spoken()
        return spoken.set_up if spoken is not None else ()

    def _heard(self, frames: list[Frame]) -> None:
        """Take what was understood as a sign of health; only news of a line shows that lines are heard."""
        kinds = {frame.kind for frame in frames}
        if FrameKind.DEVICE in kinds:
            self._contact.set(answers=True)
        if kinds & {*_OF_CALLS}:
            self._missed.none()
            self._healer.feel(Sign.WELL)
        elif self._healer.state.trouble is not Trouble.MISSED:
            self._healer.feel(Sign.WELL)

    def _due(self) -> None:
        busy_s = max(self._contact.hearing.at_s, self._contact.sent_s)
        if not busy_s or asyncio.get_running_loop().time() - busy_s >= IDLE_S:
            self.check_due = True
            self._contact.wake()
        else:
            self.begin()
