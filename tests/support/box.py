"""A whole box for tests: launcher, Kamailio, keeper, workers and core, on free loopback ports, in its own folder.

    async with running_box(tmp_path) as box:
        password = (await box.ask("POST", "/extensions", {"number": "101", "name": "A"}))["password"]
        box.config.sip_port                  # where phones register, on 127.0.0.1
        box.pid("core")                      # also "edge", "voice", "launcher"; box.workers() for the voice's
        await box.until_ready()              # edge and voice are there (again)
        await box.stop()                     # like SIGTERM on a terminal; done by itself at the end

Requests go over the box's own unix socket, so no set-up is needed. At the end no process of the box is left.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from appliance.config import Config
from tests.support.ports import free_run
from web.api.client import Client, Refused, Unreachable

_READY_SECONDS = 30.0
_RTP_EACH = 16
_ROOT = Path(__file__).parents[2]


def free_config(folder: Path, **settings: Any) -> Config:
    """Return settings for a box on 127.0.0.1 whose ports are all free now; `settings` override them."""
    conversations = int(settings.get("conversations", 8))
    warm = int(settings.get("warm_workers", 2))
    slots = conversations + warm
    rtp = free_run(slots * (_RTP_EACH + 1) + 6)  # all in one run: none of them is another's
    voice = rtp + slots * _RTP_EACH
    https, http, sip, tls, core, control = range(voice + slots, voice + slots + 6)
    given: dict[str, Any] = {
        "data": str(folder),
        "web_address": "127.0.0.1",
        "https_port": https,
        "http_port": http,
        "sip_address": "127.0.0.1",
        "sip_port": sip,
        "sip_tls_port": tls,
        "edge_core_port": core,
        "edge_control_port": control,
        "voice_port": voice,
        "rtp_port": rtp,
        "conversations": conversations,
        "warm_workers": warm,
        "drain_seconds": 2,
    }
    return Config(**(given | settings))


class Box:
    """One running box."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.log_file = config.folder.parent / f"{config.folder.name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._client: Client | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which any of the box's programs finds this box."""
        settings = {f"SORIBOX_{f.name.upper()}": str(getattr(self.config, f.name)) for f in fields(Config)}
        return {**os.environ, **settings, "SORIBOX_CONFIG": "/nonexistent/soribox.toml", "PYTHONUNBUFFERED": "1"}

    async def start(self) -> None:
        """Start it and wait until calls can come."""
        self.config.folder.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "appliance.launcher",
                cwd=_ROOT,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.until_ready()

    async def until_ready(self) -> None:
        """Wait until the core answers and says that edge and voice are there."""
        async with asyncio.timeout(_READY_SECONDS):
            while not await self._is_ready():
                assert self._process is not None
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(0.05)  # another process becomes ready; it has nothing to tell us by

    async def _is_ready(self) -> bool:
        try:
            health = await self.ask("GET", "/health")
        except (Unreachable, Refused, OSError):
            return False
        levels = {report["part"]: report["level"] for report in health["parts"]}
        return levels.get("edge") == "ok" and levels.get("voice") in ("ok", "degraded")

    async def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        """Ask the API as the box's own command line does. Raises Refused, Unreachable."""
        async with Client(self.config.run_folder / "core.sock", "en") as client:
            return await client.ask(method, path, body, query)

    def log(self) -> str:
        """Return what the box's programs have said."""
        return self.log_file.read_text(errors="replace")

    def pid(self, part: str) -> int:
        """Return the process id of "launcher", "edge", "voice" or "core"."""
        return int((self.config.run_folder / f"{part}.pid").read_text())

    def workers(self) -> list[int]:
        """Return the process ids below the keeper: the zygote first, then its workers."""
        return descendants(self.pid("voice"))

    def everyone(self) -> list[int]:
        """Return the process ids of the whole box."""
        assert self._process is not None
        return [self._process.pid, *descendants(self._process.pid)]

    async def stop(self) -> int:
        """Stop it as on a terminal and return the launcher's exit code; -1 when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return -1
        everyone = [process.pid, *descendants(process.pid)]
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.config.drain_seconds + 20):
                code = await process.wait()
        finally:
            left = [pid for pid in everyone if _runs(pid)]
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert not left, f"processes {left} were left\n{self.log()}"
        return code


@asynccontextmanager
async def running_box(folder: Path, **settings: Any) -> AsyncIterator[Box]:
    """Start a box with its data in `folder`/var; stop it at the end and see that nothing is left."""
    box = Box(free_config(folder / "var", **settings))
    try:
        await box.start()
        yield box
    finally:
        await box.stop()


def descendants(pid: int) -> list[int]:
    """Return all processes below `pid`, parents before children (proc(5), "children")."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in thread.read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
