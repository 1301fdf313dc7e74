"""Lets the command line work while the core does not run: the same API over the same data, without SIP.

A composition root like `main.py`: may know everything. It answers no call, keeps no timer, and lives as long as one
command. What it changes, the core reads at its next start.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from appliance import wiring
from appliance.config import Config
from appliance.core.health import Level
from sip import api
from sip.edge.render import REALM
from sip.errors import EdgeUnavailable, VoiceUnavailable
from web.api.local import serve_locally


@asynccontextmanager
async def answering(config: Config) -> AsyncIterator[Path]:
    """Open the data and answer on a socket of our own, whose path is given. Raises Unavailable."""
    name = f"command-{os.getpid()}.sock"
    socket = config.run_folder / name
    async with AsyncExitStack() as stack:
        services = await wiring.build(config, NoEdge(), NoVoice(), stack)
        services.health.report("core", Level.FAILED, "health.core.stopped")
        runner = await serve_locally(services, name)
        stack.push_async_callback(runner.cleanup)
        stack.callback(socket.unlink, missing_ok=True)
        yield socket


class NoEdge:
    """An edge that is not there."""

    realm = REALM

    async def start(self, hear: Callable[[api.EdgeNews], None]) -> None:
        """There is nothing to connect to."""

    async def stop(self) -> None:
        """There is nothing to let go of."""

    async def send_to_worker(self, call: api.IncomingCall, lease: api.Lease) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    async def send_on(self, call: api.IncomingCall, target: api.Extensions | api.Outside, shown: api.Identity) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    async def refuse(self, call: api.IncomingCall, code: int, reason: str) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    async def hand_back(self, call: api.IncomingCall) -> None:
        """Do nothing: there was no call."""

    async def set_credentials(self, credentials: tuple[api.Credential, ...]) -> None:
        """Do nothing: the core tells the edge everything when it starts."""

    async def set_trunks(self, trunks: tuple[api.TrunkPlan, ...]) -> None:
        """Do nothing, for the same reason."""

    async def set_fallback(self, fallback: api.Fallback) -> None:
        """Do nothing, for the same reason."""

    async def set_lamps(self, lamps: tuple[api.Lamp, ...]) -> None:
        """Do nothing, for the same reason."""

    async def set_messages(self, waiting: Mapping[str, tuple[int, int]]) -> None:
        """Do nothing, for the same reason."""

    async def end_dialogs_of(self, contact: str) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    async def notes(self, after: int) -> tuple[api.Note, ...]:
        """Return nothing: the core reads them."""
        return ()

    async def forget_notes(self, number: int) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    async def end_alone(self, sip_call_id: str) -> None:
        """Raise: there is no edge."""
        raise EdgeUnavailable

    def registrations(self) -> tuple[api.Registration, ...]:
        """Return nothing: nobody knows."""
        return ()

    def trunk_states(self) -> tuple[api.TrunkStatus, ...]:
        """Return nothing: nobody knows."""
        return ()

    def state(self) -> api.EdgeState:
        """Return that there is no edge."""
        return api.EdgeState(connected=False)


class NoVoice:
    """A voice keeper that is not there."""

    async def start(
        self, hear: Callable[[api.Told], None], changed: Callable[[api.VoiceState], None]
    ) -> tuple[api.Alive, ...]:
        """Return that nothing is known to be alive."""
        return ()

    def alive(self) -> tuple[api.Alive, ...]:
        """Return nothing."""
        return ()

    async def stop(self) -> None:
        """There is nothing to let go of."""

    async def lease(self, plan: api.ConversationPlan) -> api.Lease:
        """Raise: there is no voice."""
        raise VoiceUnavailable

    async def order(self, conversation: str, *orders: api.Order) -> None:
        """Raise: there is no voice."""
        raise VoiceUnavailable

    async def acknowledge(self, conversation: str, number: int) -> None:
        """Raise: there is no voice."""
        raise VoiceUnavailable

    async def measure(self, conversation: str) -> tuple[api.LegQuality, ...]:
        """Raise: there is no voice."""
        raise VoiceUnavailable

    def state(self) -> api.VoiceState:
        """Return that there is no voice."""
        return api.VoiceState(connected=False)
