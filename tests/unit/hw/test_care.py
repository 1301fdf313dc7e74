"""Devices that heal themselves and probing that disturbs nobody, in virtual time, on devices in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hw import devices as hub
from hw.api import Condition, Cure, DeviceState, Memory, Reason, Trouble, Wanted, Wish
from hw.caution import kinds
from hw.cid import korean_box
from hw.cid.hayes import HAYES
from hw.cid.registry import dialect, dialects
from hw.fake_port import FakeSerial
from tests.support.fake_devices import korean, listening, modem, mute, usb
from tests.support.virtual_time import virtually

pytestmark = pytest.mark.unit

MINUTE, HOUR = 60.0, 3600.0
GREETINGS = {one.greeting for one in dialects() if one.greeting}
RING = korean_box.CALLSTAR.ring(1, "01012345678")


@pytest.fixture(autouse=True)
def hours_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SCAN_S", 60.0)
    dialects()
    kinds()


def well(state: DeviceState) -> bool:
    return state.connected and state.healing.trouble is None


# ----------------------------------------------------------------------------------------------------------- healing


def test_a_quiet_device_is_left_in_peace_for_a_day() -> None:
    async def scenario() -> None:
        box, silent = korean(), mute()
        async with listening(box, silent) as desk:
            silent.say(RING)
            await desk.pass_by(24 * HOUR)
            for one in (box, silent):
                assert well(desk.state(one))
                assert desk.state(one).healing.mended == 0
                assert (one.opened, one.anew) == (1, 0)
            assert desk.machine.hub.cycled == []
            assert silent.written.count(korean_box.CALLSTAR.greeting) <= 2
            assert len(box.written) < 24 * 60 / 2  # seldom

    virtually(scenario)


@pytest.mark.parametrize("make", [korean, modem])
def test_a_cable_pulled_out_turns_amber_and_green_again_by_itself(make: Callable[[], FakeSerial]) -> None:
    async def scenario() -> None:
        box = make()
        async with listening(box) as desk:
            assert well(desk.state(box))
            box.cable = False
            await desk.pass_by(3 * MINUTE)
            assert (desk.state(box).condition, desk.state(box).why) == (Condition.SILENT, Reason.UNPLUGGED)
            await desk.pass_by(HOUR)
            assert desk.machine.hub.cycled == []  # no cure for a cable
            box.cable = True
            await desk.pass_by(3 * MINUTE)
            assert well(desk.state(box))

    virtually(scenario)


def test_who_answered_and_does_not_any_more_is_mended_in_steps() -> None:
    async def scenario() -> None:
        box = korean()
        answers = box.answers
        async with listening(box) as desk:
            box.answers = {}
            await desk.pass_by(3 * MINUTE)
            state = desk.state(box)
            assert (state.condition, state.why) == (Condition.SILENT, Reason.MUTE)
            assert state.healing.trouble is Trouble.UNANSWERED
            await desk.pass_by(MINUTE)
            assert box.anew >= 1
            assert desk.machine.hub.cycled == ["/dev/ttyUSB0"]
            box.answers = answers
            await desk.pass_by(10 * MINUTE)
            assert well(desk.state(box))
            assert desk.state(box).healing.mended == 1

    virtually(scenario)


def test_a_call_heals_a_device_that_does_not_answer() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            box.answers = {}
            await desk.pass_by(20 * MINUTE)
            assert not well(desk.state(box))
            box.say(RING)
            await desk.pass_by(1)
            assert well(desk.state(box))
            assert desk.rings == [("ttyUSB0", "01012345678")]

    virtually(scenario)


def test_a_dead_device_is_not_reset_in_a_circle() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            box.answers = {}
            await desk.pass_by(48 * HOUR)
            assert desk.state(box).healing.resting
            assert 2 <= len(desk.machine.hub.cycled) <= 16

    virtually(scenario)


def test_broken_frames_are_noticed_and_a_device_that_speaks_clearly_again_is_mended() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            for _ in range(30):
                box.say(RING[:9])  # the half of a frame
                await desk.pass_by(2)
            await desk.pass_by(MINUTE)
            assert desk.state(box).healing.last_ms
            box.say(RING)
            await desk.pass_by(1)
            assert well(desk.state(box))
            assert desk.state(box).healing.mended >= 1

    virtually(scenario)


def test_a_port_that_takes_nothing_is_opened_anew() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            box.deaf = True
            await desk.pass_by(3 * MINUTE)
            assert desk.state(box).healing.trouble is Trouble.HUNG
            assert box.anew >= 1
            box.deaf = False
            await desk.pass_by(30 * MINUTE)
            assert well(desk.state(box))
            assert desk.state(box).healing.mended == 1

    virtually(scenario)


@pytest.mark.parametrize("scan_s", [2.0, 60.0])
def test_a_device_that_only_helps_to_lose_its_power_is_mended_by_that(
    scan_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "SCAN_S", scan_s)

    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            answers, box.answers = box.answers, {}
            async with asyncio.timeout(10 * MINUTE):
                while not desk.machine.hub.cycled:
                    await desk.pass_by(0.5)
            box.answers = answers
            await desk.pass_by(3 * MINUTE)
            assert well(desk.state(box))
            assert (desk.state(box).healing.mended, desk.machine.hub.cycled) == (1, ["/dev/ttyUSB0"])

    virtually(scenario)


def test_a_port_that_cannot_be_opened_any_more_loses_its_power() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            box.hangs = True
            await desk.pass_by(10 * MINUTE)
            assert desk.machine.hub.cycled
            box.hangs = False
            await desk.pass_by(2 * HOUR)
            assert well(desk.state(box))

    virtually(scenario)


def test_a_stranger_whose_port_hangs_never_loses_its_power() -> None:
    async def scenario() -> None:
        box = mute()
        box.hangs = True
        async with listening(box) as desk:
            await desk.pass_by(HOUR)
            assert desk.machine.hub.cycled == []
            assert desk.state(box).condition is Condition.BUSY

    virtually(scenario)


def test_calls_that_others_told_of_lead_from_a_question_to_the_cures() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            asked = len(box.written)
            desk.devices.missed_call(box.found.device)
            await desk.pass_by(2)
            assert len(box.written) == asked + 1  # once is an accident: it is only asked
            assert well(desk.state(box))
            for cure in (Cure.RESET, Cure.REOPEN, Cure.POWER):
                desk.devices.missed_call(box.found.device)
                await desk.pass_by(HOUR)
                assert desk.state(box).healing.trying is cure
            box.say(RING)
            await desk.pass_by(1)
            assert well(desk.state(box))
            assert desk.state(box).healing.mended == 1

    virtually(scenario)


def test_a_hub_without_a_switch_is_no_harm() -> None:
    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            desk.machine.hub.fixed.add("/dev/ttyUSB0")
            box.answers = {}
            await desk.pass_by(20 * MINUTE)
            assert desk.state(box).healing.trouble is Trouble.UNANSWERED
            box.say(RING)
            await desk.pass_by(1)
            assert well(desk.state(box))

    virtually(scenario)


# ------------------------------------------------------------------------------------------------- disturbing nobody


def test_what_is_known_to_be_something_else_is_not_even_opened() -> None:
    async def scenario() -> None:
        gps = FakeSerial(usb("ttyACM0", (0x1546, 0x01A8), "u-blox 8"))
        async with listening(gps) as desk:
            await desk.pass_by(HOUR)
            state = desk.state(gps)
            assert (state.condition, state.why, state.kind) == (Condition.NOT_ASKED, Reason.KNOWN, "gps")
            assert (gps.opened, gps.written) == (0, [])

    virtually(scenario)


def test_what_talks_by_itself_is_never_written_to_and_let_go() -> None:
    async def scenario() -> None:
        box = mute()
        async with listening(box, settled_s=0.1) as desk:
            for _ in range(600):
                box.say(b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n")
                await desk.pass_by(1)
            state = desk.state(box)
            assert (state.condition, state.why) == (Condition.NOT_ASKED, Reason.TALKS)
            assert box.written == []
            assert box.port is None  # others may have it
            assert box.opened == 1

    virtually(scenario)


def test_each_question_is_asked_twice_and_not_again_later() -> None:
    async def scenario() -> None:
        box = mute()
        async with listening(box) as desk:
            await desk.pass_by(24 * HOUR)
            assert all(box.written.count(one) <= 2 * len(HAYES.speeds) for one in set(box.written))
            assert {*box.written} == GREETINGS
            state = desk.state(box)
            assert (state.condition, state.why, state.refused) == (Condition.LISTENING, Reason.UNANSWERED, 1)
        refused = Memory(refused=1)
        async with listening(box, memories={box.found.device: refused}) as desk:
            before = len(box.written)
            await desk.pass_by(HOUR)
            assert len(box.written) == before  # not at the next start either
            desk.devices.rescan()  # … until the admin looks for devices
            await desk.pass_by(MINUTE)
            assert len(box.written) > before

    virtually(scenario)


def test_a_kind_that_cannot_be_asked_is_only_listened_to() -> None:
    async def scenario() -> None:
        box = mute()
        async with listening(box, known={box.found.device: Wish("whozz")}) as desk:
            assert (desk.state(box).condition, desk.state(box).why) == (Condition.LISTENING, None)
            assert box.written == []

    virtually(scenario)


def test_the_admin_may_have_it_asked_all_the_same() -> None:
    async def scenario() -> None:
        box = korean()
        box.found = usb("ttyUSB0", (0x2341, 0x0043), "Uno")
        async with listening(box) as desk:
            assert desk.state(box).condition is Condition.NOT_ASKED
            await desk.devices.want(Wanted(known={box.found.device: Wish(ask=True)}))
            await desk.pass_by(MINUTE)
            assert well(desk.state(box))

    virtually(scenario)


@pytest.mark.parametrize("make", [korean, modem, mute])
def test_a_known_device_is_green_at_once_without_a_question(make: Callable[[], FakeSerial]) -> None:
    async def scenario() -> None:
        box = make()
        spoken = "hayes" if make is modem else "callstar"
        found = dialect(spoken)
        assert found is not None
        memory = Memory(spoken, found.speeds[0], 1)
        async with listening(box, memories={box.found.device: memory}, settled_s=0.01) as desk:
            assert well(desk.state(box))
            assert not GREETINGS & {*box.written}
            await desk.pass_by(MINUTE)
            box.say(found.ring(1, "01012345678"))
            await desk.pass_by(1)
            assert desk.rings == [(box.found.path[5:], "01012345678")]

    virtually(scenario)


def test_what_is_known_is_learned_anew_when_something_else_is_there() -> None:
    async def scenario() -> None:
        box = modem("ttyUSB0")
        memory = Memory("callstar", 19200, 2)
        async with listening(box, memories={box.found.device: memory}) as desk:
            assert desk.state(box).dialect == "callstar"
            box.say(b"\x8f\x03\xfe" * 30)  # a modem's ring at a wrong speed
            await desk.pass_by(MINUTE)
            assert (desk.state(box).dialect, well(desk.state(box))) == ("hayes", True)

    virtually(scenario)


def test_another_dialect_at_the_same_speed_is_understood_at_once() -> None:
    async def scenario() -> None:
        box = mute()
        spoken = dialect("whozz")
        assert spoken is not None
        async with listening(box, memories={box.found.device: Memory("tci", 9600, 1)}) as desk:
            box.say(spoken.ring(1, "01012345678"))
            await desk.pass_by(1)
            assert desk.state(box).dialect == "whozz"
            assert len(desk.rings) == 1

    virtually(scenario)


def test_a_quick_replug_is_seen_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SCAN_S", 2.0)

    async def scenario() -> None:
        box = korean()
        async with listening(box) as desk:
            for _ in range(20):
                box.pull_out()
                box.plug_in()
                await desk.pass_by(3)
                assert well(desk.state(box))
            assert desk.state(box).losses == 20

    virtually(scenario)


def test_nothing_runs_on_after_the_end() -> None:
    async def scenario() -> None:
        async with listening(korean(), modem(), mute()):
            pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtually(scenario)
