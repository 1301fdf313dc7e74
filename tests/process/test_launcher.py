"""A whole box in the foreground: started, parts killed, stopped; and why it refuses to start."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import sys
from pathlib import Path

import msgspec
import pytest

from appliance import launcher
from appliance.config import Config
from appliance.core.listeners import taken
from sip.voice.settings import KeeperSettings
from tests.support.box import Box, free_config, running_box
from tests.support.source import ROOT
from tests.support.waiting import wait_until

pytestmark = pytest.mark.process

PARTS = ("edge", "voice", "core")


async def launch(config: Config) -> tuple[int, str]:
    """Start a box that is not expected to run; return its exit code and its words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.launcher"),
        cwd=ROOT,
        env=Box(config).environment | {"LC_ALL": "en_US.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    words, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, words.decode()


def registration(port: int) -> str:
    """Return what a phone sends first over TLS, before it is asked for its password (RFC 3261 section 10.1)."""
    lines = (
        "REGISTER sips:127.0.0.1 SIP/2.0",
        "Via: SIP/2.0/TLS 127.0.0.1:40000;rport;branch=z9hG4bKfirst",
        "Max-Forwards: 70",
        "From: <sip:101@127.0.0.1>;tag=first",
        "To: <sip:101@127.0.0.1>",
        f"Call-ID: first-{port}@127.0.0.1",
        "CSeq: 1 REGISTER",
        "Contact: <sip:101@127.0.0.1:40000;transport=tls>",
        "Expires: 60",
        "Content-Length: 0",
    )
    return "\r\n".join(lines) + "\r\n\r\n"


async def changed(box: Box, part: str, before: int) -> None:
    """Wait until a part runs as another process."""

    def is_there() -> bool:
        try:
            return box.pid(part) != before
        except (OSError, ValueError):
            return False

    await asyncio.to_thread(wait_until, is_there, f"{part} to be started again")


async def test_each_part_may_die_without_the_others(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        for killed in PARTS:
            before = {part: box.pid(part) for part in PARTS}
            os.kill(before[killed], signal.SIGKILL)
            await changed(box, killed, before[killed])
            await box.until_ready()
            after = {part: box.pid(part) for part in PARTS}
            assert {part for part in PARTS if before[part] != after[part]} == {killed}
        assert await box.stop() == 0
        assert not list(box.config.run_folder.glob("[!l]*.pid"))


async def test_phones_can_use_tls_from_the_first_start_on(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        port = box.config.sip_tls_port
        trusting = await asyncio.to_thread(ssl.create_default_context, cafile=box.config.folder / "tls" / "ca.crt")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        writer.write(registration(port).encode())
        answer = await asyncio.wait_for(reader.readline(), 20)
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"SIP/2.0 401 ")


async def test_a_second_box_on_the_same_folder_or_port_says_who_has_it(tmp_path: Path) -> None:
    async with running_box(tmp_path) as box:
        code, words = await launch(free_config(box.config.folder))
        assert code == 1
        assert f"pid {box.pid('launcher')}" in words
        code, words = await launch(free_config(tmp_path / "other", sip_port=box.config.sip_port))
        assert code == 1
        assert f"UDP port {box.config.sip_port} is taken by kamailio (pid " in words
        assert "SORIBOX_SIP_PORT" in words
        assert await box.ask("GET", "/health")


async def test_an_address_that_is_not_here_is_refused(tmp_path: Path) -> None:
    code, words = await launch(free_config(tmp_path / "var", sip_address="198.51.100.7"))
    assert code == 1
    assert "has no address 198.51.100.7" in words


async def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, words = await launch(free_config(tmp_path / "file" / "var"))
    assert code == 1
    assert "cannot be used" in words


def test_the_keeper_understands_what_it_is_told(tmp_path: Path) -> None:
    config = free_config(tmp_path)
    told = msgspec.convert(launcher.keeper_settings(config), KeeperSettings)
    assert told.run_folder == config.run_folder
    assert told.for_slot(1, "").sip_port == config.voice_port + 1


def test_every_port_of_the_box_is_looked_at_before_it_starts(tmp_path: Path) -> None:
    config = free_config(tmp_path)
    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with held:
        held.bind(("127.0.0.1", config.rtp_port + 5))
        (clash,) = taken(launcher.wanted_ports(config))
    assert (clash.wanted.setting, clash.pid) == ("rtp_port", os.getpid())
