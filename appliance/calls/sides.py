"""Which tracks of a call belong to which side of its recording: the person outside left, ours right. Pure."""

from __future__ import annotations

from appliance.calls.call import Track
from appliance.calls.live_call import LiveCall


def sides(call: LiveCall, tracks: tuple[Track, ...]) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """Return (caller side, agent side). Whoever called whom, the caller's side is the far one."""
    far = frozenset(call.far_legs)
    return tuple(t for t in tracks if t.leg in far), tuple(t for t in tracks if t.leg not in far)
