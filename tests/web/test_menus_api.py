"""Voice menus over the API: a tree goes out as it came in, what leads nowhere is refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest

from appliance.announcements.types import Announcement, Source
from appliance.menus.types import Kind, Step
from tests.support.program import program
from tests.support.stage import MAIN_NUMBER, Stage
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as opened:
        yield opened


def tree(sound: str, **branches: dict[str, Any]) -> dict[str, Any]:
    follows = {slot.removeprefix("key"): step for slot, step in branches.items()}
    return {"kind": "choice", "name": "메인", "announcement": sound, "branches": follows}


def says_hello(played: Stage) -> None:
    hello = Announcement("hello", "인사말", Source.UPLOADED, "ko", False, "", 0, 1000, 1, "x.wav", 1)
    played.services.announcements._shelf.announcements[hello.id] = hello


async def test_a_step_and_a_name_that_are_being_stored_are_part_of_what_is_put_to_work(played: Stage) -> None:
    says_hello(played)
    menus = played.services.menus
    made = await menus.add("메인")
    await menus.change_step(made.id, Step("s1", Kind.CHOICE, "메인", announcement="hello"))
    await menus.add_step(made.id, "s1", "1", Step("", Kind.GROUP, "상담", "main"))
    second = menus.add_step(made.id, "s1", "2", Step("", Kind.GROUP, "예약", "main"))
    await asyncio.gather(second, menus.rename(made.id, "새 메뉴"), menus.publish(made.id, "admin"))
    now = menus.get(made.id)
    assert now.root is not None
    assert ([one.slot for one in now.root.branches], now.label, now.draft) == (["1", "2"], "새 메뉴", None)


async def test_a_menu_is_made_put_to_work_used_and_brought_back(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    says_hello(played)
    menu = await crm.ask("POST", "/menus", 201, {"label": "메인 메뉴"})
    path = f"/menus/{menu['id']}"
    assert (menu["version"], menu["root"]) == (0, None)
    nowhere = tree("hello", key1={"kind": "group", "name": "상담원", "target": "nobody"})
    refused = await crm.ask("PUT", path, 422, {"root": nowhere})
    assert refused["error"] == "menus.problem.no_group"
    first = tree("hello", key1={"kind": "group", "name": "상담원", "target": "main"})
    put = await crm.ask("PUT", path, 200, {"root": first})
    assert put["version"] == 1
    assert put["root"]["branches"]["1"]["name"] == "상담원"
    assert (await crm.ask("PUT", path, 200, {"root": put["root"]}))["version"] == 1, "the same again is no new version"
    number = quote(MAIN_NUMBER, safe="")
    await crm.ask("PATCH", f"/numbers/{number}", 200, {"menu": menu["id"]})
    await crm.ask("DELETE", path, 409)
    await crm.ask("DELETE", "/announcements/hello", 409)
    circle = await crm.ask("PATCH", "/groups/main", 200, {"overflow": {"kind": "menu", "target": menu["id"]}})
    assert circle["overflow"]["kind"] == "menu"
    late = tree("hello", key1=first["branches"]["1"], timeout={"kind": "group", "name": "대표", "target": "main"})
    assert (await crm.ask("PUT", path, 422, {"root": late}))["error"] == "menus.problem.circle"
    await crm.ask("PATCH", "/groups/main", 200, {"overflow": {"kind": "hang_up"}})
    assert (await crm.ask("PUT", path, 200, {"root": late, "label": "새 메뉴"}))["version"] == 2
    versions = (await crm.ask("GET", f"{path}/versions", 200))["items"]
    assert [(one["version"], one["by"]) for one in versions] == [(2, "key:crm"), (1, "key:crm")]
    back = await crm.ask("POST", f"{path}/versions/1/restore", 200)
    assert (back["version"], list(back["root"]["branches"])) == (3, ["1"])
    assert (await crm.ask("GET", path, 200))["used_by"] == ["대표번호"]
    await crm.ask("POST", f"{path}/test", 409, {"extension": "101"})  # no phone is registered
    await crm.ask("PATCH", f"/numbers/{number}", 200, {"menu": ""})
    await crm.ask("PATCH", f"/numbers/{number}", 422, {"menu": "nothing"})
    block = {"number": "01099998888", "action": "menu"}
    assert (await crm.ask("POST", "/blocks", 422, block | {"menu": "nothing"}))["error"] == "call.no_such_menu"
    blocked = await crm.ask("POST", "/blocks", 201, block | {"menu": menu["id"]})
    closed = {"instead": {"lunch": {"kind": "menu", "target": menu["id"]}}}
    await crm.ask("PATCH", "/hours/schedules/usual", 200, closed)
    used = (await crm.ask("GET", path, 200))["used_by"]
    assert len(used) == 2
    assert "+821099998888" in used
    await crm.ask("DELETE", path, 409)
    await crm.ask("DELETE", f"/blocks/{blocked['id']}", 204)
    await crm.ask("PATCH", "/hours/schedules/usual", 200, {"instead": {"lunch": {"kind": "announcement"}}})
    await crm.ask("DELETE", path, 204)
    assert (await crm.ask("GET", "/menus", 200))["items"] == []
    assert crm.used >= {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.menus"}
