"""What core and encoder say to each other: one JSON object a line, jobs down, outcomes up. Knows neither end.

The encoder takes one job at a time and answers each with one outcome; the end of its input is its end.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from appliance.recordings.formats import Format


class Failure(StrEnum):
    """Why there is no file. The value ends a catalogue key: `recordings.failure.<value>`."""

    NO_SPACE = "no_space"  # the disk is full
    NO_LIBRARY = "no_library"  # neither libFLAC nor libopus is installed
    NO_SOUND = "no_sound"  # the tracks are there and empty: nothing was said
    UNREADABLE = "unreadable"  # tracks are missing or are no sound
    DISK = "disk"  # reading or writing failed
    DIED = "died"  # the encoder ended in the middle


@dataclass(frozen=True)
class Source:
    """One track: a WAV file and when it began, in milliseconds."""

    file: str
    started_ms: int


@dataclass(frozen=True)
class Job:
    """Make a file of these tracks: `left` is the caller's side, `right` the agent's.

    `target` is the file without its suffix, which follows the format: `format` if it can be had, else another.
    """

    call: str
    target: str
    format: Format
    left: tuple[Source, ...]
    right: tuple[Source, ...]

    def file(self, format_: Format) -> Path:
        """Return the file that is made in this format."""
        return Path(self.target + format_.suffix)


@dataclass(frozen=True)
class Made:
    """The file of this `format` is on the disk.

    `left_out`: which tracks could not be used, and why; if any, all of them must stay. `instead`: why it is not the
    format that was asked for; empty when it is.
    """

    call: str
    format: Format
    duration_ms: int
    size: int
    sha256: str
    peaks: tuple[bytes, bytes]
    left_out: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True)
class NotMade:
    """There is no file, or those from before are as they were. `detail` is for the log."""

    call: str
    failure: Failure
    detail: str = ""


Outcome = Made | NotMade


def write_job(job: Job) -> bytes:
    """Return the line that says `job`."""
    return json.dumps(asdict(job)).encode() + b"\n"


def read_job(line: bytes) -> Job:
    """Understand a line of `write_job`."""
    said = json.loads(line)
    left, right = (tuple(Source(**track) for track in said[side]) for side in ("left", "right"))
    return Job(said["call"], said["target"], Format(said["format"]), left, right)


def write_outcome(outcome: Outcome) -> bytes:
    """Return the line that says `outcome`."""
    said = asdict(outcome)
    if isinstance(outcome, Made):
        said["peaks"] = [base64.b64encode(points).decode() for points in outcome.peaks]
    return json.dumps(said).encode() + b"\n"


def read_outcome(line: bytes) -> Outcome:
    """Understand a line of `write_outcome`."""
    said = json.loads(line)
    if "failure" in said:
        return NotMade(said["call"], Failure(said["failure"]), said["detail"])
    left, right = (base64.b64decode(points) for points in said["peaks"])
    told = {"format": Format(said["format"]), "peaks": (left, right), "left_out": tuple(said["left_out"])}
    return Made(**said | told)
