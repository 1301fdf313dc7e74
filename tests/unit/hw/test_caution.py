"""Which USB devices are never opened, and which may be asked."""

from __future__ import annotations

import pytest

from hw.api import PortFound
from hw.caution import kinds, something_else

pytestmark = pytest.mark.unit


def usb(identity: str, title: str = "", maker: str = "") -> PortFound:
    vendor, product = (int(part, 16) for part in identity.split(":"))
    return PortFound("/dev/ttyUSB0", identity, title, True, vendor, product, maker)


@pytest.mark.parametrize(
    ("port", "kind"),
    [
        (usb("1546:01a8", "u-blox GNSS receiver"), "gps"),
        (usb("067b:2303", "GPS Receiver"), "gps"),
        (usb("2c99:0002", "Original Prusa i3 MK3"), "printer3d"),
        (usb("2341:0043", "Uno"), "board"),
        (usb("0483:374b", "STM32 STLink"), "debugger"),
        (usb("2c7c:0125", "EC25"), "cellular"),
        (usb("051d:0002", "Back-UPS"), "ups"),
        (usb("10c4:ea60", "Sonoff Zigbee 3.0 USB Dongle Plus", "ITead"), "homestick"),
        (usb("0658:0200", ""), "homestick"),
        (usb("1050:0407", "YubiKey"), "smartcard"),
    ],
)
def test_what_is_certainly_something_else(port: PortFound, kind: str) -> None:
    assert something_else(port) == kind


@pytest.mark.parametrize(
    "port",
    [
        usb("10c4:ea60", "CP2102 USB to UART Bridge Controller", "Silicon Labs"),
        usb("0403:6001", "FT232R USB UART", "FTDI"),
        usb("1a86:7523", "USB Serial"),
        usb("067b:2303", "USB-Serial Controller", "Prolific Technology Inc."),
        usb("0572:1340", "USB Modem", "Conexant"),
        usb("0baf:0303", "USR5637", "U.S.Robotics"),
        PortFound("/dev/ttyS0", "/dev/ttyS0", "GPS", False),
    ],
)
def test_what_may_be_a_caller_id_reader(port: PortFound) -> None:
    assert something_else(port) == ""


def test_the_list_is_in_lower_case_and_whole() -> None:
    assert len(kinds()) >= 8
    for kind in kinds():
        assert kind.ids
        assert all(one == one.lower() and len(one.split(":")) == 2 for one in kind.ids)
