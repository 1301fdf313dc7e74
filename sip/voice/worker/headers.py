"""SIP text: addresses and headers that we write or look for. Pure; knows of pjsua2 only its header type."""

from __future__ import annotations

import re
from urllib.parse import quote

import pjsua2 as pj

from sip.api import Conversation, Extensions, Identity, Originate, Outside, Presentation

ORDERED_HEADER = "X-Soribox-Ordered"
# There is no standard that phones keep to: most know one of these two.
_ANSWER_YOURSELF = (
    ("Call-Info", "<sip:{host}>;answer-after=0"),
    ("Alert-Info", "<http://www.notused.com>;info=alert-autoanswer;delay=0"),
)
_IN_USER_PART = "*#+-_.!~"
_PRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def find(message: str, name: str) -> str:
    """Return the first header of this name, or nothing."""
    head = message.split("\r\n\r\n", 1)[0]
    found = re.search(rf"(?im)^{re.escape(name)}[ \t]*:[ \t]*(.*?)[ \t]*\r?$", head)
    return found[1] if found else ""


def header(name: str, value: str) -> pj.SipHeader:
    """Return a header; line breaks and other control characters are left out, so that none can add a header."""
    made = pj.SipHeader()
    made.hName = _PRINTABLE.sub("", name)
    made.hValue = _PRINTABLE.sub("", value)
    return made


def reason(code: int, words: str) -> str:
    """Return the value of a Reason header (RFC 3326)."""
    return f"SIP;cause={code};text={_quoted(words)}"


def usual_sdp(sdp: str) -> str:
    """Return SDP with telephone events as type 101, the number nearly all use, and without `a=ssrc`.

    pjsua offers 120. Some gateways take no other than 101; and a media relay that transcodes sends another
    synchronisation source than the SDP names, upon which browsers play silence.
    """
    if "a=rtpmap:120 telephone-event" in sdp and "a=rtpmap:101 " not in sdp:
        sdp = re.sub(r"(?m)^(m=audio .*?)\b120\b", r"\g<1>101", sdp)
        sdp = re.sub(r"(?m)^(a=(?:rtpmap|fmtp):)120 ", r"\g<1>101 ", sdp)
    return re.sub(r"(?m)^a=ssrc:.*\r?\n", "", sdp)


def target(order: Originate, host: str) -> str:
    """Return the Request-URI: the edge rings extensions, or finds the trunk by the host's name, or a worker."""
    match order.target:
        case Extensions(numbers):
            return f"sip:{'+'.join(quote(number, safe=_IN_USER_PART) for number in numbers)}@{host}"
        case Outside(trunk, number):
            return f"sip:{quote(number, safe=_IN_USER_PART)}@trunk-{trunk}.invalid"
        case Conversation(contact):
            return f"sip:{contact}@{host}"


def from_header(shown: Identity, host: str) -> str:
    """Return the From address that tells `shown` (RFC 3323 for what may not be shown)."""
    match shown.presentation:
        case Presentation.WITHHELD:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        case Presentation.UNAVAILABLE:
            return "<sip:unavailable@unknown.invalid>"
        case Presentation.SHOWN:
            return _name_address(shown, host)


def of_order(order: Originate, host: str) -> list[pj.SipHeader]:
    """Return all headers of an INVITE that was ordered. The first says so to the edge, which takes it off."""
    made = [header(ORDERED_HEADER, "yes"), *_identity_headers(order.shown, host)]
    if order.answers_itself:
        made += [header(name, value.format(host=host)) for name, value in _ANSWER_YOURSELF]
    return made + [header(name, value) for name, value in order.headers]


def _identity_headers(shown: Identity, host: str) -> list[pj.SipHeader]:
    """Return P-Asserted-Identity (RFC 3325) or Privacy (RFC 3323), whichever fits."""
    if shown.presentation is Presentation.WITHHELD:
        return [header("Privacy", "id")]
    if shown.presentation is Presentation.SHOWN and shown.number:
        return [header("P-Asserted-Identity", _name_address(shown, host))]
    return []


def _name_address(shown: Identity, host: str) -> str:
    name = f"{_quoted(shown.name)} " if shown.name else ""
    user = f"{quote(shown.number, safe=_IN_USER_PART)}@" if shown.number else ""
    return f"{name}<sip:{user}{host}>"


def _quoted(words: str) -> str:
    escaped = _PRINTABLE.sub("", words).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
