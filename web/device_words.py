"""What is said of a caller-ID device on pages: its colour, what is wrong and what is done about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.analog.service import Condition, DeviceState

_LOOKS = {"connected": "ok", "busy": "bad", "excluded": "none", "not_asked": "none"}
_HELPED = (Condition.GONE, Condition.BUSY, Condition.LISTENING)
_OFTEN = 3


@dataclass(frozen=True)
class Sentence:
    """A text of the catalogue. `look` is its colour; `at_ms` a moment that belongs to it."""

    key: str
    look: str = ""
    params: dict[str, object] = field(default_factory=dict)
    at_ms: int = 0


def look(state: DeviceState) -> str:
    """Return the colour of a device's dot."""
    if state.connected and state.healing.trouble is not None:
        return "wait"
    return _LOOKS.get(state.condition.value, "wait")


def in_use(state: DeviceState) -> bool:
    """Say whether a device is one of ours, or may be: others only stand in a list."""
    return state.condition not in (Condition.EXCLUDED, Condition.NOT_ASKED)


def may_be_asked(state: DeviceState) -> bool:
    """Say whether asking it what it is would be new."""
    return state.condition is Condition.NOT_ASKED or (state.condition is Condition.LISTENING and bool(state.why))


def why(state: DeviceState) -> Sentence | None:
    """Return why a device is as it is, where that is not clear by itself."""
    if state.why is not None:
        kind = f"devices.kind.{state.kind}" if state.kind else ""
        return Sentence(f"devices.why.{state.why}", params={"kind": kind})
    return Sentence(f"devices.help.{state.condition}") if state.condition in _HELPED else None


def care(state: DeviceState) -> tuple[Sentence, ...]:
    """Return what a device suffers from, what is done about it, and what was."""
    healing, said = state.healing, []
    if healing.trouble is not None:
        if state.why is None:  # which would say the same
            said.append(Sentence(f"devices.trouble.{healing.trouble}", "wait"))
        step = "resting" if healing.resting else healing.trying
        if step is not None:
            said.append(Sentence(f"devices.cure.{step}", at_ms=healing.last_ms))
    if state.losses >= _OFTEN:
        said.append(Sentence("devices.losses", "wait", {"n": state.losses}))
    if healing.mended:
        said.append(Sentence("devices.mended", params={"n": healing.mended}, at_ms=healing.mended_ms))
    return tuple(said)
