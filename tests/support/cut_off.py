"""A tab whose live channel is cut off, for as long as a test likes: by itself it would be back within a moment.

async with cut_off(page):
    ...  # what happens now, the tab does not hear
await connected(page)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page

# Whatever connects now waits, as it does where no packet arrives.
_GO = """() => {
    window.Connecting = window.WebSocket;
    window.WebSocket = class extends EventTarget {
        static OPEN = 1;
        readyState = 0;
        close() { this.dispatchEvent(new CloseEvent("close", { code: 1006 })); }
    };
    Soribox.live.break();
}"""
_COME_BACK = "() => { window.WebSocket = window.Connecting; Soribox.live.break(); }"


@asynccontextmanager
async def cut_off(page: Page) -> AsyncIterator[None]:
    """Cut a tab off, and let it come back at the end."""
    await page.evaluate(_GO)
    await page.wait_for_selector("html[data-live-state=off]")
    yield
    await page.evaluate(_COME_BACK)
