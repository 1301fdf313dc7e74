"""What systemd is told."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import notify

pytestmark = pytest.mark.unit


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def test_systemd_hears_of_the_start_and_of_the_stop(systemd: socket.socket) -> None:
    notify.ready()
    notify.stopping()
    assert [systemd.recv(100) for _ in range(2)] == [b"READY=1", b"STOPPING=1"]


async def test_the_watchdog_hears_again_and_again_that_the_loop_lives(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    systemd.setblocking(False)
    keeping = asyncio.create_task(notify.keep_watchdog())
    loop = asyncio.get_running_loop()
    heard = [await asyncio.wait_for(loop.sock_recv(systemd, 100), 20) for _ in range(3)]
    keeping.cancel()
    assert heard == [b"WATCHDOG=1"] * 3


@pytest.mark.parametrize("watched", [{}, {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": str(os.getppid())}])
async def test_nothing_is_kept_alive_when_nobody_watches_us(
    watched: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    for name, value in watched.items():
        monkeypatch.setenv(name, value)
    await asyncio.wait_for(notify.keep_watchdog(), 20)


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.ready()


def test_a_systemd_that_is_gone_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify.ready()
