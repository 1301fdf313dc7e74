"""Double submits and things told once: what happens when requests meet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web

from appliance.core.errors import Conflict
from web.api.idempotency import HEADER, Answer, Answers
from web.notices import Notices
from web.once import Once

pytestmark = pytest.mark.web

MINUTE_MS = 60_000


async def test_two_requests_at_the_same_moment_do_the_work_once() -> None:
    once, done = Once(), 0
    may_go_on = asyncio.Event()

    async def work() -> str:
        nonlocal done
        done += 1
        await may_go_on.wait()
        return "/made"

    both = [asyncio.create_task(once.run("session", "mark", work)) for _ in range(2)]
    await asyncio.sleep(0)
    may_go_on.set()
    assert await asyncio.gather(*both) == ["/made", "/made"]
    assert done == 1


async def test_what_is_still_being_done_is_not_forgotten_however_much_is_done_meanwhile() -> None:
    once, answers, done = Once(), Answers(), []
    may_go_on = asyncio.Event()

    async def made() -> str:
        done.append("form")
        await may_go_on.wait()
        return "/made"

    async def answered() -> Answer:
        done.append("request")
        await may_go_on.wait()
        return Answer(201, b"made", b"made")

    async def quick() -> str:
        return "/quick"

    async def quickly() -> Answer:
        return Answer(200, b"", b"")

    def ask(key: str, work: Callable[[], Awaitable[Answer]]) -> Awaitable[Answer | web.StreamResponse]:
        request = SimpleNamespace(headers={HEADER: key}, method="POST", path="/customers")
        return answers.once(cast(web.Request, request), "a key", b"", work)

    first = asyncio.gather(once.run("session", "mark", made), ask("mark", answered))
    while len(done) < 2:  # noqa: ASYNC110 - nothing real is waited for: the loop only has to turn
        await asyncio.sleep(0)
    for turn in range(2100):
        await once.run("session", f"other {turn}", quick)
        await ask(f"other {turn}", quickly)
    again = asyncio.gather(once.run("session", "mark", made), ask("mark", answered))
    await asyncio.sleep(0)
    may_go_on.set()
    assert (await first)[0] == (await again)[0] == "/made"
    assert sorted(done) == ["form", "request"]


async def test_the_same_mark_of_another_session_is_another_form() -> None:
    once, done = Once(), 0

    async def work() -> str:
        nonlocal done
        done += 1
        return "/made"

    await once.run("one", "mark", work)
    await once.run("other", "mark", work)
    await once.run("one", "", work)
    await once.run("one", "", work)
    assert done == 4


async def test_an_edited_form_sent_again_is_carried_out() -> None:
    once, done = Once(), []

    def works(name: str) -> Callable[[], Awaitable[str]]:
        async def work() -> str:
            done.append(name)
            return f"/{name}"

        return work

    assert await once.run("session", "mark", works("first"), b"/add name=first") == "/first"
    assert await once.run("session", "mark", works("first"), b"/add name=first") == "/first"
    assert await once.run("session", "mark", works("edited"), b"/add name=edited") == "/edited"
    assert done == ["first", "edited"]


async def test_a_refusal_reaches_both_and_is_forgotten() -> None:
    once = Once()
    may_go_on = asyncio.Event()

    async def refuse() -> str:
        await may_go_on.wait()
        raise Conflict("lines.extension_exists", field="number")

    async def work() -> str:
        return "/made"

    both = [asyncio.create_task(once.run("session", "mark", refuse)) for _ in range(2)]
    await asyncio.sleep(0)
    may_go_on.set()
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Conflict, Conflict]
    assert await once.run("session", "mark", work) == "/made"


async def test_a_sender_who_leaves_does_not_take_the_others_with_them() -> None:
    once = Once()
    may_go_on = asyncio.Event()

    async def work() -> str:
        await may_go_on.wait()
        return "/made"

    first = asyncio.create_task(once.run("session", "mark", work))
    await asyncio.sleep(0)
    second = asyncio.create_task(once.run("session", "mark", work))
    await asyncio.sleep(0)
    second.cancel()
    may_go_on.set()
    assert await first == "/made"


async def test_marks_do_not_pile_up() -> None:
    once = Once()

    async def work() -> str:
        return "/made"

    for mark in range(2000):
        await once.run("session", f"mark {mark}", work)
    assert len(once._done) <= 500


def test_a_notice_is_told_once_and_to_its_session_only() -> None:
    notices = Notices()
    notices.put("mine", "panel.saved")
    assert notices.take("other") is None
    told = notices.take("mine")
    assert told
    assert told.key == "panel.saved"
    assert notices.take("mine") is None


def test_a_secret_is_kept_for_ten_minutes_for_its_session() -> None:
    notices = Notices()
    reference = notices.keep_secret("mine", "the password", now_ms=0)
    assert notices.secret("other", reference, 0) is None
    assert notices.secret("mine", reference, 9 * MINUTE_MS) == "the password"
    assert notices.secret("mine", reference, 11 * MINUTE_MS) is None
    assert notices.secret("mine", reference, 0) is None
