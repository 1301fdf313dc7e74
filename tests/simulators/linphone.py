"""Debian's linphonec as a desk phone that transfers by itself: two calls at once, hold, blind and attended transfer.

It is steered over its console, a line for each key, and needs no sound hardware: its microphone is a WAV file, its ear
another. Calls are named by the numbers that it gives them, from 1. baresip is the better phone for all that it can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from array import array
from pathlib import Path

from tests.simulators import audio
from tests.simulators.baresip import Account

_PROMPT = "linphonec> "
# Section and key names are liblinphone's. Ports of -1 are free ones; a keep-alive of ours would be one message more.
_CONFIG = """\
[sip]
sip_port=-1
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
guess_hostname=1
keepalive_period=0
inc_timeout=120
default_proxy=0
media_encryption=none
[rtp]
audio_rtp_port=-1
[net]
mtu=1300
[sound]
echocancellation=0
[video]
enabled=0
capture=0
display=0
[proxy_0]
reg_proxy=<sip:{host}:{port};transport={transport}>
reg_route=<sip:{host}:{port};transport={transport}>
reg_identity="{name}" <sip:{user}@{host}:{port}>
reg_expires=120
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd={password}
realm="soribox"
domain={host}
[audio_codec_0]
mime=PCMA
rate=8000
channels=1
enabled=1
"""


class Linphone:
    """One running phone. Its folder is its own; `say` is its microphone (WAV, mono, 16 bit, 8000 Hz)."""

    def __init__(self, folder: Path, account: Account, say: Path) -> None:
        self.folder, self.account, self._say = folder, account, say
        self.text = ""  # all that it has said
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._came = asyncio.Condition()

    async def __aenter__(self) -> Linphone:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it, and wait until it is registered."""
        await asyncio.to_thread(self._write_files)
        self._process = await asyncio.create_subprocess_exec(
            shutil.which("linphonec") or "linphonec",
            *("-c", str(self.folder / "linphonerc")),
            cwd=self.folder,
            env=os.environ | {"HOME": str(self.folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read())
        await self.said(_PROMPT)
        await self.key("soundcard use files")
        await self.key(f"play {self._say}")
        await self.key(f"record {self.folder / 'ear.wav'}")
        await self._registered()

    async def _registered(self) -> None:
        for _ in range(300):
            if "registered, identity" in (answer := await self.key("status register")):
                return
            await asyncio.sleep(0.1)  # it does not say so unasked
        raise TimeoutError(f"linphonec {self.account.user} is not registered: {answer}")

    def _write_files(self) -> None:
        # without this folder its core never starts, and says nothing about it
        (self.folder / ".local" / "share" / "linphone").mkdir(parents=True, exist_ok=True)
        account = self.account
        words = {name: getattr(account, name) for name in account.__dataclass_fields__}
        file = self.folder / "linphonerc"
        file.write_text(_CONFIG.format(**words))
        file.chmod(0o600)

    async def stop(self) -> None:
        """Hang up, un-register and end."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            assert process.stdin is not None
            with contextlib.suppress(ConnectionError):
                process.stdin.write(b"quit\n")
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            self._reading.cancel()

    # ------------------------------------------------------------------------------------------------- keys

    async def key(self, line: str) -> str:
        """Type a line; returns what it says to that."""
        since = len(self.text)
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self.said(_PROMPT, since=since)
        return self.text[since:]

    async def dial(self, number: str) -> int:
        """Call a number; returns the call."""
        since = len(self.text)
        await self.key(f"call {number}")
        found = await self.said(r"assigned id (\d+)", since=since)
        return int(found[1])

    async def rung(self, since: int = 0) -> tuple[int, str]:
        """Wait for a call; returns it and who calls."""
        found = await self.said(r"[Rr]eceiving new incoming call from (.*), assigned id (\d+)", since=since)
        return int(found[2]), found[1]

    async def answer(self, call: int) -> None:
        """Take a call."""
        since = len(self.text)
        await self.key(f"answer {call}")
        await self.talks(call, since)

    async def talks(self, call: int, since: int = 0) -> None:
        """Wait until a call is up, with sound."""
        await self.said(rf"Media streams established .*for call {call}\b", since=since)

    async def hold(self, call: int) -> None:
        """Put the call that is talked in on hold."""
        since = len(self.text)
        await self.key("pause")
        await self.said(rf"Call {call} with .* is now paused", since=since)

    async def retrieve(self, call: int) -> None:
        """Take a call off hold."""
        since = len(self.text)
        await self.key(f"resume {call}")
        await self.talks(call, since)

    async def transfer(self, call: int, number: str) -> None:
        """Give a call away to a number, without asking there."""
        await self.key(f"transfer {call} sip:{number}@{self.account.host}:{self.account.port}")

    async def connect(self, call: int, other: int) -> None:
        """Give a call away to the one with whom the other call is held."""
        await self.key(f"transfer {call} --to-call {other}")

    async def hang_up(self, call: int) -> None:
        """End a call."""
        await self.key(f"terminate {call}")

    async def ended(self, call: int) -> str:
        """Wait until a call is over; returns what it says about that."""
        return (await self.said(rf"Call {call} with .* (?:ended|error).*"))[0]

    async def said(self, pattern: str, within: float = 20.0, since: int = 0) -> re.Match[str]:
        """Wait until it says something. Raises TimeoutError with all that it has said."""

        def seen() -> re.Match[str] | None:
            return re.search(pattern, self.text[since:])

        async with self._came:
            try:
                await asyncio.wait_for(self._came.wait_for(seen), within)
            except TimeoutError:
                raise TimeoutError(f"linphonec {self.account.user} did not say {pattern!r}:\n{self.text}") from None
        found = seen()
        assert found is not None
        return found

    def heard(self) -> array[int]:
        """Return what all of its calls sounded like here, one after the other."""
        ear = self.folder / "ear.wav"
        return audio.read_wav(ear) if ear.exists() else array("h")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(65536):
            async with self._came:
                self.text += data.decode(errors="replace")
                self._came.notify_all()
