"""`soribox run`: starts the three parts of a box in the foreground, restarts what dies, stops them in order.

The parts are the edge (Kamailio), the voice keeper and the core. Each may die without the others; this process only
starts programs, so it has no reason to die, and when it is killed all the same its children end by themselves. Under
systemd each part is a unit of its own, started by `soribox run --part`. Imports little: it stays in memory.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.config import Config, load
from appliance.core import logs
from appliance.core.children import CANNOT_WORK, Program, Supervisor
from appliance.core.errors import SoriboxError, Unavailable
from appliance.core.listeners import Taken, Wanted, taken
from sip.edge import render
from sip.errors import EdgeUnavailable
from web import certificate_order

log = logging.getLogger(__name__)

PARTS = ("edge", "voice", "core")  # in the order of starting

_EDGE_STOP_SECONDS = 5.0
_VOICE_STOP_SECONDS = 15.0
_CORE_STOP_SECONDS = 15.0  # beside the time for calls to end
_RTP_PORTS_EACH = 16
_CERTIFICATE_SECONDS = 30.0  # less than one, on a slow processor


def main(part: str = "") -> int:
    """Run the box, or only one of its parts; returns the exit code. Errors go to standard error, a line each."""
    os.umask(0o077)
    try:
        config = load()
        logs.set_up(config.log_level)
        prepare_folder(config)
        if part in ("", "edge"):
            prepare_certificate(config)
            prepare_edge(config)
        if part:
            return _become(programs(config)[part])
        clashes = taken(wanted_ports(config))
        if clashes:
            _tell(*(_port_taken(clash) for clash in clashes))
            return 1
        with _locked(config.run_folder):
            _remove_stale(config.run_folder)
            return Supervisor(tuple(programs(config)[name] for name in PARTS)).run()
    except SoriboxError as error:
        _tell(error)
        return CANNOT_WORK if part else 1


def prepare_folder(config: Config) -> None:
    """Make the data folder, for our eyes only. Raises Unavailable saying what is in the way."""
    try:
        config.run_folder.mkdir(parents=True, exist_ok=True)  # 0700 by our umask
    except OSError as error:
        raise Unavailable("launcher.folder_unusable", folder=config.folder, reason=error.strerror) from error


def prepare_certificate(config: Config) -> None:
    """Have the box's first certificate made, so that phones can use TLS from the first start on.

    In a child process, since the library is large. Failing is no reason not to start: the panel will say what is wrong.
    """
    folder = config.folder / "tls"
    if certificate_order.is_there(folder):
        return
    order = certificate_order.order(folder, config.address, time.time_ns() // 1_000_000)
    try:
        subprocess.run(  # noqa: S603 - our own program, no shell
            certificate_order.MAKER, input=order, capture_output=True, timeout=_CERTIFICATE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("no certificate could be made, so phones cannot use TLS until the next start: %s", error)


def prepare_edge(config: Config) -> None:
    """Write Kamailio's configuration. Raises Unavailable when this machine cannot run it so."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((config.address, 0))
    except OSError as error:
        raise Unavailable("launcher.address_not_here", address=config.address) from error
    try:
        render.prepare(edge_plan(config))
    except EdgeUnavailable as error:
        raise Unavailable("launcher.no_edge", reason=str(error)) from error


def edge_plan(config: Config) -> render.EdgePlan:
    """Return what Kamailio must know. It speaks TLS when the box's certificate is there (`prepare_certificate`)."""
    return render.EdgePlan(
        folder=config.folder / "edge",
        run_folder=config.run_folder,
        address=config.address,
        sip_port=config.sip_port,
        core_port=config.edge_core_port,
        control_port=config.edge_control_port,
        tls_port=config.sip_tls_port,
        certificate=config.folder / "tls" / "server.crt",
        key=config.folder / "tls" / "server.key",
    )


