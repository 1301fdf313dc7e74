"""What people are called is what was said of them last, whatever answer comes last."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from appliance.access.types import Role, User
from appliance.agents.people import People

pytestmark = pytest.mark.unit


def lee(name: str) -> User:
    values = {"id": 7, "login": "lee", "name": name, "role": Role.AGENT}
    return cast(User, type("Lee", (), values))


class SlowAccess:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[User]] = []

    async def user(self, _: int) -> User:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


async def test_an_answer_that_comes_late_does_not_take_the_newer_one_away() -> None:
    access = SlowAccess()
    people = People(cast(Any, access))
    looks = [asyncio.create_task(people.look(7)) for _ in range(2)]
    while len(access.asked) < 2:  # noqa: ASYNC110 - both are asking
        await asyncio.sleep(0)
    access.asked[1].set_result(lee("이새봄"))
    await looks[1]
    access.asked[0].set_result(lee("이가을"))
    await looks[0]
    assert people.name(7) == "이새봄"
