"""Removes the folder of a conversation whose recording is safe, and nothing else. Blocks: call it in a thread."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from appliance.recordings.durable import sync_folder

log = logging.getLogger(__name__)


def _unless_gone(_: object, path: str, failure: tuple[type[BaseException], BaseException, object]) -> None:
    """Go on when something has gone already: the voice keeper removes its own notes at about the same time."""
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]


def remove(source: Path, below: Path) -> None:
    """Remove the folder `source` for good. One that is gone already is fine.

    Anything that does not lie right below `below` is left alone. Raises OSError. When this has returned, a power cut
    does not bring the folder back.
    """
    if source.parent.resolve() != below.resolve() or source.is_symlink():
        log.error("not removed, since it is no conversation's folder: %s", source)
        return
    if source.exists():
        shutil.rmtree(source, onerror=_unless_gone)
    sync_folder(below)
