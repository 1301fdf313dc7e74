"""Runs a program that turns one sound into another: behind all other work, for a limited time, never two at once.

Knows neither ffmpeg nor espeak-ng. A program that is given its input through a pipe ends by itself with the core.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass

from appliance.core.errors import Unavailable

log = logging.getLogger(__name__)

SECONDS = 120.0
_POLITELY = ("nice", "-n", "15")  # calls come first


@dataclass(frozen=True)
class Output:
    """What a program left: its exit code, what it wrote, what it complained about."""

    code: int
    data: bytes
    words: str


class Programs:
    """One program at a time, so that many uploads take no processor from calls."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()

    async def run(self, *command: str, given: bytes | None = None) -> Output:
        """Run a program to its end. Raises Unavailable when it is not there or takes too long.

        When cancelled, the program is killed.
        """
        async with self._turn:
            process = await self._start(command, given)
            try:
                async with asyncio.timeout(self._seconds):
                    data, words = await process.communicate(given)
            except TimeoutError as error:
                raise Unavailable("announcements.took_too_long") from error
            finally:
                await _bury(process)
        code = process.returncode or 0
        if code == 127:  # nice(1): there is no such program
            log.error("%s is not installed", command[0])
            raise Unavailable("announcements.no_program", program=command[0])
        return Output(code, data, words.decode(errors="replace"))

    async def _start(self, command: tuple[str, ...], given: bytes | None) -> Process:
        stdin = DEVNULL if given is None else PIPE
        return await asyncio.create_subprocess_exec(*_POLITELY, *command, stdin=stdin, stdout=PIPE, stderr=PIPE)


async def _bury(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
