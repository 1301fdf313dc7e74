"""A PostgreSQL server of the test's own: in a folder, on a free loopback port, ended with the test."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/usr/bin"))


def _owner() -> str | None:
    """Whom the server must run as: it refuses to run as root."""
    if os.getuid() != 0:
        return None
    return next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name == "postgres"), "nobody")


def available() -> bool:
    """Say whether this machine has the server and the driver."""
    return (BINARIES / "initdb").exists() and importlib.util.find_spec("psycopg") is not None


@dataclass
class Server:
    """One server; `stop` and `start` are what a test does to it."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://soribox@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(BINARIES / program), "-D", str(self.folder / "data"), *arguments]
        # Not captured: the server would keep the pipe, and we would wait for it.
        subprocess.run(command, check=True, user=_owner(), cwd=self.folder, stdout=subprocess.DEVNULL, timeout=60)

    def make(self) -> None:
        self._run("initdb", "-U", "soribox", "-A", "trust", "--locale=C.UTF-8", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Make a server in `folder` and run it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    folder.mkdir(parents=True)
    if owner := _owner():
        shutil.chown(folder, owner)
        for parent in folder.parents:  # pytest's folders are closed to others
            if not parent.stat().st_mode & 0o001 and parent.stat().st_uid == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
    server = Server(folder, port)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
