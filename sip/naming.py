"""How addresses and calling parties are written in SIP. Pure text; knows neither pjsua2 nor Kamailio.

Control characters are left out of everything that people or networks chose, so that none of it can add a header.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from sip.api import Identity, Presentation

_IN_USER_PART = "*#+-_.!~"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def printable(words: str) -> str:
    """Return the words without control characters."""
    return _CONTROL.sub("", words)


def quoted(words: str) -> str:
    """Return a quoted string (RFC 3261, 25.1)."""
    escaped = printable(words).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def user_part(number: str) -> str:
    """Return what stands before the at-sign."""
    return quote(number, safe=_IN_USER_PART)


def from_name(shown: Identity) -> str:
    """Return the display name of the From header that tells `shown`, quoted; empty: there is none."""
    if shown.presentation is Presentation.WITHHELD:
        return '"Anonymous"'
    return quoted(shown.name) if shown.presentation is Presentation.SHOWN and shown.name else ""


def from_uri(shown: Identity, host: str) -> str:
    """Return the address of the From header that tells `shown` (RFC 3323 for what may not be shown)."""
    match shown.presentation:
        case Presentation.WITHHELD:
            return "sip:anonymous@anonymous.invalid"
        case Presentation.UNAVAILABLE:
            return "sip:unavailable@unknown.invalid"
        case Presentation.SHOWN:
            return f"sip:{user_part(shown.number)}@{host}" if shown.number else f"sip:{host}"


def from_header(shown: Identity, host: str) -> str:
    """Return the whole value of the From header that tells `shown`, but its tag."""
    name = from_name(shown)
    return f"{name} <{from_uri(shown, host)}>" if name else f"<{from_uri(shown, host)}>"


def identity_headers(shown: Identity, host: str) -> list[tuple[str, str]]:
    """Return P-Asserted-Identity (RFC 3325) or Privacy (RFC 3323), whichever fits, as names and values."""
    if shown.presentation is Presentation.WITHHELD:
        return [("Privacy", "id")]
    if shown.presentation is Presentation.SHOWN and shown.number:
        return [("P-Asserted-Identity", from_header(shown, host))]
    return []
