"""How the caller-ID devices are, all together, in the words of the health page. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.health import Level
from hw.api import Condition, DeviceState, Reason


@dataclass(frozen=True)
class Verdict:
    """A level and its text."""

    level: Level
    key: str
    params: dict[str, object] = field(default_factory=dict)


def verdict(states: tuple[DeviceState, ...]) -> Verdict | None:
    """Return the worst that is so, None where there is no device of ours."""
    for state in states:
        if (key := _trouble(state)) is not None:
            return Verdict(Level.DEGRADED, f"health.devices.{key}", {"name": state.title or state.path})
    connected = sum(state.connected for state in states)
    return Verdict(Level.OK, "health.devices.ok", {"n": connected}) if connected else None


def _trouble(state: DeviceState) -> str | None:
    if state.condition is Condition.GONE and (state.dialect or state.frames):
        return "gone"
    if state.condition is Condition.SILENT:
        return "unplugged" if state.why is Reason.UNPLUGGED else "silent"
    return state.healing.trouble.value if state.connected and state.healing.trouble is not None else None
