"""Log set-up: one line a record, the call's id in each, no phone numbers in the text. Knows no feature."""

from __future__ import annotations

import contextvars
import logging
import re
import sys

call_in_hand: contextvars.ContextVar[str] = contextvars.ContextVar("call_in_hand", default="")

# Eight digits or more, hyphens between them; also in a SIP URI or before a full stop. No date, no moment in
# milliseconds, no decimal, no part of an id.
_NUMBER = re.compile(
    r"(?<![\w-])(?<!\d\.)(?!\d{4}-\d\d-\d\d(?!\d))(?!1[5-9]\d{11}(?!\d))\+?\d(?:-?\d){7,15}(?![\w-])(?!\.\d)"
)


def mask(text: str) -> str:
    """Hide the middle of everything in `text` that looks like a phone number: 01055551234 → 010****34."""

    def hide(found: re.Match[str]) -> str:
        digits = found.group()
        return digits[:3] + "****" + digits[-2:]

    return _NUMBER.sub(hide, text)


class MaskingFormatter(logging.Formatter):
    """Formats like its parent, adds the call in hand, and masks numbers in the whole line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line."""
        call = call_in_hand.get()
        head, text = f"{self.formatTime(record)} {record.levelname:7} {record.name}", super().format(record)
        return f"{head} [{call}] {mask(text)}" if call else f"{head} {mask(text)}"


def set_up(level: str) -> None:
    """Send all records from `level` up to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
