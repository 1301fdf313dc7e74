"""The office's settings: two sections, each saved by itself."""

from __future__ import annotations

import pytest

from tests.support.panel import Box

pytestmark = pytest.mark.web

CALLS: dict[str, object] = {
    "parking_places": "9",
    "park_return_seconds": "60",
    "transfer_return_seconds": "20",
    "forward_hops": "2",
    "line_silence_seconds": "90",
    "line_silence_db": "45",
    "pickup_across_groups": "on",
}


async def test_what_calls_may_do_is_saved_without_touching_the_rest(box: Box) -> None:
    admin = await box.set_up()
    shown = (await admin.get("/settings")).text
    assert all(f'name="{name}"' in shown for name in (*CALLS, "monitor_shown"))
    assert (await admin.post("/settings/calls", CALLS)).path == "/settings"
    kept = {key: value for key, value in box.services.settings.all().items() if key.startswith("calls.")}
    assert kept == {
        "calls.parking_places": 9,
        "calls.park_return_seconds": 60,
        "calls.transfer_return_seconds": 20,
        "calls.forward_hops": 2,
        "calls.line_silence_seconds": 90,
        "calls.line_silence_db": 45,
        "calls.pickup_across_groups": True,
        "calls.monitor_shown": False,
        "calls.warned_days": 90,
        "calls.warned_apart": True,
        "calls.long_notice_minutes": 0,
        "calls.long_end_minutes": 0,
        "calls.callback_keys": True,
    }
    assert box.services.settings.get("office.name") == "한빛치과"


async def test_a_wrong_number_is_told_beside_its_field_and_nothing_is_kept(box: Box) -> None:
    admin = await box.set_up("en")
    page = await admin.post("/settings/calls", CALLS | {"parking_places": "21"})
    assert page.status == 422
    assert 'id="parking_places-error"' in page.text
    assert "from 1 to 20" in page.text
    assert "한빛치과" in page.text, "the other section is there as it is stored"
    assert box.services.settings.get("calls.forward_hops") == 3
    agent = await box.agent()
    assert (await agent.post("/settings/calls", CALLS)).status == 403
