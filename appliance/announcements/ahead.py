"""Speaks the box's own announcements before any box runs: `python -m appliance.announcements.ahead FOLDER`.

`./box` does so when it sets a machine up; what lies in the folder already is not spoken again. Knows no database.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from appliance.announcements.built_in import BuiltIn
from appliance.announcements.converter import Converter
from appliance.announcements.programs import Programs
from appliance.announcements.said import Said
from appliance.announcements.service import OWN_AT_MOST
from appliance.announcements.speaker import Espeak, Speech
from appliance.core.clock import SystemClock
from appliance.core.health import Health, Level
from appliance.i18n.catalog import DEFAULT


async def speak(folder: Path) -> bool:
    """Speak what is missing in a folder; says whether all of it is there. Raises OSError."""
    programs = Programs()
    said = Said(folder, Speech(Espeak(programs), Converter(programs)), OWN_AT_MOST)
    await said.open()
    health = Health(SystemClock().now_ms)
    await BuiltIn(said, health, lambda: DEFAULT).speak()
    return all(report.level is Level.OK for report in health.reports())


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(speak(Path(sys.argv[1]))) else 1)
