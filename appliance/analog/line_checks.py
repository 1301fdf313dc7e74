"""What may be said of an analog line: its name, number, area code, group and how it dials. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from appliance.analog.line_sound import checked_sound
from appliance.analog.types import AnalogLine, LineDraft
from appliance.core import numbers
from appliance.core.errors import InvalidInput

_LONGEST_NAME = 40
_LONGEST_PREFIX = 6
_DIALLED = frozenset("0123456789*#,")  # a comma is a pause


def checked(draft: LineDraft, others: Iterable[AnalogLine], groups: Iterable[str]) -> LineDraft:
    """Return the draft as it is kept. Raises InvalidInput. `others` are all lines but the one that is changed."""
    name = " ".join(draft.name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", "devices.bad_name", most=_LONGEST_NAME)
    area = draft.area_code.strip()
    if area and not (area.isascii() and area.isdigit() and area.startswith("0") and len(area) <= 3):
        raise InvalidInput("area_code", "devices.bad_area_code")
    if draft.group and draft.group not in groups:
        raise InvalidInput("group", "devices.no_such_group")
    prefix = draft.prefix.strip()
    if len(prefix) > _LONGEST_PREFIX or not set(prefix) <= _DIALLED:
        raise InvalidInput("prefix", "devices.bad_prefix")
    own = _number(draft.number.strip(), area)
    return replace(checked_sound(draft, others), name=name, number=own, area_code=area, prefix=prefix)


def _number(typed: str, area: str) -> str:
    number = numbers.parse(typed, area_code=area).stored if typed else ""
    if typed and not number.lstrip("+").isdigit():
        raise InvalidInput("number", "crm.bad_number", number=typed[:40])
    return number
