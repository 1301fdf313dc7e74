"""Watches the buttons of one set of pins and tells what counts. Lives in the loop; knows no library.

Every edge starts the wait anew; when a level has stayed for long enough, the pin is read again and that is believed.
"""

from __future__ import annotations

from collections.abc import Callable

from hw.pins.api import Board, ButtonPin, CallLater, Moved, Timer
from hw.pins.contact import Contact, at_start, stayed


class Watch:
    """The contacts of a board. `read` measures a button's pin, `told` hears what counts."""

    def __init__(
        self, board: Board, read: Callable[[str], bool], told: Callable[[Moved], None], call_later: CallLater
    ) -> None:
        self._board = board
        self._read = read
        self._told = told
        self._call_later = call_later
        self._buttons = {one.name: one for one in board.buttons}
        self._contacts: dict[str, Contact] = {}
        self._waiting: dict[str, Timer] = {}

    def start(self) -> None:
        """Take the levels as they are; tell where switches stand."""
        for button in self._board.buttons:
            down = self._read(button.name)
            self._contacts[button.name] = at_start(down=down, switch=button.switch)
            if button.switch:
                self._told(Moved(button, down, at_start=True))

    def stop(self) -> None:
        """Believe nothing any more."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        self._contacts.clear()

    def edge(self, name: str) -> None:
        """Hear that a pin has changed."""
        if name not in self._contacts:
            return
        if (waiting := self._waiting.pop(name, None)) is not None:
            waiting.cancel()
        self._waiting[name] = self._call_later(self._board.debounce_ms / 1000, lambda: self._stayed(name))

    def contact(self, name: str) -> Contact:
        """Return how a contact is."""
        return self._contacts.get(name, Contact.UP)

    def _stayed(self, name: str) -> None:
        self._waiting.pop(name, None)
        down = self._read(name)
        self._contacts[name], tell = stayed(self._contacts[name], down=down)
        if tell:
            self._told(Moved(self._button(name), down))

    def _button(self, name: str) -> ButtonPin:
        return self._buttons[name]
