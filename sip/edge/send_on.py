"""What Kamailio is told of a worker's call that goes on: to whom, and who is shown. Pure.

Keys are those that `core.cfg.in` reads: two halves of one thing.
"""

from __future__ import annotations

from sip.api import Extensions, Identity, Outside, Presentation
from sip.edge.knowledge import Place
from sip.naming import from_name, from_uri, identity_headers, user_part

_USUAL_PORT = 5060


def to(target: Extensions | Outside) -> dict[str, str]:
    """Return where it goes."""
    match target:
        case Extensions(numbers):
            return {"ring": "+".join(numbers), "trunk": "", "number": ""}
        case Outside(trunk, number):
            return {"ring": "", "trunk": trunk, "number": user_part(number)}


def shown(identity: Identity, place: Place) -> dict[str, str]:
    """Return who calls: `shown` is for trunks, which write addresses of their own, all else for phones."""
    host = place.address if place.port == _USUAL_PORT else f"{place.address}:{place.port}"
    lines = (f"{name}: {value}\r\n" for name, value in identity_headers(identity, host))
    return {
        "shown": identity.number if identity.presentation is Presentation.SHOWN else "anonymous",
        "name": from_name(identity),
        "from": from_uri(identity, host),
        "identity": "".join(lines),
    }
