"""What the tests of the panel share: an office in which calls can be played, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from playwright.async_api import Browser

from tests.support.browser import chromium
from tests.support.stage import Stage, stage


@pytest.fixture
async def played(tmp_path: Path, blocking_is_an_error: BlockBuster) -> AsyncIterator[Stage]:
    """The panel of a furnished office. Starting may touch the disk; serving may not."""
    blocking_is_an_error.deactivate()
    async with stage(tmp_path) as opened:
        blocking_is_an_error.activate()
        yield opened
        blocking_is_an_error.deactivate()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with chromium() as opened:
        yield opened
