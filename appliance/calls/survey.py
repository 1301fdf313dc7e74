"""Looks how everything is now, for those who decide where calls go. Never waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from appliance.calls.call import State
from appliance.calls.controller import Means
from appliance.calls.fetching import phones_of
from appliance.calls.live_call import LiveCall, Phase
from appliance.calls.ports import Desks, DirectorySource
from appliance.calls.registry import Registry
from appliance.calls.situation import Situation
from appliance.calls.view import PUBLIC_STATE
from sip.api import Outside, TrunkState

_WORKING = frozenset({TrunkState.REGISTERED, TrunkState.REACHABLE})


class Survey:
    """Makes the situation of the moment. `last_offered` remembers whom each group offered a call last."""

    def __init__(self, means: Means, registry: Registry, directory: DirectorySource, desks: Desks) -> None:
        self._means = means
        self._registry = registry
        self._directory = directory
        self._desks = desks
        self.accepting = True
        self.last_offered: dict[str, str] = {}

    def now(self, *, but: str = "") -> Situation:
        """Return how everything is now; what the call `but` does counts for nothing."""
        directory, edge = self._directory.directory(), self._means.edge
        live = [c.call for c in self._registry.controllers() if c.call.id != but and _goes_on(c.call)]
        at = datetime.fromtimestamp(self._means.clock.now_ms() / 1000, ZoneInfo(directory.time_zone))
        return Situation(
            directory=directory,
            registered=frozenset(registration.extension for registration in edge.registrations()),
            online=frozenset(trunk.trunk for trunk in edge.trunk_states() if trunk.state in _WORKING),
            busy=Counter(trunk for call in live for trunk in _trunks(call)),
            accepting=self.accepting,
            desks=self._desks.availability,
            talking=frozenset(party.extension for call in live for party in call.parties if party.is_up),
            ringing=frozenset(phone for call in live for phone in _ringing(call)),
            waiting=Counter(call.search.goal.target for call in live if call.search and call.search.waiting),
            last_offered=self.last_offered,
            now=at,
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


def _ringing(call: LiveCall) -> Iterator[str]:
    for party in call.parties:
        if not party.is_up and party.target is not None:
            yield from phones_of(party)
