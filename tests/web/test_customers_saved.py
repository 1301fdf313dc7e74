"""What is typed about a customer is stored whole, once, and not lost: the card of a call and the customer's page."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, TCPConnector

from appliance.core.errors import Unavailable
from tests.support.stage import Stage

pytestmark = pytest.mark.web

KNOWN = "+821055551234"


@pytest.fixture
async def desk(played: Stage) -> AsyncIterator[ClientSession]:
    """An agent's browser without a screen."""
    trusted = ssl.create_default_context(cafile=str(played.services.config.folder / "tls" / "ca.crt"))
    token = (await played.sign_in("haneul")).token
    cookie = f"__Host-soribox-{played.services.config.https_port}={token}"
    headers = {"Cookie": cookie, "Origin": played.address}
    async with ClientSession(played.address, headers=headers, connector=TCPConnector(ssl=trusted)) as session:
        yield session


async def post(desk: ClientSession, path: str, **fields: object) -> tuple[int, str]:
    data = {name: str(value) for name, value in fields.items()}
    async with desk.post(path, data=data, allow_redirects=False) as response:
        return response.status, await response.text()


async def test_a_long_memo_is_stored_whole_with_the_line_ends_of_the_store(played: Stage, desk: ClientSession) -> None:
    call = await played.arrive(KNOWN)
    lines = "가나다라마바사\r\n" * 1250  # 10,000 signs as stored, 11,250 as sent
    status, _ = await post(desk, f"/pop/{call.id}/customer", name="최민서", memo=lines)
    assert status == 200
    saved = await played.services.customers.for_number(KNOWN)
    assert saved
    assert saved.memo == lines.replace("\r\n", "\n").strip()
    fields = {"name": "최민서", "numbers": KNOWN, "seen_ms": saved.updated_ms}
    assert (await post(desk, f"/customers/{saved.id}", **fields, memo="새 " + "\r\n줄" * 4999))[0] == 303
    assert (await played.services.customers.customer(saved.id)).memo == "새 " + "\n줄" * 4999


async def test_a_memo_that_is_too_long_is_refused_and_comes_back_whole(played: Stage, desk: ClientSession) -> None:
    call, memo = await played.arrive(KNOWN), "가" * 10_001
    for path in (f"/pop/{call.id}/customer", "/customers/new"):
        status, page = await post(desk, path, name="최민서", memo=memo, numbers=KNOWN)
        assert status == 422
        assert memo in page
        assert 'maxlength="10000"' in page
    assert await played.services.customers.for_number(KNOWN) is None


async def test_saving_after_the_customer_was_removed_makes_a_new_one(played: Stage, desk: ClientSession) -> None:
    customer = await played.customer("최민서", KNOWN)
    call = await played.arrive(KNOWN)
    await played.services.customers.remove(customer.id)
    fields = {"id": customer.id, "seen_ms": customer.updated_ms, "name": "최민서", "memo": "다시 연락"}
    assert (await post(desk, f"/pop/{call.id}/customer", **fields))[0] == 200
    saved = await played.services.customers.for_number(KNOWN)
    assert saved
    assert saved.memo == "다시 연락"


async def test_saving_again_after_a_lost_answer_is_saved(played: Stage, desk: ClientSession) -> None:
    call = await played.arrive(KNOWN)
    typed = {"id": 0, "seen_ms": 0, "name": "최민서", "memo": "메모"}
    for _ in range(2):
        assert (await post(desk, f"/pop/{call.id}/customer", **typed))[0] == 200
    saved = await played.services.customers.for_number(KNOWN)
    assert saved
    again = {"id": saved.id, "seen_ms": saved.updated_ms - 1, "name": "최민서", "memo": "메모"}
    assert (await post(desk, f"/pop/{call.id}/customer", **again))[0] == 200
    assert (await post(desk, f"/customers/{saved.id}", **again, numbers=KNOWN))[0] == 303
    again["memo"] = "다른 메모"
    assert (await post(desk, f"/pop/{call.id}/customer", **again))[0] == 409


@pytest.mark.parametrize("number", [2**63, 10**19, "٣"])
async def test_a_strange_id_does_no_harm(played: Stage, desk: ClientSession, number: object) -> None:
    call = await played.arrive(KNOWN)
    assert (await post(desk, f"/pop/{call.id}/customer", id=number, seen_ms=number, name="최민서"))[0] == 200


async def test_a_form_that_cannot_be_read_is_refused(desk: ClientSession) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=no-such-charset"}
    async with desk.post("/customers/new", data=b"name=x", headers=headers) as response:
        assert response.status == 400


async def test_a_day_at_the_end_of_time_is_refused_beside_its_field(desk: ClientSession) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        async with desk.get(f"/calls?period=range&last={day}") as response:
            assert response.status < 500


async def test_what_was_saved_is_saved_although_the_log_cannot_be_written(
    played: Stage, desk: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise Unavailable("store.disk_full")

    monkeypatch.setattr(played.services.access, "note", full)
    call = await played.arrive(KNOWN)
    assert (await post(desk, f"/pop/{call.id}/customer", name="최민서"))[0] == 200
    assert (await post(desk, "/customers/new", name="정우진"))[0] == 303


async def test_a_notice_waits_for_a_whole_page(played: Stage, desk: ClientSession) -> None:
    await post(desk, "/customers/new", name="정우진")
    call = await played.arrive(KNOWN)
    for path in ("/calls/more", f"/calls/{call.id}/row"):
        async with desk.get(path) as response:
            assert "정우진" not in await response.text()
    async with desk.get("/calls") as response:
        assert "data-notice" in await response.text()
