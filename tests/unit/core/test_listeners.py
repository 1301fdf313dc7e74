"""Who has a port."""

from __future__ import annotations

import os
import socket

import pytest

from appliance.core.listeners import Wanted, taken

pytestmark = pytest.mark.unit


def opened(kind: socket.SocketKind, address: str = "127.0.0.1") -> socket.socket:
    """Return a socket that has a free port."""
    one = socket.socket(socket.AF_INET, kind)
    one.bind((address, 0))
    if kind is socket.SOCK_STREAM:
        one.listen()
    return one


def ours(kind: str, port: int, address: str = "127.0.0.1") -> bool:
    """Say whether we are found to have a port: others on this machine may open any at any moment."""
    return os.getpid() in {one.pid for one in taken([Wanted("sip_port", kind, port, address)])}


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")])
def test_the_program_that_has_a_port_is_named(kind: socket.SocketKind, protocol: str) -> None:
    with opened(kind) as one:
        port = one.getsockname()[1]
        (found,) = taken([Wanted("sip_port", protocol, port, "127.0.0.1")])
    assert found.pid == os.getpid()
    assert found.program
    assert found.wanted.setting == "sip_port"


def test_a_free_port_and_one_of_the_other_protocol_are_not_taken() -> None:
    with opened(socket.SOCK_STREAM) as one:
        port = one.getsockname()[1]
        assert ours("tcp", port)
        assert not ours("udp", port)
    assert not ours("tcp", port)


def test_another_address_has_its_own_ports_but_everything_includes_all() -> None:
    with opened(socket.SOCK_DGRAM) as one:
        port = one.getsockname()[1]
        assert not ours("udp", port, "127.0.0.2")
        assert ours("udp", port, "0.0.0.0")
    with opened(socket.SOCK_DGRAM, "0.0.0.0") as one:
        assert ours("udp", one.getsockname()[1], "127.0.0.2")


def test_a_port_that_is_only_used_for_going_out_is_free_to_open() -> None:
    with opened(socket.SOCK_STREAM) as server, socket.create_connection(server.getsockname()) as client:
        assert not ours("tcp", client.getsockname()[1])
