"""Lamps and waiting messages as phones read them (RFC 4235, RFC 3842). Pure: plain values in, bodies out."""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from sip.api import Lamp, LampState
from sip.naming import user_part

_DIALOG = "application/dialog-info+xml"
_SUMMARY = "application/simple-message-summary"
_STATES = {LampState.IDLE: "terminated", LampState.RINGING: "early", LampState.BUSY: "confirmed"}
# Kamailio (modules/presence_dialoginfo) counts for each watcher, and writes the number into just these eleven places.
_VERSION = "00000000000"


class Body(NamedTuple):
    """What a PUBLISH carries, and for how long it stands. `last`: its publication ends with it, nothing can follow."""

    kind: str
    text: str
    expires_s: int
    last: bool = False


LAMP_STANDS_S = 120
"""Short: while no core is there, nobody knows, and a lamp that says "busy" would soon be wrong."""

MESSAGES_STAND_S = 600
"""As long as it can be: whenever it is refreshed, phones are told again, and some of them beep."""

LAMPS, MESSAGES = "dialog", "message-summary"
"""The events, as RFC 4235 and RFC 3842 call them."""


def idle(event: str, name: str, address: str) -> Body:
    """Return what is told of a name of which there is nothing to tell."""
    if event == LAMPS:
        return dialog_info(Lamp(name, LampState.IDLE), address)
    return message_summary(name, 0, 0, address)


def dialog_info(lamp: Lamp, address: str) -> Body:
    """Return what those who watch a lamp are told. A body says everything, whatever was said before."""
    direction = "initiator" if lamp.caller == lamp.name else "recipient"
    other = lamp.called if direction == "initiator" else lamp.caller
    text = (
        '<?xml version="1.0"?>\n'
        f'<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{_VERSION}" state="full"'
        f" entity={quoteattr(_uri(lamp.name, address))}>\n"
        f'<dialog id="lamp" direction="{direction}">\n<state>{_STATES[lamp.state]}</state>\n'
        f"{_party('local', lamp.name, address)}{_party('remote', other, address)}</dialog>\n</dialog-info>\n"
    )
    # For Kamailio a dialog that is over stays over: a lamp that is lit again is another dialog, in another publication.
    return Body(_DIALOG, text, LAMP_STANDS_S, last=lamp.state is LampState.IDLE)


def message_summary(extension: str, new: int, old: int, address: str) -> Body:
    """Return what a phone is told of the messages that wait for it."""
    waiting = "yes" if new else "no"
    lines = (
        f"Messages-Waiting: {waiting}",
        f"Message-Account: {_uri(extension, address)}",
        f"Voice-Message: {new}/{old} (0/0)",
    )
    return Body(_SUMMARY, "\r\n".join(lines) + "\r\n", MESSAGES_STAND_S)


def _party(which: str, number: str, address: str) -> str:
    if not number:
        return ""
    uri = _uri(number, address)
    return f"<{which}><identity>{escape(uri)}</identity><target uri={quoteattr(uri)}/></{which}>\n"


def _uri(user: str, address: str) -> str:
    return f"sip:{user_part(user)}@{address}"
