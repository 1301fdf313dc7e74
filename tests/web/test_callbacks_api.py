"""Callbacks and recalls over the API, over real call control: what each operation does, who may, and twice is once."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from appliance.access.types import Role
from appliance.calls.events import CallEnded
from appliance.recalls.types import RecallDraft
from tests.support.exchange import Exchange
from tests.support.program import Program, program
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web

CALLER, OTHER = "+821055551234", "+821099998888"
HOUR_MS = 3_600_000


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as opened:
        yield opened


@asynccontextmanager
async def ended(office: Exchange) -> AsyncIterator[None]:
    """Wait at the end until one more call is over, and what it means for callbacks is written."""
    told: list[CallEnded] = []
    forget = office.bus.subscribe(CallEnded, told.append)
    yield
    await office.until(lambda: told)
    forget()
    await office.services.callbacks.settled()


async def missed(office: Exchange, number: str = CALLER) -> None:
    """Let somebody call and hang up while it rings."""
    call = await office.call_in(number)
    async with ended(office):
        office.voice.hang_up(call, "caller", 487)


async def open_ones(crm: Program, query: str = "") -> list[dict[str, Any]]:
    return list((await crm.ask("GET", f"/callbacks{query}", 200))["items"])


def cells(file: bytes) -> list[str]:
    """Return the texts of a workbook; that of a formula would not be among them."""
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        return re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())


async def test_callbacks_from_the_missed_call_to_the_sheet(office: Exchange, stack: AsyncExitStack) -> None:
    crm = await program(office, stack)
    await missed(office)
    await missed(office)
    await missed(office, OTHER)
    other, first = await open_ones(crm)
    assert (first["number"], first["asked"], first["way"], first["state"]) == (CALLER, 2, "abandoned", "new")
    await _lists(crm, first["id"], other["id"])
    await _works(crm, office, first["id"])
    await _assigns(crm, office, first["id"], other["id"])
    await _finishes(crm, office, first["id"], other["id"])
    wanted = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.callbacks"}
    assert wanted <= crm.used | {("POST", "/callbacks/{callback}/take")}  # programs sit nowhere and take nothing


async def _lists(crm: Program, first: int, other: int) -> None:
    for query, found in (
        ("?limit=1", [other]),
        ("?number=010-5555", [first]),
        ("?way=missed", []),
        ("?group=main&state=new", [other, first]),
        ("?assignee=-", [other, first]),
        ("?state=done", []),
        ("?to_ms=1", []),
    ):
        assert [one["id"] for one in await open_ones(crm, query)] == found, query
    await crm.ask("GET", "/callbacks?state=lost", 422)
    await crm.ask("GET", "/callbacks?way=lost", 422)
    assert (await crm.ask("GET", "/callbacks/99", 404))["error"] == "callbacks.not_found"


async def _works(crm: Program, office: Exchange, first: int) -> None:
    changed = await crm.ask("PATCH", f"/callbacks/{first}", 200, {"state": "waiting", "note": "at two"})
    assert (changed["state"], changed["note"]) == ("waiting", "at two")
    await crm.ask("PATCH", f"/callbacks/{first}", 422, {"state": "done"})
    await crm.ask("POST", f"/callbacks/{first}/take", 422)
    call = (await crm.ask("POST", f"/callbacks/{first}/call", 201, {"extension": "101"}))["call"]
    await office.rings("outside")
    await office.services.callbacks.settled()
    assert (await open_ones(crm, f"?number={CALLER[1:]}"))[0]["state"] == "in_progress"
    async with ended(office):
        await crm.ask("POST", f"/calls/{call}/hang-up", 204, {"extension": "101"})
    seen = await crm.ask("GET", f"/callbacks/{first}", 200)
    assert (seen["callback"]["tries"], seen["callback"]["state"]) == (1, "waiting")
    kinds = [step["kind"] for step in seen["history"]]
    assert kinds == ["asked", "asked", "state", "noted", "tried"]
    assert "김하늘" in seen["history"][-1]["text"]
    assert seen["history"][-1]["call"] == call


async def _assigns(crm: Program, office: Exchange, first: int, other: int) -> None:
    to = {"to": ["haneul", "doyun"]}
    given = (await crm.ask("POST", "/callbacks/assign", 200, to))["items"]
    assert [(one["id"], one["assignee"]) for one in given] == [(first, "haneul"), (other, "doyun")]
    assert not (await crm.ask("POST", "/callbacks/assign", 200, to))["items"]
    again = {"callbacks": [first, other], "to": ["haneul"]}
    assert len((await crm.ask("POST", "/callbacks/assign", 200, again))["items"]) == 1
    assert not (await crm.ask("POST", "/callbacks/assign", 200, again))["items"]
    freed = (await crm.ask("POST", "/callbacks/unassign", 200, {"callbacks": [first]}))["items"]
    assert [one["assigned_by"] for one in freed] == [""]
    assert (await crm.ask("POST", "/callbacks/assign", 422, {"to": ["nobody"]}))["field"] == "to"
    assert (await crm.ask("POST", "/callbacks/assign", 422, {"signed_in": True}))["field"] == "to"
    await office.sign_in("doyun")
    user = await office.services.access.user_by_login("doyun")
    await office.services.agents.sit_by_itself(user, "")
    signed_in = (await crm.ask("POST", "/callbacks/assign", 200, {"signed_in": True}))["items"]
    assert [one["assignee"] for one in signed_in] == ["doyun"]


async def _finishes(crm: Program, office: Exchange, first: int, other: int) -> None:
    sent = {"result": "reached", "note": "=1+1 is what they said"}
    done = await crm.ask("POST", f"/callbacks/{first}/done", 200, sent)
    assert (done["state"], done["done_by"], done["result"]) == ("done", "key:crm", "reached")
    assert await crm.ask("POST", f"/callbacks/{first}/done", 200, {"result": "not_needed"}) == done
    await crm.ask("PATCH", f"/callbacks/{first}", 409, {"state": "new"})
    customer = await office.customer("=최민서", "010-9999-8888")
    closed = (await crm.ask("POST", f"/customers/{customer.id}/callbacks/done", 200, {"result": "not_needed"}))["items"]
    assert [one["id"] for one in closed] == [other]
    await crm.ask("POST", "/customers/999/callbacks/done", 404)
    (progress,) = (await crm.ask("GET", "/callbacks/progress", 200))["items"]
    assert (progress["asked"], progress["assigned"], progress["done"], progress["rate"]) == (2, 2, 2, 100.0)
    told = cells(await crm.ask("GET", "/callbacks/export?state=all", 200))
    assert {"=최민서", "=1+1 is what they said", "010-5555-1234"} <= set(told)


async def test_recalls_are_made_changed_and_done(office: Exchange, stack: AsyncExitStack) -> None:
    crm, at = await program(office, stack), office.now + HOUR_MS
    customer = await office.customer("최민서", CALLER)
    said = {"at_ms": at, "agent": "haneul", "customer": customer.id, "note": "the bill"}
    made = await crm.ask("POST", "/recalls", 201, said)
    assert (made["number"], made["name"], made["made_by"]) == (CALLER, "최민서", "key:crm")
    assert await crm.ask("POST", "/recalls", 201, said) == made
    path = f"/recalls/{made['id']}"
    assert await crm.ask("GET", path, 200) == made
    assert (await crm.ask("GET", "/recalls?agent=haneul", 200))["items"] == [made]
    assert not (await crm.ask("GET", "/recalls?agent=doyun", 200))["items"]
    moved = await crm.ask("PATCH", path, 200, {"agent": "doyun"})
    assert (moved["agent"], moved["at_ms"]) == ("doyun", at)
    later = await crm.ask("POST", f"{path}/put-off", 200, {"minutes": 120})
    assert later["at_ms"] > at
    call = (await crm.ask("POST", f"{path}/call", 201, {"extension": "102"}))["call"]
    await office.rings("outside")
    await crm.ask("POST", f"/calls/{call}/hang-up", 204, {"extension": "102"})
    done = await crm.ask("POST", f"{path}/done", 200, {"result": "reached", "note": "will pay"})
    assert (done["state"], done["done_note"]) == ("done", "will pay")
    assert await crm.ask("POST", f"{path}/done", 200) == done
    await crm.ask("PATCH", path, 409, {"note": "x"})
    assert [one["id"] for one in (await crm.ask("GET", "/recalls?state=done", 200))["items"]] == [made["id"]]
    await crm.ask("GET", "/recalls?state=lost", 422)
    assert (await crm.ask("POST", "/recalls", 422, {"at_ms": at, "number": CALLER}))["field"] == "agent"
    assert (await crm.ask("POST", "/recalls", 422, {"at_ms": 1, "agent": "haneul", "number": CALLER}))["field"] == "at"
    wanted = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.recalls"}
    assert wanted <= crm.used


async def test_agents_see_their_own_recalls_and_assign_nothing(office: Exchange, stack: AsyncExitStack) -> None:
    boss, agent = await program(office, stack), await program(office, stack, Role.AGENT)
    at = office.now + HOUR_MS
    made = await office.services.recalls.add(RecallDraft(at, "haneul", CALLER), "haneul")
    assert not (await agent.ask("GET", "/recalls", 200))["items"]
    assert len((await boss.ask("GET", "/recalls", 200))["items"]) == 1
    assert (await agent.ask("GET", f"/recalls/{made.id}", 404))["error"] == "recalls.not_found"
    await missed(office)
    (one,) = await open_ones(agent)
    for path in ("/callbacks/assign", "/callbacks/unassign"):
        await agent.ask("POST", path, 403, {"callbacks": [one["id"]]})
    await agent.ask("GET", "/callbacks/export", 403)
    await agent.ask("POST", f"/callbacks/{one['id']}/done", 200)
