"""New stores for tests: each is a copy of one whose tables were made once, since making them takes most of the time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.store.engine import engine_for
from appliance.store.migrate import migrate


def new_store(folder: Path, name: str = "soribox.db") -> str:
    """Return the URL of the store in `folder`, made if it is not there."""
    file = folder / name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_made_once())
    return f"sqlite:///{file}"


@cache
def _made_once() -> bytes:
    """Return an office's file before anything happened in the office; made beside the loop, which may not wait."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(_make).result()


def _make() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        migrate(engine_for(f"sqlite:///{file}", busy_seconds=5))
        return file.read_bytes()
