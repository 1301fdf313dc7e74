"""A process that is killed in the middle of writing loses nothing that it was told is written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.process


@pytest.mark.parametrize("after", [1, 150, 900])
def test_every_acknowledged_write_is_there_after_a_kill(tmp_path: Path, after: int) -> None:
    file = tmp_path / "soribox.db"
    command = [sys.executable, "-m", "tests.support.writes_until_killed", f"sqlite:///{file}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(after)]
        writer.kill()
        told += [int(line) for line in writer.stdout.read().split("\n")[:-1] if line]

    with closing(sqlite3.connect(file)) as left:
        assert left.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = left.execute("SELECT a, count(*) FROM kept GROUP BY a").fetchall()
    assert set(told) <= {number for number, _ in kept}
    assert {count for _, count in kept} == {2}, "a write is there as a whole or not at all"
