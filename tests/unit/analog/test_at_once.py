"""Two who say something of devices and lines in the same moment: neither takes away what the other has said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.analog.service import Analog, Condition, DeviceChoice, DeviceState, LineDraft
from appliance.core.errors import InvalidInput
from appliance.i18n.catalog import LANGUAGES, catalogue
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

CALLS = cast(Any, SimpleNamespace())

for _language in LANGUAGES:
    catalogue(_language)  # as the panel does at its start


@asynccontextmanager
async def analog_lines(folder: Path) -> AsyncIterator[tuple[Store, Analog]]:
    async with opened(folder) as store:
        given = (store.database, store.settings, store.bus, store.health, CALLS, store.lines, store.clock)
        analog = Analog(*given)
        await analog.open()
        yield store, analog
        await analog.stop()


async def test_of_two_devices_that_are_chosen_at_once_none_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with analog_lines(tmp_path) as (store, analog):
        reading, goes_on, waiting = store.database.read, asyncio.Event(), iter((True,))

        async def slow(fn: Callable[[], object]) -> object:
            found = await reading(fn)
            if next(waiting, False):
                await goes_on.wait()  # the first answer is told last
            return found

        monkeypatch.setattr(store.database, "read", slow)
        first = asyncio.create_task(analog.choose(DeviceChoice("/dev/ttyUSB0", excluded=True)))
        await asyncio.wait((first,), timeout=0.2)
        await analog.choose(DeviceChoice("/dev/ttyUSB1", by_hand=True))
        goes_on.set()
        await first
        assert [one.device for one in analog.choices()] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
        await analog.choose(DeviceChoice("/dev/ttyUSB0"))
        assert [one.device for one in analog.choices()] == ["/dev/ttyUSB1"]


async def test_a_line_that_is_added_twice_at_once_is_one_and_a_side_of_a_card_is_given_once(tmp_path: Path) -> None:
    async with analog_lines(tmp_path) as (_, analog):
        draft = LineDraft("대표", card="usb")
        added = await asyncio.gather(analog.add_line(draft), analog.add_line(draft))
        assert len({one.id for one in added}) == 1
        others = (analog.add_line(LineDraft(name, card="usb", side=2)) for name in ("둘째", "셋째"))
        results = await asyncio.gather(*others, return_exceptions=True)
        assert [isinstance(one, InvalidInput) for one in results] == [False, True]
        assert len(analog.lines()) == 2


async def test_a_number_whose_call_was_ended_while_its_row_was_written_is_not_dialled(tmp_path: Path) -> None:
    async with analog_lines(tmp_path) as (store, analog):
        await store.lines.add_extension("101", "자리 101")
        dialled: list[str] = []
        modem = DeviceState("usb", "/dev/ttyUSB0", "", Condition.CONNECTED, dials=True)
        hardware = SimpleNamespace(states=lambda: (modem,), dial=lambda *order: dialled.append(order[-1]))
        analog._hardware = cast(Any, hardware)
        analog.dialler.start(cast(Any, hardware))
        line = await analog._book.at("usb", 1)

        async def dial(_: object) -> str:
            return "1-1"

        CALLS.on_lines, CALLS.live = SimpleNamespace(dial=dial), tuple
        assert await analog.dialler.dial(line.id, "101", "0212345678", "lee") == "1-1"
        assert dialled == []
        CALLS.live = lambda: (SimpleNamespace(id="1-1"),)
        await analog.dialler.dial(line.id, "101", "0212345678", "lee")
        assert dialled == ["0212345678"]
        analog._hardware = None
