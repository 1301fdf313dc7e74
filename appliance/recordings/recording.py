"""What a recording is to everyone outside, and the states it passes. Touches no file and no table."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

log = logging.getLogger(__name__)


class State(StrEnum):
    """Where a recording is in its life. While the call goes on it has none: `CallView.recording` says "live"."""

    JOINING = "joining"  # noted; its tracks wait or are being joined
    READY = "ready"  # the file is safe
    FAILED = "failed"  # could not be made; the tracks are kept and it is tried again


class Happening(StrEnum):
    """What can happen to a recording."""

    MADE = "made"
    NOT_MADE = "not made"
    TRIED_AGAIN = "tried again"


_STEPS = {
    (State.JOINING, Happening.MADE): State.READY,
    (State.JOINING, Happening.NOT_MADE): State.FAILED,
    (State.JOINING, Happening.TRIED_AGAIN): State.JOINING,  # after a restart
    (State.FAILED, Happening.TRIED_AGAIN): State.JOINING,
}


def step(state: State, happening: Happening) -> State:
    """Return the state after `happening`. One that does not belong here changes nothing: what is ready stays ready."""
    after = _STEPS.get((state, happening))
    if after is None:
        log.warning("a recording that is %s cannot be %s", state, happening)
        return state
    return after


@dataclass(frozen=True)
class Recording:
    """The recording of one call. All but `state` and `failure` mean something only when it is ready.

    `peaks` is the waveform of the caller and of the agent, one byte a point (0 silence, 255 loudest); lists of many
    recordings leave it empty. `path` is relative to the folder of recordings, `sha256` of the file's contents in hex.
    `failure` is why it is not ready, one of `work.Failure`; its words are `recordings.failure.<failure>`.
    """

    call: str
    state: State
    duration_ms: int = 0
    size: int = 0
    sha256: str = ""
    peaks: tuple[bytes, bytes] = (b"", b"")
    path: str = ""
    failure: str = ""
    started_ms: int = 0  # its first sample, ms since 1970; 0: not known

    @property
    def id(self) -> str:
        """A call has one recording: it is named like the call."""
        return self.call

    @property
    def file(self) -> str:
        """What its file is called."""
        return PurePath(self.path).name


@dataclass(frozen=True)
class Sent:
    """What the caller was sent while an announcement was played to them, from its first sample to its last.

    `name` is the track's, `path` relative to the folder of recordings; `sha256` is empty until the file is safe.
    """

    call: str
    name: str
    started_ms: int
    path: str
    duration_ms: int = 0
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Audio:
    """The sound of a recording that is ready: its file, and what browsers are told that it is."""

    path: Path
    content_type: str
