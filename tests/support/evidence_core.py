"""A core of evidence that makes a package of a call and kills itself at a chosen moment.

`python -m tests.support.evidence_core DATA CALL POINT`: "making" is while its maker works, "made" when the package is
on the disk and not offered yet.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from appliance import wiring
from appliance.config import Config
from appliance.evidence.dossier import Job
from appliance.evidence.maker import WORK
from appliance.evidence.maker_process import MakerProcess
from appliance.evidence.packing import Packed
from appliance.offline import NoEdge, NoVoice

POINTS = ("making", "made")
# A maker that does not go on from where it dies: it might be ready before anybody has seen that it works.
_LINGERING = (
    "import signal, sys; from appliance.evidence import maker; maker.gather = lambda *_: signal.pause(); maker.main()"
)


def die() -> None:
    """Lose the power."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingWith(MakerProcess):
    """Makes packages, and takes the core with it."""

    def __init__(self, point: str) -> None:
        super().__init__(*(((sys.executable, "-c", _LINGERING),) if point == "making" else ()))
        self._point = point

    async def make(self, job: Job) -> Packed:
        """Die while it is made, or when it is."""
        making = asyncio.ensure_future(super().make(job))
        work = Path(job.target + WORK)
        while self._point == "making" and not work.exists():  # noqa: ASYNC110, ASYNC240 - nothing tells of it
            await asyncio.sleep(0.005)
        if self._point == "made":
            await making
        die()
        return await making


async def main(data: Path, call: str, point: str) -> None:
    """Live, and die at the point."""
    async with AsyncExitStack() as stack:
        services = await wiring.build(Config(data=str(data)), NoEdge(), NoVoice(), stack)
        services.evidence._maker = DyingWith(point)
        await services.evidence.export(call, "admin", "for the police")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
