"""A real Chromium for tests of the panel, with helpers that say what a person does."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

from tests.support.furnished import Furnished

_POLITE = Path(__file__).with_name("polite_chromium.sh")


_CLOSES_WITHIN_S = 10.0


async def launch(playwright: Playwright, *, polite: bool = False) -> Browser:
    """Start the browser; a polite one leaves the processor to whatever is heard in real time."""
    program = str(_POLITE) if polite else shutil.which("chromium")
    return await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])


@asynccontextmanager
async def chromium(*, polite: bool = False) -> AsyncIterator[Browser]:
    """Open the browser and close it again."""
    async with async_playwright() as playwright:
        browser = await launch(playwright, polite=polite)
        try:
            yield browser
        finally:
            await browser.close()


class SharedBrowser:
    """A polite browser for several tests, one after the other; it starts when the first wants it."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser: Browser | None = None

    @asynccontextmanager
    async def without_windows(self) -> AsyncIterator[Browser]:
        """Lend the browser; whatever windows are opened meanwhile are closed at the end."""
        if self._browser is None:
            self._browser = await launch(self._playwright, polite=True)
        yield self._browser
        try:
            async with asyncio.timeout(_CLOSES_WITHIN_S):
                for context in self._browser.contexts:
                    await context.close()
        except TimeoutError:  # seldom, Chromium never says that a window is closed: the next test gets another one
            await self.close()

    async def close(self) -> None:
        """Close the browser, if it runs."""
        if self._browser is not None:
            await self._browser.close()
            self._browser = None


async def seat(
    browser: Browser,
    played: Furnished,
    login: str,
    *,
    language: str = "",
    theme: str = "",
    width: int = 1366,
    height: int = 768,
) -> BrowserContext:
    """Return a browser window of somebody who has signed in; whatever a page's scripts get wrong fails the test."""
    signed_in = await played.sign_in(login, language, theme)
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": width, "height": height})
    name = f"__Host-soribox-{played.services.config.https_port}"
    cookie = {"name": name, "value": signed_in.token, "url": played.address}
    await context.add_cookies([cookie | {"secure": True, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[list-item]
    return context


async def open_page(context: BrowserContext, played: Furnished, path: str = "/") -> Page:
    """Open a page and wait until its live channel is up to date."""
    page = await context.new_page()
    await page.goto(played.address + path)
    await connected(page)
    return page


async def signed_in(browser: Browser, link: str) -> Page:
    """Return the first page of whoever a sign-in link is for."""
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 1366, "height": 768})
    page = await context.new_page()
    await page.goto(link)
    await page.locator("form button[type=submit]").click()
    await connected(page)
    return page


async def connected(page: Page) -> None:
    """Wait until the page's live channel is up to date."""
    await page.wait_for_selector("html[data-live-state=on]")
