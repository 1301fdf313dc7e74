"""A trunk that registers at its carrier: seen as registered, challenged with 407 on calls out, told the truth about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.sip_ua import Behaviour
from tests.support.office import NUMBER, Office, office, until

pytestmark = pytest.mark.sip

_LOGIN = {"kind": "register", "username": NUMBER, "password": "carriers-own-secret"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, "101", trunk=_LOGIN) as opened:
        yield opened


async def status(desk: Office) -> dict[str, Any]:
    return dict((await desk.box.ask("GET", f"/trunks/{desk.trunk}"))["status"] or {})


async def test_a_call_out_answers_the_carriers_challenge_and_is_connected(desk: Office) -> None:
    await asyncio.wait_for(desk.carrier.bound.wait(), 20)
    desk.carrier.asks_for_proof = True
    desk.carrier.behaviour = Behaviour(answer_after=0.1)
    call = desk.phones["101"].call("0315551234")
    outside = await desk.carrier.next_call()
    await call.answered()
    assert outside.request.get("proxy-authorization")
    await asyncio.sleep(0.3)
    call.hang_up()
    await outside.ended()
    row = await desk.next_row()
    assert (row["direction"], row["result"], row["called_number"]) == ("out", "answered", "+82315551234")


async def test_a_call_in_comes_through_the_registration(desk: Office) -> None:
    desk.phones["101"].behaviour = Behaviour(answer_after=0.1)
    call = desk.call_in()
    await call.answered()
    call.hang_up()
    await call.ended()
    assert (await desk.next_row())["result"] == "answered"


async def test_a_refused_registration_is_shown_with_the_carriers_own_words(desk: Office) -> None:
    desk.carrier.refuses_registration = 403
    await desk.box.ask("PATCH", f"/trunks/{desk.trunk}", {"password": "something else"})

    async def refused() -> bool:
        return (await status(desk)).get("state") == "refused"

    await until(refused, "the trunk is seen as refused")
    told = await status(desk)
    assert (told["code"], told["text"]) == (403, "Forbidden")
