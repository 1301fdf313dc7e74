"""Makes announcements of what is spoken at phones: `appliance.calls.ports.Dictations`. Knows no step of such a call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from appliance.announcements.service import Announcements
from appliance.calls.ports import DictationSounds, Spoken

NEW = "new:"
"""Before the name of an announcement that is not there yet."""


class DictationsForCalls:
    """`may` tells who sits at an extension and may change announcements. Raises NotAllowed."""

    def __init__(self, announcements: Announcements, may: Callable[[str], str]) -> None:
        self._announcements = announcements
        self._may = may

    def sounds(self, tone: str) -> DictationSounds | None:
        """Return what the box says to whoever speaks, and the tone before; None while it has not learned to."""
        names = ("begin", "ask", "nothing", "kept", "dropped", "failed")
        files = {name: self._announcements.prompts.own(f"dictation_{name}") for name in names}
        return DictationSounds(tone=tone, **files) if all(files.values()) else None

    def wanted(self, extension: str, number: str) -> tuple[str, str]:
        """Return which announcement a phone means, and who sits there. Raises NotAllowed, NotFound."""
        by = self._may(extension)
        return self._announcements.dialled(int(number)).id, by

    async def prepare(self, spoken: Spoken) -> str:
        """Return the file that would be the announcement, or "" when nothing is to be heard. Raises Unavailable."""
        taken = self._announcements.taken
        return await taken.prepare(spoken.call, spoken.take, spoken.file, spoken.length_ms)

    async def keep(self, call: str, announcement: str, by: str) -> None:
        """Make what a call has prepared last the announcement. Twice is once. Raises SoriboxError."""
        new = announcement.startswith(NEW)
        name = announcement.removeprefix(NEW) if new else ""
        await self._announcements.keep_taken(call, "" if new else announcement, by, name=name)

    async def forget(self, call: str, folder: Path) -> None:
        """Remove what a call has spoken, and the conversation's folder. Raises OSError."""
        await self._announcements.taken.forget(call, folder)
