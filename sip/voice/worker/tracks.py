"""Which legs are recorded, and what is told of their files. Knows no dialog: legs are names here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

import pjsua2 as pj

from sip import api
from sip.voice.worker.media import Recorder, Recording

log = logging.getLogger(__name__)


class Tracks:
    """The plan for all legs, the orders for some of them, and the recorder that carries both out."""

    def __init__(
        self,
        by_plan: bool,
        recorder: Recorder,
        recorded: set[str],
        next_frame_ms: Callable[[], int],
        tell: Callable[[int, api.Fact], None],
    ) -> None:
        """`recorded` are the legs whose sound is to be led to a recorder: kept up to date here, and wired elsewhere."""
        self._by_plan = by_plan
        self._ordered: dict[str, bool] = {}
        self._recorder = recorder
        self._recorded = recorded
        self._next_frame_ms = next_frame_ms
        self._tell = tell

    def order(self, leg: str, *, on: bool, sounds: bool) -> None:
        """Record a leg from now on, or from its first sound; or stop and finish its file."""
        self._ordered[leg] = on
        if on and sounds:
            self.begin(leg)
        elif not on:
            self._recorded.discard(leg)
            self._recorder.stop(leg)

    def inherit(self, leg: str, by: str) -> None:
        """What was ordered for `leg` goes for the one that takes its place."""
        if leg in self._ordered:
            self._ordered[by] = self._ordered[leg]

    def begin(self, leg: str) -> None:
        """A leg has sound: record it, if it is to be and is not yet."""
        if not self._ordered.get(leg, self._by_plan):
            return
        try:
            recording = self._recorder.start(leg, self._next_frame_ms())
        except pj.Error as error:
            self._recorded.discard(leg)
            self._tell(_now_ms(), api.OrderFailed("record", leg, str(error.reason)))
            return
        if recording is not None:
            self._recorded.add(leg)
            at_ms = recording.started_ms
            self._tell(at_ms, api.RecordingStarted(leg, recording.path.name, at_ms))

    def go_on(self, legs: Iterable[str]) -> bool:
        """Go on recording what the relay, or a file that could not be lent, has left. Tells whether anything was."""
        left = [leg for leg in legs if leg in self._recorded and self._recorder.current(leg) is None]
        for leg in left:
            self.begin(leg)
        return bool(left)

    def end(self, leg: str) -> None:
        """The leg is gone."""
        self._recorder.stop(leg)

    def tell_closed(self) -> None:
        """Tell which files pjsua has completed."""
        self._tell_all(self._recorder.closed())

    def tell_kept(self) -> None:
        """Tell which files the relay has completed."""
        self._tell_all(self._recorder.kept())

    def _tell_all(self, recordings: Iterable[tuple[Recording, int]]) -> None:
        for recording, duration_ms in recordings:
            self._tell(_now_ms(), api.RecordingClosed(recording.leg, recording.path.name, duration_ms))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
