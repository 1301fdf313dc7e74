"""The block list as a CSV file, out and in. Pure; knows no table and no page.

Columns: kind, number, reason, until (a day), action. A file from a spreadsheet may begin with a byte order mark and may
have only numbers in it. What would be run as a formula is written so that it is not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, tzinfo

from appliance.abuse.types import Block, BlockDraft, BlockKind
from appliance.calls.ports import BlockAction
from appliance.core import numbers
from appliance.core.errors import InvalidInput

COLUMNS = ("kind", "number", "reason", "until", "action", "hits", "by")
MOST_LINES = 5000
_FORMULA = ("=", "+", "-", "@", "\t")


def written(blocks: Iterable[Block], local: Callable[[int], datetime]) -> str:
    """Return entries as CSV, with a mark by which spreadsheets know the encoding."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for one in blocks:
        until = local(one.until_ms - 1).date().isoformat() if one.until_ms else ""
        shown = numbers.show(one.pattern) if one.kind is BlockKind.NUMBER else one.pattern
        lines.writerow([_cell(x) for x in (one.kind, shown, one.reason, until, one.action, str(one.hits), one.by)])
    return "\ufeff" + out.getvalue()


def _cell(text: str) -> str:
    """A number that begins with a plus is no formula."""
    return f"'{text}" if text.startswith(_FORMULA) and not text[1:].isdecimal() else text


def read(text: str, zone: tzinfo) -> tuple[BlockDraft, ...]:
    """Return the entries of a file. Raises InvalidInput naming the line that cannot be understood."""
    rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(cell.strip() for cell in row)]
    if len(rows) > MOST_LINES:
        raise InvalidInput("file", "abuse.import_too_long", most=MOST_LINES)
    named = [cell.strip().casefold() for cell in rows[0]] if rows else []
    columns = named if "number" in named else ["number", "reason"]
    first = 2 if "number" in named else 1
    drafts = []
    for place, row in enumerate(rows[first - 1 :], start=first):
        try:
            drafts.append(_draft(dict(zip(columns, (cell.strip() for cell in row), strict=False)), zone))
        except ValueError as error:
            raise InvalidInput("file", "abuse.import_bad_line", line=place) from error
    return tuple(drafts)


def _draft(cells: dict[str, str], zone: tzinfo) -> BlockDraft:
    number = cells.get("number", "").lstrip("'")
    kind = BlockKind(cells.get("kind") or BlockKind.NUMBER)
    if not number and kind is not BlockKind.WITHHELD:
        raise ValueError("no number")
    until = cells.get("until", "")
    return BlockDraft(
        kind,
        number,
        cells.get("reason", "").lstrip("'"),
        BlockAction(cells.get("action") or BlockAction.ANNOUNCEMENT),
        until_ms=end_of_day(date.fromisoformat(until), zone) if until else 0,
    )


def end_of_day(day: date, zone: tzinfo) -> int:
    """Return the moment at which a day of the office is over."""
    return int(datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).timestamp() * 1000)
