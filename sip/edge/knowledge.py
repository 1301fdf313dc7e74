"""What Kamailio is told, as the tables it reads. Pure: plans in, tables out.

Keys and values are those that `routes.cfg.in` and `alone.cfg.in` look up: two halves of one thing.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sip.api import Credential, Fallback, Transport, TrunkPlan
from sip.edge.tables import TrunkAccount

Table = dict[str, str]

# The user of the Contact that a trunk registers, and the start of the host that a worker calls it by.
CONTACT = "trunk-"
_DEFAULT_PORT = 5060


class Place(Struct, frozen=True):
    """Where this box is, as trunks see it."""

    address: str
    port: int


def is_address(host: str) -> bool:
    """Whether `host` is an IP address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def credentials_table(credentials: Iterable[Credential]) -> Table:
    """Extension to HA1 (RFC 2617)."""
    return {credential.extension: credential.ha1 for credential in credentials}


def fallback_table(fallback: Fallback) -> Table:
    """What to do without the core. A set "ring" of nobody is told too: nobody is an answer."""
    table = {"ring": "+".join(fallback.ring)}
    table |= {f"local/{extension}": "1" for extension in fallback.local}
    table |= {f"barred/{extension}": "1" for extension in fallback.barred}
    table |= {f"emergency/{number}": "1" for number in fallback.emergency}
    table |= {f"trunk/{place}": trunk for place, trunk in enumerate(fallback.trunks)}
    return table


def trunk_table(trunks: Iterable[TrunkPlan], found: Mapping[str, tuple[str, ...]], place: Place) -> Table:
    """How each trunk is reached. `found` gives the addresses of a host; a trunk without any is left out."""
    table: Table = {}
    for plan in trunks:
        if not (known := found.get(plan.host, ())):
            continue
        ha1, secret = digest(plan)
        values = {
            "host": plan.host,
            "uri": uri_host(plan),
            "next": next_hop(plan, known[0]),
            "addresses": ",".join(known),
            "socket": f"{plan.transport}:{place.address}:{place.port}",
            "user": plan.auth_username or plan.username,
            "secret": ha1 or secret,
            "ha1": "1" if ha1 else "0",
            "realm": plan.realm,
            "main": plan.main_number or plan.username,
        }
        table |= {f"{plan.trunk}/{what}": value for what, value in values.items()}
    return table


def source_table(trunks: Iterable[TrunkPlan], found: Mapping[str, tuple[str, ...]]) -> Table:
    """Which trunk an address belongs to. Trunks that share one are told apart by the contact they registered."""
    table: Table = {}
    for plan in trunks:
        for address in (*found.get(plan.host, ()), *plan.addresses):
            table.setdefault(address, plan.trunk)
            table[f"{address}/{CONTACT}{plan.trunk}"] = plan.trunk
    return table


def accounts(
    trunks: Iterable[TrunkPlan], found: Mapping[str, tuple[str, ...]], place: Place
) -> tuple[TrunkAccount, ...]:
    """The registrations to keep up."""
    return tuple(
        _account(plan, found[plan.host][0], place) for plan in trunks if plan.register and found.get(plan.host)
    )


def _account(plan: TrunkPlan, address: str, place: Place) -> TrunkAccount:
    ha1, secret = digest(plan)
    transport = "" if plan.transport is Transport.UDP else f";transport={plan.transport}"
    return TrunkAccount(
        name=f"{CONTACT}{plan.trunk}",
        username=plan.username,
        domain=plan.host,
        realm=plan.realm,
        auth_username=plan.auth_username or plan.username,
        password=secret,
        ha1=ha1,
        proxy=next_hop(plan, address),
        expires=plan.expires,
        contact=f"{place.address}:{place.port}{transport}",
        socket=f"{plan.transport}:{place.address}:{place.port}",
    )


def digest(plan: TrunkPlan) -> tuple[str, str]:
    """Return (HA1, "") where the realm is known, else ("", password): the edge keeps no more than it must."""
    if not (plan.realm and plan.secret):
        return "", plan.secret
    name = f"{plan.auth_username or plan.username}:{plan.realm}:{plan.secret}"
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), ""


def uri_host(plan: TrunkPlan) -> str:
    """Host, port and transport as they stand in a URI of this trunk."""
    port = "" if plan.port == _DEFAULT_PORT else f":{plan.port}"
    return f"{plan.host}{port}" + ("" if plan.transport is Transport.UDP else f";transport={plan.transport}")


def next_hop(plan: TrunkPlan, address: str) -> str:
    """The URI to which requests for this trunk are sent."""
    return f"sip:{address}:{plan.port}" + ("" if plan.transport is Transport.UDP else f";transport={plan.transport}")
