"""Who is calling: a new INVITE as the edge hands it over."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Source(StrEnum):
    """Where an INVITE came from. Nothing else ever reaches the core."""

    PHONE = "phone"
    TRUNK = "trunk"
    WORKER = "worker"  # a transfer that a phone asked for by REFER: no order of the core's


class Presentation(StrEnum):
    """Whether the caller's number may be shown (RFC 3323, RFC 3325)."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


class Identity(Struct, frozen=True):
    """The calling party as the network told it. `number` is raw and empty unless the presentation is SHOWN."""

    number: str = ""
    name: str = ""
    presentation: Presentation = Presentation.SHOWN


class IncomingCall(Struct, frozen=True):
    """A new INVITE that the edge has authenticated and suspended; `token` answers it, once.

    One from a worker waits two seconds at most and is then refused, so that the phone keeps its call.
    """

    token: str
    sip_call_id: str
    source: Source
    caller: Identity
    called: str  # raw, as dialled or as the trunk's called-number setting found it
    address: str  # "udp:192.0.2.10:5060"
    extension: str = ""  # the authenticated phone, when the source is PHONE
    trunk: str = ""  # the trunk's id, when the source is TRUNK
    arrived_ms: int = 0
    contact: str = ""  # the worker ("w15104"), when the source is WORKER
    replaces: str = ""  # the Call-ID of the dialog whose place it wants to take (RFC 3891)
