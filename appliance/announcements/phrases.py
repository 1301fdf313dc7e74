"""What the box says to callers by itself, in words. Knows catalogue keys, no file and no voice."""

from __future__ import annotations

from appliance.core.numbers import show
from appliance.i18n.catalog import text
from appliance.i18n.spoken_numbers import digits, minutes, place

# The box's own announcements. Each has a name and its words in the catalogue.
# Callers who do not behave are told so, by reason and stage (`appliance/abuse/wordings.py`).
WARNINGS = tuple(
    f"{reason}_{stage}" for reason in ("abuse", "harassment", "threat", "long_call") for stage in (1, 2, 3)
)
# What somebody hears who speaks an announcement at a phone (`appliance/calls/dictation.py`).
DICTATION = tuple(f"dictation_{name}" for name in ("begin", "ask", "nothing", "kept", "dropped", "failed"))
BUILT_IN = (
    "unanswered",
    "closed",
    "lunch",
    "holiday",
    "called_back_later",
    "callback_noted",
    "callback_sorry",
    "callback_offer",
    "callback_enter",
    "callback_bad",
    "callback_confirm",
    "wrong_key",
    *WARNINGS,
    "blocked",
    "withheld",
    *DICTATION,
)
_LONGEST_WAIT = 60  # minutes; beyond that nobody could tell
_EXACT_TO = 10  # minutes; from here on in steps of five


def name(language: str, built_in: str) -> str:
    """Return how one of the box's own announcements is called."""
    return text(language, f"announcements.built_in.{built_in}")


def words(language: str, built_in: str) -> str:
    """Return what one of the box's own announcements says."""
    return text(language, f"announcements.said.{built_in}")


def position(language: str, number: int, wait_seconds: int, *, offers_callback: bool) -> str:
    """Return what a waiting caller is told: place, about how long it takes (0: not known), what they may press."""
    where = "announcements.said.next" if number == 1 else "announcements.said.place"
    said = [text(language, where, place=place(language, number))]
    if wait_seconds > 0:
        said.append(_wait(language, wait_seconds))
    if offers_callback:
        said.append(text(language, "announcements.said.callback"))
    return " ".join(said)


def telephone_number(language: str, number: str) -> str:
    """Return how a telephone number that was keyed in (stored form) is read back: digit by digit, group by group."""
    groups = show(number).split("-")
    return text(language, "announcements.said.keyed_in", number=", ".join(digits(language, group) for group in groups))


def _wait(language: str, seconds: int) -> str:
    number = round_minutes(seconds)
    if number > _LONGEST_WAIT:
        return text(language, "announcements.said.long_wait")
    key = "announcements.said.minute" if number == 1 else "announcements.said.minutes"
    return text(language, key, minutes=minutes(language, number))


def round_minutes(seconds: int) -> int:
    """Return about how many minutes that is: at least one, exact to ten, then in steps of five. Fewer differ so."""
    number = max(1, (seconds + 30) // 60)
    return number if number <= _EXACT_TO else (number + 2) // 5 * 5
