"""The process that makes recordings: reads jobs from standard input, says the outcomes on standard output.

`python -m appliance.recordings.encoder PARENT`. It yields to everything else on the machine, dies with its parent (two
encoders must never work on one call) and imports nothing but the standard library. It deletes nothing but its own
unfinished file, and a file it has reported is on the disk: contents, name and folders.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import signal
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from appliance.recordings import joining
from appliance.recordings.ogg import GRANULE_RATE, OggOpus
from appliance.recordings.opus import CHANNELS, NoLibraryError, OpusEncoder
from appliance.recordings.peaks import Peaks, stretch
from appliance.recordings.wav import UnreadableError, Wav
from appliance.recordings.work import Failure, Job, Made, NotMade, Outcome, Source, read_job, write_outcome

NICENESS = 15
UNFINISHED = ".unfinished"

_PR_SET_PDEATHSIG = 1  # prctl(2)
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
    """Do a job. Never raises; whatever the outcome, nothing but the target has changed."""
    try:
        with ExitStack() as files:
            tracks = Tracks(job, files)
            if not tracks.samples:
                failure = Failure.UNREADABLE if tracks.left_out else Failure.NO_SOUND
                return NotMade(job.call, failure, "; ".join(tracks.left_out))
            return _write(job, tracks)
    except NoLibraryError as error:
        return NotMade(job.call, Failure.NO_LIBRARY, str(error))
    except OSError as error:
        return NotMade(job.call, Failure.NO_SPACE if error.errno in _FULL else Failure.DISK, str(error))
    except Exception as error:  # the border of the process: one bad call must not take the others with it
        return NotMade(job.call, Failure.UNREADABLE, repr(error))


def _write(job: Job, tracks: Tracks) -> Made:
    sha256, size = hashlib.sha256(), 0
    reach = stretch(tracks.samples, tracks.rate)
    peaks = [Peaks(reach) for _ in tracks.sides]
    with replacing(Path(job.target)) as file:

        def write(data: bytes) -> None:
            nonlocal size
            file.write(data)
            sha256.update(data)
            size += len(data)

        encode(tracks, write, zlib.crc32(job.call.encode()), peaks)
    left, right = (channel.points() for channel in peaks)
    duration_ms = tracks.samples * 1000 // tracks.rate
    return Made(job.call, duration_ms, size, sha256.hexdigest(), (left, right), tuple(tracks.left_out))


def encode(tracks: Tracks, write: Callable[[bytes], None], serial: int, peaks: Sequence[Peaks]) -> None:
    """Write the joined tracks as Ogg Opus and collect their peaks. Raises NoLibraryError."""
    encoder = OpusEncoder(tracks.rate)
    try:
        scale = GRANULE_RATE // tracks.rate
        pre_skip = encoder.lookahead * scale
        stream = OggOpus(write, serial=serial, rate=tracks.rate, pre_skip=pre_skip, vendor=encoder.vendor)
        for frame in frames(tracks, encoder, peaks):
            stream.add(encoder.encode(frame), encoder.frame * scale)
        stream.close(pre_skip + tracks.samples * scale)
    finally:
        encoder.close()


def frames(tracks: Tracks, encoder: OpusEncoder, peaks: Sequence[Peaks]) -> Iterator[array[int]]:
    """Yield the recording frame by frame, both channels by turns, with silence behind it until all is encoded."""
    size = encoder.frame * CHANNELS
    rest = array("h")
    for window in joining.windows(tracks.sides, tracks.rate):
        for channel, samples in zip(peaks, window, strict=True):
            channel.add(samples)
        both = array("h", bytes(2 * CHANNELS * len(window[0])))
        both[0::2], both[1::2] = window
        rest += both
        whole = len(rest) // size * size
        for at in range(0, whole, size):
            yield rest[at : at + size]
        rest = rest[whole:]
    rest += array("h", bytes(2 * CHANNELS * encoder.lookahead))
    rest += array("h", bytes(2 * (-len(rest) % size)))
    for at in range(0, len(rest), size):
        yield rest[at : at + size]


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Write a file that appears whole or not at all, and stays after a power cut once this has returned."""
    make_folders(target.parent)
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def make_folders(folder: Path) -> None:
    """Make a folder and those above it so that they survive a power cut."""
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)  # it ended before we asked


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
