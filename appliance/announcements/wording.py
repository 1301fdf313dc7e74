"""What a text says once its placeholders are filled: the office's name, its hours, its number, as they are read aloud.

Pure; `Facts` knows the office.
"""

from __future__ import annotations

import re
from typing import Protocol

from appliance.core.errors import InvalidInput

PLACEHOLDERS = ("office", "open_hours", "number")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Facts(Protocol):
    """Knows the office. Nothing of it may wait; what is not known is ""."""

    def fact(self, placeholder: str, language: str) -> str:
        """Return what stands for one of PLACEHOLDERS, as it is read aloud in a language."""


class NoFacts:
    """Knows nothing."""

    def fact(self, placeholder: str, language: str) -> str:
        """Return nothing."""
        return ""


def fill(text: str, language: str, facts: Facts) -> str:
    """Return a text with its placeholders filled. Raises InvalidInput when one is unknown, or nothing stands for it."""

    def found(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name not in PLACEHOLDERS:
            raise InvalidInput("text", "announcements.no_such_placeholder", name=name[:20])
        if not (fact := facts.fact(name, language)):
            raise InvalidInput("text", f"announcements.nothing_for.{name}")
        return fact

    return _PLACEHOLDER.sub(found, text)
