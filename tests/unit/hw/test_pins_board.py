"""Board maps: those that come with the box, one of one's own, what is wrong with others, and the board of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw.errors import BadBoard
from hw.pins.api import ButtonKind, Lamp, Pull
from hw.pins.board import find, names, parse

pytestmark = pytest.mark.unit


def test_every_map_of_the_package_can_be_used_and_the_raspberry_pi_keeps_clear_of_other_uses() -> None:
    assert names() == ("none", "raspberry-pi", "simulator")
    pi = find("raspberry-pi")
    assert pi is not None
    pins = {one.pin for one in pi.lamps} | {one.pin for one in pi.buttons}
    taken = {f"GPIO{at}" for at in (0, 1, 2, 3, 7, 8, 9, 10, 11, 14, 15, 18, 19, 20, 21)}  # EEPROM, I2C, SPI, UART, I2S
    assert not pins & taken
    assert {one.lamp for one in pi.lamps} == set(Lamp)
    assert {one.kind for one in pi.buttons} == set(ButtonKind)
    assert not any(one.simulated for one in (pi,))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\x00", "raspberry-pi"),
        ("Raspberry Pi 4 Model B Rev 1.5\x00", "raspberry-pi"),
        ("Radxa ROCK 5B\x00", None),
        (None, None),
    ],
)
def test_a_board_is_found_by_what_the_machine_calls_itself(tmp_path: Path, model: str | None, name: str | None) -> None:
    file = tmp_path / "model"
    if model is not None:
        file.write_text(model)
    found = find("auto", file)
    assert (found.name if found is not None else None) == name


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(
        'name = "desk"\ndebounce_ms = 50\n[lamps]\nfault = { pin = "GPIO5", active_low = true }\n'
        '[buttons]\nkey = { kind = "night", pin = "GPIO6", switch = true, pull = "down" }\n'
        'front = { kind = "panic", pin = "GPIO13", desk = "101" }\n'
    )
    board = find(str(file))
    assert board is not None
    assert (board.name, board.debounce_ms, board.lamps[0].active_low) == ("desk", 50, True)
    key, front = board.buttons
    assert (key.switch, key.pull, key.active_low) == (True, Pull.DOWN, False)  # drawn down: pressed when high
    assert (front.desk, front.pull, front.active_low) == ("101", Pull.UP, True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[lamps", "Expected"),
        ('[lamps]\ndisco = { pin = "GPIO5" }', "lamps.disco"),
        ('[lamps]\nfault = { pin = "5" }', "GPIO2"),
        ('[lamps]\nfault = { pin = "GPIO5", bright = 3 }', "lamps.fault.bright"),
        ("[lamps]\nfault = 5", "lamps.fault"),
        ('[lamps]\nfault = { pin = "GPIO5" }\n[buttons]\nnight = { pin = "GPIO5" }', "GPIO5: used twice"),
        ('[buttons]\nbell = { pin = "GPIO5" }', "buttons.bell.kind"),
        ('[buttons]\npanic = { pin = "GPIO5", pull = "none" }', "buttons.panic.pull"),
        ('[buttons]\npanic = { pin = "GPIO5", switch = true }', "buttons.panic.switch"),
        ('[buttons]\npanic = { pin = "GPIO5", desk = "front" }', "buttons.panic.desk"),
        ("debounce_ms = 0", "debounce_ms"),
        ("colour = 1", "map.colour"),
    ],
)
def test_what_is_wrong_with_a_map_is_named(text: str, names: str) -> None:
    with pytest.raises(BadBoard, match=names):
        parse(text)


def test_a_map_that_is_not_there_is_told(tmp_path: Path) -> None:
    for choice in (str(tmp_path / "gone.toml"), "toaster", "../none"):
        with pytest.raises(BadBoard):
            find(choice)
