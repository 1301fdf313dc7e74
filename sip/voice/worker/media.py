"""Sound in this process: wires laid in pjsua's mixer, recorders, prompts, music. Knows plugs, no SIP dialog.

Python owns every player and recorder: one without a reference is destroyed by the binding, silently.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import pjsua2 as pj

from sip.voice.recordings import HEADER, duration_ms
from sip.voice.worker.guard import guarded
from sip.voice.worker.joiner import MUSIC, SILENCE, Kind, Plug, Wire

log = logging.getLogger(__name__)

_TRIES_TO_CLOSE = 12  # frames: pjsua takes two or three


class CannotPlay(Exception):
    """A file is missing or no WAV that pjsua plays."""


class Player(pj.AudioMediaPlayer):  # type: ignore[misc]  # pjsua2 has no types
    """One prompt. Tells once when it has come to its end."""

    def __init__(self, file: str, *, loop: bool, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = None if loop else ended
        try:
            self.createPlayer(file, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        except pj.Error as error:
            raise CannotPlay(error.reason) from error

    @guarded
    def onEof2(self) -> None:  # noqa: N802 - pjsua2's name
        """Hear from pjsua that the file is at its end; it says so after each round of a loop, too."""
        if self._ended is not None:
            self._ended()


def ringback() -> pj.ToneGenerator:
    """Return what a caller hears in Korea while it rings: 440 and 480 Hz, one second in three (ITU-T E.180)."""
    tone = pj.ToneDesc()
    tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = 440, 480, 1000, 2000
    generator = pj.ToneGenerator()
    generator.createToneGenerator(8000, 1)
    generator.play(pj.ToneDescVector([tone]), True)
    return generator


class Hand(Enum):
    """Who writes a recording."""

    MIXER = auto()
    CLOSING = auto()  # pjsua finishes the file in its own time
    RELAY = auto()
    SETTLING = auto()  # the relay writes what it still has
    NOBODY = auto()


@dataclass
class Recording:
    """One file: a leg's sound from some moment on."""

    leg: str
    path: Path
    started_ms: int
    recorder: pj.AudioMediaRecorder | None
    hand: Hand = Hand.MIXER


