"""Plain text for terminals: aligned columns (Korean letters are two wide), times, durations. Knows no command."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.cli.command import Json, Show, Words

Cell = Callable[[Any, Words], str]


@dataclass(frozen=True)
class Column:
    """One column; its heading is the text `cli.column.<name>`."""

    name: str
    cell: Cell


def value(path: str) -> Cell:
    """Return a cell that shows what is at a dotted path; yes and no for truth values."""

    def cell(row: Any, words: Words) -> str:
        found = row
        for step in path.split("."):
            found = None if found is None else found[step]
        if isinstance(found, bool):
            return words("cli.yes" if found else "cli.no")
        if isinstance(found, list):
            return ", ".join(map(str, found))
        return "" if found is None else str(found)

    return cell


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns for values; "extension.name" is shown under the heading of its last step."""
    return tuple(Column(name.rpartition(".")[2], value(name)) for name in names)


def listed(*shown: Column) -> Show:
    """Return what shows a list as a table."""

    def show(rows: Json, words: Words) -> Iterator[str]:
        table = [[words(f"cli.column.{column.name}") for column in shown]]
        table += [[column.cell(row, words) for column in shown] for row in rows]
        widths = [max(width(line[at]) for line in table) for at in range(len(shown))]
        if len(table) == 1:
            yield words("cli.nothing")
            return
        for line in table:
            yield "  ".join(padded(cell, wide) for cell, wide in zip(line, widths, strict=True)).rstrip()

    return show


def one(*shown: Column) -> Show:
    """Return what shows one thing, a line for each value."""

    def show(row: Json, words: Words) -> Iterator[str]:
        headings = [words(f"cli.column.{column.name}") for column in shown]
        wide = max(map(width, headings))
        for heading, column in zip(headings, shown, strict=True):
            yield f"{padded(heading, wide)}  {column.cell(row, words)}".rstrip()

    return show


def done(key: str) -> Show:
    """Return what says that something is done."""

    def show(_: Json, words: Words) -> Iterator[str]:
        yield words(key)

    return show


def width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, wide: int) -> str:
    """Return a text made `wide` places wide."""
    return text + " " * (wide - width(text))


def moment(name: str) -> Cell:
    """Return a cell that shows a moment in the terminal's own time zone."""

    def cell(row: Any, _: Words) -> str:
        ms = value_of(row, name)
        return clock_time(ms)

    return cell


def clock_time(ms: int) -> str:
    """Write a moment (milliseconds since 1970) by this machine's clock, nothing for none."""
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S") if ms else ""


def value_of(row: Any, path: str) -> Any:
    """Return what is at a dotted path."""
    for step in path.split("."):
        row = row[step]
    return row


def duration(ms: int) -> str:
    """Return a duration as 1:05 or 1:02:05."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
