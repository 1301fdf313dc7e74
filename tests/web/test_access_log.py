"""What the panel writes into the access log, and that the log never stands in the way."""

from __future__ import annotations

import pytest

from appliance.core.errors import Unavailable
from tests.support.panel import Box

pytestmark = pytest.mark.web

EXTENSION = {"number": "201", "name": "창고", "once": "mark"}


async def test_changes_of_lines_and_settings_are_written_once(box: Box) -> None:
    admin = await box.set_up()
    for _ in range(2):  # a double click
        await admin.post("/extensions/add", EXTENSION)
    office = {
        "office_name": "새 이름",
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "area_code": "02",
        "recordings_format": "small",
    }
    await admin.post("/settings", office)
    noted = [(one.who, one.what, one.about) for one in await box.services.access.entries()]
    assert noted[:2] == [("boss", "settings_changed", "settings"), ("boss", "lines_changed", "extensions 201")]
    assert [one[1] for one in noted].count("lines_changed") == 1


async def test_a_log_that_cannot_be_written_does_not_make_a_form_look_unsaved(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await box.set_up()

    async def full(*_: object) -> None:
        raise Unavailable("store.disk_full")

    monkeypatch.setattr(box.services.access, "note", full)
    page = await admin.post("/extensions/add", EXTENSION)
    assert page.status == 200
    assert page.path.startswith("/extensions/201")


async def test_an_edited_form_that_is_sent_again_is_carried_out(box: Box) -> None:
    admin = await box.set_up()
    await admin.post("/extensions/add", EXTENSION)
    await admin.post("/extensions/add", EXTENSION | {"number": "202"})
    assert [one.number for one in box.services.lines.snapshot().extensions] == ["201", "202"]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000])
async def test_a_user_with_an_endless_number_is_not_found(box: Box, number: str) -> None:
    admin = await box.set_up()
    assert (await admin.get(f"/users/{number}")).status == 404