def keeper_settings(config: Config) -> dict[str, str | int]:
    """Return what the keeper reads from its standard input (`sip.voice.settings.KeeperSettings`)."""
    return {
        "data": str(config.folder),
        "address": config.address,
        "sip_port": config.sip_port,
        "edge_core_port": config.edge_core_port,
        "voice_port": config.voice_port,
        "rtp_port": config.rtp_port,
        "conversations": config.conversations,
        "warm_workers": config.warm_workers,
        "log_level": config.log_level,
    }


def programs(config: Config) -> dict[str, Program]:
    """Return how each part is started."""
    python, run = sys.executable, config.run_folder
    core_seconds = config.drain_seconds + _CORE_STOP_SECONDS
    return {
        # A Kamailio that was killed leaves children that hold its ports.
        "edge": Program(
            "edge",
            tuple(render.command(edge_plan(config))),
            _EDGE_STOP_SECONDS,
            pid_file=run / "edge.pid",
            kill_leftovers=True,
        ),
        "voice": Program(
            "voice",
            (python, "-m", "sip.voice.keeper"),
            _VOICE_STOP_SECONDS,
            stdin=json.dumps(keeper_settings(config)).encode(),
            pid_file=run / "voice.pid",
        ),
        "core": Program("core", (python, "-m", "appliance.main"), core_seconds, pid_file=run / "core.pid"),
    }


def wanted_ports(config: Config) -> Iterator[Wanted]:
    """Yield every port that a box with these settings opens."""
    address, inside = config.address, "127.0.0.1"
    slots = config.conversations + max(config.warm_workers, 1)
    yield Wanted("sip_port", "udp", config.sip_port, address)
    yield Wanted("sip_port", "tcp", config.sip_port, address)
    yield Wanted("sip_tls_port", "tcp", config.sip_tls_port, address)
    yield Wanted("edge_core_port", "udp", config.edge_core_port, inside)
    yield Wanted("edge_control_port", "tcp", config.edge_control_port, inside)
    yield Wanted("https_port", "tcp", config.https_port, config.web_address)
    yield Wanted("http_port", "tcp", config.http_port, config.web_address)
    for slot in range(slots):
        yield Wanted("voice_port", "udp", config.voice_port + slot, inside)
    for place in range(slots * _RTP_PORTS_EACH):
        yield Wanted("rtp_port", "udp", config.rtp_port + place, address)


def _port_taken(clash: Taken) -> SoriboxError:
    wanted = clash.wanted
    key = "launcher.port_taken" if clash.program else "launcher.port_taken_by_stranger"
    return Unavailable(
        key,
        port=wanted.port,
        kind=wanted.kind.upper(),
        program=clash.program,
        pid=clash.pid,
        setting=wanted.setting,
        variable=f"SORIBOX_{wanted.setting.upper()}",
    )


@contextmanager
def _locked(run_folder: Path) -> Iterator[None]:
    """Hold the folder for one supervisor; the kernel lets go of it however this process ends.

    Raises Unavailable naming the process that has it.
    """
    with (run_folder / "launcher.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Unavailable("launcher.runs_already", folder=run_folder.parent, pid=file.read().strip()) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _remove_stale(run_folder: Path) -> None:
    """Remove the process ids that a box left here when the power went; ours is not among them."""
    for file in run_folder.glob("*.pid"):
        if file.name != "launcher.pid":
            file.unlink(missing_ok=True)


def _become(program: Program) -> int:
    """Turn this process into a part. The keeper's settings wait in an unnamed file as its standard input."""
    if program.stdin:
        handle = os.memfd_create("settings")
        os.write(handle, program.stdin)
        os.lseek(handle, 0, os.SEEK_SET)
        os.dup2(handle, 0)
    os.execvpe(program.command[0], program.command, {**os.environ, **program.environment})  # noqa: S606


def _tell(*errors: SoriboxError) -> None:
    from appliance.i18n import catalog, terminal  # texts are large, and seldom needed here

    language = terminal.language(os.environ)
    for error in errors:
        print(f"soribox: {catalog.text(language, error.key, **error.params)}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
