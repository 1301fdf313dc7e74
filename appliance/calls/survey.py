"""Looks how everything is now, for those who decide where calls go. Never waits.

What was decided counts at once: a phone that a call was told to ring rings, as far as the next decision is concerned.
A desk whose talk has just ended counts as engaged until the desks say how it goes on, for `SETTLES_MS` at the most.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from appliance.calls.call import State
from appliance.calls.controller import Means
from appliance.calls.events import PartyLeft
from appliance.calls.fetching import phones_of
from appliance.calls.happenings import Offered
from appliance.calls.hunting import Found
from appliance.calls.live_call import LiveCall, Phase
from appliance.calls.ports import Desks, Directory, DirectorySource, Hours, Menus, Protection
from appliance.calls.registry import Registry
from appliance.calls.requests import Goal
from appliance.calls.situation import Situation
from appliance.calls.view import PUBLIC_STATE
from sip.api import Outside, TrunkState

SETTLES_MS = 2000
PATIENCE_S = 0.3  # of somebody who calls in the moment in which a talk ends
_WORKING = frozenset({TrunkState.REGISTERED, TrunkState.REACHABLE})


class Survey:
    """Makes the situation of the moment."""

    def __init__(
        self,
        means: Means,
        registry: Registry,
        directory: DirectorySource,
        desks: Desks,
        hours: Hours,
        protection: Protection,
        local: Callable[[int], datetime],
        menus: Menus,
    ) -> None:
        """`local` makes a moment (ms since 1970) one on the office's clock."""
        self._local = local
        self._means = means
        self._registry = registry
        self._directory = directory
        self._desks = desks
        self._hours = hours
        self._protection = protection
        self._menus = menus
        self.accepting = True
        self._last_offered: dict[str, str] = {}  # group → whom it offered a call last
        self._promised: dict[str, str] = {}  # extension → call that was told to ring it, and does not yet
        self._settling: dict[str, int] = {}  # extension → when its talk ended
        self._has_settled = asyncio.Event()
        self._end = desks.changed(self._settled)

    def stop(self) -> None:
        """Hear nothing any more."""
        self._end()

    def left(self, event: PartyLeft) -> None:
        """Hear that a party has left a call, in the moment in which it has."""
        if event.talked_ms:
            self._settling[event.extension] = event.at_ms

    def _settled(self, extension: str) -> None:
        if self._desks.availability(extension).free_since_ms < self._settling.get(extension, 0):
            return  # this was about something before: the desk knows nothing yet of its latest talk
        self._settling.pop(extension, None)
        self._has_settled.set()

    def _settle_now(self) -> frozenset[str]:
        now_ms = self._means.clock.now_ms()
        return frozenset(phone for phone, since_ms in self._settling.items() if now_ms - since_ms < SETTLES_MS)

    async def settled(self) -> bool:
        """Wait a moment for desks whose talks have just ended; False: there are none, and nothing was waited for."""
        if not self._settle_now():
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while self._settle_now():
                    self._has_settled.clear()
                    await self._has_settled.wait()
        return True

    def promise(self, call: str, found: Found) -> None:
        """Note what a call was told to do, until it has done it."""
        self.keep_promise(call)
        if not isinstance(found, Offered):
            return
        self._promised |= dict.fromkeys(getattr(found.target, "numbers", ()), call)
        self.offered(found.goal, found.extension)

    def keep_promise(self, call: str) -> None:
        """What a call was told is seen in its state now."""
        self._promised = {phone: to for phone, to in self._promised.items() if to != call}

    def offered(self, goal: Goal | None, extension: str) -> None:
        """Remember whom a group offered a call last, when that was one phone."""
        if goal is not None and goal.kind == "group" and extension:
            self._last_offered[goal.target] = extension

    @property
    def directory(self) -> Directory:
        """The routing facts as they are now."""
        return self._directory.directory()

    def now(self, *, but: str = "") -> Situation:
        """Return how everything is now; what the call `but` does counts for nothing."""
        directory, edge, now_ms = self._directory.directory(), self._means.edge, self._means.clock.now_ms()
        live = [c.call for c in self._registry.controllers() if c.call.id != but and _goes_on(c.call)]
        promised = {phone for phone, to in self._promised.items() if to != but}
        settling = self._settle_now()
        local = self._local(now_ms)
        return Situation(
            directory=directory,
            registered=frozenset(registration.extension for registration in edge.registrations()),
            online=frozenset(trunk.trunk for trunk in edge.trunk_states() if trunk.state in _WORKING),
            busy=Counter(trunk for call in live for trunk in _trunks(call)),
            accepting=self.accepting,
            desks=self._desks.availability,
            talking=frozenset(phone for call in live for phone in talking_in(call)) | settling,
            ringing=frozenset(phone for call in live for phone in rung_by(call)) | promised,
            waiting=Counter(call.search.goal.target for call in live if call.search and call.search.waiting),
            most_hops=directory.rules.forward_hops,
            blocking=self._protection.blocking,
            menu=self._menus.step,
            last_offered=dict(self._last_offered),
            now=local,
            closed=lambda number: self._hours.closed(number, local),
        )


def _goes_on(call: LiveCall) -> bool:
    return PUBLIC_STATE[call.phase] is not State.ENDED


def _trunks(call: LiveCall) -> Iterator[str]:
    """Yield each trunk once for each channel that a call takes of it."""
    if call.arrived.trunk and (call.arrived.direction == "in" or call.phase in (Phase.ALONE, Phase.ALONE_TALKING)):
        yield call.arrived.trunk
    for party in call.parties:
        if isinstance(party.target, Outside) and party.target.trunk:
            yield party.target.trunk


def talking_in(call: LiveCall) -> frozenset[str]:
    """Return the extensions that are engaged by a call: those that talk, and the one that called."""
    engaged = {party.extension for party in call.parties if party.is_up or party.target is None}
    if call.phase is Phase.ALONE_TALKING:
        engaged.add(call.extension)
    return frozenset(engaged - {""})


def rung_by(call: LiveCall) -> frozenset[str]:
    """Return the extensions that a call rings, or is about to."""
    ringing = (phones_of(party) for party in call.parties if not party.is_up and party.target is not None)
    return frozenset(phone for phones in ringing for phone in phones)
