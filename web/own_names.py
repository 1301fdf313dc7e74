"""By which names and addresses browsers reach this box. Linux only; knows no page.

Reads the kernel's own tables, so it needs neither a program nor a library.
"""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from pathlib import Path

_SIOCGIFADDR = 0x8915  # linux/sockios.h
_IPV6_TABLE = Path("/proc/net/if_inet6")
_LINK_LOCAL_SCOPE = "20"  # such an address is no use in a browser's address bar


def names() -> tuple[str, ...]:
    """Return the names under which the box can be opened on the office network."""
    host = socket.gethostname().split(".")[0].lower()
    wanted = ["soribox.local", "localhost", host, f"{host}.local", socket.gethostname().lower()]
    return tuple(dict.fromkeys(name for name in wanted if _usable(name)))


def addresses() -> tuple[str, ...]:
    """Return the box's addresses, IPv4 and IPv6, in a stable order."""
    found = {*_ipv4(), *_ipv6(), "127.0.0.1", "::1"}
    return tuple(sorted(found, key=lambda one: (":" in one, one)))


def _usable(name: str) -> bool:
    return bool(name) and name.isascii() and all(part.replace("-", "").isalnum() for part in name.split("."))


def _ipv4() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, interface in socket.if_nameindex():
            request = struct.pack("256s", interface.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # no IPv4 address on this interface
            found.append(socket.inet_ntoa(answer[20:24]))
    return found


def _ipv6() -> list[str]:
    try:
        lines = _IPV6_TABLE.read_text().splitlines()
    except OSError:
        return []  # this machine has no IPv6
    parts = [line.split() for line in lines]
    return [str(ipaddress.IPv6Address(bytes.fromhex(fields[0]))) for fields in parts if fields[3] != _LINK_LOCAL_SCOPE]
