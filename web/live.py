"""The live channel: one WebSocket a tab at /live, by which pages stay true without being reloaded. Knows no page.

A tab says hello with the last number it has seen and the topics it wants; it is sent what it missed, or a fresh
snapshot when that is not kept any more. Snapshots come from the pages' own sources (`add_snapshot`). Nothing here
waits for a browser: one that does not read is dropped and comes back by itself. That a WebSocket comes from our own
page is checked by `csrf.py` (Origin), like every other request.

Close codes of our own: 4401 = signed out, 4400 = no proper hello, 4403 = a password must be chosen first.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from appliance.access.types import SessionsEnded, User, UserChanged
from appliance.agents.events import SeatChanged
from appliance.core.clock import Timer
from appliance.core.errors import SoriboxError
from appliance.core.tasks import Tasks
from appliance.services import Services
from web.keys import SERVICES, VISITOR
from web.live_feed import Feed, Frame, News, Tab, Topic, frame, wanted

log = logging.getLogger(__name__)

BEAT_SECONDS = 20.0
HELLO_SECONDS = 10.0
FEED_KEPT_SECONDS = 300.0
SIGNED_OUT = 4401
NO_HELLO = 4400
PASSWORD_FIRST = 4403
_LARGEST_MESSAGE = 16 * 1024
_MOST_IDS = 100


@dataclass(frozen=True)
class Person:
    """Who sits in front of the tabs."""

    user: User
    language: str


@dataclass(frozen=True)
class Hello:
    """What a tab says first. `keep` are calls it must be told of (unsaved text, pinned), `closed` those it put away."""

    epoch: str = ""
    last: int = 0
    topics: frozenset[Topic] = frozenset({Topic.POP})
    keep: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


Snapshot = Callable[[Person, Hello], Awaitable[Sequence[News]]]
Listener = Callable[[Person, str], None]


class Live:
    """All feeds, and the door to the pages that fill them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feeds: dict[int, Feed] = {}
        self._people: dict[int, Person] = {}
        self._endings: dict[int, Timer] = {}
        self._sockets: dict[web.WebSocketResponse, tuple[Person, str]] = {}
        self._closing: dict[web.WebSocketResponse, asyncio.Event] = {}
        self._snapshots: list[tuple[Snapshot, bool]] = []
        self._listeners: dict[str, Listener] = {}
        self.tasks = Tasks("live channel")
        self._ends = [
            services.bus.subscribe(SessionsEnded, lambda event: self._check(event.user_id)),
            services.bus.subscribe(UserChanged, lambda event: self._check(event.user_id)),
            services.bus.subscribe(SeatChanged, self._seat_changed),
        ]

    def add_snapshot(self, source: Snapshot, *, always: bool = False) -> None:
        """Ask `source` for its part of a fresh snapshot whenever a tab needs one; `always`: at every reconnect.

        That is for what is not told while nobody listens.
        """
        self._snapshots.append((source, always))

    def on_order(self, order: str, listener: Listener) -> None:
        """Call `listener` when a tab sends {"do": order, "id": …}."""
        self._listeners[order] = listener

    def people(self) -> tuple[Person, ...]:
        """Return everyone who has the panel open, or had it a moment ago."""
        return tuple(self._people.values())

    def listening(self, topic: Topic) -> tuple[Person, ...]:
        """Return everyone with a tab that hears `topic` now."""
        return tuple(person for number, person in self._people.items() if self._feeds[number].wants(topic))

    def publish(self, person: Person, news: News) -> None:
        """Tell all tabs of a person; whoever has none open is told by the snapshot when they come."""
        feed = self._feeds.get(person.user.id)
        if feed is not None:
            feed.publish(news)

    def mention(self, person: Person, news: News) -> None:
        """Tell a person's open tabs something that need not be told again."""
        feed = self._feeds.get(person.user.id)
        if feed is not None:
            feed.mention(news)

    async def serve(self, socket: web.WebSocketResponse, request: web.Request, person: Person) -> None:
        """Serve one tab until either side ends it. The socket is prepared."""
        hello = await _hello(socket)
        if hello is None:
            await socket.close(code=NO_HELLO)
            return
        woken = asyncio.Event()

        def drop() -> None:
            if request.transport is not None:
                request.transport.abort()

        tab = Tab(hello.topics, woken.set, drop)
        feed = self._enter(person, tab)
        token = request[VISITOR].token
        self._sockets[socket] = (person, token)
        # Since the browser asked for the channel, the session may have ended, or its person's rights have changed.
        self.tasks.start("check a session", self._recheck(socket, person, token))
        try:
            await self._greet(socket, feed, person, hello)
            woken.set()
            writer = self.tasks.start("tab", self._write(socket, tab, woken, token))
            try:
                await self._read(socket, person)
            finally:
                writer.cancel()
        finally:
            self._sockets.pop(socket, None)
            self._leave(person, feed, tab)
            if (closing := self._closing.pop(socket, None)) is not None:
                await closing.wait()  # else the connection would end before the browser has heard why

    def _enter(self, person: Person, tab: Tab) -> Feed:
        number = person.user.id
        if (ending := self._endings.pop(number, None)) is not None:
            ending.cancel()
        feed = self._feeds.setdefault(number, Feed())
        self._people[number] = person
        feed.tabs.add(tab)
        return feed

    def _leave(self, person: Person, feed: Feed, tab: Tab) -> None:
        number = person.user.id
        feed.tabs.discard(tab)
        if feed.tabs or self._feeds.get(number) is not feed:
            return

        def forget() -> None:
            self._endings.pop(number, None)
            self._feeds.pop(number, None)
            self._people.pop(number, None)

        self._endings[number] = self._services.clock.call_later(FEED_KEPT_SECONDS, forget)

    async def _greet(self, socket: web.WebSocketResponse, feed: Feed, person: Person, hello: Hello) -> None:
        """Bring the tab up to date. What is published meanwhile waits in its backlog: it is newer, and goes after."""
        missed = feed.missed(hello.epoch, hello.last)
        greeting = {"epoch": feed.epoch, "last": feed.number, "now": self._services.clock.now_ms()}
        await _send(socket, News(Topic.POP, "hello", {**greeting, "fresh": missed is None}))
        if missed is not None:
            await _send_frames(socket, tuple(told for told in missed if told.topic in hello.topics))
        for source, always in self._snapshots:
            if always or missed is None:
                for news in await source(person, hello):
                    await _send(socket, news)
        await _send(socket, News(Topic.POP, "ready", {}))

    async def _write(self, socket: web.WebSocketResponse, tab: Tab, woken: asyncio.Event, token: str) -> None:
        """Send what is published; between, a beat, by which the browser knows that we are there."""
        try:
            await self._beat_or_send(socket, tab, woken, token)
        except (ConnectionError, RuntimeError):  # RuntimeError: aiohttp's word for a socket that is closing
            log.debug("a tab went while it was told something")

    async def _beat_or_send(self, socket: web.WebSocketResponse, tab: Tab, woken: asyncio.Event, token: str) -> None:
        now = asyncio.get_running_loop().time
        due = now() + BEAT_SECONDS
        while not socket.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await woken.wait()
            if now() >= due:  # by time, however much there is to tell
                if await self._services.access.who(token, touch=False) is None:
                    self.tasks.start("sign a tab out", self._close(socket, SIGNED_OUT))
                    return
                await _send(socket, News(Topic.POP, "beat", {"now": self._services.clock.now_ms()}))
                due = now() + BEAT_SECONDS
            woken.clear()
            while tab.backlog:
                await socket.send_str(tab.backlog.popleft().text)

    def _check(self, user: int, *, renew: bool = False) -> None:
        for socket, (person, token) in tuple(self._sockets.items()):
            if person.user.id == user:
                self.tasks.start("check a session", self._recheck(socket, person, token, renew=renew))

    def _seat_changed(self, event: SeatChanged) -> None:
        """Let a person's tabs come back and be told everything afresh: at another phone other calls are theirs."""
        user = event.user
        if event.extension == event.before:
            return
        if (ending := self._endings.pop(user, None)) is not None:
            ending.cancel()
        self._feeds.pop(user, None)
        self._people.pop(user, None)
        self._check(user, renew=True)

    async def _recheck(self, socket: web.WebSocketResponse, person: Person, token: str, *, renew: bool = False) -> None:
        """Close a tab whose session has ended; let one come back whose person may see or do other things now."""
        signed_in = await self._services.access.who(token, touch=False)
        if signed_in is None:
            await self._close(socket, SIGNED_OUT)
        elif renew or signed_in.user != person.user:
            await self._close(socket, WSCloseCode.SERVICE_RESTART)

    async def _close(self, socket: web.WebSocketResponse, code: int) -> None:
        """Close a tab's socket, which is being served, as RFC 6455 section 7.1.1 has it: the other side has its say."""
        if socket not in self._sockets:  # it has gone by itself
            return
        done = self._closing.setdefault(socket, asyncio.Event())
        try:
            await socket.close(code=code)
        finally:
            done.set()

    async def _read(self, socket: web.WebSocketResponse, person: Person) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = _json(message.data)
            listener = self._listeners.get(str(told.get("do", "")))
            if listener is not None:
                listener(person, str(told.get("id", ""))[:64])

    async def stop(self) -> None:
        """Close every tab's socket; the browsers come back by themselves when the box does."""
        for end in self._ends:
            end()
        for ending in self._endings.values():
            ending.cancel()
        self._endings.clear()
        closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._sockets)]
        await asyncio.gather(*closing, return_exceptions=True)
        await self.tasks.stop()


