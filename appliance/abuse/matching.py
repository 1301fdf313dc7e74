"""Which entry of the block list a caller is on, and what may become an entry. Pure; knows no table and no clock.

Emergency services and the office's own numbers are never on it: entries that mean one are refused, and should a number
become the office's own later, it gets through all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from appliance.abuse.types import Block, BlockDraft, BlockKind
from appliance.core import numbers
from appliance.core.errors import Conflict, InvalidInput

EMERGENCY = ("112", "119")
_LONGEST_REASON = 100
_SHORTEST_PREFIX = 3
_LONGEST_PREFIX = 15
_NO_NUMBERS = frozenset({numbers.NumberKind.EXTENSION, numbers.NumberKind.UNKNOWN})


def found(blocks: Iterable[Block], number: str, *, withheld: bool, own: Collection[str], now_ms: int) -> Block | None:
    """Return the entry that a caller is on: the number itself before prefixes, the longest of these first."""
    holding = [one for one in blocks if not one.until_ms or one.until_ms > now_ms]
    if withheld or not number:
        return next((one for one in holding if one.kind is BlockKind.WITHHELD), None) if withheld else None
    if number in own or numbers.is_emergency(number):
        return None
    for one in holding:
        if one.kind is BlockKind.NUMBER and one.pattern == number:
            return one
    fitting = (one for one in holding if one.kind is BlockKind.PREFIX and number.startswith(one.pattern))
    return max(fitting, key=lambda one: len(one.pattern), default=None)


def pattern(draft: BlockDraft, *, area_code: str, own: Collection[str]) -> str:
    """Return what an entry means, in stored form. Raises InvalidInput, Conflict."""
    if len(draft.reason) > _LONGEST_REASON or not draft.reason.isprintable():
        raise InvalidInput("reason", "abuse.reason_too_long", most=_LONGEST_REASON)
    if draft.kind is BlockKind.WITHHELD:
        return ""
    made = _number(draft.pattern, area_code) if draft.kind is BlockKind.NUMBER else _prefix(draft.pattern)
    if numbers.is_emergency(made) or _means_one(draft.kind, made, EMERGENCY):
        raise Conflict("abuse.block_emergency", field="pattern")
    if _means_one(draft.kind, made, own):
        raise Conflict("abuse.block_own", field="pattern")
    return made


def _means_one(kind: BlockKind, made: str, known: Collection[str]) -> bool:
    return made in known if kind is BlockKind.NUMBER else any(one.startswith(made) for one in known)


def _number(typed: str, area_code: str) -> str:
    number = numbers.parse(typed, area_code=area_code)
    if numbers.is_emergency(typed):
        return number.stored
    if not number.stored or number.kind in _NO_NUMBERS:
        raise InvalidInput("pattern", "abuse.no_number")
    return number.stored


def _prefix(typed: str) -> str:
    """Return the beginning of stored numbers: 050 is +8250, 1588 is +821588, +86 and 0086 are China."""
    digits = re.sub(r"[\s()\-.*]+", "", typed)
    if not re.fullmatch(r"\+?[0-9]+", digits) or len(digits) > _LONGEST_PREFIX:
        raise InvalidInput("pattern", "abuse.no_prefix")
    if digits in EMERGENCY:
        return digits
    if len(digits) < _SHORTEST_PREFIX:
        raise InvalidInput("pattern", "abuse.prefix_too_short", least=_SHORTEST_PREFIX)
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    return "+82" + digits.removeprefix("0")
