"""Everything a package says of a call, as it goes from the core to the process that makes the package. Pure.

`described` is what stands in `evidence.json`; its fields are explained in `FORMAT.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from appliance.evidence.types import ClockState, Key

FORMAT = "soribox-evidence"
VERSION = 1


@dataclass(frozen=True)
class CallFacts:
    """The call. Numbers are as people write them, people as the office calls them; "" = not known."""

    id: str
    direction: str
    number: str
    presentation: str
    customer: str
    line: str
    agent: str
    started_ms: int
    answered_ms: int
    ended_ms: int
    result: str
    cause: str
    ended_by: str


@dataclass(frozen=True)
class Told:
    """One warning, or the end of the call: who pressed, what was played."""

    at_ms: int
    stage: int
    reason: str
    agent: str
    by: str
    said: str


@dataclass(frozen=True)
class Line:
    """One line of the timeline, in words."""

    at_ms: int
    key: str
    text: str


@dataclass(frozen=True)
class Source:
    """A sound that lies on this machine. `what` is "recording" or "announcement"; `sha256` from when it was kept."""

    path: str
    what: str
    started_ms: int
    duration_ms: int
    sha256: str


@dataclass(frozen=True)
class Dossier:
    """A call, why and by whom it was exported, and how this box and its clock were then."""

    id: str
    made_ms: int
    made_by: str
    reason: str
    language: str
    office: str
    software: str
    zone: str
    clock: ClockState
    clock_then: ClockState | None  # at the first warning
    key: Key
    call: CallFacts
    told: tuple[Told, ...]
    timeline: tuple[Line, ...]
    sources: tuple[Source, ...]

    def at(self, ms: int) -> datetime:
        """Return a moment on the office's clock."""
        return datetime.fromtimestamp(ms / 1000, ZoneInfo(self.zone))

    def heard(self, told: Told) -> Source | None:
        """Return what the caller was sent by a warning: the first sound after it and before the next one."""
        after = min((one.at_ms for one in self.told if one.at_ms > told.at_ms), default=0)
        return next(
            (
                one
                for one in self.sources
                if one.what == "announcement" and told.at_ms <= one.started_ms and (not after or one.started_ms < after)
            ),
            None,
        )


@dataclass(frozen=True)
class Job:
    """What the maker is to do: the package at `target`, signed with the key in `key_file`."""

    dossier: Dossier
    target: str
    key_file: str


@dataclass(frozen=True)
class Sound:
    """A sound in the package: `what` is "recording", "caller", "office", "mixed" or "announcement"."""

    file: str
    what: str
    started_ms: int
    duration_ms: int
    sha256: str
    kept_sha256: str = ""  # as the box had noted it when the call ended, for files that are handed on as they are


def described(dossier: Dossier, sounds: Iterable[Sound], names: dict[Source, str]) -> dict[str, Any]:
    """Return what `evidence.json` says; `names` are the files of the sources in the package."""

    def moment(ms: int) -> dict[str, Any] | None:
        return {"ms": ms, "iso": dossier.at(ms).isoformat(timespec="milliseconds")} if ms else None

    call = dossier.call
    return {
        "format": FORMAT,
        "version": VERSION,
        "package": {
            "id": dossier.id,
            "made": moment(dossier.made_ms),
            "made_by": dossier.made_by,
            "reason": dossier.reason,
            "language": dossier.language,
        },
        "box": {
            "office": dossier.office,
            "software": f"Soribox {dossier.software}",
            "public_key": dossier.key.pem,
            "fingerprint_sha256": dossier.key.fingerprint,
        },
        "clock": {
            "time_zone": dossier.zone,
            "when_exported": _clock(dossier.clock),
            "when_first_warned": _clock(dossier.clock_then) if dossier.clock_then is not None else None,
        },
        "call": {
            "id": call.id,
            "direction": call.direction,
            "number": call.number,
            "presentation": call.presentation,
            "customer": call.customer,
            "line": call.line,
            "agent": call.agent,
            "started": moment(call.started_ms),
            "answered": moment(call.answered_ms),
            "ended": moment(call.ended_ms),
            "result": call.result,
            "cause": call.cause,
            "ended_by": call.ended_by,
        },
        "warnings": [_told(dossier, one, names, moment(one.at_ms)) for one in dossier.told],
        "timeline": [{"at": moment(one.at_ms), "key": one.key, "text": one.text} for one in dossier.timeline],
        "audio": [
            {
                "file": one.file,
                "what": one.what,
                "started": moment(one.started_ms),
                "duration_ms": one.duration_ms,
                "sha256": one.sha256,
                "sha256_when_kept": one.kept_sha256 or None,
            }
            for one in sounds
        ],
    }


def _told(dossier: Dossier, told: Told, names: dict[Source, str], at: dict[str, Any] | None) -> dict[str, Any]:
    heard = dossier.heard(told)
    return {
        "at": at,
        "stage": told.stage,
        "reason": told.reason,
        "agent": told.agent,
        "pressed_by": told.by,
        "announcement": told.said,
        "file": names.get(heard) if heard is not None else None,
        "sent_ms": heard.duration_ms if heard is not None else 0,
    }


def _clock(state: ClockState) -> dict[str, Any]:
    known = bool(state.synchronised)
    return {
        "synchronised": state.synchronised,
        "offset_ms": state.offset_ms if known else None,
        "greatest_error_ms": state.error_ms if known else None,
    }
