"""The only door to recordings. Takes over the tracks of finished calls; finds and hands out what was made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from appliance.calls.call import Track
from appliance.calls.events import CallRecorded
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import NotFound, Unavailable
from appliance.core.health import Health
from appliance.recordings import models
from appliance.recordings.encoder_process import EncoderProcess
from appliance.recordings.events import RecordingReady
from appliance.recordings.formats import Format
from appliance.recordings.recorder import Folders, Recorder
from appliance.recordings.recording import Audio, Recording, Sent, State
from appliance.recordings.work import Source
from appliance.store.database import Database
from appliance.store.settings import Settings

__all__ = ["Audio", "Recording", "RecordingReady", "Recordings", "Sent", "State"]

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


class Recordings:
    """Recordings as others see them. `folder` is the data folder."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        health: Health,
        folder: Path,
        encoder: EncoderProcess | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._folders = Folders(folder / "recordings", folder / "voice")
        encoder = encoder or EncoderProcess(clock)
        self._recorder = Recorder(database, bus, clock, health, encoder, self._folders)

    async def start(self) -> None:
        """Finish what a crash or a full disk left, from now on in the background. Raises Unavailable."""
        await self._recorder.start()

    async def stop(self) -> None:
        """Stop working; whatever is unfinished is finished after the next start."""
        await self._recorder.stop()

    async def settled(self) -> None:
        """Wait until every recording taken so far is finished, or is left for a later try."""
        await self._recorder.settled()

    async def take(self, recorded: CallRecorded) -> None:
        """Take over a finished call's tracks; returns when that is durably noted. Twice is once. Raises Unavailable.

        The recording will be kept in the format that the office has set now; that of somebody who did not
        behave is evidence, and kept as it was.
        """
        call_id = recorded.call.id
        format_ = Format.LOSSLESS if recorded.call.misbehaved else Format(self._settings.get("recordings.format"))
        errand = models.Errand(
            call=call_id,
            state=State.JOINING,
            failure="",
            path=_path(call_id, recorded.call.started_ms, format_.suffix),
            source=recorded.folder,
            left=_sources(recorded.caller_tracks),
            right=_sources(recorded.agent_tracks),
            left_out=False,
        )
        now_ms = self._clock.now_ms()
        sent = _sent(recorded)
        if await self._database.write(lambda: models.note(errand, sent, now_ms)):
            self._bus.publish(RecordingReady(call_id, State.JOINING))
            self._recorder.add(call_id)

    async def for_call(self, call_id: str) -> Recording | None:
        """Return the recording of a call with its waveform; None when there is none (yet)."""
        return await self._database.read(lambda: models.find(call_id))

    async def many(self, call_ids: Iterable[str]) -> dict[str, Recording]:
        """Return the recordings of some calls by call, without waveforms."""
        wanted = tuple(call_ids)
        return await self._database.read(lambda: models.many(wanted)) if wanted else {}

    async def sent(self, call_id: str) -> tuple[Sent, ...]:
        """Return what a call's caller was sent while they were told something, as far as it is safe."""
        return await self._database.read(lambda: models.sent_in(call_id))

    def file(self, path: str) -> Path:
        """Return where a recording or what was sent lies, by its `path`."""
        return self._folders.recordings / path

    async def audio(self, call_id: str) -> Audio:
        """Return the file. Raises NotFound, Unavailable while not ready."""
        path = self._folders.recordings / (await self._ready(call_id)).path
        return Audio(path, Format.of(path).content_type)

    async def peaks(self, call_id: str) -> tuple[bytes, bytes]:
        """Return the waveforms of caller and agent, one byte a point. Raises as `audio`."""
        return (await self._ready(call_id)).peaks

    async def _ready(self, call_id: str) -> Recording:
        found = await self.for_call(call_id)
        if found is None:
            raise NotFound("recordings.none")
        if found.state is not State.READY:
            raise Unavailable(f"recordings.failure.{found.failure}" if found.failure else "recordings.not_ready")
        return found


def _sources(tracks: tuple[Track, ...]) -> tuple[Source, ...]:
    return tuple(Source(track.file, track.started_ms) for track in tracks)


def _sent(recorded: CallRecorded) -> tuple[tuple[Sent, str], ...]:
    """Return what the caller was sent with where it will lie, and where it lies now."""
    call = recorded.call
    return tuple(
        (Sent(call.id, one.leg, one.started_ms, _path(call.id, call.started_ms, f"-{one.leg}.wav")), one.file)
        for one in recorded.sent_tracks
    )


def _path(call_id: str, started_ms: int, ending: str) -> str:
    """Return where a call's file lies: by the day it began (UTC, so that no change of settings moves anything)."""
    day = datetime.fromtimestamp(started_ms / 1000, UTC)
    return f"{day:%Y/%m/%d}/{_NOT_IN_A_NAME.sub('_', call_id)}{ending}"
