"""Devices and analog lines over the API: every operation, held against the OpenAPI document."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from hw.api import Frame, FrameKind, Heard
from hw.devices import Devices
from tests.support.exchange import Exchange
from tests.support.program import program
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


async def test_every_operation_answers_as_its_document_says(office: Exchange) -> None:
    analog = office.services.analog
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        await crm.ask("POST", "/devices/simulate", 503, {"number": "01055551234"})  # nobody listens to devices
        analog.start(Devices(analog.changed, analog.heard, office.services.clock.now_ms))
        stack.push_async_callback(analog.stop)
        await crm.ask("POST", "/devices", 422, {"path": "/etc/passwd"})
        await crm.ask("POST", "/devices", 201, {"path": "/dev/ptmx"})  # never a device, always there
        await office.until(analog.devices)
        [device] = (await crm.ask("GET", "/devices", 200))["items"]
        changed = await crm.ask("PATCH", f"/devices/{device['id']}", 200, {"excluded": True})
        assert changed["path"] == "/dev/ptmx"
        await crm.ask("PATCH", f"/devices/{device['id']}", 422, {"dialect": "morse"})
        for _ in range(2):
            asked = await crm.ask("POST", f"/devices/{device['id']}/ask", 200)
        assert (asked["path"], asked["mending"]["mended"]) == ("/dev/ptmx", 0)
        await crm.ask("POST", "/devices/nothing/ask", 404)
        for _ in range(2):
            await crm.ask("DELETE", f"/devices/{device['id']}", 204)
        await crm.ask("PATCH", "/devices/nothing", 404, {"excluded": True})
        ring = Frame(FrameKind.RING, 1, "0311234567")
        analog.heard(Heard("usb", ring, office.services.clock.now_ms()))
        await office.until(analog.lines)
        [line] = (await crm.ask("GET", "/analog-lines", 200))["items"]
        assert (line["name"], line["channel"]) == ("회선 1", 1)
        path = f"/analog-lines/{line['id']}"
        sent = {"name": "본사", "number": "02-777-8888", "area_code": "02", "group": "main"}
        assert (await crm.ask("PATCH", path, 200, sent))["number"] == "+8227778888"
        for wrong in ({"group": "nobody"}, {"area_code": "2"}, {"name": " "}, {"number": "abc"}):
            await crm.ask("PATCH", path, 422, wrong)
        assert (await crm.ask("PATCH", path, 200, {"name": "지사"}))["group"] == "main"
        for _ in range(2):
            await crm.ask("DELETE", path, 204)
        for number in ("010-5555-1234", ""):
            await crm.ask("POST", "/devices/simulate", 204, {"line": 1, "number": number, "dialect": "hayes"})
        [call] = [one for one in office.live() if one.far_number != "+82311234567"]
        assert (call.presentation, call.line) == ("withheld", "회선 1")
        await crm.ask("POST", "/devices/simulate", 422, {"line": 11})
        await crm.ask("POST", "/devices/simulate", 422, {"dialect": "morse"})
        assert crm.used == {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.devices"}
