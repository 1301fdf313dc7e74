"""`soribox doctor`: looks at everything a box needs on this machine and says in words what is wrong and what to do.

Works whether the box runs or not. Measures; believes nothing. Knows no service.
"""

from __future__ import annotations

import asyncio
import ctypes.util
import importlib.util
import json
import os
import shutil
import sys
import zoneinfo
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from appliance.cli.command import Words
from appliance.cli.connection import answers, core_socket
from appliance.cli.doctor_hardware import PARTS
from appliance.cli.finding import ATTENTION, OK, WRONG, Finding
from appliance.config import Config, load, own_address
from appliance.core.errors import SoriboxError
from appliance.core.listeners import taken
from appliance.launcher import wanted_ports
from web.api.client import Client, Refused, Unreachable

_ENOUGH_GB = 5.0
_LITTLE_GB = 1.0
_DEBIANS_OWN = Path("/etc/systemd/system/multi-user.target.wants/kamailio.service")
_BROWSER_LIBRARY = Path(__file__).parents[2] / "web" / "static" / "vendor" / "htmx.min.js"


def main(words: Words, *, as_json: bool) -> int:
    """Look, tell, and return 1 when something is wrong."""
    try:
        findings = tuple(examine(load(), words))
    except SoriboxError as error:
        findings = (Finding(WRONG, "settings", {"reason": words(error.key, **error.params)}),)
    told = [asdict(f) | {"text": words(f"doctor.{f.what}", **f.params)} for f in findings]
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2, default=str))  # noqa: T201
    else:
        for one in told:
            print(f"{words('doctor.level.' + str(one['level']))}  {one['text']}")  # noqa: T201
    return int(any(finding.level == WRONG for finding in findings))


def examine(config: Config, words: Words) -> Iterator[Finding]:
    """Yield everything that was found."""
    yield from _programs()
    yield from _place(config)
    yield from _address(config)
    if answers(core_socket(config)):
        yield Finding(OK, "core_runs")
        yield from asyncio.run(_health(config, words))
    else:
        yield Finding(ATTENTION, "core_stopped")
        yield from _ports(config)


def _programs() -> Iterator[Finding]:
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin:/sbin"
    yield _needed("kamailio", shutil.which("kamailio", path=path))
    yield _needed("pjsua2", importlib.util.find_spec("pjsua2"))
    yield _needed("flac", ctypes.util.find_library("FLAC"))
    yield _needed("opus", ctypes.util.find_library("opus"))
    yield _needed("ffmpeg", shutil.which("ffmpeg"))
    yield _needed("espeak", shutil.which("espeak-ng"))
    yield _needed("browser_library", _BROWSER_LIBRARY.exists())
    yield _needed("time_zones", "Asia/Seoul" in zoneinfo.available_timezones())
    yield Finding(OK, "python", {"version": sys.version.split()[0]})
    if _DEBIANS_OWN.exists():
        yield Finding(ATTENTION, "debians_kamailio")


def _needed(what: str, found: object) -> Finding:
    return Finding(OK, what) if found else Finding(WRONG, f"no_{what}")


def _place(config: Config) -> Iterator[Finding]:
    folder = config.folder
    if not folder.exists():
        yield Finding(ATTENTION, "no_folder", {"folder": folder})
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(WRONG, "folder_locked", {"folder": folder})
        return
    if folder.stat().st_mode & 0o077:
        yield Finding(ATTENTION, "folder_open", {"folder": folder})
    free = shutil.disk_usage(folder).free / 1e9
    level = WRONG if free < _LITTLE_GB else ATTENTION if free < _ENOUGH_GB else OK
    yield Finding(level, "folder", {"folder": folder, "free_gb": round(free, 1)})


def _address(config: Config) -> Iterator[Finding]:
    if config.address.startswith("127."):
        yield Finding(ATTENTION, "address_loopback", {"address": config.address})
    elif config.sip_address and config.sip_address != own_address():
        yield Finding(OK, "address_chosen", {"address": config.sip_address, "own": own_address()})
    else:
        yield Finding(OK, "address", {"address": config.address})


def _ports(config: Config) -> Iterator[Finding]:
    clashes = taken(wanted_ports(config))
    for clash in clashes:
        wanted = clash.wanted
        known = {"port": wanted.port, "kind": wanted.kind.upper(), "setting": wanted.setting}
        if clash.program:
            yield Finding(WRONG, "port_taken", {**known, "program": clash.program, "pid": clash.pid})
        else:
            yield Finding(WRONG, "port_taken_by_stranger", known)
    if not clashes:
        yield Finding(OK, "ports_free")


async def _health(config: Config, words: Words) -> list[Finding]:
    levels = {"ok": OK, "degraded": ATTENTION, "failed": WRONG}
    try:
        async with Client(core_socket(config), words.language) as box:
            parts = (await box.ask("GET", "/health"))["parts"]
            hardware = [finding for part in PARTS for finding in await part(box, words)]
    except (Unreachable, Refused, OSError):
        return [Finding(WRONG, "core_mute")]
    found = [Finding(levels[part["level"]], "part", {"part": part["part"], "words": part["text"]}) for part in parts]
    return [*found, *hardware]
