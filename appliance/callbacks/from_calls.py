"""What a call means for callbacks: somebody asked for one, or somebody of ours talked with the number. Pure."""

from __future__ import annotations

from appliance.callbacks.types import Ask, Talk
from appliance.calls.call import CallView


def ask_of(call: CallView, at_ms: int) -> Ask | None:
    """Return what was asked for in a call, if anything was and there is a number to call."""
    if not call.wants_callback or not call.far_number:
        return None
    name = call.caller_name if call.far_number == call.caller_number else ""
    return Ask(call.id, call.far_number, name, call.group, at_ms)


def talk_of(call: CallView) -> Talk | None:
    """Return the last talk of one of ours with the far side of a call that has ended, if there was one."""
    if not call.ended_ms or not call.answered_ms or not call.far_number:
        return None
    ours = [part for part in call.parts if part.extension]
    if ours:
        return Talk(call.id, call.far_number, ours[-1].extension, ours[-1].from_ms, call.ended_ms)
    if call.parts or not call.extension:  # it was sent on outside
        return None
    return Talk(call.id, call.far_number, call.extension, call.answered_ms, call.ended_ms)
