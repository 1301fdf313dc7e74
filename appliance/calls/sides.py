"""Which tracks of a call belong to which side of its recording: the person outside left, ours right. Pure.

What a leg was sent while something was played to it belongs to neither: it is kept as it is. On an analog line both are
heard together, and are on both sides.
"""

from __future__ import annotations

from appliance.calls.call import Track
from appliance.calls.live_call import LINE_LEG, LiveCall
from sip.api import is_sent_track


def sides(call: LiveCall, tracks: tuple[Track, ...]) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """Return (caller side, agent side). Whoever called whom, the caller's side is the far one."""
    far = frozenset(call.far_legs)
    said = tuple(t for t in tracks if not is_sent_track(t.leg))
    both = tuple(t for t in said if t.leg == LINE_LEG)
    if both:
        return both, both
    return tuple(t for t in said if t.leg in far), tuple(t for t in said if t.leg not in far)


def sent(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """Return what the far side was sent while it was told something."""
    return tuple(track for track in tracks if is_sent_track(track.leg))
