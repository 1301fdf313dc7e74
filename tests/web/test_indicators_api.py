"""Lamps and buttons over the API: every operation, held against the OpenAPI document."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hw.pins.box_pins import BoxPins
from tests.support.exchange import Exchange
from tests.support.program import program
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


async def test_every_operation_answers_as_its_document_says(office: Exchange, tmp_path: Path) -> None:
    indicators = office.services.indicators
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        seen = await crm.ask("GET", "/indicators", 200)
        assert (seen["why"], seen["buttons"]) == ("no_board", [])
        await crm.ask("POST", "/indicators/press", 503, {"button": "night"})  # nobody listens to buttons yet
        await indicators.start(BoxPins("simulator", tmp_path / "pins", office.services.clock.call_later))
        seen = await crm.ask("GET", "/indicators", 200)
        assert (seen["board"], seen["simulated"], seen["why"]) == ("simulator", True, "")
        assert {one["lamp"]: one["pattern"] for one in seen["lamps"]}["power"] == "heartbeat"
        assert {one["what"]: one["active"] for one in seen["levels"]}["night"] is False
        changed = await crm.ask("PATCH", "/indicators/buttons/panic-1", 200, {"desk": "101"})
        assert (changed["desk"], changed["kind"]) == ("101", "panic")
        await crm.ask("PATCH", "/indicators/buttons/panic-1", 422, {"desk": "999"})
        await crm.ask("PATCH", "/indicators/buttons/night", 422, {"desk": "101"})
        await crm.ask("PATCH", "/indicators/buttons/bell", 404, {"desk": "101"})
        for _ in range(2):
            await crm.ask("POST", "/indicators/test", 204)
        pressed = await crm.ask("POST", "/indicators/press", 200, {"button": "night", "seconds": 0.1})
        assert (pressed["button"], pressed["result"]) == ("night", "night_on")
        for wrong in ({"button": "bell"}, {"button": "night", "seconds": 99}, {"button": "panic", "desk": "999"}):
            await crm.ask("POST", "/indicators/press", 422, wrong)
        [night] = [one for one in (await crm.ask("GET", "/indicators", 200))["buttons"] if one["name"] == "night"]
        assert (night["last"], night["pressed"]) == ("night_on", False)
        await crm.ask("GET", "/rescue", 403)  # only on the box
        mine = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.indicators"}
        assert crm.used == mine


async def test_the_desk_of_a_button_is_kept(office: Exchange, tmp_path: Path) -> None:
    indicators = office.services.indicators
    await indicators.start(BoxPins("simulator", tmp_path / "pins", office.services.clock.call_later))
    for desk in ("101", "102", "102"):
        await indicators.choose_desk("panic-2", desk)
    await indicators.open()  # as the next start does
    assert indicators.button("panic-2").desk == "102"
