"""Boot settings: what must be known before the database opens. From `soribox.toml`, overridden by `SORIBOX_*`.

Knows no feature. Every field below is a key of the file and, in capitals with the prefix, a variable; README lists
them and a test keeps that list true.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from appliance.core.errors import InvalidInput

HOME = Path(__file__).absolute().parents[1]  # the folder of `box`


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Config:
    """The boot settings of one box. Several boxes run side by side when folder and ports differ."""

    data: str = _setting("var", "folder of the database, recordings and everything else that is kept")
    database: str = _setting("", "database URL; empty: an SQLite file in the data folder")
    web_address: str = _setting("0.0.0.0", "address on which the panel listens")  # noqa: S104
    https_port: int = _setting(8443, "port of the panel")
    http_port: int = _setting(8080, "port that sends browsers on to the panel")
    sip_address: str = _setting("", "address that phones and trunks use; empty: the box's own on the office network")
    sip_port: int = _setting(5060, "SIP over UDP and TCP")
    sip_tls_port: int = _setting(5061, "SIP over TLS")
    edge_core_port: int = _setting(15063, "loopback only: where the voice workers reach the edge")
    edge_control_port: int = _setting(15448, "loopback only: where the edge asks the core")
    voice_port: int = _setting(15100, "loopback only: first SIP port of the voice workers, one each")
    rtp_port: int = _setting(20000, "first RTP port; each conversation has 16 from here on")
    conversations: int = _setting(64, "how many conversations at once at the most")
    warm_workers: int = _setting(4, "how many voice workers wait ready")
    drain_seconds: int = _setting(20, "how long calls may go on when the box is told to stop")
    board: str = _setting(
        "auto", "lamps and buttons on pins: auto (by the machine), none, raspberry-pi, simulator, a map's path"
    )
    log_level: str = _setting("info", "debug, info, warning or error")

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data).absolute()

    @property
    def run_folder(self) -> Path:
        """Sockets and process ids; worthless after a restart."""
        return self.folder / "run"

    @property
    def database_url(self) -> str:
        """The URL the store opens."""
        return self.database or f"sqlite:///{self.folder / 'soribox.db'}"

    @property
    def address(self) -> str:
        """The address that phones and trunks see."""
        return self.sip_address or own_address()


def own_address() -> str:
    """Return this machine's address on the network of its default route; loopback when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the kernel only picks the route
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def load(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Config:
    """Read the settings. Raises InvalidInput naming the setting that cannot be used."""
    file = file or Path(environment.get("SORIBOX_CONFIG", HOME / "soribox.toml"))
    given: dict[str, Any] = {}
    if file.exists():
        try:
            given = tomllib.loads(file.read_text())
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput(str(file), "config.unreadable", detail=str(error)) from error
    known = {setting.name: setting for setting in fields(Config)}
    for name in given:
        if name not in known:
            raise InvalidInput(name, "config.unknown", name=name)
    values = given | {
        name: environment[variable] for name in known if (variable := f"SORIBOX_{name.upper()}") in environment
    }
    values["data"] = str(_data_folder(environment, file, given))
    return Config(**{name: _typed(name, value, known[name].default) for name, value in values.items()})


def _data_folder(environment: Mapping[str, str], file: Path, given: Mapping[str, Any]) -> Path:
    """Return the data folder, absolute. It must be the same wherever a command is typed, unless it is typed too."""
    if folder := environment.get("SORIBOX_DATA"):
        return Path(folder).absolute()
    if "data" in given:
        return file.absolute().parent / str(given["data"])
    return HOME / Config.data


def _typed(name: str, value: object, default: object) -> Any:
    if isinstance(default, int):
        try:
            return int(str(value))
        except ValueError as error:
            raise InvalidInput(name, "config.not_a_number", name=name, value=value) from error
    return str(value)
