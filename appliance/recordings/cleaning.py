"""Removes what a recording that is safe was made of and what went before it, nothing else. Blocks: call it in a thread.

Each function raises OSError. When it has returned, a power cut does not bring back what was removed.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from appliance.core.durable import UNFINISHED, sync_folder
from appliance.recordings.formats import Format

log = logging.getLogger(__name__)


def _unless_gone(_: object, path: str, failure: tuple[type[BaseException], BaseException, object]) -> None:
    """Go on when something has gone already: the voice keeper removes its own notes at about the same time."""
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]


def remove(source: Path, below: Path) -> None:
    """Remove the folder `source` for good. One that is gone already is fine.

    Anything that does not lie right below `below` is left alone.
    """
    if source.parent.resolve() != below.resolve() or source.is_symlink():
        log.error("not removed, since it is no conversation's folder: %s", source)
        return
    if source.exists():
        shutil.rmtree(source, onerror=_unless_gone)
    sync_folder(below)


def remove_other_formats(recording: Path) -> None:
    """Remove what a try that was interrupted left of this recording in a format that it did not get in the end."""
    others = [recording.with_suffix(one.suffix) for one in Format if one.suffix != recording.suffix]
    left = [name for other in others for name in (other, other.with_name(other.name + UNFINISHED)) if name.exists()]
    for name in left:
        name.unlink()
    if left:
        sync_folder(recording.parent)
