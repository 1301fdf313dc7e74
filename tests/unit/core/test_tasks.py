"""Background tasks and their owner."""

from __future__ import annotations

import asyncio

import pytest

from appliance.core.tasks import Tasks

pytestmark = pytest.mark.unit


async def test_stopping_the_owner_ends_what_runs_and_waits_for_its_last_words() -> None:
    tasks, said, begun = Tasks("owner"), [], asyncio.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            said.append("tidied up")

    task = tasks.start("work", work())
    await begun.wait()
    await tasks.stop()
    assert task.cancelled()
    assert said == ["tidied up"]


async def test_stopping_twice_or_with_nothing_to_stop_is_harmless() -> None:
    tasks = Tasks("owner")
    await tasks.stop()
    tasks.start("work", asyncio.sleep(3600))
    await tasks.stop()
    await tasks.stop()


async def test_a_task_that_fails_is_logged_with_its_owner_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tasks, done = Tasks("owner"), asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("broken")

    async def go_on() -> None:
        done.set()

    tasks.start("bad", fail())
    tasks.start("good", go_on())
    await tasks.finish()
    assert done.is_set()
    assert "task owner: bad failed" in caplog.text
    assert "broken" in caplog.text


async def test_finishing_waits_for_the_end_without_hurrying_anyone() -> None:
    tasks, gate, said = Tasks("owner"), asyncio.Event(), []

    async def work() -> None:
        await gate.wait()
        said.append("done")

    tasks.start("work", work())
    asyncio.get_running_loop().call_soon(gate.set)
    await tasks.finish()
    await tasks.finish()
    assert said == ["done"]
