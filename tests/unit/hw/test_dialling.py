"""A number is dialled through a device: every state and what ends it, and real bytes over pseudo-terminals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hw import devices as hub
from hw import dialling, trial_box
from hw.api import Condition, DialEnd, Dialled, DialState, Wanted, Wish
from hw.cid import hayes, korean_box
from hw.cid.registry import dialects
from hw.devices import Devices
from hw.dialling import Dial, Event, step
from hw.errors import AlreadyDials, CannotDial
from tests.support.serial_line import Seen, SerialDevice, SerialModem

pytestmark = pytest.mark.unit

E, S = DialEnd, DialState


def after(*events: Event, hooks: bool = True, why: DialEnd = E.NOTHING) -> tuple[DialState, DialEnd, list[str]]:
    dial = Dial(1, "0212345678", hooks)
    sent: list[str] = []
    for event in events:
        dial, following = step(dial, event, why)
        if following is not None and following.send:
            sent.append(following.send)
    return dial.state, dial.end, sent


@pytest.mark.parametrize(
    ("events", "hooks", "expected"),
    [
        ((Event.SENT,), True, (S.DIALLING, E.NOTHING, [])),
        ((Event.NOT_SENT,), True, (S.FAILED, E.ERROR, [])),
        ((Event.SENT, Event.FINISHED), True, (S.LIFT, E.NOTHING, [])),
        ((Event.SENT, Event.FINISHED, Event.LIFTED), True, (S.DONE, E.LIFTED, ["release"])),
        ((Event.SENT, Event.LIFTED, Event.FINISHED), True, (S.DONE, E.LIFTED, [])),
        ((Event.SENT, Event.TIME), True, (S.FAILED, E.SILENT, ["stop"])),
        ((Event.SENT, Event.FINISHED, Event.TIME), True, (S.FAILED, E.NOT_LIFTED, ["stop"])),
        ((Event.SENT, Event.FINISHED, Event.TIME), False, (S.DONE, E.NOT_TOLD, ["release"])),
        ((Event.SENT, Event.CANCELLED, Event.FINISHED), True, (S.FAILED, E.CANCELLED, ["stop"])),
        ((Event.SENT, Event.LOST), True, (S.FAILED, E.AWAY, [])),
        ((Event.SENT, Event.FINISHED, Event.LOST), True, (S.DONE, E.NOT_TOLD, [])),
        ((Event.SENT, Event.FINISHED, Event.LIFTED, Event.LOST, Event.TIME), True, (S.DONE, E.LIFTED, ["release"])),
    ],
)
def test_each_event_leads_where_it_should(
    events: tuple[Event, ...], hooks: bool, expected: tuple[DialState, DialEnd, list[str]]
) -> None:
    assert after(*events, hooks=hooks) == expected


def test_what_the_device_refused_for_is_kept() -> None:
    assert after(Event.SENT, Event.REFUSED, why=E.BUSY) == (S.FAILED, E.BUSY, ["stop"])


def test_who_can_dial_says_it_in_its_own_bytes() -> None:
    box, modem = korean_box.CALLSTAR.dialling, hayes.HAYES.dialling
    assert box is not None
    assert modem is not None
    assert box.dial(1, "01012345678") == bytes.fromhex("02314f30313031323334353637382020202020202003")
    assert box.stop(1) == bytes.fromhex("023146" + "20" * 18 + "03")
    assert modem.dial(1, "119") == b"ATDT119;\r"
    assert {one.name for one in dialects() if one.dialling} == {"callstar", "hayes"}


@pytest.mark.parametrize(
    ("line", "why"),
    [("BUSY", E.BUSY), ("NO DIALTONE", E.NO_DIALTONE), ("NO DIAL TONE", E.NO_DIALTONE), ("NO CARRIER", E.NO_CARRIER)],
)
def test_a_modem_says_why_nobody_was_reached(line: str, why: DialEnd) -> None:
    [frame] = hayes.ModemReader().feed(f"\r\n{line}\r\n".encode(), 0)
    assert (frame.kind, frame.name) == ("refused", why)


class Office:
    """A machine with one device, and what became of numbers."""

    def __init__(self, device: SerialDevice, *, dialect: str) -> None:
        self.device = device
        self.news: list[Dialled] = []
        self.seen = Seen()
        self.devices = Devices(self.seen, self.seen, lambda: time.time_ns() // 1_000_000, self._told)
        path = str(device.path)
        self.devices.start(Wanted((path,), known={path: Wish(dialect)}))

    def _told(self, news: Dialled) -> None:
        self.news.append(news)
        self.seen(news)

    async def connected(self) -> None:
        await self.seen.until(lambda: any(one.connected for one in self.devices.states()))

    def dial(self, number: str) -> None:
        self.devices.dial(str(self.device.path), 1, number)

    async def until(self, state: DialState, end: DialEnd = E.NOTHING) -> None:
        await self.seen.until(lambda: self.news and (self.news[-1].state, self.news[-1].end) == (state, end))


@pytest.fixture
async def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(hub, "SCAN_S", 0.05)
    made = Office(SerialDevice(tmp_path / "tty1").plug_in(), dialect="callstar")
    await made.connected()
    yield made
    await made.devices.stop()
    made.device.pull_out()


@pytest.fixture
async def modem(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(SerialModem(tmp_path / "tty1").plug_in(), dialect="hayes")
    await made.connected()
    yield made
    await made.devices.stop()
    made.device.pull_out()


async def test_a_box_dials_and_the_handset_takes_it(box: Office) -> None:
    box.dial("01012345678")
    box.dial("01012345678")  # twice is once
    await box.until(S.LIFT)
    with pytest.raises(AlreadyDials):
        box.dial("0212345678")
    box.device.lift()
    await box.until(S.DONE, E.LIFTED)
    assert box.device.dialled == [(1, "01012345678")]
    assert box.device.stopped == []
    box.device.put_down()
    box.dial("119")
    await box.seen.until(lambda: box.device.dialled[1:] == [(1, "119")])


async def test_cancelled_the_box_is_told_to_stop(box: Office) -> None:
    box.dial("01012345678")
    await box.until(S.LIFT)
    for _ in range(2):
        box.devices.stop_dialling(str(box.device.path), 1)
    await box.until(S.FAILED, E.CANCELLED)
    box.device.ring("0101")  # what was sent before was read before
    async with asyncio.timeout(20):
        while not box.device.stopped:  # noqa: ASYNC110 - the far end of a port tells nobody
            await asyncio.sleep(0.005)
    assert box.device.stopped == [1]


async def test_a_silent_box_fails_in_its_time(box: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "DIALS_WITHIN_S", 0.05)
    box.device.finishes = False
    box.dial("01012345678")
    await box.until(S.FAILED, E.SILENT)


async def test_pulled_out_it_fails_cleanly_and_dials_again_when_it_is_back(box: Office) -> None:
    box.device.finishes = False
    box.dial("01012345678")
    box.device.pull_out()
    await box.until(S.FAILED, E.AWAY)
    with pytest.raises(CannotDial):
        box.dial("01012345678")
    box.device.finishes = True
    box.device.plug_in()
    await box.connected()
    box.dial("01012345678")
    await box.until(S.LIFT)


async def test_a_modem_dials_and_lets_go_of_the_line_when_the_handset_has_it(modem: Office) -> None:
    modem.dial("01012345678")
    await modem.until(S.LIFT)
    assert modem.device.stopped == []
    modem.devices.lifted(str(modem.device.path), 1)
    await modem.until(S.DONE, E.LIFTED)
    async with asyncio.timeout(20):
        while not modem.device.stopped:  # noqa: ASYNC110 - the far end of a port tells nobody
            await asyncio.sleep(0.005)
    assert modem.device.dialled == [(1, "01012345678")]


async def test_a_modem_that_finds_no_dialtone_says_so(modem: Office) -> None:
    assert isinstance(modem.device, SerialModem)
    modem.device.says = b"\r\nNO DIALTONE\r\n"
    modem.dial("01012345678")
    await modem.until(S.FAILED, E.NO_DIALTONE)
    assert any(one.condition is Condition.CONNECTED for one in modem.devices.states())


async def test_the_trial_device_dials_as_a_box_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DIALS_S", "LIFTS_S", "TALKS_S"):
        monkeypatch.setattr(trial_box, name, 0.02)
    news: list[Dialled] = []
    seen = Seen()

    def told(one: Dialled) -> None:
        news.append(one)
        seen(one)

    devices = Devices(seen, seen, lambda: time.time_ns() // 1_000_000, told)
    for _ in range(2):
        await devices.plug_in_trial("시험 장비", on=True)
    await seen.until(lambda: [one.connected for one in devices.states()] == [True])
    devices.dial(hub.TRIAL, 1, "01012345678")
    await seen.until(lambda: news and news[-1].state is S.DONE)
    assert [(one.state, one.end) for one in news] == [
        (S.DIALLING, E.NOTHING), (S.LIFT, E.NOTHING), (S.DONE, E.LIFTED),
    ]  # fmt: skip
    devices.dial(hub.TRIAL, 1, "119")
    devices.stop_dialling(hub.TRIAL, 1)
    assert (news[-1].state, news[-1].end) == (S.FAILED, E.CANCELLED)
    devices.dial(hub.TRIAL, 1, "119")
    for _ in range(2):
        await devices.plug_in_trial("시험 장비", on=False)
    assert (news[-1].state, news[-1].end, devices.states()) == (S.FAILED, E.AWAY, ())
    await devices.stop()


async def test_the_trial_device_stays_whatever_is_wanted_of_it_and_can_be_pulled_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = Seen()
    devices = Devices(seen, seen, lambda: time.time_ns() // 1_000_000)
    real = trial_box._pair
    monkeypatch.setattr(trial_box, "_pair", _no_terminals)
    with pytest.raises(OSError, match="out of terminals"):
        await devices.plug_in_trial("시험 장비", on=True)
    monkeypatch.setattr(trial_box, "_pair", real)
    await devices.plug_in_trial("시험 장비", on=True)  # is not taken for being there
    for wanted in (Wanted(excluded=frozenset({hub.TRIAL})), Wanted(known={hub.TRIAL: Wish("hayes")}), Wanted()):
        await devices.want(wanted)
        await seen.until(lambda: [one.connected for one in devices.states()] == [True])
    await devices.plug_in_trial("시험 장비", on=False)
    assert devices.states() == ()
    await devices.stop()


def _no_terminals() -> tuple[int, int]:
    raise OSError("out of terminals")
