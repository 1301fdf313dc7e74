"""Who heard which recording: one line of the access log for a listen, however many pieces it is fetched in.

A player fetches pieces, seeks and comes back; a program may fetch the middle alone. So it is not the piece that
counts but the first request of somebody for a call within some minutes. Knows no page.
"""

from __future__ import annotations

from collections import OrderedDict

from aiohttp import web

from appliance.access.types import Actor
from appliance.services import Services

_ONE_LISTEN_MS = 10 * 60_000
_KEPT = 5000


class Listens:
    """The listens noted lately. Bounded: what falls out is noted once more, never less."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noted: OrderedDict[tuple[str, str, str], int] = OrderedDict()

    async def note(self, by: Actor, identity: str, call: str, what: str) -> None:
        """Write that `by` did `what` with the recording of `call`; `identity` is their session or key.

        Raises Unavailable when it cannot be written: nobody listens unseen.
        """
        key, now = (identity, call, what), self._services.clock.now_ms()
        noted = self._noted.get(key)
        if noted is not None and 0 <= now - noted < _ONE_LISTEN_MS:
            return
        await self._services.access.note(by, what, call)
        self._noted[key] = now
        self._noted.move_to_end(key)
        while len(self._noted) > _KEPT:
            self._noted.popitem(last=False)


LISTENS: web.AppKey[Listens] = web.AppKey("listens", Listens)
