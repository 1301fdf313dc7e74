"""SIPp as the carrier: each call is a process of its own with one of the scenarios in `tests/sip/scenarios`.

A scenario's @WORDS@ are filled in here; its audio is a file of bare A-law that is streamed while the call is up.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from tests.simulators.wire import Address
from tests.support.ports import somewhere

SCENARIOS = Path(__file__).parents[1] / "sip" / "scenarios"


@dataclass(frozen=True)
class Caller:
    """Who calls: `number` empty = withheld (RFC 3323, RFC 3325)."""

    number: str
    headers: tuple[str, ...] = field(default=())

    @property
    def origin(self) -> str:
        """The From header without its tag."""
        if not self.number:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        return f"<sip:{self.number}@carrier.example>"

    @property
    def extra(self) -> str:
        """Further headers, a line each."""
        privacy = () if self.number else ("Privacy: id",)
        return "\n".join((*privacy, *self.headers)) or "User-Agent: Carrier"


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


class Sipp:
    """One running SIPp. `address` is where it calls from; its files are in `folder`."""

    def __init__(self, folder: Path, address: str, sound: Path) -> None:
        self.folder, self.address, self.sound = folder, address, sound
        self._process: asyncio.subprocess.Process | None = None

    async def call(self, number: str, to: Address, caller: Caller, talk_ms: int, scenario: str = "call") -> None:
        """Begin a call; `done` waits for its end."""
        target = ("-s", number, f"{to[0]}:{to[1]}")
        words = {"FROM": caller.origin, "HEADERS": caller.extra}
        await self._start(scenario, talk_ms, words, "-m", "1", "-p", str(_free_port(self.address)), *target)

    async def answer(self, port: int, ring_ms: int) -> None:
        """Answer calls, and the edge's OPTIONS, on `port` until stopped."""
        await self._start("answer", ring_ms, {}, "-p", str(port), "-aa")

    async def _start(self, scenario: str, talk_ms: int, words: dict[str, str], *arguments: str) -> None:
        file = await asyncio.to_thread(self._write, scenario, words | {"TALK": str(talk_ms), "SOUND": str(self.sound)})
        first = somewhere(2)
        with (self.folder / "sipp.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                shutil.which("sipp") or "sipp",
                *("-sf", str(file), "-i", self.address, "-mi", self.address, "-nostdin"),
                *("-mp", str(first)),
                *("-cid_str", f"%u-%p-{secrets.token_hex(6)}@%s", *arguments),
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def _write(self, scenario: str, words: dict[str, str]) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = (SCENARIOS / f"{scenario}.xml").read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", escape(value, {'"': "&quot;"}) if word == "SOUND" else value)
        file = self.folder / f"{scenario}.xml"
        file.write_text(text)
        return file

    async def done(self, within: float = 60.0) -> int:
        """Wait for the end of the call; 0 = it went as the scenario says."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), within)

    async def stop(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 3)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def __aenter__(self) -> Sipp:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
