"""Log lines of keeper, zygote and workers on standard error, where the process that started them collects them."""

from __future__ import annotations

import logging
import sys


def set_up_logging(who: str, level: str) -> None:
    """Write log lines of this process as `level voice/who module: text`. The collector adds the time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(levelname)s voice/{who} %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
