"""Who left a talk, told from the call's end alone. To be deleted when call control tells of each party itself."""

from __future__ import annotations

from appliance.calls.call import CallView, Direction
from appliance.calls.events import PartyLeft


def parties_left(call: CallView) -> tuple[PartyLeft, ...]:
    """Return the extensions that talked until a call ended."""
    if not call.answered_ms:
        return ()
    internal = call.direction is Direction.INTERNAL
    parties = {call.extension, *((call.caller_number, call.called_number) if internal else ())}
    talked = max(1, call.ended_ms - call.answered_ms)
    return tuple(PartyLeft(call, extension, talked) for extension in sorted(parties - {""}))
