"""Colours that can be read: contrast by WCAG 2.2 (1.4.3 text, 1.4.11 borders of fields), light and dark."""

from __future__ import annotations

import re

import pytest

from appliance.agents.types import Colour
from web.static_files import STATIC

pytestmark = pytest.mark.web

TEXT, PART = 4.5, 3.0
PAIRS = [
    ("text", "ground", TEXT), ("text", "surface", TEXT), ("text-2", "surface", TEXT), ("text-2", "ground", TEXT),
    ("text-3", "surface", TEXT), ("text-3", "surface-2", TEXT), ("text-3", "ground", TEXT),
    ("accent", "surface", TEXT), ("accent", "ground", TEXT), ("accent-strong", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT), ("surface", "bad", TEXT), ("bad", "surface", TEXT), ("ok", "ok-soft", TEXT),
    ("wait", "wait-soft", TEXT), ("bad", "bad-soft", TEXT), ("info", "info-soft", TEXT),
    *((f"k-{colour}", back, PART) for colour in Colour for back in ("surface", "surface-2", "ground", "accent-soft")),
    ("field", "surface", PART), ("focus", "surface", PART), ("focus", "ground", PART),
]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    """Return the custom properties of each palette of the style sheet."""
    css = (STATIC / "css" / "base.css").read_text()
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", css)
    return {name.strip(): dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for name, block in blocks}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", palettes())
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_pair_of_colours_can_be_read(palette: str, front: str, back: str, least: float) -> None:
    colours = palettes()[palette]
    lighter, darker = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def test_the_dark_palette_is_the_same_by_choice_and_by_machine() -> None:
    by_machine, by_choice = palettes()[':root[data-theme="auto"]'], palettes()[':root[data-theme="dark"]']
    assert by_machine == by_choice
