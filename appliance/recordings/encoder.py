"""The process that makes recordings: reads jobs from standard input, says the outcomes on standard output.

`python -m appliance.recordings.encoder PARENT`. It yields to everything else on the machine, dies with its parent (two
encoders must never work on one call) and imports nothing but the standard library. It deletes nothing but its own
unfinished file, and a file it has reported is on the disk: contents, name and folders.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from appliance.core.durable import replacing
from appliance.core.parent import die_with
from appliance.recordings import joining
from appliance.recordings.flac import FlacWriter
from appliance.recordings.formats import Format
from appliance.recordings.ogg_opus import OpusWriter
from appliance.recordings.peaks import Peaks, stretch
from appliance.recordings.wav import UnreadableError, Wav
from appliance.recordings.work import Failure, Job, Made, NotMade, Outcome, Source, read_job, write_outcome
from appliance.recordings.writing import NoLibraryError, Sound, Writer

WRITERS: dict[Format, Callable[[BinaryIO, Sound], Writer]] = {
    Format.LOSSLESS: FlacWriter,
    Format.SMALL: OpusWriter,
}
NICENESS = 15
WINDOW = 1 << 15  # samples of a side that are in memory at once

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Tracks:
    """The open tracks of a job, laid out. `left_out` says which could not be used."""

    def __init__(self, job: Job, files: ExitStack) -> None:
        """Raises OSError when a file is there and cannot be read."""
        self.left_out: list[str] = []
        self._files = files
        opened = [[found for track in side if (found := self._open(track))] for side in (job.left, job.right)]
        # Every track of a conversation has one rate; of a mixture the best is kept.
        self.rate = max((wav.shape.rate for side in opened for _, wav in side), default=0)
        placed = [[place for track in side if (place := self._place(*track))] for side in opened]
        self.sides = joining.lay(placed, self.rate)
        self.samples = joining.length(self.sides)

    def _open(self, track: Source) -> tuple[Source, Wav] | None:
        try:
            wav = Wav(Path(track.file))
        except (UnreadableError, FileNotFoundError) as error:
            self.left_out.append(f"{track.file}: {error}")
            return None
        self._files.callback(wav.close)
        return track, wav

    def _place(self, track: Source, wav: Wav) -> joining.Placed | None:
        if wav.shape.rate == self.rate:
            return joining.Placed(wav, wav.shape.samples, track.started_ms)
        self.left_out.append(f"{track.file}: {wav.shape.rate} Hz among {self.rate} Hz")
        return None


def make(job: Job) -> Outcome:
    """Do a job. Never raises; whatever the outcome, nothing but the file that was made has changed."""
    try:
        with ExitStack() as files:
            tracks = Tracks(job, files)
            if not tracks.samples:
                failure = Failure.UNREADABLE if tracks.left_out else Failure.NO_SOUND
                return NotMade(job.call, failure, "; ".join(tracks.left_out))
            return _in_some_format(job, tracks)
    except OSError as error:
        return NotMade(job.call, Failure.NO_SPACE if error.errno in _FULL else Failure.DISK, str(error))
    except Exception as error:  # the border of the process: one bad call must not take the others with it
        return NotMade(job.call, Failure.UNREADABLE, repr(error))


def _in_some_format(job: Job, tracks: Tracks) -> Outcome:
    """Make the file in the wanted format, or in another whose library is there: better than no file."""
    refused: list[str] = []
    for format_ in sorted(Format, key=lambda one: one is not job.format):
        try:
            return replace(_write(job, tracks, format_), instead="; ".join(refused))
        except NoLibraryError as error:
            refused.append(str(error))
    return NotMade(job.call, Failure.NO_LIBRARY, "; ".join(refused))


def _write(job: Job, tracks: Tracks, format_: Format) -> Made:
    sound = Sound(tracks.rate, tracks.samples, zlib.crc32(job.call.encode()), same=job.left == job.right)
    reach = stretch(tracks.samples, tracks.rate)
    peaks = [Peaks(reach) for _ in tracks.sides]
    with replacing(job.file(format_)) as file:
        _encode(tracks, WRITERS[format_](file, sound), peaks)
        file.seek(0)  # hashed when it is whole: FLAC's head is written last
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    left, right = (channel.points() for channel in peaks)
    duration_ms = tracks.samples * 1000 // tracks.rate
    return Made(job.call, format_, duration_ms, size, sha256, (left, right), tuple(tracks.left_out))


def _encode(tracks: Tracks, writer: Writer, peaks: Sequence[Peaks]) -> None:
    """Write the joined tracks and collect their peaks."""
    with closing(writer):
        for left, right in joining.windows(tracks.sides, WINDOW):
            for channel, samples in zip(peaks, (left, right), strict=True):
                channel.add(samples)
            writer.add(left, right)
        writer.finish()


def main() -> None:
    """Serve jobs until the end of the input."""
    die_with(int(sys.argv[1]))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # meant for the whole group; the parent says when this one ends
    os.nice(NICENESS)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(write_outcome(make(read_job(line))))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
