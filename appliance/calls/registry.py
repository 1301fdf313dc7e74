"""The live calls of this process and their tasks. Knows neither routing nor how a call came in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance.calls.call import CallView, State
from appliance.calls.controller import Controller, Means, Searching
from appliance.calls.events import PartyLeft
from appliance.calls.happenings import BoxStopped, Happening
from appliance.calls.live_call import WITHOUT_WORKER, LiveCall
from appliance.calls.models import Line
from appliance.calls.view import view
from appliance.core.tasks import Tasks


class Registry:
    """Controllers by call id, and by the caller's SIP Call-ID for what the edge has to say."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._search: Searching = _NoSearch()
        self._controllers: dict[str, Controller] = {}
        self._tokens: dict[str, str] = {}
        self._tasks = Tasks("calls")
        self._empty = asyncio.Event()
        self._empty.set()

    def add(self, call: LiveCall, lines: Sequence[Line], *, stored: bool) -> Controller:
        """Start the task of a call with this timeline, which is `stored` or still to be."""
        controller = Controller(self._means, call, lines, self._forget, self._search, stored=stored)
        self._controllers[call.id] = controller
        if call.arrived.sip_call_id:
            self._tokens[call.arrived.sip_call_id] = call.id
        self._empty.clear()
        self._tasks.start(call.id, controller.run())
        return controller

    def searched_by(self, search: Searching) -> None:
        """Say who finds somebody for the calls that are added from now on."""
        self._search = search

    def _forget(self, call_id: str) -> None:
        self._controllers.pop(call_id, None)
        self._tokens = {token: of for token, of in self._tokens.items() if of != call_id}
        self._look_for_the_last()

    def _look_for_the_last(self) -> None:
        """Note when no call is left that is ours to end: the edge's and those on analog lines go on without us."""
        if all(controller.call.phase in WITHOUT_WORKER for controller in self._controllers.values()):
            self._empty.set()

    def get(self, call_id: str) -> Controller | None:
        """Return a live call's controller."""
        return self._controllers.get(call_id)

    def by_token(self, token: str) -> Controller | None:
        """Return the controller of the call that came in with this SIP Call-ID."""
        return self._controllers.get(self._tokens.get(token, ""))

    def expecting(self, token: str) -> Controller | None:
        """Return the controller of the call that expects an INVITE with this SIP Call-ID."""
        found = (one for one in self.controllers() for party in one.call.parties if party.sip_call_id == token)
        return next(found, None)

    def controllers(self) -> tuple[Controller, ...]:
        """Return all live calls, the oldest first."""
        return tuple(self._controllers.values())

    def live(self) -> tuple[CallView, ...]:
        """Return the calls that have not ended, as screens show them."""
        views = (view(controller.shown) for controller in self._controllers.values())
        return tuple(seen for seen in views if seen.state is not State.ENDED)

    async def drain(self, seconds: float, then: float = 3.0) -> None:
        """Let calls end by themselves for `seconds`, then end the rest and give that `then` seconds."""
        self._look_for_the_last()
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            for controller in self.controllers():
                if controller.call.phase not in WITHOUT_WORKER:
                    controller.tell(BoxStopped())
            try:
                await asyncio.wait_for(self._empty.wait(), then)
            except TimeoutError:
                return  # what is left is finished at the next start

    async def stop(self) -> None:
        """Stop all tasks; what is live goes on in the voice and is found again at the next start."""
        await self._tasks.stop()


class _NoSearch:
    """Stands in until `searched_by` says who searches."""

    def decide(self, controller: Controller) -> None:
        """Find nobody."""

    def say_place(self, controller: Controller) -> None:
        """Say nothing."""

    def dictate(self, controller: Controller) -> None:
        """Keep nothing."""

    def say_number(self, controller: Controller, number: str) -> None:
        """Say nothing."""

    def left(self, event: PartyLeft) -> None:
        """Hear nothing."""

    def dealt_with(self, before: LiveCall, after: LiveCall, happened: Sequence[Happening]) -> None:
        """Hear nothing."""
