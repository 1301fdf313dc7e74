"""SIP text: addresses and headers that we write or look for. Pure; knows of pjsua2 only its header type."""

from __future__ import annotations

import re

import pjsua2 as pj

from sip.api import Conversation, Extensions, Originate, Outside
from sip.naming import identity_headers, printable, quoted, user_part

ORDERED_HEADER = "X-Soribox-Ordered"
# There is no standard that phones keep to: most know one of these two.
_ANSWER_YOURSELF = (
    ("Call-Info", "<sip:{host}>;answer-after=0"),
    ("Alert-Info", "<http://www.notused.com>;info=alert-autoanswer;delay=0"),
)


def find(message: str, name: str) -> str:
    """Return the first header of this name, or nothing."""
    head = message.split("\r\n\r\n", 1)[0]
    found = re.search(rf"(?im)^{re.escape(name)}[ \t]*:[ \t]*(.*?)[ \t]*\r?$", head)
    return found[1] if found else ""


def header(name: str, value: str) -> pj.SipHeader:
    """Return a header; line breaks and other control characters are left out, so that none can add a header."""
    made = pj.SipHeader()
    made.hName = printable(name)
    made.hValue = printable(value)
    return made


def reason(code: int, words: str) -> str:
    """Return the value of a Reason header (RFC 3326)."""
    return f"SIP;cause={code};text={quoted(words)}"


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
            return f"sip:{'+'.join(user_part(number) for number in numbers)}@{host}"
        case Outside(trunk, number):
            return f"sip:{user_part(number)}@trunk-{trunk}.invalid"
        case Conversation(contact):
            return f"sip:{contact}@{host}"


def of_order(order: Originate, host: str) -> list[pj.SipHeader]:
    """Return all headers of an INVITE that was ordered. The first says so to the edge, which takes it off."""
    made = [(ORDERED_HEADER, "yes"), *identity_headers(order.shown, host)]
    if order.answers_itself:
        made += [(name, value.format(host=host)) for name, value in _ANSWER_YOURSELF]
    return [header(name, value) for name, value in (*made, *order.headers)]
