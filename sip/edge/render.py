"""Makes Kamailio's configuration from the plan of one box, checks it, and says how Kamailio is started.

Knows no core and no running Kamailio. Several boxes live on one machine when their folders and ports differ; nothing
here needs root.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import platform
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sip.edge import tables
from sip.errors import EdgeUnavailable

REALM = "soribox"

_PARTS = ("kamailio", "routes", "workers", "lamps", "alone", "core")
_TEMPLATES = tuple(Path(__file__).with_name(f"{part}.cfg.in") for part in _PARTS)
_WORD = re.compile(r"@([A-Z_]+)@")
_CHECK_SECONDS = 30
# Shared and per-process memory in MiB. Only what is touched counts; a box with 100 phones touches about 6 and 2.
_SHARED_MIB = 32
_PROCESS_MIB = 8


@dataclass(frozen=True)
class EdgePlan:
    """What Kamailio must know before it starts. `address` is the one that phones and trunks see (IPv4).

    `run_folder` takes the secret, `folder` everything else. TLS is spoken when both files are given and exist.
    Whoever sends wrong passwords is not listened to for `slow_seconds` after each, later for `ban_seconds`.
    At most `guesses` guessed users and sources, `guesses_each` of one address, are kept in mind within five minutes.
    """

    folder: Path
    run_folder: Path
    address: str
    sip_port: int
    core_port: int
    control_port: int
    tls_port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    trunk_retry_seconds: int = 60
    slow_seconds: int = 2
    ban_seconds: int = 300
    guesses: int = 5000
    guesses_each: int = 1000
    debug: int = 1

    @property
    def speaks_tls(self) -> bool:
        """Whether there is a certificate to speak TLS with."""
        return bool(self.tls_port and self.certificate and self.key and self.certificate.exists() and self.key.exists())

    @property
    def config_file(self) -> Path:
        """Where the configuration is written."""
        return self.folder / "kamailio.cfg"


def prepare(plan: EdgePlan) -> Path:
    """Write the configuration and everything Kamailio needs beside it; returns the configuration's path.

    A configuration that Kamailio does not accept never replaces the one that is there. Blocking (a second at most).
    Raises EdgeUnavailable with Kamailio's own words.
    """
    tables.prepare(plan.folder)
    plan.run_folder.mkdir(parents=True, exist_ok=True)
    draft = plan.config_file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(render(plan, secret(plan.run_folder)))
    check(draft)
    os.replace(draft, plan.config_file)
    return plan.config_file


def render(plan: EdgePlan, shared_secret: str) -> str:
    """Return the text of the configuration."""
    words = {
        "DEFINES": "#!define WITH_TLS" if plan.speaks_tls else "",
        "DEBUG": str(plan.debug),
        "ADDRESS": plan.address,
        "SIP_PORT": str(plan.sip_port),
        "TLS_PORT": str(plan.tls_port),
        "CORE_PORT": str(plan.core_port),
        "CONTROL_PORT": str(plan.control_port),
        "MPATH": modules_folder(),
        "TLS_CERTIFICATE": str(plan.certificate or ""),
        "TLS_KEY": str(plan.key or ""),
        "TABLES": str(tables.tables_file(plan.folder.absolute())),
        "LOCATION": str(tables.location_file(plan.folder.absolute())),
        "NOTES": str(tables.notes_file(plan.folder.absolute())),
        "REALM": REALM,
        "SECRET": shared_secret,
        "SIGNING": hmac.new(shared_secret.encode(), b"signing", hashlib.sha256).hexdigest()[:32],
        "TRUNK_RETRY": str(plan.trunk_retry_seconds),
        "SLOW_SECONDS": str(plan.slow_seconds),
        "BAN_SECONDS": str(plan.ban_seconds),
        "GUESSES": str(plan.guesses),
        "GUESSES_EACH": str(plan.guesses_each),
    }
    return _WORD.sub(lambda found: words[found[1]], "\n".join(template.read_text() for template in _TEMPLATES))


def command(plan: EdgePlan) -> list[str]:
    """Return how to start Kamailio in the foreground. It makes children: start it in a process group of its own.

    SIGTERM to the first process ends all of them. When it was killed with -9 its children stay and hold the ports:
    kill the whole group before starting anew.
    """
    return [
        program(),
        "-DD",
        "-E",
        "-f",
        str(plan.config_file),
        "-Y",
        str(plan.run_folder.absolute()),
        "-m",
        str(_SHARED_MIB),
        "-M",
        str(_PROCESS_MIB),
    ]


def check(config: Path) -> None:
    """Let Kamailio read `config`. Raises EdgeUnavailable with what it says."""
    done = subprocess.run(  # noqa: S603 - our own file, no shell
        [program(), "-c", "-E", "-f", str(config), "-Y", str(config.parent.absolute())],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_CHECK_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        wrong = [line for line in done.stderr.splitlines() if "ERROR" in line or "CRITICAL" in line]
        raise EdgeUnavailable("Kamailio refuses its configuration: " + "; ".join(wrong[:3] or ["no reason given"]))


def secret(run_folder: Path) -> str:
    """Return the secret that core and Kamailio share, made when it is not there. Its file is 0600."""
    run_folder.mkdir(parents=True, exist_ok=True)
    file = run_folder / "edge.secret"
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as out:
        out.write(made := secrets.token_hex(24))
    return made


def program() -> str:
    """Return the path of Kamailio. Raises EdgeUnavailable when it is not installed."""
    found = shutil.which("kamailio", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise EdgeUnavailable("Kamailio is not installed")
    return found


def modules_folder() -> str:
    """Return where Kamailio's modules are on this machine, whichever processor it has."""
    places = [Path(f"/usr/lib/{platform.machine()}-linux-gnu/kamailio/modules")]
    places += sorted(Path("/usr/lib").glob("*/kamailio/modules"))
    places += [Path(f"{root}/kamailio/modules") for root in ("/usr/lib64", "/usr/local/lib64", "/usr/lib")]
    for place in places:
        if (place / "tm.so").exists():
            return f"{place}/"
    raise EdgeUnavailable("Kamailio's modules are not installed")
