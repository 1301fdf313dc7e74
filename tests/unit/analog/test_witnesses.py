"""Who is blamed for a call of which a device did not tell, and who is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.analog.types import AnalogLine
from appliance.analog.witnesses import AFTER_S, Witnesses

pytestmark = pytest.mark.unit

NUMBER = "+8227778888"


class Alarm:
    """A timer of the clock below."""

    def __init__(self) -> None:
        self.over = False

    def cancel(self) -> None:
        self.over = True


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.ms = 1_000_000
        self._due: list[tuple[float, Alarm, Callable[[], None]]] = []

    def now_ms(self) -> int:
        return self.ms

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm()
        self._due.append((self.ms + seconds * 1000, alarm, callback))
        return alarm

    def forward(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)
        due, self._due = [one for one in self._due if one[0] <= self.ms], [one for one in self._due if one[0] > self.ms]
        for _, alarm, callback in due:
            if not alarm.over:
                callback()


class Office:
    """Lines, and who was blamed."""

    def __init__(self, *lines: tuple[str, int, str]) -> None:
        self.clock = Clock()
        self.blamed: list[str] = []
        made = [AnalogLine(at, f"L{at}", number, "", "", device, channel) for at, (device, channel, number) in
                enumerate(lines)]  # fmt: skip
        self.witnesses = Witnesses(self.clock, lambda: made, self.blamed.append)

    def trunk(self, number: str = NUMBER) -> None:
        self.witnesses.rang(number, "", self.clock.ms)

    def tells(self, device: str, channel: int = 1) -> None:
        self.witnesses.heard(device, channel, self.clock.ms)

    def later(self) -> None:
        self.clock.forward(AFTER_S + 60)


def agreed(office: Office, device: str) -> None:
    """Let a trunk and a device tell of one call."""
    office.trunk()
    office.clock.forward(3)
    office.tells(device)
    office.later()
    assert office.blamed == []


def test_a_device_that_says_nothing_of_the_gateway_s_call_is_blamed_once() -> None:
    office = Office(("box", 1, NUMBER))
    agreed(office, "box")
    office.trunk()
    office.later()
    assert office.blamed == ["box"]
    office.later()
    assert office.blamed == ["box"]


@pytest.mark.parametrize("seconds", [-5, 9])
def test_a_device_that_is_sooner_or_later_than_the_gateway_is_fine(seconds: int) -> None:
    office = Office(("box", 1, NUMBER))
    agreed(office, "box")
    if seconds < 0:
        office.tells("box")
        office.clock.forward(-seconds)
        office.trunk()
    else:
        office.trunk()
        office.clock.forward(seconds)
        office.tells("box")
    office.later()
    assert office.blamed == []


def test_nobody_is_blamed_before_both_have_told_of_a_call() -> None:
    office = Office(("box", 1, NUMBER))
    for _ in range(5):
        office.trunk()
        office.later()
    assert office.blamed == []


def test_another_number_and_a_line_without_one_concern_nobody() -> None:
    office = Office(("box", 1, NUMBER), ("box", 2, ""))
    agreed(office, "box")
    office.trunk("+82311234567")
    office.trunk("")
    office.later()
    assert office.blamed == []


def test_of_lines_that_share_a_number_any_may_tell() -> None:
    office = Office(("box", 1, NUMBER), ("box", 2, NUMBER))
    agreed(office, "box")
    office.trunk()
    office.tells("box", 2)
    office.later()
    assert office.blamed == []
    office.trunk()
    office.later()
    assert office.blamed == ["box"]


def test_another_device_is_a_witness_and_two_suspects_are_not_judged() -> None:
    office = Office(("box", 1, NUMBER), ("modem", 1, NUMBER))
    office.tells("box")
    office.tells("modem")
    office.later()
    office.tells("modem")
    office.later()
    assert office.blamed == ["box"]
    office.trunk()  # either might have told
    office.later()
    assert office.blamed == ["box"]


def test_after_the_end_nobody_is_blamed() -> None:
    office = Office(("box", 1, NUMBER))
    agreed(office, "box")
    office.trunk()
    office.witnesses.stop()
    office.later()
    assert office.blamed == []
