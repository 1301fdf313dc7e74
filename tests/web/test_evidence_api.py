"""Evidence over the API: answers as its document says, once for one request, and for nobody who may not."""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack

import pytest

from appliance.access.types import Role
from tests.support.program import program
from tests.support.recorded import recorded
from tests.support.stage import Stage
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


async def recorded_call(played: Stage) -> str:
    """Let a call be over, with its recording."""
    call = await played.arrive("+821055551234")
    await call.answer("101")
    await call.caller_ends()
    handed = await asyncio.to_thread(recorded, played.services.config.folder, call.id)
    await played.services.recordings.take(handed)
    await played.services.recordings.settled()
    return call.id


async def test_every_operation_answers_as_its_document_says(played: Stage) -> None:
    call = await recorded_call(played)
    path, why = f"/calls/{call}/evidence", {"reason": "for the police"}
    async with AsyncExitStack() as stack:
        crm = await program(played, stack)
        seen = await crm.ask("GET", path, 200)
        assert (seen["held"], seen["exports"], len(seen["sent"])) == (False, [], 1)
        assert (await crm.ask("POST", f"{path}/exports", 422, {"reason": " "}))["field"] == "reason"
        once = {"Idempotency-Key": "evidence 1"}
        made = await crm.ask("POST", f"{path}/exports", 201, why, **once)
        assert await crm.ask("POST", f"{path}/exports", 201, why, **once) == made
        seen = await crm.ask("GET", path, 200)
        assert (seen["held"], seen["exports"]) == (True, [made])
        package = await crm.ask("GET", f"{path}/exports/{made['id']}", 200)
        assert len(package) == made["size"]
        found = await crm.ask("POST", "/evidence/verify", 200, data=io.BytesIO(package))
        assert (found["genuine"], found["own"], found["call"]) == (True, True, call)
        assert found["fingerprint"] == (await crm.ask("GET", "/evidence/key", 200))["fingerprint"]
        assert not (await crm.ask("POST", "/evidence/verify", 200, data=io.BytesIO(package[:-9])))["genuine"]
        assert (await crm.ask("POST", "/evidence/verify", 422, data=io.BytesIO(b"")))["error"] == "evidence.file_needed"
        assert (await crm.ask("POST", f"{path}/keep", 200, {"reason": "a claim"}))["held"]
        assert not (await crm.ask("POST", f"{path}/release", 200, {"reason": "settled"}))["held"]
        await crm.ask("GET", f"{path}/exports/{made['id']}", 404)
        await crm.ask("POST", "/calls/none/evidence/keep", 404, why)
        live = await played.arrive("+821055551234")
        assert (await crm.ask("POST", f"/calls/{live.id}/evidence/exports", 409, why))["error"] == "evidence.goes_on"
        ours = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.evidence"}
        assert crm.used >= ours
        noted = [one.what for one in await played.services.access.entries(limit=10) if one.about == call]
        assert sorted(noted) == ["evidence_downloaded", "evidence_exported", "evidence_kept", "evidence_released"]


async def test_an_agents_key_has_no_business_there(played: Stage) -> None:
    async with AsyncExitStack() as stack:
        crm = await program(played, stack, Role.AGENT)
        for path in ("/calls/one/evidence", "/evidence/key"):
            assert (await crm.ask("GET", path, 403))["error"] == "api.not_allowed"
