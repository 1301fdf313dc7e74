"""Incidents, the block list and wordings over the API: every operation, held against the OpenAPI document."""

from __future__ import annotations

import io
from contextlib import AsyncExitStack

import pytest

from appliance.access.types import Role
from appliance.calls.call import Reason
from tests.support.exchange import Exchange
from tests.support.guarding import heard_it, says_something
from tests.support.program import Program, program
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web

CALLER = "%2B821055551234"


async def test_every_operation_answers_as_its_document_says(office: Exchange) -> None:
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        await _incidents(crm, office)
        await _blocks(crm)
        await _files(crm)
        await _wordings(crm)
        wanted = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.abuse"}
        assert crm.used == wanted
        noted = (await office.services.access.entries(limit=1))[0]
        assert noted.what == "blocks_changed"


async def _incidents(crm: Program, office: Exchange) -> None:
    await says_something(office)
    call = await office.call_in()
    await office.pick_up("101")
    await office.talks("101")
    await office.services.calls.desk.warn("101", call, 1, Reason.ABUSE, "haneul")
    await heard_it(office, call, "1차 경고 안내")
    await office.services.abuse.settled()
    (incident,) = (await crm.ask("GET", f"/incidents?number={CALLER}", 200))["items"]
    assert (incident["call"], incident["stage"], incident["by"], incident["said"]) == (
        call,
        1,
        "haneul",
        "1차 경고 안내",
    )
    assert (await crm.ask("GET", f"/incidents?before={incident['id']}", 200))["items"] == []
    (count,) = (await crm.ask("GET", "/incidents/counts?by=caller&days=1", 200))["items"]
    assert (count["who"], count["warned"], count["terminated"]) == ("+821055551234", 1, 0)
    await crm.ask("GET", "/incidents/counts?by=group", 422)


async def _blocks(crm: Program) -> None:
    sent = {"number": "010-1111-2222", "reason": "폭언", "until": "2099-12-31"}
    block = await crm.ask("POST", "/blocks", 201, sent)
    assert (block["pattern"], block["by"], block["action"]) == ("+821011112222", "key:crm", "announcement")
    assert (await crm.ask("POST", "/blocks", 409, sent))["error"] == "abuse.blocked_already"
    assert (await crm.ask("POST", "/blocks", 409, {"number": "119"}))["field"] == "pattern"
    assert (await crm.ask("POST", "/blocks", 422, {"number": "x"}))["field"] == "pattern"
    assert (await crm.ask("POST", "/blocks", 422, {"kind": "withheld", "until": "soon"}))["field"] == "until"
    assert [one["id"] for one in (await crm.ask("GET", "/blocks", 200))["items"]] == [block["id"]]
    await crm.ask("DELETE", f"/blocks/{block['id']}", 204)
    await crm.ask("DELETE", f"/blocks/{block['id']}", 404)
    assert (await crm.ask("POST", f"/blocks/{block['id']}/restore", 200))["id"] == block["id"]


async def _files(crm: Program) -> None:
    text = "number,reason\n010-3333-4444,욕설\n".encode()
    assert await crm.ask("POST", "/blocks/import", 200, data=io.BytesIO(text)) == {"added": 1}
    for wrong, key in ((b"\xff\xfe", "import_not_text"), (bytes(1_100_000), "import_too_large")):
        assert (await crm.ask("POST", "/blocks/import", 422, data=io.BytesIO(wrong)))["error"] == f"abuse.{key}"
    assert "010-3333-4444" in (await crm.ask("GET", "/blocks/export", 200)).decode()


async def _wordings(crm: Program) -> None:
    said = (await crm.ask("GET", "/wordings", 200))["items"]
    assert len(said) == 28
    chosen = (await crm.ask("PUT", "/wordings/threat_1", 200, {"announcement": "abuse-1"}))["items"]
    assert {one["chosen"] for one in chosen if one["name"] == "threat_1"} == {"abuse-1", ""}
    assert (await crm.ask("PUT", "/wordings/threat_9", 422, {}))["field"] == "name"
    await crm.ask("PUT", "/wordings/threat_1", 422, {"announcement": "nothing"})
    await crm.ask("PUT", "/wordings/threat_1", 200, {"announcement": ""})


async def test_an_agents_key_has_no_business_there(office: Exchange) -> None:
    async with AsyncExitStack() as stack:
        crm = await program(office, stack, Role.AGENT)
        for path in ("/incidents", "/blocks", "/wordings"):
            assert (await crm.ask("GET", path, 403))["error"] == "api.not_allowed"
