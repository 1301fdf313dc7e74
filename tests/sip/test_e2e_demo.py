"""The demo as somebody types it: it calls by itself, records, tells, and ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.box import Box, free_config

pytestmark = pytest.mark.sip

_ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def program(box: Box, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program of the repository on this box's settings; end it at the end."""
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=_ROOT, env=box.environment, stdout=pipe, stderr=pipe
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
            await running.wait()


async def test_the_demo_makes_its_calls_and_ends_by_itself(tmp_path: Path) -> None:
    box = Box(replace(free_config(tmp_path / "var"), sip_address=""))
    async with program(box, "tests.simulators.demo", "--calls", "3", "--every", "2") as demo:
        said, complained = await asyncio.wait_for(demo.communicate(), 90)
    assert demo.returncode == 0, said.decode() + complained.decode()
    assert "/sign-in/link/" in said.decode()
    async with program(box, "appliance.cli", "calls", "--json") as listing:
        told, _ = await asyncio.wait_for(listing.communicate(), 30)
    answered = [row for row in _rows(told) if row["result"] == "answered"]
    assert [row["recording"] for row in answered] == ["ready"] * 3
    assert all(row["ended_ms"] > row["answered_ms"] for row in answered)


async def test_the_demo_leaves_a_real_office_alone(tmp_path: Path) -> None:
    box = Box(free_config(tmp_path / "var"))
    await box.start()
    code = (await box.ask("GET", "/set-up"))["code"]
    person = {"login": "boss", "name": "박사장", "password": "a quiet morning at the desk"}
    await box.ask("POST", "/set-up", person | {"code": code, "office_name": "진짜 회사"})
    await box.stop()
    async with program(box, "tests.simulators.demo", "--calls", "1") as demo:
        _, complained = await asyncio.wait_for(demo.communicate(), 30)
    assert demo.returncode == 1
    assert "real office" in complained.decode()


def _rows(told: bytes) -> list[dict[str, Any]]:
    listed = json.loads(told)
    return list(listed["items"] if isinstance(listed, dict) else listed)
