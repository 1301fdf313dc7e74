"""A real Kamailio for tests: on free loopback ports, in its own folder, stopped by its process id.

    async with running_kamailio(tmp_path) as kamailio:
        kamailio.plan            # EdgePlan: address "127.0.0.1", sip_port, core_port, control_port, folder, run_folder
        kamailio.sip             # ("127.0.0.1", sip_port): where phones and trunks send, over UDP and TCP
        kamailio.core            # ("127.0.0.1", core_port): where voice workers send, UDP
        await kamailio.kill()    # kill -9, all of its processes at once
        await kamailio.start()   # again, on the same ports and folder
        kamailio.log()           # what it said on standard error
        kamailio.pss_kib()       # memory of all of its processes

It knows nobody until something fills its tables: `sip.edge.client.KamailioEdge(kamailio.plan)` does; see
`tests/support/edge.py` for both together and `tests/support/raw_ua.py` for phones and carriers.
Different hosts are simulated by binding sockets to 127.0.0.2, 127.0.0.3 and so on.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sip.edge import render
from sip.edge.render import EdgePlan
from tests.support.ports import free_run

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@dataclass
class Kamailio:
    """One Kamailio under test. `plan` says where it listens."""

    plan: EdgePlan
    process: asyncio.subprocess.Process | None = None
    _log: Path = field(default=Path("kamailio.log"))

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones and trunks send."""
        return (self.plan.address, self.plan.sip_port)

    @property
    def core(self) -> tuple[str, int]:
        """Where voice workers send."""
        return ("127.0.0.1", self.plan.core_port)

    def log(self) -> str:
        """Return what it has said so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def pss_kib(self) -> int:
        """Return the memory of all of its processes: each shared page counted once."""
        assert self.process is not None
        found = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(stat.read_text().rpartition(")")[2].split()[2]) == self.process.pid:
                    rollup = stat.with_name("smaps_rollup").read_text()
                    found += int(rollup.partition("\nPss:")[2].split()[0])
        return found

    async def start(self) -> None:
        """Start it and wait until it takes connections from the core. Raises AssertionError with its log."""
        self._log = self.plan.folder / "kamailio.log"
        command, log = await asyncio.to_thread(self._prepare)
        self.process = await asyncio.create_subprocess_exec(*command, stderr=log, stdout=log, start_new_session=True)
        os.close(log)
        async with asyncio.timeout(_START_SECONDS):
            while not await self._answers():
                assert self.process.returncode is None, self.log()

    def _prepare(self) -> tuple[list[str], int]:
        render.prepare(self.plan)
        return render.command(self.plan), os.open(self._log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    async def _answers(self) -> bool:
        # there is no event to wait for, so knock until both doors open
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.plan.control_port)
            writer.close()
            await writer.wait_closed()
            return await asyncio.to_thread(self._speaks_sip)
        await asyncio.sleep(0.02)
        return False

    def _speaks_sip(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.settimeout(0.05)
            knock.connect(self.core)
            here = f"127.0.0.1:{knock.getsockname()[1]}"
            request = (
                f"OPTIONS sip:{here} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
                f"From: <sip:{here}>;tag=1\r\nTo: <sip:{here}>\r\nCall-ID: {secrets.token_hex(6)}\r\n"
                "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )
            with suppress(OSError):
                knock.send(request.encode())
                return b"200" in knock.recv(2000)
        return False

    async def stop(self) -> None:
        """End it cleanly; twice is harmless."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill -9 all of its processes."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            if how == signal.SIGKILL:
                os.killpg(process.pid, how)
            else:
                process.send_signal(how)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def running_kamailio(folder: Path, **plan: object) -> AsyncIterator[Kamailio]:
    """Start a Kamailio with its files in `folder`; `plan` overrides fields of EdgePlan. Stops it at the end."""
    kamailio = Kamailio(replace(free_plan(folder), **plan))  # type: ignore[arg-type]  # fields by their names
    await kamailio.start()
    try:
        yield kamailio
    finally:
        await kamailio.stop()


def free_plan(folder: Path) -> EdgePlan:
    """Return a plan on 127.0.0.1 with ports that are free now."""
    sip, core, control = free_ports(3)
    return EdgePlan(folder / "edge", folder / "run", "127.0.0.1", sip, core, control, trunk_retry_seconds=2)


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free now for both UDP and TCP, all different."""
    first = free_run(count)
    return list(range(first, first + count))
