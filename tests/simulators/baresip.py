"""Debian's baresip as a desk phone: a real SIP client with a microphone (a WAV file) and ears (what it dumps).

It is steered over its control connection (module ctrl_tcp: netstrings of JSON) and needs no sound hardware.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulators import audio

_MODULES = Path("/usr/lib")
_CONFIG = """\
poll_method epoll
sip_listen {address}:0
net_interface {address}
audio_player aubridge,nowhere
audio_source aufile,{microphone}
audio_alert aubridge,nowhere
audio_buffer 20-160
rtp_stats no
call_max_calls 1
snd_path {folder}
ctrl_tcp_listen 127.0.0.1:{control}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""
_ACCOUNT = (
    '"{name}" <sip:{user}@{host}:{port};transport={transport}>;auth_user={user};auth_pass={password};regint=120;'
    "answermode=manual;audio_codecs=PCMA/8000/1,PCMU/8000/1;ptime=20;sipnat=\n"
)


@dataclass(frozen=True)
class Account:
    """What a person types into their phone."""

    user: str
    password: str
    host: str
    port: int
    transport: str = "udp"
    name: str = ""


class Baresip:
    """One running phone. Its folder is its own; `say` is its microphone (WAV, mono, 16 bit, 8000 Hz)."""

    def __init__(self, folder: Path, account: Account, say: Path, address: str = "127.0.0.1") -> None:
        self.folder, self.account, self._say, self._address = folder, account, say, address
        self.events: list[dict[str, Any]] = []
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._came = asyncio.Condition()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    async def start(self, control: int) -> None:
        """Start it, with its control connection on a free TCP port of loopback, and wait until it is registered."""
        await asyncio.to_thread(self._write_files, control)
        with (self.folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                shutil.which("baresip") or "baresip",
                *("-4", "-f", str(self.folder)),
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        reader = await self._connect(control)
        self._reading = asyncio.create_task(self._read(reader))
        await self._registered()

    async def _registered(self) -> None:
        for _ in range(100):
            since = len(self.events)
            self.command("reginfo")
            answer = await self.event("", since=since)
            if "OK" in str(answer.get("data")):
                return
            await asyncio.sleep(0.1)  # its event for this may have come before we were connected
        raise TimeoutError(f"baresip {self.account.user} is not registered: {answer.get('data')}")

    def _write_files(self, control: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        modules = next(_MODULES.glob("**/baresip/modules"))
        config = _CONFIG.format(
            address=self._address, microphone=self._say, folder=self.folder, control=control, modules=modules
        )
        account = self.account
        line = _ACCOUNT.format(**{name: getattr(account, name) for name in account.__dataclass_fields__})
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(line)
        (self.folder / "accounts").chmod(0o600)
        (self.folder / "contacts").write_text("")

    async def _connect(self, control: int) -> asyncio.StreamReader:
        for _ in range(200):
            assert self._process is not None
            if self._process.returncode is not None:
                break
            try:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", control)
            except OSError:
                await asyncio.sleep(0.05)  # it opens its port when it is ready, and has no other way to say so
            else:
                return reader
        raise RuntimeError(f"baresip does not start:\n{(self.folder / 'log').read_text(errors='replace')}")

    async def stop(self) -> None:
        """Un-register and end."""
        process, self._process = self._process, None
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def __aenter__(self) -> Baresip:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def command(self, name: str, params: str = "") -> None:
        """Press a key: "accept", "hangup", "dial", "hold", "resume", …"""
        assert self._writer is not None
        text = json.dumps({"command": name, "params": params, "token": name})
        self._writer.write(f"{len(text.encode())}:{text},".encode())

    async def event(self, kind: str, within: float = 20.0, since: int = 0) -> dict[str, Any]:
        """Wait for an event ("CALL_INCOMING", "CALL_ESTABLISHED", "CALL_CLOSED"; "" = an answer to a command)."""

        def seen() -> dict[str, Any] | None:
            return next((event for event in self.events[since:] if event.get("type", "") == kind), None)

        async with self._came:
            try:
                await asyncio.wait_for(self._came.wait_for(seen), within)
            except TimeoutError:
                kinds = [event.get("type") for event in self.events]
                raise TimeoutError(f"baresip {self.account.user}: no {kind} in {within} s; so far {kinds}") from None
            return seen() or {}

    def heard(self) -> array[int]:
        """Return what its last call sounded like here."""
        dumps = sorted(self.folder.glob("dump-*-dec.wav"))
        return audio.read_wav(dumps[-1]) if dumps else array("h")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                told = json.loads((await reader.readexactly(length + 1))[:-1])
                async with self._came:
                    self.events.append(told)
                    self._came.notify_all()
                self.on_event(told)
