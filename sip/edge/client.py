"""The real `sip.api.Edge`: one connection to Kamailio and the tables it reads. Decides nothing about calls.

What was set is written to the edge's tables first and told to Kamailio then, so that Kamailio knows it after any
restart of either side. Orders given while Kamailio is away are not lost: everything is told when it comes back. What
could not be kept or told is tried again (`sip.edge.telling`), even though whoever set it hears of the failure.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping

from sip import api
from sip.edge import dialogs, knowledge, notes, registrations, render, send_on, tables
from sip.edge.gate import Gate
from sip.edge.knowledge import Place
from sip.edge.lamps import LAMPS, MESSAGES, dialog_info, idle, message_summary
from sip.edge.link import Link, Message
from sip.edge.publishing import Known, Publisher
from sip.edge.registrations import Registrations
from sip.edge.render import EdgePlan
from sip.edge.telling import Telling
from sip.edge.trunks import Trunks
from sip.errors import EdgeUnavailable
from sip.tasks import Tasks

log = logging.getLogger(__name__)


class KamailioEdge:
    """The door to the Kamailio of one box. `plan` is the one it was started with."""

    realm = render.REALM

    def __init__(self, plan: EdgePlan, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._plan = plan
        self._now_ms = now_ms
        self._place = Place(plan.address, plan.sip_port)
        self._hear: Callable[[api.EdgeNews], None] = lambda news: None
        self._tasks = Tasks("edge")
        self._remembering = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._remembers = False
        self._state = api.EdgeState(connected=False, since_ms=now_ms())
        self._gate = Gate(now_ms)
        self._phones = Registrations()
        self._link = Link(
            plan.control_port, lambda: render.secret(plan.run_folder), self._heard, self._came, self._went
        )
        self._publisher = Publisher(plan.core_port, plan.address, lambda event, name: idle(event, name, plan.address))
        self._trunks = Trunks(self._link, now_ms, self._tell_core, self._tell_trunks)
        self._telling = Telling(plan.folder, self._link, self._trunks.settle)

    async def start(self, hear: Callable[[api.EdgeNews], None]) -> None:
        """Connect and stay connected. What Kamailio knows already stays until it is set anew."""
        self._hear = hear
        await self._remember()
        await self._look_at_phones()  # the first call comes with the welcome, and needs to know who is there
        await self._publisher.start()
        self._trunks.start()
        self._link.start()

    async def stop(self) -> None:
        """Let go of Kamailio. It goes on by itself with its fallback."""
        await self._trunks.stop()
        await self._telling.stop()
        await self._publisher.stop()
        await self._link.stop()
        await self._tasks.stop()

    async def send_to_worker(self, call: api.IncomingCall, lease: api.Lease) -> None:
        """Let the suspended INVITE go on to a worker; one that was cancelled meanwhile is left alone."""
        if self._gate.take(call):
            self._link.send({"do": "worker", "token": call.token, "port": lease.contact.removeprefix("w")})

    async def send_on(self, call: api.IncomingCall, target: api.Extensions | api.Outside, shown: api.Identity) -> None:
        """Let a worker's suspended INVITE go on to phones or through a trunk; one given up meanwhile is left alone."""
        if self._gate.take(call):
            self._link.send({"do": "on", "token": call.token} | send_on.to(target) | send_on.shown(shown, self._place))

    async def refuse(self, call: api.IncomingCall, code: int, reason: str) -> None:
        """Answer the suspended INVITE with a final code from 300 to 699."""
        if self._gate.take(call):
            words = " ".join(reason.split()) or "Refused"
            self._link.send({"do": "refuse", "token": call.token, "code": str(code), "reason": words})

    async def hand_back(self, call: api.IncomingCall) -> None:
        """Let the edge do with the suspended INVITE what it does while the core is gone."""
        if self._gate.take(call):
            self._link.send({"do": "alone", "token": call.token})

    async def set_credentials(self, credentials: tuple[api.Credential, ...]) -> None:
        """Make these the only phones that may register. Raises EdgeUnavailable when they cannot be kept."""
        await self._telling.set({"cred": knowledge.credentials_table(credentials), "known": {"ready": "1"}})

    async def set_trunks(self, trunks: tuple[api.TrunkPlan, ...]) -> None:
        """Make these the only trunks. Names are looked up in the background, known addresses are used at once."""
        self._trunks.set(trunks)
        await self._tell_trunks()

    async def set_fallback(self, fallback: api.Fallback) -> None:
        """Say what the edge does by itself while the core is gone."""
        await self._telling.set({"fallback": knowledge.fallback_table(fallback)})

    async def set_lamps(self, lamps: tuple[api.Lamp, ...]) -> None:
        """Make these the lamps that phones may watch. Kamailio is told in the background, and again after a restart."""
        self._publisher.set(LAMPS, {lamp.name: dialog_info(lamp, self._plan.address) for lamp in lamps})

    async def set_messages(self, waiting: Mapping[str, tuple[int, int]]) -> None:
        """Say which extensions have messages waiting. Kamailio is told in the background, and again after a restart."""
        address = self._plan.address
        bodies = {name: message_summary(name, new, old, address) for name, (new, old) in waiting.items()}
        self._publisher.set(MESSAGES, bodies)

    async def end_dialogs_of(self, contact: str) -> None:
        """End every dialog of a dead worker ("w15104"). Raises EdgeUnavailable."""
        await dialogs.end_all(self._link, "worker", contact.removeprefix("w"), "Worker gone")

    async def notes(self, after: int) -> tuple[api.Note, ...]:
        """Return the next notes above a number of calls that Kamailio handled alone. Raises EdgeUnavailable."""
        trunks = dict(self._trunks.plans)
        try:
            return await asyncio.to_thread(notes.read, self._plan.folder, trunks, after)
        except sqlite3.Error as error:
            raise EdgeUnavailable(f"the edge's notes cannot be read: {error}") from error

    async def forget_notes(self, number: int) -> None:
        """Have Kamailio throw its notes away up to a number. Raises EdgeUnavailable."""
        self._link.send({"do": "noted", "number": str(number)})

    async def end_alone(self, sip_call_id: str) -> None:
        """End a call that Kamailio handles alone; its notes say when it has. Raises EdgeUnavailable."""
        await dialogs.end_all(self._link, "alone", sip_call_id, "Ended")

    def registrations(self) -> tuple[api.Registration, ...]:
        """Return who is registered now."""
        return self._phones.all()

    def trunk_states(self) -> tuple[api.TrunkStatus, ...]:
        """Return how each trunk is now."""
        return self._trunks.statuses()

    def state(self) -> api.EdgeState:
        """Return whether Kamailio is there and knows everything."""
        return self._state

    async def _tell_trunks(self) -> None:
        await self._remember()
        plans, found = tuple(self._trunks.plans.values()), self._trunks.names.found
        changed = {
            "trunk": knowledge.trunk_table(plans, found, self._place),
            "source": knowledge.source_table(plans, found),
        }
        await self._telling.set(changed, knowledge.accounts(plans, found, self._place))

    async def _came(self) -> None:
        """Kamailio has welcomed us: it may be a new one, so it is asked who is there, and told everything."""
        await self._look_at_phones()
        await self._telling.tell_all()
        self._tasks.start("publish", self._publish())
        self._set_state(connected=True)

    async def _publish(self) -> None:
        """Tell Kamailio all lamps and messages, in place of what an earlier core may have left there."""
        listed: object = []
        try:
            listed = await self._link.call("presence.presentity_list")
        except EdgeUnavailable as error:  # gone again, or there are too many: those run out by themselves
            log.warning("published lamps are not listed: %s", error)
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        if self._link.up:
            self._publisher.came(Known(str(row["event"]), str(row["user"]), str(row["etag"])) for row in rows)

    def _went(self) -> None:
        self._set_state(connected=False)
        for cancelled in self._gate.forget_all():
            self._hear(cancelled)
        self._trunks.lost()
        self._publisher.went()

    def _set_state(self, connected: bool) -> None:
        if connected != self._state.connected:
            self._state = api.EdgeState(connected, self._now_ms())
            log.info("edge %s", "connected" if connected else "gone")
            self._hear(self._state)

    def _tell_core(self, status: api.TrunkStatus) -> None:
        self._hear(status)

    def _heard(self, message: Message) -> None:
        """Understand one message of Kamailio; one that cannot be understood is logged and dropped."""
        try:
            self._understand(message)
        except (KeyError, ValueError, TypeError):
            log.exception("a message of Kamailio cannot be understood: %s", message.get("ev"))

    def _understand(self, message: Message) -> None:
        match message.get("ev"):
            case "invite":
                self._hear(self._gate.question(message, self._trunks.plans))
            case "cancel":
                self._hear(self._gate.cancelled(str(message["ci"])))
            case "taken":
                if taken := self._gate.taken(str(message["ci"])):
                    self._hear(taken)
            case "noted":
                self._hear(api.CallNoted())
            case "registration":
                self._tasks.start("look at a phone", self._look_at_phones(str(message["extension"])))
            case "gone":
                if gone := self._phones.gone(str(message["extension"]), str(message["contact"])):
                    self._hear(gone)
            case "banned":
                self._hear(api.Banned(str(message["address"]), str(message["why"])))
            case "trunk-asked":
                self._trunks.asked(str(message["trunk"]))
            case "trunk-replied":
                self._trunks.replied(message)
            case "pong":
                self._trunks.pong(message)
            case other:
                log.warning("unknown message of Kamailio: %s", other)

    async def _look_at_phones(self, extension: str | None = None) -> None:
        async with self._looking:  # one after the other, or an older look could undo a newer one
            self._phones.look()
            try:
                rows = await asyncio.to_thread(registrations.read, self._plan.folder, extension)
            except sqlite3.Error as error:
                log.warning("registrations cannot be read: %s", error)
                return
            for news in self._phones.found(rows, extension):
                self._hear(news)

    async def _remember(self) -> None:
        """Take the trunk addresses of an earlier run, once, before anything is written over them."""
        async with self._remembering:
            if not self._remembers:
                try:
                    self._trunks.names.remember(await asyncio.to_thread(self._read_tables))
                    self._remembers = True
                except (OSError, sqlite3.Error) as error:
                    log.warning("the edge's tables cannot be read: %s", error)

    def _read_tables(self) -> dict[str, tuple[str, ...]]:
        """Make the tables where there are none; return the trunk addresses that an earlier run found."""
        tables.prepare(self._plan.folder)
        trunk = tables.read(self._plan.folder)["trunk"]
        return {
            host: tuple(trunk[f"{key.removesuffix('/host')}/addresses"].split(","))
            for key, host in trunk.items()
            if key.endswith("/host")
        }
