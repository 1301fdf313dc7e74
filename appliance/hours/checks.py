"""What hours may look like: pure checks that name the field at fault; times as people write them. Knows no table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.errors import InvalidInput
from appliance.hours.types import ACTIONS, DAY, Instead, Occasion, Schedule, Span, Weekday
from appliance.lines import onward
from appliance.lines.types import LinesSnapshot

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_NAME = 60
_MOST_SPANS = 6  # a day: more is a slip
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_TIME = r"(\d{1,2})(?::?(\d\d))?"
_SPAN = re.compile(rf"{_TIME}\s*[-–~]\s*{_TIME}")
_SLUG = re.compile(r"[a-z0-9]{1,16}")


def spans(entered: str, field: str) -> tuple[Span, ...]:
    """Understand "09:00-12:00, 13:00-18:00"; nothing means closed. One may pass midnight. Raises InvalidInput."""
    parts = [part for part in re.split(r"\s*[,;/]\s*", entered.strip()) if part]
    return ordered(tuple(_span(part, field) for part in parts), field)


def _span(part: str, field: str) -> Span:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise InvalidInput(field, "hours.bad_span", entered=part[:20])
    begins, ends = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
    if int(found[2] or 0) > 59 or int(found[4] or 0) > 59 or begins >= DAY or ends > DAY:
        raise InvalidInput(field, "hours.bad_span", entered=part[:20])
    return Span(begins, ends if ends > begins else ends + DAY)


def ordered(entered: tuple[Span, ...], field: str) -> tuple[Span, ...]:
    """Return the spans of a day in their order. Raises InvalidInput when they overlap, or are none."""
    found = tuple(sorted(entered))
    for span in found:
        if not (0 <= span.begins < DAY and span.begins < span.ends <= span.begins + DAY):
            raise InvalidInput(field, "hours.bad_span", entered=f"{span.begins}-{span.ends}")
    if any(first.ends > second.begins for first, second in pairwise(found)):
        raise InvalidInput(field, "hours.spans_overlap")
    if len(found) > _MOST_SPANS:
        raise InvalidInput(field, "hours.too_many_spans", most=_MOST_SPANS)
    return found


def lunch(entered: str, field: str) -> Span | None:
    """Understand one span within a day, or nothing. Raises InvalidInput."""
    found = spans(entered, field)
    if len(found) > 1:
        raise InvalidInput(field, "hours.one_lunch")
    return _within_day(found[0], field) if found else None


def _within_day(span: Span, field: str) -> Span:
    if span.ends > DAY:
        raise InvalidInput(field, "hours.lunch_over_midnight")
    return span


def schedule(
    entered: Schedule,
    lines: LinesSnapshot,
    area_code: str,
    sounds: frozenset[str],
    menus: frozenset[str] = frozenset(),
) -> Schedule:
    """Return a schedule tidied. Raises InvalidInput for the first field that cannot be used."""
    if not _SLUG.fullmatch(entered.id):
        raise InvalidInput("id", "lines.bad_id")
    if len(entered.week) != len(DAYS):
        raise InvalidInput("week", "hours.bad_week")
    week = tuple(_weekday(day, name) for day, name in zip(entered.week, DAYS, strict=True))
    chosen: Mapping[Occasion, Instead] = {
        occasion: instead(entered.instead_of(occasion), occasion, lines, area_code, sounds, menus)
        for occasion in Occasion
    }
    return replace(entered, label=name(entered.label, "label"), week=week, instead=chosen)


def _weekday(day: Weekday, name: str) -> Weekday:
    checked = ordered((day.lunch,), f"lunch_{name}") if day.lunch is not None else ()
    return Weekday(ordered(day.spans, f"open_{name}"), _within_day(checked[0], f"lunch_{name}") if checked else None)


def instead(
    entered: Instead,
    occasion: Occasion,
    lines: LinesSnapshot,
    area_code: str,
    sounds: frozenset[str],
    menus: frozenset[str] = frozenset(),
) -> Instead:
    """Return what callers get, tidied. Raises InvalidInput when it leads nowhere."""
    target, sound = entered.target.strip(), entered.announcement.strip()
    if entered.kind not in ACTIONS:
        raise InvalidInput(occasion, "lines.bad_choice")
    if entered.kind in (OverflowKind.ANNOUNCEMENT, OverflowKind.CALLBACK):
        if sound and sound not in sounds:
            raise InvalidInput(occasion, "lines.no_such_announcement")
        return Instead(entered.kind, "", sound)
    if entered.kind is OverflowKind.GROUP and target not in {one.id for one in lines.groups}:
        raise InvalidInput(occasion, "lines.no_such_group")
    if entered.kind is OverflowKind.MENU and target not in menus:
        raise InvalidInput(occasion, "call.no_such_menu")
    if entered.kind is OverflowKind.EXTENSION and target not in {one.number for one in lines.extensions}:
        raise InvalidInput(occasion, "lines.no_such_member", number=target or "-")
    if entered.kind is OverflowKind.OUTSIDE:
        target = onward.outside(lines, target, area_code, occasion)
    return Instead(entered.kind, target)


def leads_to(entered: Instead) -> Overflow:
    """Return where it leads, as lines say that."""
    return Overflow(entered.kind, entered.target)


def name(entered: str, field: str) -> str:
    """Return a name tidied. Raises InvalidInput."""
    text = entered.strip()
    if not 1 <= len(text) <= _LONGEST_NAME or not text.isprintable():
        raise InvalidInput(field, "lines.bad_name")
    return text


def moment(entered: str, now: datetime, field: str) -> datetime:
    """Understand a moment on the office's clock: "08:30" is the next such one, or "2026-11-27T08:30".

    `now` is what that clock shows. Raises InvalidInput.
    """
    text = entered.strip()
    try:
        if re.fullmatch(r"\d{1,2}:\d\d", text):
            found = datetime.combine(now.date(), time.fromisoformat(text.zfill(5)), now.tzinfo)
            return found if found > now else found + timedelta(days=1)
        return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
    except ValueError as error:
        raise InvalidInput(field, "hours.bad_moment", entered=text[:20]) from error


def day(entered: str, field: str) -> date:
    """Understand "2026-11-26". Raises InvalidInput."""
    try:
        found = date.fromisoformat(entered.strip())
    except ValueError as error:
        raise InvalidInput(field, "hours.bad_day") from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InvalidInput(field, "hours.bad_day")
    return found
