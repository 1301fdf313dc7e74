"""What pins do: the same on those in memory and on real ones, an output of which is wired to an input.

For real pins: on two pairs of pins that nothing else is connected to, put a jumper wire from one to the other, and name
them: SORIBOX_TEST_PINS=GPIO23:GPIO24,GPIO25:GPIO26 (output:input).
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hw.errors import PinsAway
from hw.pins import gpio as module
from hw.pins.api import Board, ButtonKind, ButtonPin, Lamp, LampPin, Moved, PinLevel, Pull
from hw.pins.box_pins import BoxPins
from hw.pins.gpio import Gpio, open_mock, open_real
from hw.pins.watch import Watch

pytestmark = pytest.mark.unit

REAL = os.environ.get("SORIBOX_TEST_PINS", "")
IN_MEMORY = "GPIO23:GPIO24,GPIO25:GPIO26"
HIGH, LOW = Lamp.POWER, Lamp.LINE  # lit by a high level, and by a low one


class Wired:
    """Two lamps, each of which presses a button by its wire."""

    def __init__(self, gpio: Gpio, board: Board, edges: list[str], threads: set[str]) -> None:
        self.gpio, self.board, self.edges, self.threads = gpio, board, edges, threads

    async def pass_ms(self, ms: int) -> None:
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(ms / 1000, over.set)
        await over.wait()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self.pass_ms(5)


def board_of(pairs: str) -> Board:
    (out_1, in_1), (out_2, in_2) = (pair.split(":") for pair in pairs.split(","))
    return Board(
        "test",
        (LampPin(HIGH, out_1), LampPin(LOW, out_2, active_low=True)),
        (
            ButtonPin("high", ButtonKind.NIGHT, in_1, Pull.DOWN, active_low=False),
            ButtonPin("low", ButtonKind.PANIC, in_2, Pull.UP),
        ),
    )


@pytest.fixture(params=["memory", "real"])
async def wired(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wired]:
    if request.param == "real" and not REAL:
        pytest.skip("no wired pins: SORIBOX_TEST_PINS names none (see the head of this file)")
    board = board_of(REAL if request.param == "real" else IN_MEMORY)
    edges, threads, loop = list[str](), set[str](), asyncio.get_running_loop()

    def edge(name: str) -> None:
        edges.append(name)
        threads.add(threading.current_thread().name)

    def opened() -> Gpio:
        if request.param == "real":
            return open_real(board, edge, loop, tmp_path / "pins")
        return open_mock(board, edge, loop, dict(pair.split(":") for pair in IN_MEMORY.split(",")))

    gpio = await asyncio.to_thread(opened)
    yield Wired(gpio, board, edges, threads)
    await asyncio.to_thread(gpio.close)


async def test_lamps_are_dark_and_buttons_open_at_the_start(wired: Wired) -> None:
    assert wired.gpio.lit == {HIGH: False, LOW: False}
    assert [wired.gpio.is_down(name) for name in ("high", "low")] == [False, False]
    assert [(one.what, one.high, one.active) for one in wired.gpio.levels()] == [
        ("power", False, False),
        ("line", True, False),
        ("high", False, False),
        ("low", True, False),
    ]


@pytest.mark.parametrize(("lamp", "button"), [(HIGH, "high"), (LOW, "low")])
async def test_a_lamp_that_is_lit_presses_the_button_that_is_wired_to_it(wired: Wired, lamp: Lamp, button: str) -> None:
    wired.gpio.light(lamp, on=True)
    await wired.until(lambda: wired.edges)
    assert wired.gpio.is_down(button)
    assert wired.edges == [button]
    assert wired.threads == {threading.main_thread().name}, "edges come in the loop's thread"
    level: PinLevel = next(one for one in wired.gpio.levels() if one.what == button)
    assert (level.active, level.high) == (True, lamp is HIGH)
    wired.gpio.light(lamp, on=True)  # already
    wired.gpio.light(lamp, on=False)
    await wired.until(lambda: len(wired.edges) == 2)
    assert not wired.gpio.is_down(button)


async def test_only_a_level_that_stays_counts(wired: Wired) -> None:
    told: list[Moved] = []
    loop = asyncio.get_running_loop()
    watch = Watch(wired.board, wired.gpio.is_down, told.append, loop.call_later)
    watch.start()

    async def hand_on() -> None:
        while wired.edges:
            watch.edge(wired.edges.pop(0))
        await wired.pass_ms(1)

    for _ in range(5):  # bounces
        wired.gpio.light(HIGH, on=True)
        wired.gpio.light(HIGH, on=False)
        await hand_on()
    await wired.pass_ms(60)
    assert told == []
    wired.gpio.light(HIGH, on=True)
    await wired.until(lambda: wired.edges)
    await hand_on()
    await wired.until(lambda: told)
    assert [(one.button.name, one.down) for one in told] == [("high", True)]
    watch.stop()


async def test_a_lamp_is_dark_again_when_the_pins_are_given_back(wired: Wired) -> None:
    wired.gpio.light(LOW, on=True)
    await wired.until(lambda: wired.edges)
    await asyncio.to_thread(wired.gpio.close)
    assert wired.gpio.levels() == ()
    wired.gpio.light(LOW, on=True)  # nobody is harmed
    assert wired.gpio.lit == {}


async def test_a_machine_without_pins_says_so_and_the_library_leaves_the_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, board = asyncio.get_running_loop(), board_of(IN_MEMORY)
    monkeypatch.setattr(module, "_CHIPS", tmp_path)
    with pytest.raises(PinsAway, match="no_chip"):
        await asyncio.to_thread(open_real, board, print, loop, tmp_path / "pins")
    (tmp_path / "gpiochip0").touch()
    here = Path.cwd()
    with pytest.raises(PinsAway, match="no_access"):  # no Raspberry Pi
        await asyncio.to_thread(open_real, board, print, loop, tmp_path / "pins")
    assert Path.cwd() == here
    monkeypatch.setattr(module, "available", lambda: False)
    with pytest.raises(PinsAway, match="no_library"):
        await asyncio.to_thread(open_real, board, print, loop, tmp_path / "pins")


@pytest.mark.parametrize(
    ("choice", "why"), [("none", "no_board"), ("nonsense", "bad_board"), ("simulator", ""), ("bad.toml", "bad_pin")]
)
async def test_whatever_is_chosen_the_box_goes_on(tmp_path: Path, choice: str, why: str) -> None:
    if choice == "bad.toml":
        file = tmp_path / choice
        file.write_text('simulated = true\n[lamps]\nfault = { pin = "GPIO99" }')
        choice = str(file)
    pins, told = BoxPins(choice, tmp_path, asyncio.get_running_loop().call_later), list[Moved]()
    await pins.open(told.append)
    assert pins.state.why == why
    pins.light(Lamp.POWER, on=True)
    assert pins.lit() == ({Lamp.POWER} if not why else set())
    finger = ButtonPin("panic 101", ButtonKind.PANIC, "GPIO22", desk="101")
    await pins.press(finger, 0.05)  # also where there are no pins
    assert [(one.button.name, one.down) for one in told] == [("panic 101", True), ("panic 101", False)]
    await pins.close()
    await pins.close()


async def test_a_short_press_counts_also_while_the_box_is_busy(tmp_path: Path) -> None:
    loop, told = asyncio.get_running_loop(), list[Moved]()
    pins = BoxPins("simulator", tmp_path, loop.call_later)
    await pins.open(lambda moved: told.append(moved) if not moved.at_start else None)
    assert pins.state.board is not None
    button = next(one for one in pins.state.board.buttons if not one.switch)
    pressing = asyncio.create_task(pins.press(button, 0.05))
    loop.call_soon(time.sleep, 0.1)  # between the contact and the moment in which it is heard of
    await pressing
    assert [one.down for one in told] == [True, False]
    await pins.close()
