"""What is dialled is not broken off by the care for its device, and no answer to a question passes for its end."""

from __future__ import annotations

import asyncio

import pytest

from hw import devices as hub
from hw.api import DialEnd, Dialled, DialState, Memory, Wanted
from hw.caution import kinds
from hw.cid.hayes import HAYES
from hw.cid.registry import dialects
from hw.devices import Devices
from hw.fake_port import FakeMachine, FakeSerial
from tests.support.fake_devices import usb
from tests.support.virtual_time import now_ms, virtually

pytestmark = pytest.mark.unit

DIALS_S = 8.0
ORDER = b"ATDT119;\r"
HEALTHY = Memory("hayes", HAYES.speeds[0], 1, answers=True)


@pytest.fixture(autouse=True)
def lists_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SCAN_S", 60.0)
    dialects()
    kinds()


class Modem(FakeSerial):
    """A modem that takes its time to answer, and to dial: whatever it is sent meanwhile breaks that off."""

    answers_after_s = 0.4
    dialling: asyncio.TimerHandle | None = None
    broken_off = False

    def told(self, data: bytes) -> None:
        self.written.append(data)
        loop = asyncio.get_running_loop()
        if self.dialling is not None:
            self.dialling.cancel()
            self.dialling, self.broken_off = None, True
            self.say(b"\r\nNO CARRIER\r\n")
        elif data == ORDER:
            self.dialling = loop.call_later(DIALS_S, self._dialled)
        else:
            loop.call_later(self.answers_after_s, self.say, self.answers.get(data, b"\r\nERROR\r\n"))

    def _dialled(self) -> None:
        self.dialling = None
        self.say(b"\r\nOK\r\n")


class Desk:
    """A desk with a modem."""

    def __init__(self) -> None:
        lines = (HAYES.greeting, HAYES.still, *HAYES.set_up[:2])  # … and rejects the others
        self.modem = Modem(usb("ttyUSB1"), dict.fromkeys(lines, b"\r\nOK\r\n"))
        self.machine = FakeMachine(self.modem)
        self.news: list[tuple[DialState, DialEnd]] = []
        self.devices = Devices(lambda _: None, lambda _: None, now_ms, self._dialled, self.machine.machine())

    def _dialled(self, news: Dialled) -> None:
        self.news.append((news.state, news.end))

    async def starts(self, settled_s: float) -> None:
        self.devices.start(Wanted(memories={self.modem.found.device: HEALTHY}))
        await asyncio.sleep(settled_s)

    def dial(self) -> None:
        self.devices.dial(self.modem.found.device, 1, "119")

    async def is_dialled(self) -> None:
        """Wait as long as it takes, and see that the handset may be lifted, no sooner and no later."""
        async with asyncio.timeout(DIALS_S + 3):
            while self.modem.dialling is None:  # noqa: ASYNC110 - a modem in memory tells nobody
                await asyncio.sleep(0.05)
            while self.modem.dialling is not None:
                assert self.news[-1] == (DialState.DIALLING, DialEnd.NOTHING)
                await asyncio.sleep(0.05)
        assert self.news[-1] == (DialState.LIFT, DialEnd.NOTHING)
        assert not self.modem.broken_off


def _set_up_lines(modem: FakeSerial) -> set[bytes]:
    return {line for line in modem.written if line in HAYES.set_up}


@pytest.mark.parametrize("after_s", [0.01, 0.3, 0.6, 1.0, 1.4])
def test_a_modem_that_is_being_set_up_dials_first(after_s: float) -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(after_s)
        desk.dial()
        await desk.is_dialled()
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        await asyncio.sleep(5)
        assert _set_up_lines(desk.modem) == {*HAYES.set_up}  # the rest follows
        await desk.devices.stop()

    virtually(scenario)


def test_a_number_that_waits_for_an_answer_can_be_cancelled() -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(0.3)
        desk.dial()
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        await asyncio.sleep(20)
        assert desk.news == [(DialState.FAILED, DialEnd.CANCELLED)]
        assert ORDER not in desk.modem.written
        await desk.devices.stop()

    virtually(scenario)


def test_the_answer_to_the_end_of_a_number_is_not_the_end_of_the_next() -> None:
    async def scenario() -> None:
        desk = Desk()
        desk.modem.answers[b"ATH\r"] = b"\r\nOK\r\n"
        await desk.starts(20)
        desk.dial()
        await desk.is_dialled()
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        desk.dial()  # at once
        assert desk.modem.written[-1] == b"ATH\r"
        await desk.is_dialled()
        desk.modem.answers_after_s = 3600  # it says nothing to the end of that
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        desk.dial()
        await desk.is_dialled()
        await desk.devices.stop()

    virtually(scenario)


def test_a_modem_that_does_not_answer_is_not_waited_for_long() -> None:
    async def scenario() -> None:
        desk = Desk()
        desk.modem.answers_after_s = 3600
        await desk.starts(0.3)
        desk.dial()
        await asyncio.sleep(1)
        assert desk.modem.dialling is not None
        await desk.devices.stop()

    virtually(scenario)


def test_a_device_in_trouble_is_mended_when_it_has_dialled() -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(20)
        asked = len(desk.modem.written)
        desk.dial()
        for _ in range(3):  # others told of calls: one question, then the cures
            desk.devices.missed_call(desk.modem.found.device)
        await desk.is_dialled()
        assert desk.modem.written[asked:] == [ORDER]
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        await asyncio.sleep(10)
        assert desk.modem.anew == 1
        await desk.devices.stop()

    virtually(scenario)


def test_garbage_while_it_dials_leads_to_no_cure_before_the_end() -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(20)
        desk.dial()
        for _ in range(30):
            desk.modem.say(b"\x8f\x03\xfe" * 20)
            await asyncio.sleep(0.1)
        await desk.is_dialled()
        await desk.devices.stop()

    virtually(scenario)


def test_asking_what_it_is_waits_until_it_has_dialled() -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(20)
        desk.dial()
        desk.devices.ask(desk.modem.found.device)
        await desk.is_dialled()
        desk.devices.stop_dialling(desk.modem.found.device, 1)
        await asyncio.sleep(5)
        assert desk.modem.written.count(HAYES.greeting) >= 1
        await desk.devices.stop()

    virtually(scenario)


def test_a_second_question_is_not_asked_into_what_is_dialled() -> None:
    async def scenario() -> None:
        desk = Desk()
        await desk.starts(20)
        desk.modem.answers = {HAYES.still: b""}
        desk.devices.missed_call(desk.modem.found.device)  # has it asked
        await asyncio.sleep(0.5)
        assert desk.modem.written[-1] == HAYES.still
        desk.dial()
        await desk.is_dialled()
        await desk.devices.stop()

    virtually(scenario)
