"""The core's end of the encoder: starts the process when there is work, ends it when there is none.

Knows no table.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from appliance.core.clock import Clock, Timer
from appliance.core.tasks import Tasks
from appliance.recordings.work import Failure, Job, NotMade, Outcome, read_outcome, write_job

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "appliance.recordings.encoder")
IDLE_SECONDS = 300  # then its memory is given back; starting it costs as much as encoding three minutes of talk


class EncoderProcess:
    """One encoder at the most. `run` may be waited for once at a time."""

    def __init__(self, clock: Clock, command: Sequence[str] = COMMAND) -> None:
        self._clock = clock
        self._command = command
        self._process: Process | None = None
        self._idle: Timer | None = None
        self._tasks = Tasks("encoder")

    async def run(self, job: Job) -> Outcome:
        """Have a job done. An encoder that ends in the middle gives NotMade(DIED). Raises OSError if none can start.

        When cancelled, the encoder is killed: nobody would hear its answer.
        """
        if self._idle is not None:
            self._idle.cancel()
        process = self._process or await self._start()
        try:
            answer = await self._ask(process, write_job(job))
        except BaseException:
            await self._kill()
            raise
        if not answer.endswith(b"\n"):
            code = await self._kill()
            return NotMade(job.call, Failure.DIED, f"exit code {code}")
        self._idle = self._clock.call_later(IDLE_SECONDS, self._rest)
        return read_outcome(answer)

    async def stop(self) -> None:
        """End the encoder, also in the middle of a job. Safe to call twice."""
        if self._idle is not None:
            self._idle.cancel()
        await self._tasks.stop()
        await self._kill()

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(*self._command, str(os.getpid()), stdin=PIPE, stdout=PIPE)
        return self._process

    async def _ask(self, process: Process, line: bytes) -> bytes:
        """Return the answer, or what there is of it when the process ends."""
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101 - both are pipes
        try:
            process.stdin.write(line)
            await process.stdin.drain()
            return await process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            return b""

    def _rest(self) -> None:
        if self._process is not None:
            self._tasks.start("rest", self._end(self._process))
            self._process = None

    async def _end(self, process: Process) -> None:
        """Let an idle encoder end: it does so when its input ends."""
        assert process.stdin is not None  # noqa: S101 - both are pipes
        try:
            process.stdin.close()
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise

    async def _kill(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.kill()
        return await process.wait()
