"""Files and folders that are there after a power cut. Knows no feature."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

UNFINISHED = ".unfinished"


@contextmanager
def replacing(target: Path) -> Iterator[BufferedRandom]:
    """Write a file that appears whole or not at all, and stays after a power cut once this has returned.

    What was written may be read again before the end.
    """
    make_folders(target.parent)
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with unfinished.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def make_folders(folder: Path) -> None:
    """Make a folder and those above it so that they survive a power cut."""
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
