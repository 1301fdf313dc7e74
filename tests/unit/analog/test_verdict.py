"""How all devices are together, and what is remembered of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.analog.memories import remembered
from appliance.analog.verdict import verdict
from appliance.core.health import Level
from hw.api import Condition, DeviceState, Healing, Memory, Reason, Trouble

pytestmark = pytest.mark.unit

WELL = DeviceState("usb", "/dev/ttyUSB0", "Box", Condition.CONNECTED, "callstar", 19200, 2)


@pytest.mark.parametrize(
    ("state", "key"),
    [
        (WELL, "ok"),
        (replace(WELL, condition=Condition.GONE), "gone"),
        (replace(WELL, condition=Condition.SILENT, why=Reason.UNPLUGGED), "unplugged"),
        (replace(WELL, condition=Condition.SILENT, why=Reason.MUTE), "silent"),
        (replace(WELL, healing=Healing(Trouble.BROKEN)), "broken"),
        (replace(WELL, healing=Healing(Trouble.MISSED)), "missed"),
    ],
)
def test_the_worst_is_told(state: DeviceState, key: str) -> None:
    found = verdict((replace(WELL, device="other"), state))
    assert found is not None
    assert found.key == f"health.devices.{key}"
    assert (found.level is Level.OK) == (key == "ok")


def test_what_is_none_of_ours_is_no_part_of_it() -> None:
    stranger = DeviceState("gps", "/dev/ttyACM0", "GPS", Condition.NOT_ASKED, why=Reason.KNOWN, kind="gps")
    gone = DeviceState("x", "/dev/ttyUSB1", "", Condition.GONE)
    assert verdict((stranger, gone)) is None


def test_a_device_is_remembered_through_being_away_and_forgotten_when_it_is_another() -> None:
    known = remembered(Memory(), replace(WELL, answers=True))
    assert (known.dialect, known.speed, known.lines, known.answers) == ("callstar", 19200, 2, True)
    away = replace(WELL, condition=Condition.GONE, speed=9600, answers=True)
    assert remembered(known, away) == known
    assert remembered(known, replace(WELL, condition=Condition.EXCLUDED, lines=0)) == known
    other = remembered(known, replace(WELL, dialect="", condition=Condition.LISTENING))
    assert other.dialect == ""
