"""The office's clock follows its time zone, however quickly that is changed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.store import office_time
from appliance.store.office_time import OfficeTime
from tests.support.office_store import opened

pytestmark = pytest.mark.unit


async def test_of_two_zones_that_are_set_in_one_moment_the_last_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(name: str) -> ZoneInfo:
        if name == "Asia/Tokyo":
            goes_on.wait(60)
        return ZoneInfo(name)

    async with opened(tmp_path) as store:
        told = OfficeTime(store.settings, store.bus)
        await told.open()
        monkeypatch.setattr(office_time, "ZoneInfo", slow)
        for zone in ("Asia/Tokyo", "Europe/Berlin"):
            await store.settings.set(**{"office.time_zone": zone})
        async with asyncio.timeout(20):
            while told.at(0).tzname() != "CET":  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
        goes_on.set()
        await told._tasks.finish()
        assert told.at(0).tzname() == "CET"
        await told.stop()
