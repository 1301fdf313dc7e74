"""Finds out which program has a port, from /proc (proc(5), "/proc/net"). Knows no feature.

Only Linux. Programs of other users stay nameless unless root asks.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TCP_LISTEN = "0A"
_UDP_UNCONNECTED = "07"


@dataclass(frozen=True)
class Wanted:
    """A port that we are about to open. `setting` is the boot setting that says its number; `kind` "tcp" or "udp"."""

    setting: str
    kind: str
    port: int
    address: str = "0.0.0.0"  # noqa: S104  # everything, unless told otherwise


@dataclass(frozen=True)
class Taken:
    """A port that somebody else has. `pid` is 0 and `program` empty when that is not for us to see."""

    wanted: Wanted
    pid: int
    program: str


@dataclass(frozen=True)
class _Socket:
    kind: str
    address: str
    port: int
    inode: str


def taken(wanted: Iterable[Wanted]) -> tuple[Taken, ...]:
    """Return those of the wanted ports that cannot be opened now, and who has them."""
    sockets = tuple(_open_sockets())
    clashes = [(want, found) for want in wanted for found in sockets if _clash(want, found)]
    owners = _owners({found.inode for _, found in clashes})
    unique: dict[Wanted, Taken] = {}
    for want, found in clashes:
        pid = owners.get(found.inode, 0)
        unique.setdefault(want, Taken(want, pid, _program(pid)))
    return tuple(unique.values())


def _clash(want: Wanted, found: _Socket) -> bool:
    everything = {"0.0.0.0", "::"}  # noqa: S104 - the usual, unless told otherwise
    same_place = want.address == found.address or want.address in everything or found.address in everything
    return want.kind == found.kind and want.port == found.port and same_place


def _open_sockets() -> Iterator[_Socket]:
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:  # a kernel without IPv6 has no such table
            continue
        for line in lines:
            fields = line.split()
            kind, state = table[:3], fields[3]
            if state == (_TCP_LISTEN if kind == "tcp" else _UDP_UNCONNECTED):
                address, _, port = fields[1].partition(":")
                yield _Socket(kind, _readable(address), int(port, 16), fields[9])


def _readable(address: str) -> str:
    """Turn /proc's form (host byte order, 32 bits at a time) into the usual one."""
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    packed = b"".join(words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _owners(inodes: set[str]) -> dict[str, int]:
    """Return the process that holds each of these sockets, as far as we may see it."""
    links = {f"socket:[{inode}]": inode for inode in inodes}
    owners: dict[str, int] = {}
    for process in Path("/proc").iterdir() if inodes else ():
        if process.name.isdigit():
            for link in _links(process / "fd"):
                if link in links:
                    owners.setdefault(links[link], int(process.name))
    return owners


def _links(folder: Path) -> Iterator[str]:
    try:
        for entry in os.scandir(folder):
            try:
                yield os.readlink(entry.path)
            except OSError:  # closed in between
                continue
    except OSError:  # not ours to see, or gone
        return


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() if pid else ""
    except OSError:
        return ""
