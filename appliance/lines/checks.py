"""What lines may look like: pure checks that name the field at fault. Knows no table.

Names of hosts and accounts end up in the edge's configuration and in SIP headers, so they are held to few characters.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace

from appliance.core import numbers
from appliance.core.errors import InvalidInput
from appliance.core.numbers import NumberKind
from appliance.lines.types import Extension, OwnNumber, RingGroup, Trunk

KINDS = ("register", "address")
TRANSPORTS = ("udp", "tcp")
CALLED_FROM = ("request", "to", "diversion", "history")
MAIN_GROUP = "main"

# Whole numbers of a group: field, least, most.
GROUP_LIMITS = (
    ("ring_seconds", 5, 300),
    ("rounds", 0, 20),
    ("queue_seconds", 10, 3600),
    ("queue_limit", 0, 100),
    ("announce_seconds", 0, 600),
)
SHORTEST_ANNOUNCE_S = 10  # what is said takes six seconds itself
LAST_PRIORITY = 9

# Carriers' own service desks. Offices begin to count at 100, and the desks have other numbers too.
_MAY_BE_EXTENSIONS = frozenset({"100", "101", "106"})
_OWN_KINDS = frozenset(
    {
        NumberKind.MOBILE,
        NumberKind.SEOUL,
        NumberKind.AREA,
        NumberKind.INTERNET,
        NumberKind.REPRESENTATIVE,
        NumberKind.TOLL_FREE,
        NumberKind.SAFE,
        NumberKind.PREMIUM,
        NumberKind.UNIFIED,
    }
)

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_ACCOUNT = re.compile(r"[A-Za-z0-9._~+@:/=*-]{1,64}")
_REALM = re.compile(r"[A-Za-z0-9._~+@:/=*() -]{1,64}")
_PREFIX = re.compile(r"[0-9]{2,5}")
_SLUG = re.compile(r"[a-z0-9]{1,16}")


def extension(entered: Extension) -> Extension:
    """Return an extension tidied. Raises InvalidInput."""
    number = entered.number.strip()
    if not re.fullmatch(r"[1-9][0-9]{1,3}", number):
        raise InvalidInput("number", "lines.bad_extension")
    if _is_service(number):
        raise InvalidInput("number", "lines.special_number", number=number)
    return replace(entered, number=number, name=_name(entered.name, "name"))


def _is_service(number: str) -> bool:
    kind = numbers.parse(number).kind
    return kind in (NumberKind.EMERGENCY, NumberKind.SPECIAL) and number not in _MAY_BE_EXTENSIONS


def own_number(entered: str, area_code: str, field: str) -> str:
    """Return a number of the office in stored form. Raises InvalidInput when it cannot be one."""
    number = numbers.parse(entered, area_code=area_code)
    if number.kind not in _OWN_KINDS:
        raise InvalidInput(field, "lines.bad_number")
    return number.stored


def number_entry(entered: OwnNumber, area_code: str) -> OwnNumber:
    """Return one of the office's numbers tidied, its number in stored form. Raises InvalidInput."""
    stored = own_number(entered.number, area_code, "number")
    return replace(entered, number=stored, label=_name(entered.label, "label"))


def group(entered: RingGroup) -> RingGroup:
    """Return a ring group tidied, but for where it overflows to: see `onward`. Raises InvalidInput."""
    for field, least, most in GROUP_LIMITS:
        _between(getattr(entered, field), least, most, field, "lines.not_between")
    if entered.announce_seconds:
        _between(entered.announce_seconds, SHORTEST_ANNOUNCE_S, 600, "announce_seconds", "lines.not_between")
    if entered.rounds == 0 and not entered.queue:
        raise InvalidInput("rounds", "lines.endless_rounds")
    if not _SLUG.fullmatch(entered.id):
        raise InvalidInput("id", "lines.bad_id")
    members = tuple(dict.fromkeys(entered.members))
    if not entered.everyone and not members:
        raise InvalidInput("members", "lines.nobody_in_group")
    return replace(
        entered, label=_name(entered.label, "label"), members=members, priorities=_priorities(entered, members)
    )


