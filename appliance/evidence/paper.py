"""The sheet on which reports are written: A4, a Korean font, headings, facts, tables. Knows no call.

The font is a Debian package's; only the signs that are used go into the file.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

FONTS = Path("/usr/share/fonts/truetype/nanum")
_REGULAR, _BOLD = "NanumGothic.ttf", "NanumGothicBold.ttf"
_FAMILY = "Nanum"
_MARGIN = 18.0  # mm
_INK, _FAINT, _RULE, _SHADE = (26, 32, 44), (104, 112, 126), (208, 213, 221), (244, 246, 249)
_WHITE = (255, 255, 255)
_ALARM, _ALARM_SHADE = (166, 29, 36), (253, 240, 240)
_LINE = 5.4

logging.getLogger("fontTools").setLevel(logging.ERROR)  # what it leaves out of a font is for printers of old


class NoFont(Exception):
    """The font with Korean letters is not installed."""


class Paper(FPDF):
    """A document that knows its own look. `foot` stands under every page."""

    def __init__(self, title: str, foot: str, language: str, fonts: Path = FONTS) -> None:
        """Raises NoFont."""
        super().__init__(format="A4")
        self._foot = foot
        self.set_margins(_MARGIN, 16, _MARGIN)
        self.set_auto_page_break(True, margin=20)
        for style, name in (("", _REGULAR), ("B", _BOLD)):
            if not (fonts / name).is_file():
                raise NoFont(f"{fonts / name}: fonts-nanum is not installed")
            self.add_font(_FAMILY, style, fonts / name)
        self.set_title(title)
        self.set_lang("ko-KR" if language == "ko" else "en-GB")
        self.set_creator("Soribox")
        self.add_page()

    def footer(self) -> None:
        """Write the foot of a page."""
        self.set_y(-14)
        self._pen(7.5, colour=_FAINT)
        self.cell(self.epw - 20, 5, self._foot)
        self.cell(20, 5, f"{self.page_no()} / {{nb}}", align="R")

    def head(self, title: str, sub: str, right: Sequence[str]) -> None:
        """Write the head of the first page, with a few lines at the right."""
        top = self.get_y()
        self._pen(8, colour=_FAINT)
        for line in right:
            self.cell(0, 4.4, line, align="R", new_x="LMARGIN", new_y="NEXT")
        bottom = self.get_y()
        self.set_y(top)
        self._pen(19, "B")
        self.cell(self.epw * 0.62, 9, title, new_x="LMARGIN", new_y="NEXT")
        self._pen(9.5, colour=_FAINT)
        self.cell(self.epw * 0.62, 6, sub, new_x="LMARGIN", new_y="NEXT")
        self.set_y(max(bottom, self.get_y()) + 2)
        self.set_draw_color(*_INK)
        self.set_line_width(0.5)
        self.line(_MARGIN, self.get_y(), _MARGIN + self.epw, self.get_y())
        self.set_line_width(0.2)
        self.ln(4)

    def banner(self, words: str) -> None:
        """Write one sentence that matters most."""
        self._pen(11, "B", _ALARM)
        self.set_fill_color(*_ALARM_SHADE)
        self.multi_cell(0, 9, words, fill=True, padding=(1, 4), new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def section(self, title: str) -> None:
        """Begin a part; it does not begin at the very end of a page."""
        if self.get_y() > self.eph - 26:
            self.add_page()
        self.ln(2)
        self._pen(11.5, "B")
        self.cell(0, 8, title, new_x="LMARGIN", new_y="NEXT")

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write names and values, two pairs a line."""
        shown = [fact for fact in facts if fact[1]]
        rows = [
            [part for fact in shown[at : at + 2] for part in fact] + ["", ""] * (at + 1 == len(shown))
            for at in range(0, len(shown), 2)
        ]
        self._table(rows, (15, 35, 15, 35), names=(0, 2))

    def wide_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write names and values, one pair a line."""
        self._table([list(fact) for fact in facts if fact[1]], (15, 85), names=(0,))

    def rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """Write a table with heads, which come again on each page."""
        self._table([list(row) for row in rows], widths, heads)

    def words(self, words: str, *, faint: bool = False) -> None:
        """Write a paragraph."""
        self._pen(9, colour=_FAINT if faint else _INK)
        self.multi_cell(0, _LINE, words, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(1.5)

    def done(self) -> bytes:
        """Return the file."""
        return bytes(self.output())

    def _table(
        self, rows: list[list[str]], widths: Sequence[float], heads: Sequence[str] = (), names: Sequence[int] = ()
    ) -> None:
        self._pen(8.5)
        self.set_draw_color(*_RULE)
        head = FontFace(emphasis="BOLD", color=_INK, fill_color=_SHADE)
        name, value = FontFace(color=_FAINT, fill_color=_SHADE), FontFace(color=_INK, fill_color=_WHITE)
        with self.table(
            col_widths=tuple(widths),
            headings_style=head,
            first_row_as_headings=bool(heads),
            line_height=_LINE,
            padding=(1, 2),
            text_align="LEFT",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES if heads else TableBordersLayout.ALL,
            width=self.epw,
        ) as table:
            if heads:
                table.row(heads)
            for row in rows:
                line = table.row()
                for place, cell in enumerate(row):
                    line.cell(cell, style=name if place in names else value)
        self.ln(1.5)

    def _pen(self, size: float, style: str = "", colour: tuple[int, int, int] = _INK) -> None:
        self.set_font(_FAMILY, style, size)
        self.set_text_color(*colour)
