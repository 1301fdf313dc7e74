"""How values are written on pages: phone numbers, moments in the office's time zone, durations. Knows no feature."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import jinja2

from appliance.core import numbers
from appliance.i18n.catalog import text

UTC = datetime.UTC


@cache
def zone(name: str) -> datetime.tzinfo:
    """Return the time zone `name`, or UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all time zones of this machine. Reads the disk the first time, which is done at start-up."""
    return frozenset(available_timezones())


def phone_number(stored: str) -> str:
    """Write a stored number as people write it: +821012345678 → 010-1234-5678."""
    return numbers.show(stored) if stored else ""


def local(ms: int, time_zone: str) -> datetime.datetime:
    """Return a moment (milliseconds since 1970, UTC) on the office's clock."""
    return datetime.datetime.fromtimestamp(ms / 1000, zone(time_zone))


@jinja2.pass_context
def moment(context: jinja2.runtime.Context, ms: int) -> str:
    """Write a moment as 2026-11-23 14:05:09; nothing when it has not happened."""
    return local(ms, context["time_zone"]).strftime("%Y-%m-%d %H:%M:%S") if ms else ""


@jinja2.pass_context
def day(context: jinja2.runtime.Context, ms: int) -> str:
    """Write the day of a moment: 2026-11-23."""
    return local(ms, context["time_zone"]).strftime("%Y-%m-%d") if ms else ""


@jinja2.pass_context
def clock_time(context: jinja2.runtime.Context, ms: int) -> str:
    """Write the time of a moment: 14:05:09."""
    return local(ms, context["time_zone"]).strftime("%H:%M:%S") if ms else ""


def duration(ms: int) -> str:
    """Write a duration as 1:05 or 1:02:05."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@jinja2.pass_context
def duration_words(context: jinja2.runtime.Context, ms: int) -> str:
    """Write a duration in words, in its largest unit: "3 hours", "3시간"."""
    language, seconds = context["language"], max(0, ms) // 1000
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= length:
            return text(language, f"panel.for_{unit}", n=seconds // length)
    return text(language, "panel.for_seconds", n=seconds)


FILTERS: dict[str, Callable[..., Any]] = {
    "number": phone_number,
    "moment": moment,
    "day": day,
    "time": clock_time,
    "duration": duration,
    "duration_words": duration_words,
}