class Mixer:
    """Lays exactly the wires it is asked for, as far as both ends are there."""

    def __init__(self, music: str) -> None:
        self._music = music
        self._media: dict[Plug, pj.AudioMedia] = {}
        self._laid: set[Wire] = set()

    def plug(self, plug: Plug, media: pj.AudioMedia) -> None:
        """Something that sounds or hears is there, or there anew; its wires must be laid again."""
        self._part(wire for wire in tuple(self._laid) if plug in wire)
        self._media[plug] = media

    def has(self, plug: Plug) -> bool:
        """Tell whether something is there."""
        return plug in self._media

    def unplug(self, plug: Plug) -> pj.AudioMedia | None:
        """It is there no more."""
        self._laid = {wire for wire in self._laid if plug not in wire}
        return self._media.pop(plug, None)

    def lay(self, wanted: frozenset[Wire]) -> None:
        """Part what is not wanted, lay what is missing."""
        self._part(tuple(self._laid - wanted))
        for wire in sorted(wanted - self._laid):
            source, sink = self._get(wire.source), self._media.get(wire.sink)
            if source is None or sink is None:
                continue
            try:
                source.startTransmit(sink)
                self._laid.add(wire)
            except pj.Error as error:
                log.warning("no sound from %s to %s: %s", wire.source.kind, wire.sink.kind, error.reason)

    def _part(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            self._laid.discard(wire)
            try:
                self._media[wire.source].stopTransmit(self._media[wire.sink])
            except (KeyError, pj.Error):
                continue  # an end is gone, and its wires with it

    def _get(self, plug: Plug) -> pj.AudioMedia | None:
        """Return the media of a plug; music and silence are made when they are first wanted."""
        if plug not in self._media and plug.kind in (Kind.MUSIC, Kind.SILENCE):
            made = self._make(plug)
            if made is None:
                return None
            self._media[plug] = made
        return self._media.get(plug)

    def _make(self, plug: Plug) -> pj.AudioMedia | None:
        if plug == SILENCE:
            silence = pj.ToneGenerator()
            silence.createToneGenerator(8000, 1)
            return silence
        if music := plug.name or self._music:
            try:
                return Player(music, loop=True, ended=lambda: None)
            except CannotPlay as error:
                log.warning("no music: %s", error)
        return self._get(MUSIC) if plug.name else None


class Recorder:
    """The recordings of a conversation: for each leg one file, and another whenever the relay has had its sound."""

    def __init__(self, folder: Path, mixer: Mixer) -> None:
        self._folder = folder
        self._mixer = mixer
        self._recordings: list[Recording] = []

    def start(self, leg: str, started_ms: int) -> Recording | None:
        """Record a leg. Returns None when that is being done. Raises pj.Error when the file cannot be written."""
        if self.current(leg) is not None:
            return None
        path = self._folder / self._name(leg)
        self._folder.mkdir(parents=True, exist_ok=True)  # the keeper's disk may be slower than the answer
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(str(path), 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
        self._mixer.plug(Plug(Kind.RECORDER, leg), recorder)
        self._recordings.append(Recording(leg, path, started_ms, recorder))
        return self._recordings[-1]

    def _name(self, leg: str) -> str:
        before = sum(recording.leg == leg for recording in self._recordings)
        return f"{leg}.{before + 1}.wav" if before else f"{leg}.wav"

    def current(self, leg: str) -> Recording | None:
        """Return the recording that a leg's sound goes to now."""
        mine = (one for one in self._recordings if one.leg == leg and one.hand in (Hand.MIXER, Hand.RELAY))
        return next(mine, None)

    def stop(self, leg: str) -> None:
        """Let pjsua finish the file. It does so in its own time: `closed` tells when."""
        if (recording := self.current(leg)) is not None and recording.hand is Hand.MIXER:
            recording.hand = Hand.CLOSING
            recording.recorder = None
            self._mixer.unplug(Plug(Kind.RECORDER, leg))

    def lend(self, legs: Iterable[str], hurry: Callable[[], None]) -> bool:
        """Let the relay go on with the files of these legs; False when pjsua does not close them in time."""
        lent = [recording for leg in legs if (recording := self.current(leg)) is not None]
        for recording in lent:
            self.stop(recording.leg)
        for _ in range(_TRIES_TO_CLOSE):
            if not lent or not _open_files() & {str(recording.path) for recording in lent}:
                for recording in lent:
                    recording.hand = Hand.RELAY
                return True
            hurry()
        return False

    def given_back(self) -> None:
        """The relay gets no more sound; its files are complete when `kept` is called."""
        for recording in self._recordings:
            if recording.hand is Hand.RELAY:
                recording.hand = Hand.SETTLING

    def kept(self) -> tuple[tuple[Recording, int], ...]:
        """Return the relay's files, complete now, with their length in ms."""
        return self._finish(recording for recording in self._recordings if recording.hand is Hand.SETTLING)

    def closed(self) -> tuple[tuple[Recording, int], ...]:
        """Return the recordings that pjsua has completed since the last call, with their length in ms."""
        closing = [recording for recording in self._recordings if recording.hand is Hand.CLOSING]
        if not closing:
            return ()
        still_open = _open_files()
        return self._finish(recording for recording in closing if str(recording.path) not in still_open)

    def _finish(self, recordings: Iterable[Recording]) -> tuple[tuple[Recording, int], ...]:
        done = tuple(recordings)
        for recording in done:
            recording.hand = Hand.NOBODY
        return tuple((recording, _length_ms(recording.path)) for recording in done)

    @property
    def closing(self) -> bool:
        """Tell whether pjsua is completing a file."""
        return any(recording.hand is Hand.CLOSING for recording in self._recordings)

    def busy(self) -> bool:
        """Tell whether a file is not complete yet."""
        return any(recording.hand is not Hand.NOBODY for recording in self._recordings)


def _open_files() -> frozenset[str]:
    names = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            names.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            continue  # the listing's own descriptor
    return frozenset(names)


def _length_ms(path: Path) -> int:
    return duration_ms(max(0, path.stat().st_size - HEADER))
