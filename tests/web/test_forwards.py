"""The pages of forwards: an admin's for any extension and number, and everybody's for their own phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from appliance.access.types import Role, UserDraft
from appliance.calls.ports import Forward, ForwardWhen, Schedule
from appliance.lines.types import KeptForward, OwnNumber, Trunk
from tests.support.browser import open_page, seat
from tests.support.panel import PASSWORD, Box, Visitor
from tests.support.stage import Stage

pytestmark = pytest.mark.web

ALWAYS, BUSY, NO_ANSWER, UNREACHABLE = ForwardWhen
NUMBER = "/numbers/%2B8225550100/forwards"
NIGHT: dict[str, object] = {
    "when": "always",
    "target": "010-1234-5678",
    "hours": "hours",
    "days": ["0", "4"],
    "from_time": "19:00",
    "to_time": "08:30",
    "enabled": "on",
}
PLAIN: dict[str, object] = {"when": "busy", "target": "102", "hours": "any_time", "enabled": "on"}


async def furnished(box: Box, language: str = "ko") -> Visitor:
    admin = await box.set_up(language)
    for number in ("101", "102"):
        await box.services.lines.add_extension(number, f"자리 {number}")
    await box.services.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.10"))
    await box.services.lines.add_number(OwnNumber("02-555-0100", "대표번호", "kt", "main"))
    return admin


async def agent(box: Box, extension: str) -> Visitor:
    """Return an agent who sits at `extension`."""
    draft = UserDraft("minji", "김민지", Role.AGENT, extension, "en")
    await box.services.access.add_user(draft, PASSWORD)
    return await box.sign_in("minji", PASSWORD, "en")


@pytest.mark.parametrize("base", ["/extensions/101/forwards", NUMBER])
async def test_a_forward_is_added_changed_switched_and_removed(box: Box, base: str) -> None:
    admin = await furnished(box)
    owner = "101" if "extensions" in base else "+8225550100"
    assert "착신전환이 없습니다" in (await admin.get(base)).text
    page = await admin.post(f"{base}/add", NIGHT)
    assert page.status == 200
    assert "010-1234-5678" in page.text
    kept = KeptForward(Forward(ALWAYS, "+821012345678", schedule=Schedule(frozenset({0, 4}), 1140, 510)))
    assert await box.services.lines.forwards(owner) == (kept,)
    path = f"{base}/{kept.id}"
    form = (await admin.get(path)).text
    for value in ("010-1234-5678", "19:00", "08:30"):
        assert f'value="{value}"' in form
    await admin.post(f"{path}/switch", {})
    assert await box.services.lines.forwards(owner) == (KeptForward(kept.forward, False),)
    await admin.post(f"{path}/switch", {"enabled": "on"})
    assert await box.services.lines.forwards(owner) == (kept,)
    waiting = PLAIN | {"when": "no_answer", "after_seconds": "15"}
    await admin.post(path, waiting)
    assert await box.services.lines.forwards(owner) == (KeptForward(Forward(NO_ANSWER, "102", 15)),)
    await admin.post(f"{base}/no_answer/remove", {})
    assert await box.services.lines.forwards(owner) == ()


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"when": "sometimes"}, "when"),
    ({"target": ""}, "target"),
    ({"target": "999"}, "target"),
    ({"target": "119"}, "target"),
    ({"target": "101"}, "target"),  # itself
    ({"when": "no_answer", "after_seconds": "x"}, "after_seconds"),
    ({"days": []}, "days"),
    ({"from_time": "25:00"}, "from_time"),
    ({"to_time": ""}, "to_time"),
)


async def test_each_error_of_a_forward_stands_beside_its_field(box: Box) -> None:
    admin = await furnished(box)
    for changed, field in WRONG:
        page = await admin.post("/extensions/101/forwards/add", NIGHT | changed)
        assert (page.status, field) == (422, field)
        assert f'id="{field}-error"' in page.text
    assert await box.services.lines.forwards("101") == ()


async def test_a_second_one_of_the_same_kind_is_not_written_over_the_first(box: Box) -> None:
    admin = await furnished(box)
    await admin.post("/extensions/101/forwards/add", PLAIN)
    page = await admin.post("/extensions/101/forwards/add", PLAIN | {"target": "010-1234-5678"})
    assert page.status == 422
    assert 'id="when-error"' in page.text
    assert [kept.forward.target for kept in await box.services.lines.forwards("101")] == ["102"]


async def test_one_that_would_close_a_circle_cannot_be_switched_on(box: Box) -> None:
    admin = await furnished(box)
    await box.services.lines.set_forward("101", Forward(BUSY, "102"), enabled=False)
    await box.services.lines.set_forward("102", Forward(ALWAYS, "101"))
    page = await admin.post("/extensions/101/forwards/busy/switch", {"enabled": "on"})
    assert page.status == 422
    assert "101 → 102 → 101" in page.text
    assert not (await box.services.lines.forwards("101"))[0].enabled


async def test_an_agent_reaches_their_own_phone_and_no_other(box: Box) -> None:
    await furnished(box)
    minji = await agent(box, "101")
    assert "Extension 101" in (await minji.get("/my-phone")).text
    assert (await minji.post("/my-phone/add", NIGHT)).path == "/my-phone"
    assert (await minji.post("/my-phone/add", PLAIN | {"number": "102"})).path == "/my-phone"
    assert [kept.id for kept in await box.services.lines.forwards("101")] == ["always-04-1900-0830", "busy"]
    assert await box.services.lines.forwards("102") == ()
    for path in ("/extensions/102/forwards", "/extensions/101/forwards", NUMBER):
        assert (await minji.get(path)).status == 403
        assert (await minji.post(f"{path}/add", PLAIN)).status == 403
    await minji.post("/my-phone/busy/remove", {})
    assert len(await box.services.lines.forwards("101")) == 1
    noted = [(one.who, one.what, one.about) for one in await box.services.access.entries()]
    assert ("minji", "lines_changed", "my-phone busy") in noted


async def test_a_page_that_is_open_shows_what_is_switched_on_the_phone(played: Stage, browser: Browser) -> None:
    lines = played.services.lines
    await lines.set_forward("101", Forward(BUSY, "102"))
    context = await seat(browser, played, "haneul")
    page = await open_page(context, played, "/my-phone")
    switch = page.get_by_role("switch")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await lines.set_forward("101", None)
    await expect(switch).to_have_attribute("aria-checked", "false")
    await switch.press("Space")
    await expect(page.locator("[data-notice]")).to_be_visible()
    assert (await lines.forwards("101"))[0].enabled
    await context.close()


async def test_an_agents_forward_leads_outside_only_when_that_is_allowed(box: Box) -> None:
    await furnished(box)
    minji = await agent(box, "101")
    await minji.post("/my-phone/add", NIGHT)
    extension = await box.services.lines.extension("101")
    await box.services.lines.change_extension(type(extension)("101", extension.name, may_call_out=False))
    assert "Does not work now" in (await minji.get("/my-phone")).text
    page = await minji.post("/my-phone/add", PLAIN | {"target": "010-2222-3333"})
    assert page.status == 422
    assert 'id="target-error"' in page.text


async def test_who_has_no_extension_is_told_so(box: Box) -> None:
    await furnished(box)
    minji = await agent(box, "")
    assert "No extension is assigned" in (await minji.get("/my-phone")).text
    assert (await minji.post("/my-phone/add", PLAIN)).status == 404
    assert (await minji.get("/my-phone/busy")).status == 404


async def test_owners_and_forwards_that_are_gone_are_not_found(box: Box) -> None:
    admin = await furnished(box)
    for path in ("/extensions/999/forwards", "/numbers/999/forwards", "/extensions/101/forwards/busy"):
        assert (await admin.get(path)).status == 404
    for path in ("/extensions/999/forwards/add", "/extensions/101/forwards/busy/remove"):
        assert (await admin.post(path, PLAIN)).status == 404
