"""Looks up texts. Every feature has its own catalogue file, `locales/<language>/<feature>.po`.

Message ids are keys ("pop.withheld"), so that Korean and English are equals; placeholders are `{name}`. A key that
is missing shows as itself; a test fails before a user could see that.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from appliance.i18n.particles import with_particles

log = logging.getLogger(__name__)

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("ko", "en")
DEFAULT = "ko"


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return all texts of a language by key."""
    texts: dict[str, str] = {}
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as source:
            texts |= {str(entry.id): str(entry.string) for entry in read_po(source, locale=language) if entry.id}
    return texts


def text(language: str, key: str, /, **params: object) -> str:
    """Return the text of `key` in `language`, with its placeholders filled and Korean particles chosen."""
    found = catalogue(language if language in LANGUAGES else DEFAULT).get(key)
    if not found:
        log.error("no text for %s in %s", key, language)
        return key
    if not params:
        return found
    filled = found.format(**params)
    return with_particles(filled) if language == "ko" else filled
