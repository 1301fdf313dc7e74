"""Makes spreadsheets (XLSX) of rows. Knows no feature.

A text stays a text whatever it begins with: what a caller is named must never become a formula (CSV injection).
"""

from __future__ import annotations

import asyncio
import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 50_000

Cell = str | int | datetime.datetime | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its columns' headings with their widths in letters, its rows."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]]


async def spreadsheet_response(file_name: str, *sheets: Sheet) -> web.Response:
    """Answer with a workbook to be saved under a name."""
    body = await asyncio.to_thread(workbook, sheets)
    told = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return web.Response(body=body, content_type=XLSX, headers=told)


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook as a file; takes a while, and belongs into a thread."""
    import xlsxwriter  # seldom needed, and large

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    head = book.add_format({"bold": True, "bottom": 1})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for at, (heading, width) in enumerate(sheet.columns):
            page.set_column(at, at, width)
            page.write_string(0, at, heading, head)
        for line, row in enumerate(sheet.rows, 1):
            _write(page, line, row, moment)
    book.close()
    return file.getvalue()


def _write(page: xlsxwriter.worksheet.Worksheet, line: int, row: Sequence[Cell], moment: object) -> None:
    for at, cell in enumerate(row):
        if isinstance(cell, str):
            page.write_string(line, at, cell)
        elif isinstance(cell, datetime.datetime):
            page.write_datetime(line, at, cell.replace(tzinfo=None), moment)
        elif cell is not None:
            page.write_number(line, at, cell)