def _priorities(entered: RingGroup, members: tuple[str, ...]) -> dict[str, int]:
    for priority in entered.priorities.values():
        _between(priority, 1, LAST_PRIORITY, "members", "lines.not_between")
    return {one: entered.priorities[one] for one in members if entered.priorities.get(one, 1) != 1}


def trunk(entered: Trunk, area_code: str) -> Trunk:
    """Return a trunk tidied. Raises InvalidInput for the first field that cannot be used."""
    _one_of(entered.kind, KINDS, "kind")
    _one_of(entered.transport, TRANSPORTS, "transport")
    _one_of(entered.called_from, CALLED_FROM, "called_from")
    _between(entered.port, 1, 65535, "port", "lines.bad_port")
    _between(entered.expires, 60, 7200, "expires", "lines.bad_expires")
    _between(entered.channels, 0, 1000, "channels", "lines.bad_channels")
    tidy = replace(
        entered,
        name=_name(entered.name, "name"),
        host=host(entered.host, "host"),
        username=entered.username.strip(),
        auth_username=entered.auth_username.strip(),
        realm=entered.realm.strip(),
        addresses=tuple(dict.fromkeys(_address(address) for address in entered.addresses)),
        international_prefixes=tuple(dict.fromkeys(_prefix(prefix) for prefix in entered.international_prefixes)),
        main_number=own_number(entered.main_number, area_code, "main_number") if entered.main_number.strip() else "",
    )
    _account(tidy)
    return tidy


def _account(checked: Trunk) -> None:
    if checked.kind == "register" and not checked.username:
        raise InvalidInput("username", "lines.username_needed")
    for field in ("username", "auth_username"):
        value = getattr(checked, field)
        if value and not _ACCOUNT.fullmatch(value):
            raise InvalidInput(field, "lines.bad_account")
    if checked.realm and not _REALM.fullmatch(checked.realm):
        raise InvalidInput("realm", "lines.bad_account")


def trunk_id(entered: str) -> str:
    """Return a trunk's id. Raises InvalidInput."""
    if not _SLUG.fullmatch(entered):
        raise InvalidInput("id", "lines.bad_id")
    return entered


def trunk_password(entered: str) -> str:
    """Return a trunk's password. Raises InvalidInput."""
    if len(entered) > 128 or not entered.isprintable():
        raise InvalidInput("password", "lines.bad_password")
    return entered


def slug(name: str, taken: frozenset[str], otherwise: str) -> str:
    """Make an id out of a name: small letters and digits, fit for a SIP URI, none of `taken`."""
    stem = re.sub(r"[^a-z0-9]", "", name.lower())[:12] or otherwise
    if stem not in taken:
        return stem
    return next(found for n in range(2, len(taken) + 3) if (found := f"{stem}{n}") not in taken)


def host(entered: str, field: str) -> str:
    """Return a host name or an IP address, and nothing else. Raises InvalidInput."""
    text = entered.strip()
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        labels = text.rstrip(".").split(".")
    # Digits and dots alone are a mistyped address (RFC 1123, 2.1: the last label of a name is not numeric).
    if len(text) > 253 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidInput(field, "lines.bad_host")
    return text.rstrip(".").lower()


def _address(entered: str) -> str:
    try:
        return str(ipaddress.ip_address(entered.strip()))
    except ValueError as error:
        raise InvalidInput("addresses", "lines.bad_address") from error


def _prefix(entered: str) -> str:
    if not _PREFIX.fullmatch(entered.strip()):
        raise InvalidInput("international_prefixes", "lines.bad_prefix")
    return entered.strip()


def _name(entered: str, field: str) -> str:
    text = entered.strip()
    if not 1 <= len(text) <= 60 or not text.isprintable():
        raise InvalidInput(field, "lines.bad_name")
    return text


def _one_of(value: str, known: tuple[str, ...], field: str) -> None:
    if value not in known:
        raise InvalidInput(field, "lines.bad_choice")


def _between(value: int, least: int, most: int, field: str, key: str) -> None:
    if not least <= value <= most:
        raise InvalidInput(field, key, least=least, most=most)
