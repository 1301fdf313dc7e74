"""Lines as plain frozen objects. Passwords are in none of them; those are given once, when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.calls.ports import Forward, ForwardWhen, Overflow, Strategy


@dataclass(frozen=True)
class Extension:
    """One extension: up to four digits (manual B+), a name, the number it shows outside ("" = the trunk's own).

    It may forward its calls outside if it may call out as well. `pickup_group` "" = all groups that it is in.
    """

    number: str
    name: str
    shown_number: str = ""
    may_call_out: bool = True
    enabled: bool = True
    may_forward_out: bool = True
    pickup_group: str = ""


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
    """One of the office's own numbers, on a trunk, leading to a ring group, or with `menu` to a voice menu first.

    `may_be_shown`: may be chosen as the caller's number of a call out.
    """

    number: str  # stored form, E.164
    label: str
    trunk: str
    group: str
    may_be_shown: bool = True
    menu: str = ""


@dataclass(frozen=True)
class RingGroup:
    """Phones that answer together; what each field means stands at `appliance.calls.ports.Group`.

    `everyone` = all enabled extensions, also those made later, all of them first. `members` are in the group's order;
    `priorities` names those that are not tried first (1).
    """

    id: str
    label: str
    everyone: bool
    members: tuple[str, ...]
    ring_seconds: int = 30
    strategy: Strategy = Strategy.ALL
    priorities: dict[str, int] = field(default_factory=dict)
    rounds: int = 1
    queue: bool = False
    queue_seconds: int = 120
    queue_limit: int = 0
    announce_seconds: int = 30
    offers_callback: bool = False
    music: str = ""
    overflow: Overflow = field(default_factory=Overflow)


@dataclass(frozen=True)
class KeptForward:
    """A forward as it is kept: switched off it loses nothing. Of each kind and schedule an owner has one."""

    forward: Forward
    enabled: bool = True

    @property
    def id(self) -> str:
        """What it is called among its owner's: "busy", or "always-01234-1900-0830" for one with a schedule."""
        return forward_id(self.forward)


def forward_id(forward: Forward) -> str:
    """Return what a forward is called: its kind, and if it has a schedule the days and times of that."""
    if (hours := forward.schedule) is None:
        return forward.when.value
    days = "".join(str(day) for day in sorted(hours.weekdays))
    return f"{forward.when}-{days}-{_clock(hours.from_minute)}-{_clock(hours.to_minute)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}"


_WHENS = tuple(ForwardWhen)


def forward_order(kept: KeptForward) -> tuple[int, bool, str]:
    """Return by what forwards are sorted: those for certain hours come before the one for all others."""
    return _WHENS.index(kept.forward.when), kept.forward.schedule is None, kept.id


@dataclass(frozen=True)
class LinesSnapshot:
    """All lines at one moment: extensions, numbers and groups in order of their number or id, trunks by preference.

    `forwards` has those of extensions and of own numbers, by the number of their owner.
    """

    extensions: tuple[Extension, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[OwnNumber, ...] = ()
    groups: tuple[RingGroup, ...] = ()
    forwards: Mapping[str, tuple[KeptForward, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class LinesChanged:
    """Something of the lines has changed and is stored.

    `what` is "extensions", "trunks", "numbers", "groups" or "forwards".
    """

    what: str
