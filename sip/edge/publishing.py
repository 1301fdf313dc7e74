"""Publishes what phones may watch, by PUBLISH (RFC 3903) to the Kamailio on this machine. Knows no body's meaning.

Each resource (an event and a name) has one publication at a time, which is changed, refreshed before it runs out, and
made anew when Kamailio does not know it any more. What could not be published is tried again until it is; of several
changes in the meantime only the last counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sip.edge.lamps import Body
from sip.edge.wire import NoAnswer, Wire
from sip.naming import user_part
from sip.tasks import Tasks

log = logging.getLogger(__name__)

_REFRESH_AT = 0.6  # of its time
_LOOK_EVERY_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_AT_ONCE = 8
_GONE = 412  # Conditional Request Failed: no such publication


class Known(NamedTuple):
    """A publication that Kamailio has."""

    event: str
    name: str
    tag: str


@dataclass
class _Resource:
    """One name under one event."""

    event: str
    name: str
    wanted: Body
    told: Body | None = None
    tag: str = ""  # of the publication, as long as Kamailio knows it
    due_s: float = 0.0  # when it must be refreshed, by the loop's clock
    stale: bool = False  # it is due
    busy: bool = False
    gone: bool = False  # not wanted any more: forgotten once this last body is told

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do."""
        return self.told == self.wanted and not self.stale


class Publisher:
    """Everything that is published from one address."""

    def __init__(self, core_port: int, address: str, idle: Callable[[str, str], Body]) -> None:
        """`idle` is what is told of an event and a name of which there is nothing to tell."""
        self._to = ("127.0.0.1", core_port)
        self._idle = idle
        self._address = address
        self._tasks = Tasks("publisher")
        self._resources: dict[tuple[str, str], _Resource] = {}
        self._events: set[str] = set()  # that are set
        self._left: tuple[Known, ...] = ()
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._wire = Wire()
        self._up = False
        self._again: asyncio.TimerHandle | None = None
        self._pause_s = _FIRST_PAUSE_S

    async def start(self) -> None:
        """Open the socket. Nothing is sent before `came`."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self._wire, local_addr=("127.0.0.1", 0), remote_addr=self._to)
        self._tasks.start("refresh", self._keep_refreshing())

    async def stop(self) -> None:
        """Publish nothing more; what is published stands until it runs out."""
        self.went()
        await self._tasks.stop()
        self._wire.close()

    def came(self, known: Iterable[Known]) -> None:
        """Kamailio is there, maybe a new one: it is told everything.

        `known` is what it has published, for us or for an earlier core. What is of an event that is not set yet is left
        alone, since it may be right; it runs out soon if it is not.
        """
        self._up = True
        self._left = tuple(known)
        for resource in self._resources.values():
            resource.told, resource.tag = None, ""
        for event in self._events:
            self._adopt(event)
        self._settle_all()

    def _adopt(self, event: str) -> None:
        """Go on with the publications of an event that are there; a second one of the same name runs out by itself."""
        for known in self._left:
            if known.event == event:
                resource = self._resource(event, known.name)
                resource.tag = resource.tag or known.tag
        self._left = tuple(known for known in self._left if known.event != event)

    def went(self) -> None:
        """Kamailio is gone, and with it everything that was published."""
        self._up = False
        self._wire.give_up()
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def set(self, event: str, bodies: Mapping[str, Body]) -> None:
        """Make these the bodies of an event, by name. Of names that are gone it is told once that they are idle."""
        self._events.add(event)
        self._adopt(event)
        for name, body in bodies.items():
            resource = self._resource(event, name)
            resource.wanted, resource.gone = body, False
        for resource in self._resources.values():
            if resource.event == event and resource.name not in bodies:
                resource.wanted, resource.gone = self._idle(event, resource.name), True
        self._settle_all()

    def _resource(self, event: str, name: str) -> _Resource:
        """Return a resource; a new one is idle, and to be forgotten unless somebody wants it."""
        if (event, name) not in self._resources:
            self._resources[event, name] = _Resource(event, name, self._idle(event, name), gone=True)
        return self._resources[event, name]

    # ------------------------------------------------------------------------------------------------- inside

    def _settle_all(self) -> None:
        if self._up:
            for resource in tuple(self._resources.values()):
                if not resource.busy and not resource.settled:
                    resource.busy = True
                    self._tasks.start(f"publish {resource.event}", self._settle(resource))

    async def _settle(self, resource: _Resource) -> None:
        """Publish until there is nothing more to do, one after the other: each changes the publication's tag."""
        try:
            while self._up and not resource.settled:
                async with self._few:
                    await self._publish(resource)
            self._pause_s = _FIRST_PAUSE_S
        except NoAnswer as error:
            self._try_again(error)
        finally:
            resource.busy = False
        if resource.gone and resource.settled:
            self._resources.pop((resource.event, resource.name), None)

    async def _publish(self, resource: _Resource) -> None:
        """Tell the body; keep up what is told already; or end the publication of which this is the last body."""
        body = resource.wanted
        if body.last and not resource.tag:
            resource.told, resource.stale = body, False  # that nothing is published says the same
            return
        await self._send(resource, body, body.expires_s)
        if body.last and resource.tag:
            await self._send(resource, body, 0)

    async def _send(self, resource: _Resource, body: Body, expires_s: int) -> None:
        """Publish, or end the publication. It is refreshed with its body, though RFC 3903 wants none: 5.6 needs it."""
        uri = f"sip:{user_part(resource.name)}@{self._address}"
        headers = {"Event": resource.event, "Expires": str(expires_s)}
        if resource.tag:
            headers["SIP-If-Match"] = resource.tag
        if expires_s:
            headers["Content-Type"] = body.kind
        answer = await self._wire.ask("PUBLISH", uri, headers, body.text if expires_s else "")
        if answer.code == _GONE:
            resource.told, resource.tag = None, ""
        elif answer.code < 300:
            resource.tag = answer.tag if expires_s else ""
            if not body.last or not expires_s:
                resource.told, resource.stale = body, False
                resource.due_s = asyncio.get_running_loop().time() + _REFRESH_AT * expires_s
        else:
            raise NoAnswer(f"{answer.code}")

    def _try_again(self, error: NoAnswer) -> None:
        if self._up and self._again is None:
            log.warning("not all is published: %s; again in %s s", error, self._pause_s)
            self._again = asyncio.get_running_loop().call_later(self._pause_s, self._now_again)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _now_again(self) -> None:
        self._again = None
        self._settle_all()

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now_s = asyncio.get_running_loop().time()
            for resource in self._resources.values():
                resource.stale = resource.stale or (bool(resource.tag) and now_s >= resource.due_s)
            self._settle_all()
