"""Keeps the edge and the office's lines in step: tells the edge who may register, keeps what it reports.

May import `sip.api`; knows no call. Whatever the edge tells comes in through `hear`; whatever changes in the lines is
told to the edge by one task, always as a whole, so that a lost order is made good by the next.
"""

from __future__ import annotations

import asyncio
import logging

from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.health import Health, Level
from appliance.core.tasks import Tasks
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged, Trunk
from appliance.phones.types import PhonesChanged, RegisteredPhone, TrunkChanged, TrunkView
from sip import api
from sip.errors import EdgeUnavailable

log = logging.getLogger(__name__)

TRY_AGAIN_S = 5.0

_TRUNK_LEVEL = {
    api.TrunkState.REGISTERED: Level.OK,
    api.TrunkState.REACHABLE: Level.OK,
    api.TrunkState.REGISTERING: Level.DEGRADED,
    api.TrunkState.UNKNOWN: Level.DEGRADED,
    api.TrunkState.REFUSED: Level.FAILED,
    api.TrunkState.UNREACHABLE: Level.FAILED,
}


class Phones:
    """What is registered and how the trunks are, at any moment and without waiting."""

    def __init__(self, edge: api.Edge, lines: Lines, bus: Bus, health: Health, clock: Clock) -> None:
        self._clock = clock
        self._edge = edge
        self._lines = lines
        self._bus = bus
        self._health = health
        self._changed = asyncio.Event()
        self._tasks = Tasks("phones")
        self._trunks: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Tell the edge everything and keep it told."""
        self._bus.subscribe(LinesChanged, lambda _: self._changed.set())
        await self._tell()
        self._tasks.start("keep the edge told", self._keep_told())

    async def stop(self) -> None:
        """Stop telling."""
        await self._tasks.stop()

    async def _keep_told(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._tell()

    async def _tell(self) -> None:
        lines = self._lines.snapshot()
        trunks = tuple(self._plan(trunk) for trunk in lines.trunks if trunk.enabled)
        for gone in self._trunks - {plan.trunk for plan in trunks}:
            self._health.forget(f"trunk {gone}")
        self._trunks = frozenset(plan.trunk for plan in trunks)
        extensions = tuple(e.number for e in lines.extensions if e.enabled)
        main = next((g for g in lines.groups if g.id == "main"), None)
        ring = extensions if main is None or main.everyone else main.members
        credentials = tuple(api.Credential(number, ha1) for number, ha1 in self._lines.credentials(self._edge.realm))
        fallback = api.Fallback(
            ring=ring,
            trunks=tuple(plan.trunk for plan in trunks),
            local=extensions,
            barred=tuple(e.number for e in lines.extensions if not e.may_call_out),
        )
        try:
            await self._edge.set_credentials(credentials)
            await self._edge.set_trunks(trunks)
            await self._edge.set_fallback(fallback)
        except EdgeUnavailable as error:
            log.warning("edge not told, trying again soon: %s", error)
            self._clock.call_later(TRY_AGAIN_S, self._changed.set)

    def _plan(self, trunk: Trunk) -> api.TrunkPlan:
        return api.TrunkPlan(
            trunk=trunk.id,
            host=trunk.host,
            port=trunk.port,
            transport=api.Transport(trunk.transport),
            register=trunk.kind == "register",
            username=trunk.username,
            auth_username=trunk.auth_username or trunk.username,
            secret=self._lines.trunk_secrets().get(trunk.id, ""),
            realm=trunk.realm,
            expires=trunk.expires,
            addresses=trunk.addresses,
            trusted=trunk.trusted,
            called_from=api.CalledFrom(trunk.called_from),
            main_number=trunk.main_number,
        )

    def hear(self, news: api.EdgeNews) -> None:
        """Take note of what the edge tells of phones, trunks and itself."""
        if isinstance(news, api.Registration | api.RegistrationGone):
            self._bus.publish(PhonesChanged(news.extension))
        elif isinstance(news, api.TrunkStatus):
            self._trunk_changed(news)
        elif isinstance(news, api.EdgeState):
            level = Level.OK if news.connected else Level.FAILED
            self._health.report("edge", level, f"health.edge.{level}")
        elif isinstance(news, api.Banned):
            log.warning("edge shut out %s: %s", news.address, news.why)

    def _trunk_changed(self, status: api.TrunkStatus) -> None:
        level = _TRUNK_LEVEL[status.state]
        name = next((t.name for t in self._lines.snapshot().trunks if t.id == status.trunk), status.trunk)
        words = f"{status.code} {status.text}".strip() if status.code else status.text
        self._health.report(f"trunk {status.trunk}", level, f"health.trunk.{status.state}", name=name, words=words)
        self._bus.publish(TrunkChanged(_trunk_view(status)))

    def voice_changed(self, state: api.VoiceState) -> None:
        """Take note of how the voice is."""
        if not state.connected or (state.reason and not state.warm):
            self._health.report("voice", Level.FAILED, "health.voice.failed", reason=state.reason or "-")
            return
        level = Level.OK if state.warm else Level.DEGRADED
        self._health.report("voice", level, f"health.voice.{level}", warm=state.warm, busy=state.busy)

    def registered(self) -> tuple[RegisteredPhone, ...]:
        """Return all phones that are registered now."""
        return tuple(
            RegisteredPhone(r.extension, r.address, r.agent, r.since_ms, r.expires_ms)
            for r in self._edge.registrations()
        )

    def trunk_views(self) -> tuple[TrunkView, ...]:
        """Return how each trunk is."""
        return tuple(_trunk_view(status) for status in self._edge.trunk_states())


def _trunk_view(status: api.TrunkStatus) -> TrunkView:
    return TrunkView(status.trunk, status.state, status.code, status.text, status.since_ms)
