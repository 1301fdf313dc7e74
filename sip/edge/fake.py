"""An edge without Kamailio: the same promises as the real one, and a side on which a test plays the outside world.

edge = FakeEdge()
await edge.start(hear)
await edge.set_trunks((plan,))
call = edge.trunk_calls("kt", "01012345678", "0212345678")   # the core hears an IncomingCall
assert edge.refused == [(call, 486, "Busy Here")]            # what it then did
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from sip import api
from sip.edge import render
from sip.edge.registrations import Registrations
from sip.errors import EdgeUnavailable


class FakeEdge:
    """Implements `sip.api.Edge`. The methods below "outside world" are for tests."""

    realm = render.REALM

    def __init__(self, now_ms: Callable[[], int] = lambda: 0) -> None:
        self._now_ms = now_ms
        self._hear: Callable[[api.EdgeNews], None] = lambda news: None
        self._state = api.EdgeState(connected=False)
        self._runs = False
        self._phones = Registrations()
        self._statuses: dict[str, api.TrunkStatus] = {}
        self._waiting: dict[str, api.IncomingCall] = {}
        self._numbers = itertools.count(1)
        self.credentials: dict[str, str] = {}
        self.trunks: dict[str, api.TrunkPlan] = {}
        self.fallback = api.Fallback()
        self.lamps: dict[str, api.Lamp] = {}
        self.seen: list[api.Lamp] = []  # what those who watch lamps were shown, one change after the other
        self.messages: dict[str, tuple[int, int]] = {}
        self.sent: list[tuple[api.IncomingCall, api.Lease]] = []
        self.sent_on: list[tuple[api.IncomingCall, api.Extensions | api.Outside, api.Identity]] = []
        self.refused: list[tuple[api.IncomingCall, int, str]] = []
        self.handed_back: list[api.IncomingCall] = []
        self.ended: list[str] = []
        self.ended_alone: list[str] = []
        self.noted: list[api.Note] = []
        self._note_numbers = itertools.count(1)

    async def start(self, hear: Callable[[api.EdgeNews], None]) -> None:
        """Connect at once."""
        self._hear = hear
        self.comes_back()

    async def stop(self) -> None:
        """Let go. The edge goes on by itself."""
        self._hear = lambda news: None
        self._state = api.EdgeState(connected=False)

    async def send_to_worker(self, call: api.IncomingCall, lease: api.Lease) -> None:
        """Note that the call went to a worker, unless its caller has gone."""
        if self._take(call):
            self.sent.append((call, lease))

    async def send_on(self, call: api.IncomingCall, target: api.Extensions | api.Outside, shown: api.Identity) -> None:
        """Note that a worker's call went on to phones or a trunk, unless the worker has given up."""
        if self._take(call):
            self.sent_on.append((call, target, shown))

    async def refuse(self, call: api.IncomingCall, code: int, reason: str) -> None:
        """Note that the call was refused, unless its caller has gone."""
        if self._take(call):
            self.refused.append((call, code, reason))

    async def hand_back(self, call: api.IncomingCall) -> None:
        """Note that the core wants no part in the call, unless its caller has gone."""
        if self._take(call):
            self.handed_back.append(call)
            if call.source is not api.Source.WORKER:  # it is refused: the phone keeps its call
                self.handles_alone(call)

    async def set_credentials(self, credentials: tuple[api.Credential, ...]) -> None:
        """Make these the only phones that may register."""
        self.credentials = {credential.extension: credential.ha1 for credential in credentials}

    async def set_trunks(self, trunks: tuple[api.TrunkPlan, ...]) -> None:
        """Make these the only trunks; a new or changed one is unknown until the outside world says how it is."""
        before, self.trunks = self.trunks, {plan.trunk: plan for plan in trunks}
        unknown = {t: api.TrunkStatus(t, api.TrunkState.UNKNOWN, since_ms=self._now_ms()) for t in self.trunks}
        kept = {t: s for t, s in self._statuses.items() if before.get(t) == self.trunks.get(t) and t in self.trunks}
        self._statuses = unknown | kept

    async def set_fallback(self, fallback: api.Fallback) -> None:
        """Keep what would be done without the core."""
        self.fallback = fallback

    async def set_lamps(self, lamps: tuple[api.Lamp, ...]) -> None:
        """Make these the lamps; `seen` grows by those that changed."""
        self.seen += [lamp for lamp in lamps if self.lamps.get(lamp.name) != lamp]
        self.lamps = {lamp.name: lamp for lamp in lamps}

    async def set_messages(self, waiting: Mapping[str, tuple[int, int]]) -> None:
        """Keep who has messages waiting."""
        self.messages = dict(waiting)

    async def end_dialogs_of(self, contact: str) -> None:
        """Note whose dialogs were ended. Raises EdgeUnavailable while the edge is away."""
        self._must_be_there()
        self.ended.append(contact)

    async def notes(self, after: int) -> tuple[api.Note, ...]:
        """Return what was noted and not forgotten."""
        return tuple(note for note in self.noted if note.number > after)

    async def forget_notes(self, number: int) -> None:
        """Forget notes up to a number. Raises EdgeUnavailable while the edge is away."""
        self._must_be_there()
        self.noted = [note for note in self.noted if note.number > number]

    async def end_alone(self, sip_call_id: str) -> None:
        """Note whose call was ended; that it has ended is the outside world's to say. Raises EdgeUnavailable."""
        self._must_be_there()
        self.ended_alone.append(sip_call_id)

    def registrations(self) -> tuple[api.Registration, ...]:
        """Return who is registered now."""
        return self._phones.all()

    def trunk_states(self) -> tuple[api.TrunkStatus, ...]:
        """Return how each trunk is now."""
        return tuple(self._statuses[trunk] for trunk in self.trunks)

    def state(self) -> api.EdgeState:
        """Return whether the edge is there."""
        return self._state

    # -------------------------------------------------------------------------------------------- outside world

    def phone_registers(
        self, extension: str, address: str = "udp:192.0.2.10:5060", agent: str = "fake", seconds: int = 120
    ) -> bool:
        """A phone registers; False when this extension has no credential."""
        if extension not in self.credentials:
            return False
        now = self._now_ms()
        contact = f"sip:{extension}@{address.partition(':')[2]}"
        row = api.Registration(extension, contact, address, agent, now, now + seconds * 1000)
        others = [phone for phone in self._phones.all() if phone.extension == extension and phone.contact != contact]
        self._phones.look()
        for news in self._phones.found([*others, row], extension):
            self._hear(news)
        return True

    def phone_leaves(self, extension: str, address: str = "udp:192.0.2.10:5060") -> None:
        """A phone unregisters, expires or falls silent."""
        if gone := self._phones.gone(extension, f"sip:{extension}@{address.partition(':')[2]}"):
            self._hear(gone)

    def trunk_calls(
        self,
        trunk: str,
        number: str,
        called: str,
        presentation: api.Presentation = api.Presentation.SHOWN,
        name: str = "",
    ) -> api.IncomingCall:
        """A call comes in through a trunk."""
        caller = api.Identity(number if presentation is api.Presentation.SHOWN else "", name, presentation)
        return self._arrives(api.Source.TRUNK, caller, called, trunk=trunk, address="udp:198.51.100.1:5060")

    def phone_calls(self, extension: str, called: str) -> api.IncomingCall:
        """A registered phone dials."""
        caller = api.Identity(number=extension)
        return self._arrives(api.Source.PHONE, caller, called, extension=extension, address="udp:192.0.2.10:5060")

    def worker_calls(self, contact: str, called: str, replaces: str = "", sip_call_id: str = "") -> api.IncomingCall:
        """A worker places the call that a phone asked for by REFER."""
        caller = api.Identity(presentation=api.Presentation.UNAVAILABLE)
        call = self._call(api.Source.WORKER, caller, called, address="udp:127.0.0.1:15100")
        return self._ask(replace(call, contact=contact, replaces=replaces, sip_call_id=sip_call_id or call.sip_call_id))

    def caller_gives_up(self, call: api.IncomingCall) -> None:
        """The caller hangs up, while the core still thinks or as its answer is on the way."""
        self._take(call)
        self._hear(api.CallCancelled(call.sip_call_id))

    def edge_takes(self, call: api.IncomingCall) -> None:
        """The edge has waited too long and handles the call by itself; nothing happens after the core has answered."""
        if self._take(call):
            self._hear(api.CallTaken(call.sip_call_id))
            if call.source is not api.Source.WORKER:  # it is refused: the phone keeps its call
                self.handles_alone(call)

    def trunk_calls_alone(
        self,
        trunk: str,
        number: str,
        called: str,
        presentation: api.Presentation = api.Presentation.SHOWN,
    ) -> api.IncomingCall:
        """A call comes in through a trunk while the core is gone."""
        caller = api.Identity(number if presentation is api.Presentation.SHOWN else "", presentation=presentation)
        call = self._call(api.Source.TRUNK, caller, called, trunk=trunk, address="udp:198.51.100.1:5060")
        self.handles_alone(call)
        return call

    def phone_calls_alone(self, extension: str, called: str) -> api.IncomingCall:
        """A registered phone dials while the core is gone."""
        caller = api.Identity(extension)
        call = self._call(api.Source.PHONE, caller, called, extension=extension, address="udp:192.0.2.10:5060")
        self.handles_alone(call)
        return call

    def handles_alone(self, call: api.IncomingCall) -> None:
        """The edge takes a call in hand, even though it was told otherwise (too late): it rings whoever is there."""
        from_outside = call.source is api.Source.TRUNK
        wanted = self.fallback.ring if from_outside else (call.called,)
        there = {phone.extension for phone in self._phones.all()}
        rings = tuple(extension for extension in wanted if extension in there)
        self.notes_down(call, api.AloneCame(rings))
        if not rings and (from_outside or call.called in self.fallback.local):
            self.notes_down(call, api.AloneRefused(480, api.Side.BOX, "No phone registered"))

    def notes_down(self, call: api.IncomingCall, what: api.AloneNote) -> None:
        """Something happens in a call that the edge handles alone."""
        came = call if isinstance(what, api.AloneCame) else None
        moment = call.arrived_ms if came else self._now_ms()
        self.noted.append(api.Note(next(self._note_numbers), moment, call.sip_call_id, what, came))
        if self._state.connected:
            self._hear(api.CallNoted())

    def trunk_becomes(self, trunk: str, state: api.TrunkState, code: int = 0, text: str = "") -> None:
        """A trunk is measured to be in this state."""
        self._statuses[trunk] = api.TrunkStatus(trunk, state, code, text, self._now_ms())
        self._hear(self._statuses[trunk])

    def bans(self, address: str, why: str = "password") -> None:
        """Somebody is shut out."""
        self._hear(api.Banned(address, why))

    def goes_away(self) -> None:
        """Kamailio dies: every question it had asked is void."""
        waiting, self._waiting = self._waiting, {}
        self._runs = False
        self._set_state(connected=False)
        for call in waiting.values():
            self._hear(api.CallCancelled(call.sip_call_id))

    def comes_back(self) -> None:
        """Kamailio is there again, with everyone still registered and without a call."""
        if not self._runs:
            self.noted.append(api.Note(next(self._note_numbers), self._now_ms(), "", api.AloneLost()))
        self._runs = True
        self._set_state(connected=True)

    def _set_state(self, connected: bool) -> None:
        if connected != self._state.connected:
            self._state = api.EdgeState(connected, self._now_ms())
            self._hear(self._state)

    def _arrives(
        self, source: api.Source, caller: api.Identity, called: str, address: str, extension: str = "", trunk: str = ""
    ) -> api.IncomingCall:
        return self._ask(self._call(source, caller, called, address, extension, trunk))

    def _ask(self, call: api.IncomingCall) -> api.IncomingCall:
        self._must_be_there()
        self._waiting[call.token] = call
        self._hear(call)
        return call

    def _call(
        self, source: api.Source, caller: api.Identity, called: str, address: str, extension: str = "", trunk: str = ""
    ) -> api.IncomingCall:
        number = next(self._numbers)
        return api.IncomingCall(
            token=f"token-{number}",
            sip_call_id=f"call-{number}@fake",
            source=source,
            caller=caller,
            called=called,
            address=address,
            extension=extension,
            trunk=trunk,
            arrived_ms=self._now_ms(),
        )

    def _take(self, call: api.IncomingCall) -> bool:
        return self._waiting.pop(call.token, None) is not None

    def _must_be_there(self) -> None:
        if not self._state.connected:
            raise EdgeUnavailable("the fake edge was sent away")
