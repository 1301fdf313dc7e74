"""Where announcements lie in the data folder. Knows no table and no format."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

from appliance.core.durable import make_folders, sync_folder


class Folder:
    """A file for each announcement; folders for the box's own, what was said to callers, tried, and sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.own = path / "box"
        self.said = path / "said"
        self.tried = path / "tried"
        self.incoming = path / "incoming"
        self.taken = path / "taken"

    def open(self, known: Collection[str]) -> None:
        """Make the folders and remove what belongs to nothing. Touches the disk."""
        make_folders(self.path)
        if self.incoming.exists():
            shutil.rmtree(self.incoming)
        make_folders(self.incoming)
        for path in self.path.iterdir():
            if path.is_file() and path.name not in known:
                path.unlink()

    def fresh(self, announcement: str, mark: str = "") -> str:
        """Return a new file name: a call may still be playing the old one, and must not find another sound in it."""
        return f"{announcement}-{mark or secrets.token_hex(4)}.wav"

    def remove(self, *names: str) -> None:
        """Remove files; a call that plays one hears it to its end. Touches the disk."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        sync_folder(self.path)
