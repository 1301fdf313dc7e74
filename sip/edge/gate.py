"""The calls that wait at the edge for a decision. Knows messages, not the connection they come over.

Every INVITE is answered once: `take` gives it out, and forgets it, exactly once. A caller who gives up is told with a
CallCancelled, also when that crosses our answer; a call that the edge has helped by itself because we were too slow
with a CallTaken.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from sip.api import CallCancelled, CalledFrom, CallTaken, Identity, IncomingCall, Presentation, Source, TrunkPlan
from sip.edge import identity
from sip.edge.knowledge import CONTACT

# A call that is not decided after this many milliseconds has long been decided by the edge.
_FORGET_MS = 30_000


class Gate:
    """Makes IncomingCall of the edge's question and keeps it until it is answered."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._waiting: dict[str, IncomingCall] = {}

    def question(self, message: Mapping[str, Any], trunks: Mapping[str, TrunkPlan]) -> IncomingCall:
        """Take in a suspended INVITE."""
        now = self._now_ms()
        self._waiting = {t: c for t, c in self._waiting.items() if now - c.arrived_ms < _FORGET_MS}
        call = incoming(message, trunks, now)
        self._waiting[call.token] = call
        return call

    def take(self, call: IncomingCall) -> bool:
        """Whether this call still waits for an answer; after this it no longer does."""
        return self._waiting.pop(call.token, None) is not None

    def cancelled(self, sip_call_id: str) -> CallCancelled:
        """Forget a call whose caller has gone. Told also when our answer crossed that: it may not have been heard."""
        self._over(sip_call_id)
        return CallCancelled(sip_call_id)

    def taken(self, sip_call_id: str) -> CallTaken | None:
        """Forget a call that the edge handles by itself; None when it had its answer already."""
        return CallTaken(sip_call_id) if self._over(sip_call_id) else None

    def _over(self, sip_call_id: str) -> bool:
        tokens = [token for token, call in self._waiting.items() if call.sip_call_id == sip_call_id]
        for token in tokens:
            del self._waiting[token]
        return bool(tokens)

    def forget_all(self) -> list[CallCancelled]:
        """The edge is gone, and with it every question of its."""
        waiting, self._waiting = self._waiting, {}
        return [CallCancelled(call.sip_call_id) for call in waiting.values()]


def incoming(message: Mapping[str, Any], trunks: Mapping[str, TrunkPlan], now_ms: int) -> IncomingCall:
    """Return the call that a message of the edge describes."""
    uri, headers = identity.headers_of(base64.b64decode(str(message["sip"])))
    source = Source(str(message["kind"]))
    extension, trunk = str(message.get("extension", "")), str(message.get("trunk", ""))
    if source is Source.PHONE:
        caller = Identity(number=extension, name=_display_name(headers))
        called = _dialled(uri)
    elif source is Source.WORKER:
        caller = Identity(presentation=Presentation.UNAVAILABLE)  # who is transferred is known to the core alone
        called = _dialled(uri)
    else:
        plan = trunks.get(trunk)
        caller = identity.caller(headers, plan.trusted if plan else False)
        own = frozenset({f"{CONTACT}{trunk}", *((plan.username,) if plan and plan.register else ())})
        called = identity.called(uri, headers, plan.called_from if plan else CalledFrom.REQUEST, own)
    return IncomingCall(
        token=str(message["token"]),
        sip_call_id=str(message["ci"]),
        source=source,
        caller=caller,
        called=called,
        address=str(message["address"]),
        extension=extension,
        trunk=trunk,
        arrived_ms=now_ms,
        contact=str(message.get("contact", "")),
        replaces=headers.get("replaces", ("",))[0].split(";")[0].strip(),
    )


def _display_name(headers: identity.Headers) -> str:
    found = identity.addresses(headers, "from")
    return found[0].name if found else ""


def _dialled(uri: str) -> str:
    """What a phone dialled: its digits, or its whole words when it dialled no number."""
    parsed = identity.addresses({"to": (uri,)}, "to")
    return (parsed[0].number or parsed[0].user) if parsed else ""
