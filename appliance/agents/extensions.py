"""Which extensions there are and whose phones are registered, without waiting. Knows no desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.lines.service import Lines
from appliance.lines.types import Extension, LinesSnapshot
from appliance.phones.types import RegisteredPhone


class Extensions:
    """The extensions as they are now. Every enabled one has a desk."""

    def __init__(self, lines: Lines, registered: Callable[[], Iterable[RegisteredPhone]]) -> None:
        self._lines = lines
        self._phones = registered
        self.by_line: Callable[[str], bool] = lambda _: False  # a telephone of an analog line is at the desk
        self._seen = LinesSnapshot()
        self._enabled: dict[str, Extension] = {}

    def desks(self) -> dict[str, Extension]:
        """Return every enabled extension by its number, in order."""
        snapshot = self._lines.snapshot()
        if snapshot is not self._seen:
            self._seen = snapshot
            self._enabled = {one.number: one for one in snapshot.extensions if one.enabled}
        return self._enabled

    def is_desk(self, number: str) -> bool:
        """Say whether this is an enabled extension."""
        return number in self.desks()

    def exists(self, number: str) -> bool:
        """Say whether there is such an extension, enabled or not."""
        return any(one.number == number for one in self._lines.snapshot().extensions)

    def registered(self, number: str) -> bool:
        """Say whether a phone of this extension is registered now."""
        return any(phone.extension == number for phone in self._phones())

    def reached(self, number: str) -> bool:
        """Say whether calls reach this desk: on its registered phone, or on the telephone of an analog line."""
        return self.registered(number) or self.by_line(number)

    def all_registered(self) -> frozenset[str]:
        """Return the extensions that have a registered phone."""
        return frozenset(phone.extension for phone in self._phones())
