"""Seats and states on the panel's pages: sitting down at the sign-in, choosing states, keeping their kinds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from appliance.access.permissions import PERMISSIONS
from appliance.access.types import Role, User, UserDraft
from appliance.agents.types import By, KindDraft, Source
from appliance.core.errors import Unavailable
from tests.support.panel import ADMIN, PASSWORD, Answer, Box, Visitor
from web.routes import ROUTES

pytestmark = pytest.mark.web

FORM: dict[str, object] = {"ko": "외근", "en": "Field work", "colour": "teal", "direct_calls": "on"}


async def furnished(box: Box, language: str = "ko") -> Visitor:
    """Set the box up with two extensions and two agents; return the admin."""
    admin = await box.set_up(language)
    for number in ("101", "102"):
        await box.services.lines.add_extension(number, f"자리 {number}")
    for login, name, extension in (("minji", "김민지", "101"), ("doyun", "박도윤", "102")):
        await box.services.access.add_user(UserDraft(login, name, Role.AGENT, extension, language), PASSWORD)
    return admin


async def enter(box: Box, login: str, visitor: Visitor | None = None, **more: object) -> tuple[Visitor, Answer]:
    visitor = visitor or await box.visitor()
    form = {"login": login, "password": PASSWORD, "next": "/account"} | more
    return visitor, await visitor.post("/sign-in", form)


async def user(box: Box, login: str) -> User:
    return await box.services.access.user_by_login(login)


async def at(box: Box, login: str) -> str:
    return box.services.agents.extension_of(await user(box, login))


async def test_whoever_signs_in_with_a_phone_sits_at_their_own_or_at_the_one_they_name(box: Box) -> None:
    await furnished(box)
    minji, page = await enter(box, "minji", phone="with")
    assert (page.path, await at(box, "minji")) == ("/account", "101")
    assert ">101</span>" in page.text
    await enter(box, "minji", phone="with", extension="102")
    assert await at(box, "minji") == "102"
    await enter(box, "minji", phone="without")
    assert await at(box, "minji") == ""
    assert "전화 없음" in (await minji.get("/account")).text


async def test_the_choice_is_remembered_in_this_browser(box: Box) -> None:
    await furnished(box)
    visitor, _ = await enter(box, "minji", phone="with", extension="102")
    await visitor.post("/sign-out")
    page = (await visitor.get("/sign-in")).text
    assert re.search(r'name="phone" value="with" checked', page)
    assert re.search(r'name="extension"[^>]*value="102"', page)
    await enter(box, "minji", visitor, phone="without")
    await visitor.post("/sign-out")
    assert re.search(r'name="phone" value="without" checked', (await visitor.get("/sign-in")).text)
    assert re.search(r'name="phone" value="with" checked', (await (await box.visitor()).get("/sign-in")).text)


async def test_an_admin_without_an_extension_is_let_in_without_a_phone(box: Box) -> None:
    await furnished(box)
    _, page = await enter(box, ADMIN, phone="with")
    assert page.path == "/account"
    assert await at(box, ADMIN) == ""


async def test_an_occupied_phone_is_asked_about_and_taken_over_after_a_yes(box: Box) -> None:
    await furnished(box)
    doyun, _ = await enter(box, "doyun", phone="with")
    minji, page = await enter(box, "minji", phone="with", extension="102")
    assert page.path.startswith("/seat?extension=102")
    assert "박도윤" in page.text
    assert 'name="take_over"' in page.text
    page = await minji.post("/seat", {"extension": "102", "next": "/account"})
    assert (page.status, await at(box, "minji")) == (422, "")
    page = await minji.post("/seat", {"extension": "102", "take_over": "1", "next": "/account"})
    assert (page.path, await at(box, "minji"), await at(box, "doyun")) == ("/account", "102", "")
    told = await doyun.get("/customers")
    assert "김민지님이 내 자리를 넘겨받았습니다" in told.text
    await doyun.post("/seat/seen", {"next": "/customers"})
    assert "넘겨받았습니다" not in (await doyun.get("/customers")).text
    noted = [(one.who, one.about) for one in await box.services.access.entries() if one.what == "seat_taken_over"]
    assert noted == [("minji", "doyun")]


async def test_a_phone_that_is_not_there_is_told_on_the_page_of_phones(box: Box) -> None:
    await furnished(box)
    visitor, page = await enter(box, "minji", phone="with", extension="999")
    assert page.path.startswith("/seat?extension=999")
    assert re.search(r'role="alert">[^<]*999', page.text)
    assert (await visitor.post("/seat", {"extension": "888"})).status == 422
    assert (await visitor.post("/seat", {"extension": ""})).path == "/"


async def test_signing_out_frees_the_phone(box: Box) -> None:
    await furnished(box)
    visitor, _ = await enter(box, "minji", phone="with")
    await visitor.post("/sign-out")
    await box.services.agents._upkeep._tasks.finish()
    assert await at(box, "minji") == ""
    assert box.services.agents.view("101").login == ""


async def test_a_store_that_cannot_write_lets_people_in_without_a_phone(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnished(box)

    async def full(*_: object, **__: object) -> None:
        raise Unavailable("store.disk_full")

    monkeypatch.setattr(box.services.agents._seats, "sit", full)
    visitor, page = await enter(box, "minji", phone="with")
    assert page.path == "/account"
    page = await visitor.post("/seat", {"extension": "101"})
    assert page.status == 422
    assert "디스크" in page.text


async def test_a_state_is_chosen_with_a_script_and_without_one(box: Box) -> None:
    await furnished(box)
    visitor, _ = await enter(box, "minji", phone="with")
    piece = await visitor.post("/agents/state", {"kind": "lunch", "why": "치과"}, **{"HX-Request": "true"})
    assert (piece.status, box.services.agents.view("101").kind.key) == (200, "lunch")
    assert "<html" not in piece.text
    assert 'data-kind="lunch"' in piece.text
    assert piece.text == (await visitor.get("/agents/own-state")).text
    assert 'value="치과"' in piece.text
    page = await visitor.post("/agents/state", {"kind": "ready", "next": "/customers"})
    assert (page.path, box.services.agents.view("101").kind.key) == ("/customers", "ready")
    (line, *_) = await box.services.agents.changes()
    assert (line.login, line.source, line.who) == ("minji", "agent", "minji")


async def test_a_state_that_cannot_be_chosen_is_refused_in_words(box: Box) -> None:
    await furnished(box)
    visitor, _ = await enter(box, "minji", phone="with")
    piece = await visitor.post("/agents/state", {"kind": "not_answering"}, **{"HX-Request": "true"})
    assert (piece.status, 'role="alert"' in piece.text) == (422, True)
    page = await visitor.post("/agents/state", {"kind": "sleeping", "next": "/customers"})
    assert "data-notice" in page.text
    await visitor.post("/seat", {"extension": ""})
    piece = await visitor.post("/agents/state", {"kind": "lunch"}, **{"HX-Request": "true"})
    assert piece.status == 422
    assert not re.search(r">[a-z_]+\.[a-z_.]+<", piece.text)


async def test_an_admin_sets_somebodys_state_and_says_why(box: Box) -> None:
    admin = await furnished(box)
    minji, _ = await enter(box, "minji", phone="with")
    assert "김민지" in (await admin.get("/agents/101/state")).text
    page = await admin.post("/agents/101/state", {"kind": "meeting", "why": ""})
    assert (page.status, 'id="why-error"' in page.text) == (422, True)
    page = await admin.post("/agents/101/state", {"kind": "meeting", "why": "주간 회의"})
    assert (page.path, box.services.agents.view("101").kind.key) == ("/colleagues", "meeting")
    assert "주간 회의 · boss" in page.text
    assert (await minji.post("/agents/102/state", {"kind": "dnd", "why": "x"})).status == 403
    nobody = await admin.get("/agents/102/state")
    assert 'value="dnd"' in nobody.text
    assert 'value="lunch"' not in nobody.text
    assert (await admin.get("/agents/999/state")).status == 404
    entry = next(one for one in await box.services.access.entries() if one.what == "agent_state_set")
    assert (entry.who, entry.about) == ("boss", "minji")
    assert entry.details == {"extension": "101", "state": ["ready", "meeting"], "why": "주간 회의"}


async def test_an_office_keeps_its_own_states(box: Box) -> None:
    admin = await furnished(box)
    states = box.services.agents.states
    assert "외근" in (await admin.post("/agent-states/add", FORM)).text
    assert (states.get("field_work").colour, states.get("field_work").working) == ("teal", False)
    page = await admin.post("/agent-states/field_work", FORM | {"en": "Out", "colour": "red", "working": "on"})
    assert page.path == "/agent-states"
    assert (states.get("field_work").en, states.get("field_work").colour) == ("Out", "red")
    await admin.post("/agent-states/field_work/move", {"way": "up"})
    assert [kind.key for kind in states.all()][-2:] == ["field_work", "rest"]
    await admin.post("/agent-states/ready/move", {"way": "up"})
    assert states.all()[0].key == "ready"
    await admin.post("/agent-states/field_work/retire")
    assert states.get("field_work").retired
    await admin.post("/agent-states/field_work/bring-back")
    assert not states.get("field_work").retired
    assert (await admin.get("/agent-states/field_work/remove")).status == 200
    assert (await admin.post("/agent-states/field_work/remove")).path == "/agent-states"
    assert (await admin.get("/agent-states/field_work")).status == 404
    noted = {(one.what, one.about) for one in await box.services.access.entries()}
    assert ("agent_states_changed", "agent-states 외근") in noted


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_state_that_cannot_be_is_refused_beside_its_field(box: Box, language: str) -> None:
    admin = await box.set_up(language)
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"ko": "", "en": ""}, "ko"),
        ({"ko": "점심"}, "ko"),
        ({"en": "lunch"}, "en"),
        ({"colour": "plaid"}, "colour"),
    )
    for changed, field in wrong:
        page = await admin.post("/agent-states/add", FORM | changed)
        assert (page.status, f'id="{field}-error"' in page.text) == (422, True), changed


async def test_a_used_state_and_one_of_the_box_cannot_be_removed(box: Box) -> None:
    admin = await furnished(box)
    agents = box.services.agents
    await agents.states.add(KindDraft("외근", "Field"))
    await agents.sit(await user(box, "minji"), "101", By(Source.AGENT, "minji"))
    await agents.choose("101", "field", "", By(Source.AGENT, "minji"))
    assert (await admin.post("/agent-states/field/remove")).status == 422
    assert "/agent-states/field/retire" in (await admin.get("/agent-states")).text
    assert (await admin.post("/agent-states/ready/remove")).status == 422
    await admin.post("/agent-states/ready/retire")
    assert not agents.states.get("ready").retired


async def test_what_follows_a_call_is_set_beside_the_states(box: Box) -> None:
    admin = await furnished(box)
    wanted = {"after_call": "timed", "after_call_seconds": 45, "unregistered_seconds": 9, "missed_offers": 0}
    assert (await admin.post("/agent-states/settings", wanted)).path == "/agent-states"
    assert {key: box.services.settings.get(f"agents.{key}") for key in wanted} == wanted
    for field, value in (("after_call", "never"), ("after_call_seconds", 0), ("missed_offers", 21)):
        page = await admin.post("/agent-states/settings", wanted | {field: value})
        assert (page.status, f'id="{field}-error"' in page.text) == (422, True)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_page_of_agents_opens_in_both_languages(box: Box, language: str) -> None:
    admin = await furnished(box, language)
    await enter(box, "minji", phone="with")
    for path in ("/colleagues", "/seat", "/agent-states", "/agent-states/add", "/agents/101/state", "/account/facts"):
        page = await admin.get(path)
        assert page.status == 200, path
        assert not re.search(r">[a-z_]+\.[a-z_.]+<", page.text), f"{path}: a catalogue key shows instead of its text"
        assert not re.search(r"<style|\sstyle=|\son\w+=\"", page.text), path


async def test_an_agent_may_neither_keep_states_nor_set_those_of_others(box: Box) -> None:
    await furnished(box)
    agent, _ = await enter(box, "minji", phone="with")
    for route in ROUTES:
        if route.permission.startswith("agents."):
            path = re.sub(r"\{\w+\}", "101", route.path)
            page = await (agent.get(path) if route.method == "GET" else agent.post(path))
            assert page.status == 403, f"{route.method} {path}"
    assert "/agents/102/state" not in (await agent.get("/colleagues")).text


async def test_whoever_may_see_only_their_own_calls_sees_those_at_their_phone(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnished(box)
    monkeypatch.setitem(PERMISSIONS, "calls.see_all", replace(PERMISSIONS["calls.see_all"], roles=frozenset()))
    minji, _ = await enter(box, "minji", phone="with", extension="102")
    asked: list[str] = []
    search = box.services.calls.search

    async def searched(wanted: object, *rest: object, **more: object) -> object:
        asked.append(wanted.extension)  # type: ignore[attr-defined]  # a stand-in
        return await search(wanted, *rest, **more)  # type: ignore[arg-type]  # fields by their names

    monkeypatch.setattr(box.services.calls, "search", searched)
    assert (await minji.get("/calls")).status == 200
    async with minji.session.get(box.url + "/api/v1/calls") as answer:
        assert answer.status == 200
    assert asked == ["102", "102"]
