"""Which language a terminal speaks. Knows no catalogue: most programs that ask need none."""

from __future__ import annotations

from collections.abc import Mapping


def language(environment: Mapping[str, str]) -> str:
    """Return "ko" or "en", as the locale variables say (POSIX: LC_ALL before LC_MESSAGES before LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"
