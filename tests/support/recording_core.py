"""A core of recordings only, which takes over one call and kills itself at a chosen moment.

`python -m tests.support.recording_core FOLDER POINT`. Every state that was made known is written to standard output
as a line of its own; when it dies with a busy encoder, the last line is "encoder=PID".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.health import Health
from appliance.recordings import cleaning, models
from appliance.recordings.encoder_process import EncoderProcess
from appliance.recordings.recording import State
from appliance.recordings.service import RecordingReady, Recordings
from appliance.recordings.work import Job, Outcome
from appliance.store.database import Database
from appliance.store.settings import Settings
from tests.support.recorded import recorded

POINTS = ("noted", "encoding", "made", "ready", "cleaning", "cleaned")


def die(*_: object) -> Any:
    """Lose the power."""
    os.kill(os.getpid(), signal.SIGKILL)


def say(line: str) -> None:
    """Write a line that stays written."""
    os.write(1, f"{line}\n".encode())


class DyingWith(EncoderProcess):
    """The encoder's keeper, killed while it waits or right after it was answered."""

    def __init__(self, clock: SystemClock, point: str) -> None:
        super().__init__(clock)
        self._point = point

    async def run(self, job: Job) -> Outcome:
        """Have a job done."""
        outcome = await super().run(job)
        if self._point == "made":
            die()
        return outcome

    async def _ask(self, process: asyncio.subprocess.Process, line: bytes) -> bytes:
        if self._point == "encoding":
            assert process.stdin is not None
            process.stdin.write(line)
            await process.stdin.drain()
            say(f"encoder={process.pid}")
            die()
        return await super()._ask(process, line)


def half_removed(folder: Path, **_: object) -> None:
    """Lose the power in the middle of removing."""
    next(folder.glob("*.wav")).unlink()
    die()


def arrange(bus: Bus, point: str) -> None:
    """Let the power go at `point`, where that is not the encoder's."""
    bus.subscribe(RecordingReady, lambda event: say(event.state.value))
    deadly = {"noted": State.JOINING, "ready": State.READY}.get(point)
    bus.subscribe(RecordingReady, lambda event: die() if event.state is deadly else None)
    if point == "cleaning":
        cleaning.shutil.rmtree = half_removed  # type: ignore[attr-defined]  # a fault, put in its place
    if point == "cleaned":
        models.cleaned = die  # type: ignore[assignment]  # a fault, put in its place


async def main(folder: Path, point: str) -> None:
    """Live, and die at the point."""
    bus, clock = Bus(), SystemClock()
    database = Database(f"sqlite:///{folder / 'soribox.db'}")
    await database.open()
    settings = Settings(database, bus, clock)
    await settings.open()
    encoder = DyingWith(clock, point)
    recordings = Recordings(database, settings, bus, clock, Health(clock.now_ms), folder, encoder)
    arrange(bus, point)
    await recordings.start()
    await recordings.take(recorded(folder))
    await recordings.settled()
    await recordings.stop()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
