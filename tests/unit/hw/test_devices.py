"""Devices on real pseudo-terminals: found, told apart, pulled out and put in again, two at once, left alone."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from hw import devices as hub
from hw import ports
from hw.api import Condition, DeviceState, FrameKind, Heard, Wanted, Wish
from hw.cid.registry import dialect
from hw.devices import Devices
from hw.errors import UnknownDialect
from tests.support.serial_line import Seen, SerialDevice

pytestmark = pytest.mark.unit


class Office:
    """A machine with serial devices, and what was heard of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heard: list[Heard] = []
        self.seen = Seen()
        self.devices = Devices(self.seen, self._hear, lambda: time.time_ns() // 1_000_000)
        self.boxes: list[SerialDevice] = []

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.seen(heard)

    def box(self, name: str, *, mute: bool = False) -> SerialDevice:
        self.boxes.append(SerialDevice(self.folder / name, mute=mute).plug_in())
        return self.boxes[-1]

    def state(self, box: SerialDevice) -> DeviceState | None:
        return next((one for one in self.devices.states() if one.path == str(box.path)), None)

    async def until(self, box: SerialDevice, condition: Condition) -> DeviceState:
        await self.seen.until(lambda: (one := self.state(box)) is not None and one.condition is condition)
        found = self.state(box)
        assert found is not None
        return found

    def moved(self, box: SerialDevice, before: DeviceState | None) -> bool:
        """Say whether a box was understood since, or another speed is tried."""
        now = self.state(box)
        return now is not None and before is not None and (now.connected or now.speed != before.speed)

    def rings(self) -> list[tuple[str, int, str]]:
        calls = [one for one in self.heard if one.frame.kind is FrameKind.RING]
        return [(Path(one.device).name, one.frame.channel, one.frame.number) for one in calls]


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(hub, "SCAN_S", 0.05)
    made = Office(tmp_path)
    yield made
    await made.devices.stop()
    for box in made.boxes:
        box.pull_out()


def wanted(*boxes: SerialDevice, excluded: frozenset[str] = frozenset(), **known: Wish) -> Wanted:
    paths = tuple(str(box.path) for box in boxes)
    return Wanted(paths, excluded, {str(boxes[0].path.parent / name): wish for name, wish in known.items()})


async def test_a_box_is_found_by_its_answer_and_its_call_is_heard(office: Office) -> None:
    box = office.box("tty1")
    office.devices.start(wanted(box))
    state = await office.until(box, Condition.CONNECTED)
    assert (state.dialect, state.speed, state.info) == ("callstar", 19200, "CI1 2")
    box.ring("01012345678", channel=2)
    await office.seen.until(lambda: office.rings() == [("tty1", 2, "01012345678")])
    state = await office.until(box, Condition.CONNECTED)
    assert state.lines == 2
    assert state.frames[0].raw == b"\x022I01012345678" + b" " * 7 + b"\x03"


async def test_pulled_out_it_is_gone_and_put_in_again_it_works_by_itself(office: Office) -> None:
    box = office.box("tty1")
    office.devices.start(wanted(box))
    await office.until(box, Condition.CONNECTED)
    box.pull_out()
    await office.until(box, Condition.GONE)
    box.plug_in()
    await office.until(box, Condition.CONNECTED)
    box.ring("0212345678")
    await office.seen.until(lambda: office.rings() == [("tty1", 1, "0212345678")])


async def test_two_boxes_at_once_are_told_apart(office: Office) -> None:
    first, second = office.box("tty1"), office.box("tty2")
    office.devices.start(wanted(first, second))
    for box in (first, second):
        await office.until(box, Condition.CONNECTED)
    for turn in range(5):
        first.ring(f"0101111222{turn}")
        second.ring(f"0103333444{turn}")
    await office.seen.until(lambda: len(office.rings()) == 10)
    assert {name for name, _, number in office.rings() if number.startswith("0101111")} == {"tty1"}


async def test_what_the_admin_excludes_is_never_opened(office: Office) -> None:
    box = office.box("tty1")
    office.devices.start(wanted(box, excluded=frozenset({str(box.path)})))
    await office.until(box, Condition.EXCLUDED)
    assert box.asked == []
    await office.devices.want(wanted(box))
    assert [one.path for one in office.devices.states()] == [str(box.path)], "it is there before it is opened"
    await office.until(box, Condition.CONNECTED)


async def test_a_mute_box_is_listened_to_and_is_connected_by_its_first_call(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hw.contact.ANSWER_WITHIN_S", 0.05)
    box = office.box("tty1", mute=True)
    office.devices.start(wanted(box))
    state = await office.until(box, Condition.LISTENING)
    assert not state.connected
    box.ring("01012345678")
    assert (await office.until(box, Condition.CONNECTED)).dialect == "callstar"
    assert office.rings() == [("tty1", 1, "01012345678")]


async def test_another_speed_is_tried_when_nothing_makes_sense(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.contact.ANSWER_WITHIN_S", 0.05)
    box = office.box("tty1", mute=True)
    office.devices.start(wanted(box))
    await office.until(box, Condition.LISTENING)
    spoken = dialect("whozz")
    assert spoken is not None
    for _ in range(4):  # an unlucky caller rings again
        before = office.state(box)
        if before is not None and before.connected:
            break
        box.say(spoken.ring(1, "01012345678"))
        await office.seen.until(partial(office.moved, box, before))
    state = await office.until(box, Condition.CONNECTED)
    assert (state.dialect, state.speed, state.hooks) == ("whozz", 9600, True)


async def test_a_port_that_another_program_has_is_busy_and_taken_when_it_is_free(office: Office) -> None:
    import fcntl

    box = office.box("tty1")
    other = os.open(box.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    office.devices.start(wanted(box))
    await office.until(box, Condition.BUSY)
    os.close(other)
    await office.until(box, Condition.CONNECTED)


async def test_a_simulated_call_goes_through_a_port_of_its_own(office: Office) -> None:
    for name in ("callstar", "hayes", "whozz"):
        await office.devices.simulate("box", name, 1, "01012345678")
    assert office.rings() == [("box", 1, "01012345678")] * 3
    assert office.devices.states() == ()
    with pytest.raises(UnknownDialect):
        await office.devices.simulate("box", "morse", 1, "")


async def test_without_the_library_and_without_ports_there_is_nothing_and_no_harm(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "available", lambda: False)
    assert await asyncio.to_thread(ports.scan, ("/nowhere/tty",)) == ()
    office.devices.start(Wanted(("/nowhere/tty",)))
    office.devices.rescan()
    assert office.devices.states() == ()
