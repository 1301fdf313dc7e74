"""The trunks as they are: their addresses, their registrations in Kamailio, their measured state.

Kamailio registers and sends the OPTIONS; this tells it to, listens, and keeps the book. It writes no table.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from sip.api import TrunkPlan, TrunkState, TrunkStatus
from sip.edge.knowledge import CONTACT
from sip.edge.link import Link, Message, RpcFailed
from sip.edge.names import Names
from sip.edge.tables import TrunkAccount
from sip.edge.trunk_state import CHALLENGES, Asked, Found, Measured, Pong, Replied, Silent, after
from sip.errors import EdgeUnavailable
from sip.tasks import Tasks

log = logging.getLogger(__name__)

# Often enough to keep a router's UDP mapping open (RFC 4787: 30 s is what many do).
_PING_SECONDS = 25.0
_LOOK_UP_SECONDS = 300.0
# Kamailio's own time-out for an answer is 5 s (fr_timer).
_SILENCE_SECONDS = 6.5
# How long a carrier may take to let a binding go before it is left to expire.
_LEAVE_SECONDS = 2.0
# modules/uac: the bit that says a registration is up.
_ONLINE = 4


class Trunks:
    """All trunks of the box. `hear` gets each change of state, `moved` is awaited when addresses changed."""

    def __init__(
        self,
        link: Link,
        now_ms: Callable[[], int],
        hear: Callable[[TrunkStatus], None],
        moved: Callable[[], Awaitable[None]],
    ) -> None:
        self._link = link
        self._now_ms = now_ms
        self._hear = hear
        self._moved = moved
        self._tasks = Tasks("trunks")
        self._silence: dict[str, asyncio.TimerHandle] = {}
        self._leaving: dict[str, asyncio.Event] = {}
        self._statuses: dict[str, TrunkStatus] = {}
        self._look_up_now = asyncio.Event()
        self.names = Names()
        self.plans: dict[str, TrunkPlan] = {}

    def start(self) -> None:
        """Begin to look up names and to measure."""
        self._tasks.start("look up", self._keep_looking_up())
        self._tasks.start("ping", self._keep_pinging())

    async def stop(self) -> None:
        """Stop measuring; registrations stay up."""
        await self._tasks.stop()
        for timer in self._silence.values():
            timer.cancel()
        self._silence.clear()

    def statuses(self) -> tuple[TrunkStatus, ...]:
        """Return how each trunk is, in the order of the plans."""
        return tuple(self._statuses[trunk] for trunk in self.plans)

    def set(self, plans: Iterable[TrunkPlan]) -> None:
        """Take these as the only trunks. One whose plan changed starts as unknown again."""
        before, self.plans = self.plans, {plan.trunk: plan for plan in plans}
        for trunk in before.keys() - self.plans.keys():
            self._statuses.pop(trunk, None)
            self._expect_nothing(trunk)
        for trunk, plan in self.plans.items():
            if before.get(trunk) != plan:
                self._statuses[trunk] = TrunkStatus(trunk, TrunkState.UNKNOWN, since_ms=self._now_ms())
        self.names.take_addresses(plan.host for plan in self.plans.values())
        self._look_up_now.set()

    def lost(self) -> None:
        """Kamailio is gone: nobody measures, so nothing is known."""
        for trunk in self.plans:
            self._expect_nothing(trunk)
            if self._statuses[trunk].state is not TrunkState.UNKNOWN:
                self._statuses[trunk] = TrunkStatus(trunk, TrunkState.UNKNOWN, since_ms=self._now_ms())
                self._hear(self._statuses[trunk])

    def asked(self, name: str) -> None:
        """Kamailio sent a REGISTER for the account `name`."""
        trunk = name.removeprefix(CONTACT)
        if trunk in self.plans and trunk not in self._leaving:
            self._measured(trunk, Asked())
            if trunk not in self._silence:  # silence is counted from the first REGISTER that nobody answered
                loop = asyncio.get_running_loop()
                self._silence[trunk] = loop.call_later(_SILENCE_SECONDS, self._measured, trunk, Silent())

    def replied(self, message: Message) -> None:
        """The upstream answered a REGISTER."""
        trunk = str(message.get("trunk", "")).removeprefix(CONTACT)
        replied = Replied(int(message["code"]), str(message.get("text", "")), bool(int(message.get("answered", 0))))
        if left := self._leaving.get(trunk):
            if replied.proved or replied.code not in CHALLENGES:
                left.set()
            return
        self._expect_nothing(trunk)
        self._measured(trunk, replied)

    def pong(self, message: Message) -> None:
        """An OPTIONS was answered, or nothing came (`measured` is 1 for a true answer)."""
        trunk = str(message.get("trunk", ""))
        if int(message.get("measured", 0)) == 1 and int(message["code"]) != 408:
            self._measured(trunk, Pong(int(message["code"]), str(message.get("text", ""))))
        elif trunk in self.plans and not self.plans[trunk].register:
            self._measured(trunk, Silent())

    async def settle(self, accounts: Iterable[TrunkAccount]) -> bool:
        """Make Kamailio's registrations those of `accounts`: changed ones anew, gone ones unregistered.

        Returns whether all are; a trunk whose registration Kamailio does not take is UNREACHABLE in its words.
        Raises EdgeUnavailable.
        """
        wanted = {account.name: account for account in accounts}
        there = {str(record["l_uuid"]): record for record in await self._registrations()}
        settled = [await self._settle_one(name, there.get(name), wanted.get(name)) for name in {**there, **wanted}]
        self.ping()
        return all(settled)

    async def _settle_one(self, name: str, record: dict[str, Any] | None, account: TrunkAccount | None) -> bool:
        trunk = name.removeprefix(CONTACT)
        try:
            if record is not None and account is not None and _same(record, account):
                if int(record.get("flags", 0)) & _ONLINE:
                    self._measured(trunk, Found())
                return True
            if record is not None:
                await self._remove(name)
            if account is not None:
                await self._add(account)
        except RpcFailed as error:
            log.warning("Kamailio does not take a trunk: %s", error)
            self._measured(trunk, Silent(f"Kamailio: {error}"))
            return False
        return True

    def ping(self) -> None:
        """Have Kamailio send an OPTIONS to every trunk."""
        if self._link.up:
            for trunk in self.plans:
                self._link.send({"do": "ping", "trunk": trunk})

    async def _registrations(self) -> list[dict[str, Any]]:
        dumped = await self._link.call("uac.reg_dump")
        records = dumped if isinstance(dumped, list) else [dumped]
        return [record for record in records if isinstance(record, dict) and "l_uuid" in record]

    async def _remove(self, name: str) -> None:
        # unregister first: removing alone would leave the binding at the carrier until it expires, and the record
        # must stay until the carrier, which may want proof of this too, has answered
        left = self._leaving[name.removeprefix(CONTACT)] = asyncio.Event()
        try:
            await self._link.call("uac.reg_unregister", "l_uuid", name)
            async with asyncio.timeout(_LEAVE_SECONDS):
                await left.wait()
        except (RpcFailed, TimeoutError) as error:
            log.warning("a trunk was not unregistered: %s", str(error) or "no answer")
        finally:
            del self._leaving[name.removeprefix(CONTACT)]
        await self._link.call("uac.reg_remove", name)

    async def _add(self, account: TrunkAccount) -> None:
        await self._link.call(
            "uac.reg_add",
            *(account.name, account.username, account.domain, account.username, account.domain, account.realm),
            *(account.auth_username, account.password or ".", account.ha1 or ".", account.proxy, account.expires),
            *(0, 0, account.socket, account.contact),
        )

    def _measured(self, trunk: str, measured: Measured) -> None:
        plan = self.plans.get(trunk)
        if plan is None:
            return
        before = self._statuses[trunk]
        now = after(before, measured, plan.register, self._now_ms())
        if now != before:
            log.info("trunk %s: %s -> %s", trunk, before.state, now.state)
            self._statuses[trunk] = now
            self._hear(now)

    def _expect_nothing(self, trunk: str) -> None:
        if timer := self._silence.pop(trunk, None):
            timer.cancel()

    async def _keep_looking_up(self) -> None:
        while True:
            hosts = {plan.host for plan in self.plans.values()}
            if await self.names.look_up(hosts):
                try:
                    await self._moved()
                except EdgeUnavailable as error:
                    log.warning("new trunk addresses not told yet: %s", error)
            for trunk, plan in self.plans.items():
                if plan.host not in self.names.found:
                    self._measured(trunk, Silent(self.names.wrong.get(plan.host, "")))
            try:
                async with asyncio.timeout(_LOOK_UP_SECONDS):
                    await self._look_up_now.wait()
            except TimeoutError:
                continue
            self._look_up_now.clear()

    async def _keep_pinging(self) -> None:
        while True:
            await asyncio.sleep(_PING_SECONDS)
            self.ping()


def _same(record: dict[str, Any], account: TrunkAccount) -> bool:
    pairs = {
        "l_username": account.username,
        "r_domain": account.domain,
        "auth_username": account.auth_username,
        "auth_password": account.password,
        "auth_ha1": account.ha1,
        "auth_proxy": account.proxy,
        "expires": account.expires,
        "contact_addr": account.contact,
        "socket": account.socket,
    }
    return all(_plain(record.get(name, "")) == _plain(value) for name, value in pairs.items())


def _plain(value: object) -> str:
    text = str(value)
    return "" if text in (".", "none") else text  # two ways in which modules/uac says "empty"
