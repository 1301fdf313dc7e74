"""How well the two sides of a leg heard each other: a mark from the RTP figures, and a plain sentence when it was bad.

The mark is the E-model's (ITU-T G.107, B.4), with the delay term as Cole and Rosenbluth simplified it (2001) and, for
G.711 with loss concealment, Ie 0 and Bpl 25.1 (ITU-T G.113, appendix I). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sip.api import Quality

BEST_R = 93.2
_CONCEALED_BPL = 25.1
_BENDS_AT_MS = 177.3  # from here on delay disturbs a talk
_PACKET_AND_BUFFER_MS = 60.0  # 20 ms a packet, and what a phone's buffer holds beside the jitter
BAD_MOS = 3.6  # "some users dissatisfied" begins here (G.107, table B.1)
_SILENT_AFTER_S = 3  # a leg that stood so long and brought nothing is not just late
_MUCH_LOSS = 0.02
_MUCH_JITTER_MS = 40.0
_LATE_MS = 400.0  # there and back


@dataclass(frozen=True)
class LegReport:
    """One leg's figures. `who` is an extension, or "" for the line; shares are 0 to 1; `mos` 0: nothing to judge by."""

    leg: str
    who: str
    seconds: float
    received: int
    loss: float
    far_loss: float
    jitter_ms: float
    round_trip_ms: float
    mos: float


@dataclass(frozen=True)
class Verdict:
    """One sentence: a catalogue key under `call.quality.` and what fills it; `who` "" is the line."""

    key: str
    who: str
    params: dict[str, object]


@dataclass(frozen=True)
class CallQuality:
    """All that is known of a call; `live`: it goes on, and this is how it was up to now."""

    live: bool
    legs: tuple[LegReport, ...]
    verdict: Verdict | None


def report(leg: str, who: str, quality: Quality, seconds: float) -> LegReport:
    """Return a leg's figures with its mark."""
    loss = _share(quality.lost, quality.received + quality.lost)
    far_loss = _share(quality.far_lost, round(seconds * 50))  # fifty packets a second is what we send
    judged = quality.received > 0
    mark = mos(max(loss, far_loss), quality.jitter_ms, quality.round_trip_ms) if judged else 0.0
    return LegReport(
        leg, who, seconds, quality.received, loss, far_loss, quality.jitter_ms, quality.round_trip_ms, mark
    )


def _share(part: int, whole: int) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0


def mos(loss: float, jitter_ms: float, round_trip_ms: float) -> float:
    """Return the mean opinion score, 1.0 (bad) to about 4.4 (as good as G.711 gets). `loss` is 0 to 1."""
    delay_ms = round_trip_ms / 2 + 2 * jitter_ms + _PACKET_AND_BUFFER_MS
    delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - _BENDS_AT_MS)
    percent = loss * 100
    equipment = 95 * percent / (percent + _CONCEALED_BPL)
    r = max(0.0, min(100.0, BEST_R - delay - equipment))
    return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6


def verdict(reports: Iterable[LegReport]) -> Verdict | None:
    """Return what was wrong and on whose side; None when nobody had a reason to complain."""
    known = [one for one in reports if one.seconds >= _SILENT_AFTER_S]
    silent = [one for one in known if not one.received]
    if silent and len(silent) < len(known):
        other = next(one for one in known if one.received)
        return Verdict("silent", silent[0].who, {"other": other.who})
    if silent:
        return Verdict("all_silent", silent[0].who, {})
    bad = [one for one in known if one.mos and one.mos < BAD_MOS]
    return _worst(min(bad, key=lambda one: one.mos)) if bad else None


def _worst(leg: LegReport) -> Verdict:
    if leg.loss >= max(_MUCH_LOSS, leg.far_loss):
        return Verdict("loses", leg.who, {"percent": _percent(leg.loss)})
    if leg.far_loss >= _MUCH_LOSS:
        return Verdict("hears_gaps", leg.who, {"percent": _percent(leg.far_loss)})
    if leg.round_trip_ms >= _LATE_MS:
        return Verdict("late", leg.who, {"ms": round(leg.round_trip_ms)})
    if leg.jitter_ms >= _MUCH_JITTER_MS:
        return Verdict("jitters", leg.who, {"ms": round(leg.jitter_ms)})
    return Verdict("bad", leg.who, {})


def _percent(share: float) -> int:
    return max(1, round(share * 100))
