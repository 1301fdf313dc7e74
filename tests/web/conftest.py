"""What the tests of the panel share: an office in which calls can be played, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from blockbuster import BlockBuster
from playwright.async_api import Browser, async_playwright, expect

from appliance.access import passwords
from hw import devices
from tests.support.browser import SharedBrowser
from tests.support.exchange import PHONES, Exchange, exchange
from tests.support.line_office import line_office
from tests.support.panel import Box, panel_in
from tests.support.stage import Stage, stage

# Milliseconds until a page that does not show what it should has failed: machines may be slow.
expect.set_options(timeout=20_000)


@pytest.fixture
async def played(tmp_path: Path, blocking_is_an_error: BlockBuster) -> AsyncIterator[Stage]:
    """The panel of a furnished office. Starting may touch the disk; serving may not."""
    blocking_is_an_error.deactivate()
    async with stage(tmp_path) as opened:
        blocking_is_an_error.activate()
        yield opened
        blocking_is_an_error.deactivate()


@pytest.fixture
async def office_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocking_is_an_error: BlockBuster
) -> AsyncIterator[Exchange]:
    """The panel of an office that listens to devices and looks for them often."""
    monkeypatch.setattr(devices, "SCAN_S", 0.05)
    blocking_is_an_error.deactivate()  # starting may touch the disk; serving may not
    async with line_office(tmp_path / "box") as made:
        blocking_is_an_error.activate()
        yield made
        blocking_is_an_error.deactivate()


@pytest.fixture(scope="module")
async def shared_browser() -> AsyncIterator[SharedBrowser]:
    """A real Chromium, which the tests of a file share."""
    async with async_playwright() as playwright:
        shared = SharedBrowser(playwright)
        yield shared
        await shared.close()


@pytest.fixture
async def browser(shared_browser: SharedBrowser) -> AsyncIterator[Browser]:
    """A real Chromium without a window."""
    async with shared_browser.without_windows() as browser:
        yield browser


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hash passwords as the box does, with less effort."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first box leaves its certificate, so that the others need not make their own."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture
async def box(tmp_path: Path, certificate: Path, blocking_is_an_error: BlockBuster) -> AsyncIterator[Box]:
    """The panel of a new, empty box on real ports. Starting may touch the disk; serving may not."""
    blocking_is_an_error.deactivate()
    shutil.copytree(certificate, tmp_path / "tls")
    async with panel_in(tmp_path) as opened:
        shutil.copytree(tmp_path / "tls", certificate, dirs_exist_ok=True)
        blocking_is_an_error.activate()
        yield opened
        blocking_is_an_error.deactivate()


@pytest.fixture
async def office(
    tmp_path: Path, blocking_is_an_error: BlockBuster, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Exchange]:
    """An office whose phones answer by themselves when they are asked to. Starting may touch the disk."""
    monkeypatch.setattr("appliance.calls.survey.SETTLES_MS", 0)  # whoever hung up may be called again at once
    blocking_is_an_error.deactivate()
    async with exchange(tmp_path, *PHONES) as opened:
        blocking_is_an_error.activate()
        yield opened
        blocking_is_an_error.deactivate()
