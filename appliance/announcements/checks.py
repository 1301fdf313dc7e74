"""What may be entered about an announcement. Pure; names the field at fault."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from appliance.announcements.types import FASTEST, LONGEST_TEXT, SLOWEST, Draft
from appliance.core.errors import InvalidInput
from appliance.i18n.catalog import LANGUAGES

_LONGEST_NAME = 60
_LONGEST_STEM = 16
_RESERVED = frozenset(
    {"add", "built", "preview", "record", "recording", "speak", "table", "upload"}
)  # addresses of pages and operations


def draft(entered: Draft, *, spoken: bool, voices: Collection[str] = ()) -> Draft:
    """Return a draft tidied. Raises InvalidInput."""
    name = " ".join(entered.name.split())
    if not name:
        raise InvalidInput("name", "announcements.name_needed")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", "announcements.bad_name", most=_LONGEST_NAME)
    if spoken:
        tidy = text(entered.text, entered.language, entered.speed)
        if entered.voice and entered.voice not in voices:
            raise InvalidInput("voice", "announcements.bad_voice")
        return replace(entered, name=name, text=tidy)
    if entered.language and entered.language not in LANGUAGES:
        raise InvalidInput("language", "announcements.bad_language")
    return replace(entered, name=name, text="", speed=Draft.speed, voice="")


def text(entered: str, language: str, speed: int) -> str:
    """Return what is to be spoken. Raises InvalidInput."""
    tidy = "\n".join(" ".join(line.split()) for line in entered.strip().splitlines())
    if not any(character.isalnum() for character in tidy):
        raise InvalidInput("text", "announcements.text_needed")
    if len(tidy) > LONGEST_TEXT:
        raise InvalidInput("text", "announcements.text_too_long", most=LONGEST_TEXT)
    if language not in LANGUAGES:
        raise InvalidInput("language", "announcements.bad_language")
    if not SLOWEST <= speed <= FASTEST:
        raise InvalidInput("speed", "announcements.bad_speed", least=SLOWEST, most=FASTEST)
    return tidy


def new_id(name: str, taken: Collection[str]) -> str:
    """Make an id out of a name: small Latin letters and digits, none of `taken`."""
    stem = re.sub(r"[^a-z0-9]", "", name.lower())[:_LONGEST_STEM] or "sound"
    names = (stem, *(f"{stem}{number}" for number in range(2, len(taken) + 4)))
    return next(found for found in names if found not in taken and found not in _RESERVED)
