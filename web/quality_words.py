"""How well a call was heard, in the words of a page and of the API. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.calls.quality import BAD_MOS, CallQuality, LegReport, Verdict
from web.call_words import Names


@dataclass(frozen=True)
class LegLine:
    """One leg's figures as a row. `who` "" is the line; a figure that is not known is empty."""

    who: str
    loss: str
    far_loss: str
    jitter: str
    round_trip: str
    mos: str
    tone: str  # "good" or "bad"
    silent: bool = False  # nothing came from there


@dataclass(frozen=True)
class QualityPart:
    """The part of a call's page. `sentence` "": nothing was wrong, if anything is known at all."""

    call: str
    live: bool
    legs: tuple[LegLine, ...]
    sentence: str


def sentence(verdict: Verdict, names: Names, words: Callable[..., str]) -> str:
    """Return what was wrong and on whose side; `words` gives the text of a key."""

    def whom(who: object) -> str:
        return names.extension(str(who)) if who else words("call.the_line")

    others = {"other": whom(verdict.params["other"])} if "other" in verdict.params else {}
    return words(f"call.quality.{verdict.key}", **verdict.params | others | {"who": whom(verdict.who)})


def part_of(call: str, quality: CallQuality, names: Names, words: Callable[..., str]) -> QualityPart:
    """Return what the page shows."""
    said = sentence(quality.verdict, names, words) if quality.verdict is not None else ""
    return QualityPart(call, quality.live, tuple(_line(leg, names) for leg in quality.legs), said)


def _line(leg: LegReport, names: Names) -> LegLine:
    who = names.extension(leg.who) if leg.who else ""
    if not leg.received:
        return LegLine(who, "", "", "", "", "", "bad", silent=True)
    return LegLine(
        who=who,
        loss=_percent(leg.loss),
        far_loss=_percent(leg.far_loss),
        jitter=f"{leg.jitter_ms:.0f} ms",
        round_trip=f"{leg.round_trip_ms:.0f} ms" if leg.round_trip_ms else "",
        mos=f"{leg.mos:.1f}" if leg.mos else "",
        tone="bad" if leg.mos and leg.mos < BAD_MOS else "good",
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"
