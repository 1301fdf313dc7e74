"""The core's end of the process that makes packages: one at a time, killed when nobody waits. Knows no table."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

import msgspec

from appliance.core.errors import Unavailable
from appliance.evidence.dossier import Job
from appliance.evidence.packing import Packed

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "appliance.evidence.maker")
_REFUSED = 3


class MakerProcess:
    """Makes packages."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._turn = asyncio.Lock()

    async def make(self, job: Job) -> Packed:
        """Have a package made. Raises Unavailable; when cancelled, nothing is left that has the package's name."""
        async with self._turn:
            process = await asyncio.create_subprocess_exec(*self._command, str(os.getpid()), stdin=PIPE, stdout=PIPE)
            try:
                answer, _ = await process.communicate(msgspec.json.encode(job))
            finally:
                await _bury(process)
        if process.returncode == _REFUSED:
            raise Unavailable(answer.decode())
        if process.returncode:
            log.error("a package of evidence was not made: exit code %s", process.returncode)
            raise Unavailable("evidence.not_made")
        return msgspec.json.decode(answer, type=Packed)


async def _bury(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
