"""Finds out what is on a port, and disturbs nothing else that may be there.

Who is known is believed until it says something else. Others are listened to first: what talks by itself in another
language is never written to. Then each way of asking is tried twice, no more: not at the next start either.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hw.api import Condition, Reason
from hw.cid.registry import Dialect, dialect
from hw.contact import Contact
from hw.errors import HardwareError
from hw.telling_apart import GARBAGE, Attempt, attempts, speeds

LISTEN_S = 1.5  # first, so that whatever talks each second is heard
NAMED_LISTEN_S = 0.2  # the admin has named the port: what is there may be asked
ROUNDS = 2
CONTRADICTION = 4 * GARBAGE
A_FEW = 4  # bytes that opening a port may make by itself
HOPS_WITHIN_MS = 5 * 60_000


class NotOurs(HardwareError):
    """It talks all the time, and nobody understands it at any speed."""


@dataclass(frozen=True)
class Manners:
    """How far one may go: what is wanted (dialect, speed), and how long is listened before anything is asked."""

    dialect: str = ""
    speed: int = 0
    listen_s: float = LISTEN_S


class FindingOut:
    """What was found out about one port. `known`: the dialect and speed that it had last."""

    def __init__(self, contact: Contact, manners: Manners, known: tuple[str, int]) -> None:
        self.known = known if manners.dialect in ("", known[0]) else ("", 0)
        self._contact = contact
        self._manners = manners
        self._tries = attempts(manners.dialect, manners.speed)
        self._hops: deque[int] = deque(maxlen=2 * len(speeds(self._tries)))

    @property
    def first(self) -> Attempt:
        """How the port is opened."""
        return next((one for one in self._tries if (one.asked.name, one.speed) == self.known), self._tries[0])

    async def begin(self, *, doubted: bool, asked: bool) -> None:
        """Meet whoever is on the port that was just opened. `doubted`: who is known has to answer for it.

        `asked`: the admin wants it to be asked, whatever it seems to be. Raises PortAway, PortHung.
        """
        contact = self._contact
        await contact.listen_at(self.first)
        spoken = dialect(self.known[0]) if self.known[0] else None
        if spoken is not None and not asked:
            await self._again(spoken, doubted=doubted)
            return
        if asked:
            self._hops.clear()
            contact.set(refused=0)
        contact.set(condition=Condition.PROBING, why=None)
        if not asked and await self._talks():
            contact.set(condition=Condition.NOT_ASKED, why=Reason.TALKS)
        elif contact.hearing.understood is None:
            await self._ask()

    async def other_speed(self) -> None:
        """Go on at the next speed. Raises NotOurs when that was done too often, PortAway, PortHung."""
        contact, order = self._contact, speeds(self._tries)
        if contact.state.connected:
            await self._contradicted()
            return
        now_ms = contact.now_ms()
        if len(self._hops) == self._hops.maxlen and now_ms - self._hops[0] < HOPS_WITHIN_MS:
            raise NotOurs
        self._hops.append(now_ms)
        following = order[(order.index(contact.state.speed) + 1) % len(order)]
        await contact.listen_at(next(one for one in self._tries if one.speed == following))

    @property
    def other_speed_wanted(self) -> bool:
        """Whether what comes must have been sent at another speed; who is known is not doubted for a crackle."""
        much = CONTRADICTION if self._contact.state.connected else GARBAGE
        return self._contact.hearing.nonsense >= much and len(speeds(self._tries)) > 1

    async def _again(self, spoken: Dialect, *, doubted: bool) -> None:
        """Meet a device that is known. Where it answers and is doubted it has to answer; else it is believed."""
        contact = self._contact
        contact.hearing.expect(spoken)
        if doubted and spoken.greeting and contact.state.answers:
            for _ in range(ROUNDS):
                if await contact.answers(spoken.greeting):
                    return
            contact.set(condition=Condition.SILENT, why=Reason.MUTE)
        else:
            contact.become(spoken)
            contact.met = True

    async def _contradicted(self) -> None:
        """Find out anew: what is on the port does not speak as the device that was known there."""
        self.known = ("", 0)
        self._contact.set(condition=Condition.PROBING, dialect="", refused=0)
        await self._ask()

    async def _talks(self) -> bool:
        """Listen first; say whether something was heard that nobody understands."""
        hearing = self._contact.hearing
        await self._contact.until(
            lambda: hearing.understood is not None or hearing.nonsense >= GARBAGE, self._manners.listen_s
        )
        return hearing.understood is None and hearing.nonsense >= A_FEW

    async def _ask(self) -> None:
        """Ask in every way what is there, until something answers; not again if that was done."""
        contact = self._contact
        ways = sorted(self._tries, key=lambda one: one is not self.first)
        askable = [way for way in ways if way.asked.greeting]
        if askable and not contact.state.refused:
            for one in askable * ROUNDS:
                await contact.listen_at(one)
                if await contact.answers(one.asked.greeting):
                    return
                if contact.stuck:
                    break
            await contact.listen_at(self.first)
            contact.set(refused=1)
        contact.set(condition=Condition.LISTENING, why=Reason.UNANSWERED if askable else None)
