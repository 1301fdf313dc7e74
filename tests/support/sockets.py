"""Which process has which socket open (proc(5): "net/udp", "net/unix", "fd")."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def sockets(pid: int) -> set[str]:
    """Return the inodes of a process's sockets; none when it is gone."""
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if (target := os.readlink(entry)).startswith("socket:["):
                    found.add(target[8:-1])
    return found


def udp_inodes(port: int | None = None) -> set[str]:
    """Return the inodes of all UDP sockets, or of those at one port."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if port is None or row[1].endswith(f":{port:04X}")}


def holds(pid: int, port: int) -> bool:
    """Tell whether a process has a UDP port open."""
    return bool(sockets(pid) & udp_inodes(port))


def relay_among(pids: Iterable[int], run_folder: Path) -> int | None:
    """Return the relay: of the zygote's children the one that has the socket to which workers connect."""
    path = str(run_folder / "relay.sock")
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    listening = {row[6] for row in rows if row[-1] == path}
    return next((pid for pid in pids if sockets(pid) & listening), None)
