"""The sound of analog lines over the API and the command line: every operation, held against the OpenAPI document."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from hw.sound.cards import Cards, Hears
from hw.sound.fake import FakeCards
from tests.support.exchange import Exchange
from tests.support.program import program
from tests.support.sound import tone
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


async def test_every_operation_answers_as_its_document_says(office: Exchange) -> None:
    sound = office.services.analog.sound
    fake = FakeCards({"usb": "USB PnP Sound Device"})
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        assert (await crm.ask("GET", "/sound-cards", 200))["items"] == []  # nobody listens to cards
        sound.start(Cards(fake, Hears(sound.heard, sound.changed, office.services.clock.now_ms)))
        stack.push_async_callback(office.services.analog.stop)
        [card] = (await crm.ask("GET", "/sound-cards", 200))["items"]
        assert card == {"name": "usb", "title": "USB PnP Sound Device", "condition": "free", "overruns": 0}
        sent = {"name": "본사", "card": "usb", "side": 2, "recorded": "by_hand", "gain_db": 6}
        line = await crm.ask("POST", "/analog-lines", 201, sent)
        assert (line["card"], line["side"], line["recorded"], line["listens"]) == ("usb", 2, "by_hand", True)
        assert (await crm.ask("POST", "/analog-lines", 201, sent))["id"] == line["id"]
        for wrong in ({"card": ""}, {"name": "다른 이름"}, {"side": 9, "name": "x"}, {"gain_db": 99, "name": "x"}):
            await crm.ask("POST", "/analog-lines", 422, sent | wrong)
        await office.until(lambda: fake.streams)
        level = f"/analog-lines/{line['id']}/level"
        assert (await crm.ask("GET", level, 200))["peak_db"] == -96.0
        fake.say("usb", tone(440, 0.1, 0.25), tone(440, 0.1, 0.25))
        louder = (await crm.ask("GET", level, 200))["peak_db"]
        assert -6.2 < louder < -5.8, "6 dB louder than it came"
        [card] = (await crm.ask("GET", "/sound-cards", 200))["items"]
        assert card["condition"] == "heard"
        changed = await crm.ask("PATCH", f"/analog-lines/{line['id']}", 200, {"gain_db": -3, "listens": False})
        assert (changed["gain_db"], changed["listens"], changed["name"]) == (-3, False, "본사")
        await crm.ask("PATCH", f"/analog-lines/{line['id']}", 422, {"recorded": "sometimes"})
        fake.pull_out("usb")
        [card] = (await crm.ask("GET", "/sound-cards", 200))["items"]
        assert card["condition"] in ("gone", "opening")
        await crm.ask("GET", "/analog-lines/999/level", 404)
        wanted = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.line_sounds"}
        assert wanted <= crm.used
