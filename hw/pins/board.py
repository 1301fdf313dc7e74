"""Board maps: which lamp and button is on which pin. Data in TOML; this reads and checks it. Blocks: call in a thread.

A map is named ("raspberry-pi", "none", "simulator"), given by the path of a file, or found by what the machine calls
itself ("auto").
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hw.errors import BadBoard
from hw.pins.api import Board, ButtonKind, ButtonPin, Lamp, LampPin, Pull

AUTO = "auto"
_BOARDS = Path(__file__).with_name("boards")
_MODEL = Path("/proc/device-tree/model")
_PIN = re.compile(r"GPIO[0-9]{1,2}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
_DESK = re.compile(r"([0-9]{2,4})?")
_DEBOUNCE_MS = range(5, 501)
_TOP = {"name", "models", "debounce_ms", "simulated", "lamps", "buttons"}
_LAMP = {"pin", "active_low"}
_BUTTON = {"kind", "pin", "pull", "active_low", "switch", "desk"}


def find(choice: str, model: Path = _MODEL) -> Board | None:
    """Return the board of a choice; None when the machine has none that is known. Raises BadBoard."""
    if choice == AUTO:
        return _of_machine(_machine(model))
    if "/" in choice or choice.endswith(".toml"):
        return _load(Path(choice))
    if not _NAME.fullmatch(choice) or not (_BOARDS / f"{choice}.toml").exists():
        raise BadBoard(f"{choice}: {', '.join((AUTO, *names()))}")
    return _load(_BOARDS / f"{choice}.toml")


def names() -> tuple[str, ...]:
    """Return the maps that come with the box."""
    return tuple(sorted(file.stem for file in _BOARDS.glob("*.toml")))


def _machine(model: Path) -> str:
    try:
        return model.read_text(errors="replace").rstrip("\x00\n")
    except OSError:
        return ""  # no device tree: no board that we know


def _of_machine(machine: str) -> Board | None:
    for name in names():
        board = _load(_BOARDS / f"{name}.toml")
        if any(machine.startswith(beginning) for beginning in board.models):
            return board
    return None


def _load(file: Path) -> Board:
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadBoard(f"{file}: {error}") from error
    except BadBoard as error:
        raise BadBoard(f"{file}: {error}") from error


def parse(text: str) -> Board:
    """Return a map as it is written. Raises BadBoard."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadBoard(str(error)) from error
    _known("map", given, _TOP)
    debounce = given.get("debounce_ms", Board.debounce_ms)
    if not isinstance(debounce, int) or debounce not in _DEBOUNCE_MS:
        raise BadBoard(f"debounce_ms = {debounce!r}: {_DEBOUNCE_MS.start} to {_DEBOUNCE_MS.stop - 1}")
    return _without_doubles(
        Board(
            name=str(given.get("name", "own")),
            lamps=tuple(_lamp(name, pin) for name, pin in _table(given, "lamps").items()),
            buttons=tuple(_button(name, pin) for name, pin in _table(given, "buttons").items()),
            debounce_ms=debounce,
            models=tuple(str(one) for one in given.get("models", ())),
            simulated=_flag("map", given, "simulated", default=False),
        )
    )


def _lamp(name: str, given: Any) -> LampPin:
    if name not in set(Lamp):
        raise BadBoard(f"lamps.{name}: {', '.join(Lamp)}")
    _known(f"lamps.{name}", given, _LAMP)
    return LampPin(Lamp(name), _pin(name, given), _flag(name, given, "active_low", default=False))


def _button(name: str, given: Any) -> ButtonPin:
    _known(f"buttons.{name}", given, _BUTTON)
    if not _NAME.fullmatch(name):
        raise BadBoard(f"buttons.{name}: small letters, digits and hyphens")
    kind, pull, desk = given.get("kind", name), given.get("pull", Pull.UP), str(given.get("desk", ""))
    if kind not in set(ButtonKind):
        raise BadBoard(f"buttons.{name}.kind: {', '.join(ButtonKind)}")
    if pull not in set(Pull):
        raise BadBoard(f"buttons.{name}.pull: {', '.join(Pull)}")
    if not _DESK.fullmatch(desk):
        raise BadBoard(f"buttons.{name}.desk: an extension")
    switch = _flag(name, given, "switch", default=False)
    if switch and kind != ButtonKind.NIGHT:
        raise BadBoard(f"buttons.{name}.switch: only for night")
    low = _flag(name, given, "active_low", default=pull == Pull.UP)
    return ButtonPin(name, ButtonKind(kind), _pin(name, given), Pull(pull), low, switch, desk)


def _without_doubles(board: Board) -> Board:
    pins = [*(one.pin for one in board.lamps), *(one.pin for one in board.buttons)]
    double = next((pin for pin in pins if pins.count(pin) > 1), "")
    if double:
        raise BadBoard(f"{double}: used twice")
    return board


def _table(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name, {})
    if not isinstance(found, dict):
        raise BadBoard(f"{name}: a table")
    return found


def _known(where: str, given: Any, names: set[str]) -> None:
    if not isinstance(given, dict):
        raise BadBoard(f"{where}: a table")
    if strange := sorted(given.keys() - names):
        raise BadBoard(f"{where}.{strange[0]}: {', '.join(sorted(names))}")


def _flag(where: str, given: dict[str, Any], name: str, *, default: bool) -> bool:
    found = given.get(name, default)
    if not isinstance(found, bool):
        raise BadBoard(f"{where}.{name}: true or false")
    return found


def _pin(where: str, given: dict[str, Any]) -> str:
    found = str(given.get("pin", ""))
    if not _PIN.fullmatch(found):
        raise BadBoard(f"{where}.pin = {found!r}: GPIO2 to GPIO27")
    return found
