"""Which USB devices are certainly none of ours, by what they call themselves. The list is `usb_ids.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from hw.api import PortFound

_LIST = Path(__file__).with_name("usb_ids.toml")


@dataclass(frozen=True)
class Kind:
    """One kind of other device: how it is known."""

    name: str
    ids: tuple[str, ...]
    words: re.Pattern[str]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the list. Reads a file the first time: call in a thread then."""
    with _LIST.open("rb") as file:
        return tuple(_kinds(tomllib.load(file)))


def _kinds(listed: dict[str, dict[str, list[str]]]) -> Iterator[Kind]:
    for name, known in listed.items():
        words = "|".join(re.escape(word) for word in known["names"])
        yield Kind(name, tuple(known["ids"]), re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE))


def something_else(port: PortFound) -> str:
    """Return what kind of other device is on a port, "" when it may be one of ours. A port without USB may be."""
    if not port.usb:
        return ""
    identity, called = f"{port.vendor:04x}:{port.product:04x}", f"{port.maker} {port.title}"
    for kind in kinds():
        if any(fnmatchcase(identity, one) for one in kind.ids) or kind.words.search(called):
            return kind.name
    return ""
