"""Brings recordings from noted to ready, one at a time, in the order that loses nothing whenever it is interrupted.

1. A row says what is to be done (`models.note`, before anybody calls the recording taken).
2. What the caller was sent while they were told something is kept as it is (`sent.py`), and its row says so; then the
   encoder makes the file: written under another name, synced, renamed, folder synced.
3. The row says ready, with length, hash and waveform.
4. Only now the conversation's folder and what earlier tries left are removed, and 5. the row says so.

Interrupted anywhere, the next start begins again at the first step whose effect is not in the row; each step may be
done twice. Knows no call but by its id.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

from appliance.core.bus import Bus
from appliance.core.clock import Clock, Timer
from appliance.core.errors import Unavailable
from appliance.core.health import Health, Level
from appliance.core.logs import call_in_hand
from appliance.core.tasks import Tasks
from appliance.recordings import cleaning, models, sent
from appliance.recordings.encoder_process import EncoderProcess
from appliance.recordings.events import RecordingReady
from appliance.recordings.formats import Format
from appliance.recordings.models import Errand
from appliance.recordings.recording import State
from appliance.recordings.wav import UnreadableError
from appliance.recordings.work import Failure, Job, Made, NotMade, Outcome
from appliance.store.database import Database

log = logging.getLogger(__name__)

PART = "recordings"
PAUSES = (5, 30, 120, 600, 3600)  # seconds before each further try; the last one for ever
AT_ONCE = 3  # tries with a fresh encoder before a recording is said to have failed

# Trying these again changes nothing while the box runs: the tracks themselves are the trouble.
_FINAL = (Failure.NO_SOUND, Failure.UNREADABLE)


@dataclass(frozen=True)
class Folders:
    """Where finished recordings and the voice's conversations lie."""

    recordings: Path
    conversations: Path


class Recorder:
    """One worker over all unfinished recordings."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, health: Health, encoder: EncoderProcess, folders: Folders
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._health = health
        self._encoder = encoder
        self._folders = folders
        self._tasks = Tasks("recordings")
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._tries: dict[str, int] = {}
        self._timers: dict[str, Timer] = {}

    async def start(self) -> None:
        """Take up what was left unfinished, and begin to work. Raises Unavailable."""
        for call_id in await self._database.read(models.unfinished):
            self._queue.put_nowait(call_id)
        self._tasks.start("work", self._work())

    async def stop(self) -> None:
        """Stop at once; what is unfinished is taken up at the next start."""
        for timer in self._timers.values():
            timer.cancel()
        await self._tasks.stop()
        await self._encoder.stop()

    def add(self, call_id: str) -> None:
        """Work on a recording that has its row."""
        self._queue.put_nowait(call_id)

    async def settled(self) -> None:
        """Wait until everything that was added is finished, or is left for a later try."""
        await self._queue.join()

    async def _work(self) -> None:
        while True:
            call_id = await self._queue.get()
            call_in_hand.set(call_id)
            if await self._try(call_id):
                self._tries.pop(call_id, None)
            else:
                self._later(call_id)
            self._queue.task_done()

    async def _try(self, call_id: str) -> bool:
        try:
            return await self._bring_on(call_id)
        except (Unavailable, OSError) as error:
            log.error("recording not finished yet: %s", error)
        except Exception:  # border of the worker: one recording must not stop all others
            log.exception("recording not finished")
        return False

    async def _bring_on(self, call_id: str) -> bool:
        """Do all that can be done now for one recording. False: something is left that may work later."""
        errand = await self._database.read(lambda: models.errand(call_id))
        if errand is None or not errand.source:
            return True
        kept = await self._keep_sent(call_id)
        if errand.state is not State.READY and errand.failure != Failure.NO_SOUND:
            errand = await self._make(errand)
        if kept and errand.may_clean:
            await asyncio.to_thread(self._clean, errand)
            await self._database.write(lambda: models.cleaned(call_id))
        return errand.state is State.READY or errand.failure in _FINAL

    async def _keep_sent(self, call_id: str) -> bool:
        """Keep what the caller was sent. False: some of it cannot be read; it stays where it is."""
        whole = True
        for one, source in await self._database.read(lambda: models.sent_unfinished(call_id)):
            try:
                done = await asyncio.to_thread(sent.keep, one, Path(source), self._folders.recordings)
            except (UnreadableError, FileNotFoundError) as error:
                log.error("what a caller was sent cannot be kept: %s", error)
                whole = False
                continue
            await self._database.write(partial(models.sent_kept, done))
        return whole

    def _clean(self, errand: Errand) -> None:
        cleaning.remove_other_formats(self._folders.recordings / errand.path)
        cleaning.remove(Path(errand.source), self._folders.conversations)

    async def _make(self, errand: Errand) -> Errand:
        call_id = errand.call
        if errand.state is State.FAILED:
            self._tell(call_id, await self._database.write(lambda: models.try_again(call_id)))
        outcome = await self._encode(errand)
        self._report(outcome)
        now_ms = self._clock.now_ms()
        if isinstance(outcome, Made):
            path = str(PurePath(errand.path).with_suffix(outcome.format.suffix))
            state = await self._database.write(lambda: models.made(outcome, path, now_ms))
        else:
            state = await self._database.write(lambda: models.not_made(outcome))
        self._tell(call_id, state)
        after = await self._database.read(lambda: models.errand(call_id))
        return after or errand

    async def _encode(self, errand: Errand) -> Outcome:
        path = self._folders.recordings / errand.path
        job = Job(errand.call, str(path.with_suffix("")), Format.of(path), errand.left, errand.right)
        outcome = await self._encoder.run(job)
        for _ in range(AT_ONCE - 1):
            if isinstance(outcome, Made) or outcome.failure is not Failure.DIED:
                break
            log.warning("the encoder died (%s); trying again", outcome.detail)
            outcome = await self._encoder.run(job)
        return outcome

    def _report(self, outcome: Outcome) -> None:
        if isinstance(outcome, NotMade):
            log.log(logging.INFO if outcome.failure is Failure.NO_SOUND else logging.ERROR, "no recording: %s", outcome)
        elif outcome.left_out:
            log.error("recording without some tracks, which are kept: %s", "; ".join(outcome.left_out))
        if isinstance(outcome, Made) and outcome.instead:
            log.warning("recording kept as %s: %s", outcome.format, outcome.instead)
            self._health.report(PART, Level.DEGRADED, f"recordings.health.only_{outcome.format}")
        elif isinstance(outcome, Made) or outcome.failure is Failure.NO_SOUND:
            self._health.report(PART, Level.OK, "recordings.health.ok")
        else:
            self._health.report(PART, Level.FAILED, f"recordings.health.{outcome.failure}")

    def _tell(self, call_id: str, state: State) -> None:
        self._bus.publish(RecordingReady(call_id, state))

    def _later(self, call_id: str) -> None:
        tries = self._tries.get(call_id, 0)
        self._tries[call_id] = tries + 1

        def again() -> None:
            del self._timers[call_id]
            self._queue.put_nowait(call_id)

        if call_id not in self._timers:
            self._timers[call_id] = self._clock.call_later(PAUSES[min(tries, len(PAUSES) - 1)], again)
