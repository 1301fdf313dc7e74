"""Who calls and what was called, read from the headers of an INVITE. Pure: text in, plain values out.

Order of belief: P-Asserted-Identity (from a trusted trunk only), Remote-Party-ID (likewise), From. A number whose owner
asked for privacy is not passed on, not even when the network tells it (RFC 3323, RFC 3325). Number rules of a country
are not applied here: numbers stay as they came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import unquote

from msgspec import Struct

from sip.api import CalledFrom, Identity, Presentation

Headers: TypeAlias = dict[str, tuple[str, ...]]

# Compact forms, RFC 3261 section 7.3.3.
_LONG = {"f": "from", "t": "to", "i": "call-id", "m": "contact", "v": "via", "l": "content-length", "c": "content-type"}
_DIALABLE = re.compile(r"\+?[0-9*#]{1,32}$")
_VISUAL = re.compile(r"[-.() ]")
_PRIVATE = {"id", "user", "header", "full", "session"}
_WITHHELD_USERS = {"anonymous", "restricted", "private", "withheld"}
_UNAVAILABLE_USERS = {"unavailable", "unknown"}
_UNAVAILABLE = Identity(presentation=Presentation.UNAVAILABLE)
_WITHHELD = Identity(presentation=Presentation.WITHHELD)


class Address(Struct, frozen=True):
    """One name-addr or addr-spec of a header: display name, URI scheme, user and host, header parameters."""

    name: str
    scheme: str
    user: str
    host: str
    parameters: dict[str, str]

    @property
    def number(self) -> str:
        """The user part as a dialable number, without visual separators; empty when it is none."""
        digits = _VISUAL.sub("", self.user.split(";")[0])
        return digits if _DIALABLE.match(digits) else ""


def headers_of(message: bytes) -> tuple[str, Headers]:
    """Return the Request-URI and the headers by lower-case name. Folded lines are joined (RFC 3261 section 7.3.1)."""
    head = _decode(message.split(b"\r\n\r\n", 1)[0])
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    found: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            found.setdefault(_LONG.get(name, name), []).append(value.strip())
    parts = lines[0].split(" ")
    return (parts[1] if len(parts) > 1 else ""), {name: tuple(values) for name, values in found.items()}


def caller(headers: Headers, trusted: bool) -> Identity:
    """Return who calls. `trusted`: the trunk's P-Asserted-Identity and Remote-Party-ID are believed."""
    first_from = addresses(headers, "from")[:1]
    if _is_private(headers) or any(_asks_for_privacy(address) for address in first_from):
        return _WITHHELD
    asserted = [*addresses(headers, "p-asserted-identity"), *addresses(headers, "remote-party-id")] if trusted else []
    for address in (*asserted, *first_from):
        if address.parameters.get("privacy", "off").lower() not in ("off", "no"):
            return _WITHHELD
        if address.number:
            return Identity(number=address.number, name=_name(address, first_from))
    return _without_number([*first_from, *asserted])


def called(request_uri: str, headers: Headers, source: CalledFrom, own_names: frozenset[str] = frozenset()) -> str:
    """Return the number that was called, from where this trunk puts it; from the next place when there is none.

    `own_names` are users that are no numbers though they may look like some: the contacts we registered, accounts.
    """
    places: dict[CalledFrom, Callable[[], list[Address]]] = {
        CalledFrom.REQUEST: lambda: _parse(request_uri),
        CalledFrom.TO: lambda: addresses(headers, "to"),
        # the last Diversion is the number that was dialled first (RFC 5806), so is the first History-Info (RFC 7044)
        CalledFrom.DIVERSION: lambda: addresses(headers, "diversion")[::-1],
        CalledFrom.HISTORY: lambda: addresses(headers, "history-info"),
    }
    for place in (source, CalledFrom.REQUEST, CalledFrom.TO):
        for address in places[place]():
            if address.number and address.user not in own_names:
                return address.number
    return ""


def addresses(headers: Headers, name: str) -> list[Address]:
    """Return all addresses of a header, over all its lines, in their order."""
    return [address for line in headers.get(name, ()) for part in _split(line) for address in _parse(part)]


def _is_private(headers: Headers) -> bool:
    wishes = {wish.strip().lower() for line in headers.get("privacy", ()) for wish in re.split("[;,]", line)}
    return bool(wishes & _PRIVATE)


def _asks_for_privacy(address: Address) -> bool:
    # many networks say it in From only, and still tell the number beside it
    return address.user.lower() in _WITHHELD_USERS or address.host.lower() == "anonymous.invalid"


def _without_number(candidates: list[Address]) -> Identity:
    for address in candidates:
        user = address.user.lower()
        if user in _UNAVAILABLE_USERS:
            return _UNAVAILABLE
        if not user or _asks_for_privacy(address) or address.name.lower() in _WITHHELD_USERS:
            return _WITHHELD
    return _UNAVAILABLE


def _name(address: Address, first_from: list[Address]) -> str:
    name = address.name or (first_from[0].name if first_from else "")
    useless = name.lower() in _WITHHELD_USERS | _UNAVAILABLE_USERS or _VISUAL.sub("", name) == address.number
    return "" if useless else name


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        # carriers of this country send names in EUC-KR, some in its superset CP949
        return data.decode("cp949", errors="replace")


def _split(line: str) -> Iterator[str]:
    """Yield the comma-separated parts of a header line; commas inside quotes and angle brackets do not count."""
    start, quoted, angled = 0, False, False
    position = 0
    while position < len(line):
        letter = line[position]
        if quoted and letter == "\\":
            position += 1
        elif letter == '"' and not angled:
            quoted = not quoted
        elif not quoted and letter in "<>":
            angled = letter == "<"
        elif letter == "," and not quoted and not angled:
            yield line[start:position]
            start = position + 1
        position += 1
    yield line[start:]


_NAME_ADDR = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^<"]*?))\s*<(?P<uri>[^>]*)>(?P<rest>.*)$', re.S
)
_URI = re.compile(r"\s*(?P<scheme>sips?|tel):(?P<rest>.*)$", re.I | re.S)


def _parse(part: str) -> list[Address]:
    """Return the one address of a header's part as a list; empty when it is none."""
    found = _NAME_ADDR.match(part)
    if found:
        name = re.sub(r"\\(.)", r"\1", found["quoted"]) if found["quoted"] is not None else found["token"] or ""
        uri, rest = found["uri"], found["rest"]
    else:
        # without brackets, parameters after the URI belong to the header (RFC 3261 section 20.10)
        name, (uri, _, rest) = "", part.strip().partition(";")
        rest = ";" + rest
    parsed = _URI.match(uri)
    if not parsed:
        return []
    scheme, body = parsed["scheme"].lower(), parsed["rest"].strip().partition("?")[0]
    user, host = (body, "") if scheme == "tel" else _user_and_host(body)
    return [Address(name.strip(), scheme, unquote(user.split(";")[0].split(":")[0]), host, _parameters(rest))]


def _user_and_host(body: str) -> tuple[str, str]:
    user, at, host = body.rpartition("@")
    return (user if at else ""), host.split(";")[0].split(":")[0]


def _parameters(text: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in text.split(";") if item.strip())
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