LIVE: web.AppKey[Live] = web.AppKey("live")


async def connect(request: web.Request) -> web.WebSocketResponse:
    """Open the channel of one tab (GET /live)."""
    live, visitor = request.app[LIVE], request[VISITOR]
    socket = web.WebSocketResponse(heartbeat=BEAT_SECONDS, max_msg_size=_LARGEST_MESSAGE, compress=False)
    await socket.prepare(request)
    if visitor.user is None:  # told in the channel: a refused upgrade looks to a script like a broken network
        await socket.close(code=SIGNED_OUT)
        return socket
    if visitor.user.must_change_password:
        await socket.close(code=PASSWORD_FIRST)
        return socket
    await request.app[SERVICES].agents.sit_by_itself(visitor.user, visitor.token)
    try:
        await live.serve(socket, request, Person(visitor.user, visitor.language))
    except (ConnectionError, SoriboxError) as error:
        log.info("a live channel ended early: %s", error)
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)
    return socket


async def _hello(socket: web.WebSocketResponse) -> Hello | None:
    try:
        message = await socket.receive(timeout=HELLO_SECONDS)
    except TimeoutError:
        return None
    if message.type is not WSMsgType.TEXT:
        return None
    told = _json(message.data)
    last = told.get("last")
    return Hello(
        epoch=str(told.get("epoch", "")),
        last=last if isinstance(last, int) else 0,
        topics=wanted(_list(told.get("topics"))),
        keep=_ids(told.get("keep")),
        closed=_ids(told.get("closed")),
    )


def _json(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _list(value: object) -> list[object]:
    return value[:_MOST_IDS] if isinstance(value, list) else []


def _ids(value: object) -> tuple[str, ...]:
    return tuple(str(item)[:64] for item in _list(value))


async def _send(socket: web.WebSocketResponse, news: News) -> None:
    await socket.send_str(frame(0, news).text)


async def _send_frames(socket: web.WebSocketResponse, frames: Sequence[Frame]) -> None:
    for told in frames:
        await socket.send_str(told.text)
