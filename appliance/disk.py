"""Watches the room left on the data disk and reports it. Knows no feature."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from appliance.core.health import Health, Level

EVERY_SECONDS = 60
LOW_GB = 5.0
FULL_GB = 1.0


async def watch(folder: Path, health: Health) -> None:
    """Report the free space of the disk that holds `folder`, once a minute."""
    while True:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free / 1e9
        level = Level.FAILED if free < FULL_GB else Level.DEGRADED if free < LOW_GB else Level.OK
        health.report("disk", level, f"health.disk.{level}", free_gb=round(free))
        await asyncio.sleep(EVERY_SECONDS)
