"""Finds the sockets that pjsua opened: it does not tell their descriptors. Knows /proc and no pjsua2."""

from __future__ import annotations

import os
import socket
import stat


def descriptor_of(host: str, port: int) -> int:
    """Return the descriptor that is bound to a UDP address. Raises LookupError."""
    for entry in os.listdir("/proc/self/fd"):
        if _is_bound(int(entry), (host, port)):
            return int(entry)
    raise LookupError(f"no descriptor is bound to port {port}")


def _is_bound(descriptor: int, wanted: tuple[str, int]) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            udp = found.family == socket.AF_INET and found.type == socket.SOCK_DGRAM
            return udp and found.getsockname() == wanted
    except OSError:
        return False  # the descriptor of the listing itself is gone by now


def address(name: str) -> tuple[str, int]:
    """Return host and port of "192.0.2.1:4000"; port 0 when it is no address."""
    host, _, port = name.rpartition(":")
    return host, int(port) if port.isdecimal() else 0
