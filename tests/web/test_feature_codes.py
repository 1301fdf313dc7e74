"""The page of feature codes: everything of the table, in both languages, on one sheet."""

from __future__ import annotations

import html
import re

import pytest
from playwright.async_api import Browser

from appliance.calls.feature_codes import CODES
from appliance.i18n.catalog import text
from tests.support.browser import open_page, seat
from tests.support.panel import Box
from tests.support.stage import Stage

pytestmark = pytest.mark.web

LANGUAGES = ("ko", "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_names_every_code_of_the_table_to_everybody(box: Box, language: str) -> None:
    await box.set_up(language)
    agent = await box.agent(language)
    page = html.unescape((await agent.get("/feature-codes")).text)
    for code in CODES:
        assert f'<span class="code">{code.code}</span>' in page
        assert text(language, code.name) in page
        assert text(language, code.explanation) in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_printed_on_one_sheet_of_a4(played: Stage, browser: Browser, language: str) -> None:
    context = await seat(browser, played, "haneul", language=language, theme="dark")
    page = await open_page(context, played, "/feature-codes")
    sheet = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    (width, height) = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", sheet)[0]
    assert (round(float(width)), round(float(height))) == (595, 842)
    await page.emulate_media(media="print")
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)", "black, in dark colours too"
    await context.close()
