"""Calls on analog lines as pages see them: what is asked of whom, and which of them nobody has taken. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.calls.call import CallView, Direction, Result, State


def phase_on_line(call: CallView) -> str:
    """Return where a call is of which one's desk has heard: its words are `call_bar.phase.<phase>`."""
    if call.state is State.TALKING:
        return "talking"
    if call.direction is Direction.OUT:
        return "line_lift" if call.ringing_ms else "line_dialling"
    return "line_rings"


def must_lift(call: CallView, extension: str) -> bool:
    """Say whether a device has dialled for a desk, and its handset is to be lifted."""
    return bool(call.line) and call.extension == extension and phase_on_line(call) == "line_lift" and not call.ended_ms


def may_take(call: CallView, extension: str) -> bool:
    """Say whether somebody at a desk may say that they have a call, or had it: it came up there, and is nobody's."""
    if not call.line or call.direction is not Direction.IN or call.joined_to:
        return False
    if call.extension and (call.extension == extension or call.state is not State.RINGING):
        return False
    over = call.state is State.ENDED and not call.answered_ms and call.result is not Result.UNKNOWN
    return not over and bool(extension) and extension in call.extensions


def untaken_line_call(live: Iterable[CallView], extension: str) -> CallView | None:
    """Return the call that one's answer key takes: the last that came up here on a line and is nobody's yet."""
    mine = [call for call in live if may_take(call, extension)]
    return mine[-1] if mine else None
