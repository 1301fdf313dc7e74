"""What call control asks for: files by id, and sentences that are spoken as they are needed.

Answers `appliance.calls.ports.Prompts`. Nothing here may keep a call waiting or end it: when there is no file, the
answer is "", and the caller goes on hearing what they hear.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.announcements import phrases
from appliance.announcements.built_in import BuiltIn
from appliance.announcements.said import Said
from appliance.core.errors import SoriboxError

log = logging.getLogger(__name__)

PATIENCE_S = 10.0  # later, the place in the queue would not be true any more


class SpokenPrompts:
    """Prompts in the office's language. `kept` finds the office's own announcements and must not wait."""

    def __init__(self, kept: Callable[[str], str], built_in: BuiltIn, said: Said, language: Callable[[], str]) -> None:
        self._kept = kept
        self._built_in = built_in
        self._said = said
        self._language = language

    def file(self, announcement: str) -> str:
        """Return the WAV file of an announcement by its id ("": the box's own excuse), or "" when there is none."""
        if not announcement:
            return self._built_in.path("unanswered", self._language())
        return self._kept(announcement) or self._built_in.file(announcement)

    def own(self, name: str) -> str:
        """Return the file of one of the box's own announcements by its name; or ""."""
        return self._built_in.path(name, self._language())

    def callback_noted(self) -> str:
        """Return the file that confirms to a caller that they will be called back; or ""."""
        return self._built_in.path("callback_noted", self._language())

    async def number(self, number: str) -> str:
        """Return a file that reads a telephone number (stored form) aloud, digit by digit; or ""."""
        language = self._language()
        return await self._spoken(phrases.telephone_number(language, number), language)

    async def position(self, place: int, wait_seconds: int, *, offers_callback: bool) -> str:
        """Return a file that tells a waiting caller their place, and about how long it takes (0: not known); or ""."""
        language = self._language()
        text = phrases.position(language, place, wait_seconds, offers_callback=offers_callback)
        return await self._spoken(text, language)

    async def _spoken(self, text: str, language: str) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return str(await self._said.file(text, language))
        except (SoriboxError, OSError, TimeoutError) as error:
            log.warning("a caller could not be told something: %s", error or "it took too long")
            return ""
