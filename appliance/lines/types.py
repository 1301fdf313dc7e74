"""Lines as plain frozen objects. Passwords are in none of them; those are given once, when they are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Extension:
    """One extension: up to four digits (manual B+), a name, the number it shows outside ("" = the trunk's own)."""

    number: str
    name: str
    shown_number: str = ""
    may_call_out: bool = True
    enabled: bool = True


@dataclass(frozen=True)
class NewExtension:
    """An extension just made, or one whose password was renewed. The password is shown this one time."""

    extension: Extension
    password: str


@dataclass(frozen=True)
class Trunk:
    """A SIP trunk. `kind` is "register" or "address"; `called_from` as in `sip.api.CalledFrom`."""

    id: str
    name: str
    kind: str
    host: str
    port: int = 5060
    transport: str = "udp"
    username: str = ""
    auth_username: str = ""
    realm: str = ""
    expires: int = 120
    addresses: tuple[str, ...] = ()
    trusted: bool = True
    called_from: str = "request"
    international_prefixes: tuple[str, ...] = ("00",)
    dial_e164: bool = False
    main_number: str = ""
    channels: int = 0
    enabled: bool = True


@dataclass(frozen=True)
class OwnNumber:
    """One of the office's own numbers, on a trunk, leading to a ring group."""

    number: str  # stored form, E.164
    label: str
    trunk: str
    group: str


@dataclass(frozen=True)
class RingGroup:
    """Phones that ring together. `everyone` = all enabled extensions, also those made later."""

    id: str
    label: str
    everyone: bool
    members: tuple[str, ...]
    ring_seconds: int = 30


@dataclass(frozen=True)
class LinesSnapshot:
    """All lines at one moment: extensions, numbers and groups in order of their number or id, trunks by preference."""

    extensions: tuple[Extension, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[OwnNumber, ...] = ()
    groups: tuple[RingGroup, ...] = ()


@dataclass(frozen=True)
class LinesChanged:
    """Something of the lines has changed and is stored. `what` is "extensions", "trunks", "numbers" or "groups"."""

    what: str
