"""By which way a desk calls somebody: by its own telephone, or by an analog line whose device dials. Knows no page.

The desk's phone comes first where it can do it. A line is taken when somebody chooses it, when the phone is not there,
or when a number outside is wanted and the office has no trunk.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.analog.service import AnalogLine
from appliance.core.numbers import NumberKind, parse
from appliance.services import Services

_NOT_OUTSIDE = (NumberKind.EXTENSION, NumberKind.UNKNOWN, NumberKind.WITHHELD)


@dataclass(frozen=True)
class WaysOut:
    """How a desk can call: `phone` is there, `lines` can be dialled on; `usual` is the line that is taken unasked."""

    phone: bool
    lines: tuple[AnalogLine, ...]
    usual: AnalogLine | None


def ways_out(services: Services, extension: str) -> WaysOut:
    """Return how a desk can call somebody outside now."""
    lines = services.analog.dialler.ways(extension)
    phone = services.agents.is_desk(extension) and services.agents.view(extension).registered
    trunks = any(trunk.enabled for trunk in services.lines.snapshot().trunks)
    free = (line for line in lines if not services.calls.on_lines.in_use(str(line.id)))
    usual = next(free, next(iter(lines), None)) if not (phone and trunks) else None
    return WaysOut(phone, lines, usual)


def line_for(services: Services, extension: str, to: str, chosen: int) -> int:
    """Return the line on which a desk calls, 0: by its phone. `chosen`: somebody wants this line."""
    if chosen:
        return chosen
    area_code = str(services.settings.get("office.area_code"))
    if services.agents.is_desk(to.strip()) or parse(to, area_code=area_code).kind in _NOT_OUTSIDE:
        return 0
    usual = ways_out(services, extension).usual
    return usual.id if usual is not None else 0
