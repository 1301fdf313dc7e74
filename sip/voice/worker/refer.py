"""What a REFER asks for, read from its Refer-To header (RFC 3515, RFC 3891). Pure.

pjsua makes the headers of the address (`?Replaces=…`) headers of the INVITE that it sends on our behalf. So nothing but
a Replaces may stand there, or a phone could write headers that only we write.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_ADDRESS = re.compile(r"sip:(?P<user>[^@?>]+)@(?P<host>[^@?>]+)(?:\?(?P<headers>[^?>]*))?", re.I)
_PRINTABLE = re.compile(r"[\x20-\x7e\x80-\U0010ffff]+")
_METHOD = re.compile(r";method=(?!INVITE(?:;|$))", re.I)


class Asked(NamedTuple):
    """To whom, and in whose place: `replaces` is a Call-ID, empty when nobody is to be replaced."""

    target: str
    replaces: str


def read(refer_to: str) -> Asked | None:
    """Return what is asked for; None for what we do not do."""
    if not _PRINTABLE.fullmatch(refer_to):
        return None
    inside = re.search(r"<([^>]*)>", refer_to)
    address = _ADDRESS.fullmatch(inside[1].strip() if inside else refer_to.strip())
    if address is None or _METHOD.search(address["host"]):
        return None
    target = unquote(address["user"].split(";")[0].split(":")[0])
    replaces = _replaces(address["headers"] or "")
    if not _PRINTABLE.fullmatch(target) or replaces is None:
        return None
    return Asked(target, replaces)


def _replaces(headers: str) -> str | None:
    """Return the Call-ID of the one Replaces there may be; None when there is anything else."""
    found: dict[str, str] = {}
    for item in filter(None, headers.split("&")):
        name, _, value = item.partition("=")
        name, value = unquote(name).lower(), unquote(value)
        if name in found or not _PRINTABLE.fullmatch(value):
            return None
        found[name] = value.strip()
    call_id = found.pop("replaces", "").split(";")[0].strip()
    return call_id if found in ({}, {"require": "replaces"}) else None
