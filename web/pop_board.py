"""Which calls pop up at whom, and what is known of each. Follows the bus; paints and pushes the cards.

An arriving call is pushed with one round trip to the store; if that takes longer than `PATIENCE_SECONDS` the card goes
out with what is known already and is filled in afterwards. Nothing here waits for a browser.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from appliance.abuse.service import Block, IncidentNoted
from appliance.calls.call import CallView, Direction, State
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.calls.service import CallFilter
from appliance.core.errors import SoriboxError
from appliance.crm.types import CustomerChanged
from appliance.services import Services
from web.call_words import Names, concerned, talks_at, was_at
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.painter import Painter, PaintOnce
from web.pop_card import Card, Known, card_for

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.03
KEPT_MS = 30 * 60 * 1000
"""How long an ended call comes back after a reload, unless it was put away; unsaved text keeps it for longer."""

_MOST = 200
_MOST_SHOWN = 12


@dataclass
class Pop:
    """One call that popped up: its latest state, what is known, whom it concerns, who has put it away.

    `introduced` tells that somebody was told of it, or is about to be. `asked` and `answered` number the questions to
    the store: an answer never takes the place of a later one's.
    """

    call: CallView
    extensions: set[str]
    known: Known | None = None
    closed: set[int] = field(default_factory=set)
    introduced: bool = False
    asked: int = 0
    answered: int = 0


class Board:
    """All pops of the office."""

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._pops: OrderedDict[str, Pop] = OrderedDict()
        bus = services.bus
        self._ends = [
            bus.subscribe(CallArrived, lambda event: self._arrived(event.call)),
            bus.subscribe(CallChanged, lambda event: self._changed(event.call)),
            bus.subscribe(CallEnded, lambda event: self._changed(event.call)),
            bus.subscribe(IncidentNoted, lambda event: self._incident_noted(event.incident.number)),
            bus.subscribe(CustomerChanged, lambda event: self._customer_changed(event.id)),
        ]
        live.add_snapshot(self._snapshot)
        live.on_order("close", self._close)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()

    async def card(self, call_id: str, person: Person) -> Card:
        """Return the card of one call as it is now, with what the store knows of it now. Raises NotFound."""
        pop = self._pops.get(call_id) or Pop(await self._services.calls.call(call_id), set())
        known = await self._learn(pop)
        return card_for(pop.call, known, person, self._at(person), self._names())

    def _at(self, person: Person) -> str:
        return self._services.agents.extension_of(person.user)

    def _names(self) -> Names:
        return Names.of(self._services.lines.snapshot())

    # ------------------------------------------------------------------------------------------- what happens

    def _arrived(self, call: CallView) -> None:
        if call.closed or call.dictates or call.with_box:  # who is on the phone hears the box alone
            return
        self._begin(self._remember(call))

    def _begin(self, pop: Pop) -> None:
        if self._audience(pop):
            pop.introduced = True
            self._live.tasks.start("pop", self._introduce(pop))

    async def _introduce(self, pop: Pop) -> None:
        looking = asyncio.ensure_future(self._learn(pop))
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE_SECONDS)
        if not done:
            pop.known = pop.known or Known()
            self._push(pop)
        await looking
        self._push(pop)

    def _changed(self, call: CallView) -> None:
        pop = self._pops.get(call.id)
        if pop is None:
            if call.state is not State.ENDED:  # live since before this start of the box
                self._arrived(call)
            return
        pop.call = call
        if call.line and call.joined_to:  # a trunk has told of the same call, and has a card of its own
            self._drop(pop)
            return
        pop.extensions |= concerned(call, self._names())
        if pop.known is not None:
            self._push(pop)
        elif not pop.introduced:  # until now it concerned nobody who has the panel open
            self._begin(pop)

    def _remember(self, call: CallView) -> Pop:
        oldest = self._services.clock.now_ms() - KEPT_MS
        for known_id, pop in tuple(self._pops.items()):
            over = pop.call.state is State.ENDED
            if over and (len(self._pops) >= _MOST or pop.call.ended_ms < oldest):
                del self._pops[known_id]
        pop = self._pops.setdefault(call.id, Pop(call, set()))
        pop.call = call
        pop.extensions |= concerned(call, self._names())
        return pop

    def _drop(self, pop: Pop) -> None:
        for person in self._audience(pop):
            self._live.publish(person, News(Topic.POP, "pop_closed", {"id": pop.call.id}))
        del self._pops[pop.call.id]

    def _customer_changed(self, customer: int) -> None:
        touched = [
            pop
            for pop in self._pops.values()
            if pop.asked
            and pop.call.far_number
            and (pop.known is None or pop.known.customer is None or pop.known.customer.id == customer)
            and self._audience(pop)
        ]
        if touched:
            self._live.tasks.start("pops of a customer", self._refresh(touched))

    def _incident_noted(self, number: str) -> None:
        touched = [pop for pop in self._pops.values() if number and pop.call.far_number == number and pop.asked]
        if touched:
            self._live.tasks.start("pops of a caller", self._refresh(touched))

    async def _refresh(self, pops: Sequence[Pop]) -> None:
        for pop in pops:
            before = pop.known
            if await self._learn(pop) != before:
                self._push(pop)

    async def _learn(self, pop: Pop) -> Known:
        """Ask the store about a call; return what is known of it now."""
        mine = pop.asked = pop.asked + 1
        known = await self._look_up(pop.call)
        if mine > pop.answered:
            pop.answered, pop.known = mine, known
        return pop.known or known

    async def _look_up(self, call: CallView) -> Known:
        """Ask the store for the customer and the last call, both at once. A store that fails leaves the card bare."""
        number, block = call.far_number, self._block(call)
        if not number or call.direction is Direction.INTERNAL:
            return Known(block=block)
        try:
            customer, last = await asyncio.gather(
                self._services.customers.for_number(number),
                self._services.calls.last_with(number, call.started_ms),
            )
        except SoriboxError as error:
            log.warning("a card stays without what the store knows: %s", error)
            return Known(block=block)
        return Known(customer, last, self._services.abuse.register.standing(number), block)

    def _block(self, call: CallView) -> Block | None:
        """Return why a caller should not have got through: on an analog line the box cannot turn anybody away."""
        if not call.line or call.direction is not Direction.IN:
            return None
        withheld = str(call.presentation) == "withheld"
        return self._services.abuse.blocks.found(call.far_number, withheld=withheld)

    # ------------------------------------------------------------------------------------------- who is told

    def _audience(self, pop: Pop) -> tuple[Person, ...]:
        return tuple(
            person
            for person in self._live.people()
            if self._at(person) in pop.extensions and person.user.id not in pop.closed
        )

    def _push(self, pop: Pop) -> None:
        names, painting = self._names(), PaintOnce(self._painter)
        for person in self._audience(pop):
            self._live.publish(person, News(Topic.POP, "pop", self._painted(pop, person, names, painting)))

    def _painted(self, pop: Pop, person: Person, names: Names, painting: PaintOnce) -> dict[str, object]:
        card = card_for(pop.call, pop.known or Known(), person, self._at(person), names)
        html = painting.paint(person, "pop/card.html", card)
        return {"id": pop.call.id, "phase": card.phase, "html": html}

    def _close(self, person: Person, call_id: str) -> None:
        pop = self._pops.get(call_id)
        if pop is not None and pop.call.state is not State.ENDED and talks_at(pop.call, self._at(person)):
            return  # one's own talk cannot be put away, only made small
        if pop is not None:
            pop.closed.add(person.user.id)
        self._live.publish(person, News(Topic.POP, "pop_closed", {"id": call_id}))

    # ---------------------------------------------------------------------------------------------- snapshots

    async def _snapshot(self, person: Person, hello: Hello) -> Sequence[News]:
        """Return every card that belongs on this person's screen now, as one message."""
        pops = await self._pops_of(person, hello)
        for pop in pops:
            if pop.known is None:
                await self._learn(pop)
        names, painting = self._names(), PaintOnce(self._painter)
        items: list[object] = [self._painted(pop, person, names, painting) for pop in pops]
        return (News(Topic.POP, "pops", {"items": items}),)

    async def _pops_of(self, person: Person, hello: Hello) -> tuple[Pop, ...]:
        extension = self._at(person)
        if not extension:
            return ()
        names, now = self._names(), self._services.clock.now_ms()
        found: dict[str, Pop] = {}
        for call in (*await self._recent(extension, now), *self._services.calls.live(), *await self._kept(hello)):
            if call.closed or (call.with_box and call.id not in self._pops):
                continue
            pop = self._pops.get(call.id) or Pop(call, set(concerned(call, names)))
            put_away = person.user.id in pop.closed or call.id in hello.closed
            if extension in pop.extensions and (not put_away or call.id in hello.keep):
                self._pops.setdefault(call.id, pop)
                found[call.id] = pop
        shown = [p for p in found.values() if _stays(p.call, extension) or p.call.id in hello.keep]
        return tuple(sorted(shown, key=lambda p: p.call.started_ms)[-_MOST_SHOWN:])

    async def _recent(self, extension: str, now: int) -> Iterable[CallView]:
        page = await self._services.calls.search(CallFilter(from_ms=now - KEPT_MS, extension=extension), limit=20)
        return tuple(call for call in page.calls if call.state is State.ENDED)

    async def _kept(self, hello: Hello) -> Iterable[CallView]:
        calls = []
        for call_id in hello.keep[:20]:
            if call_id not in self._pops:
                try:
                    calls.append(await self._services.calls.call(call_id))
                except SoriboxError:
                    log.info("a browser keeps text for a call that is not there any more")
            else:
                calls.append(self._pops[call_id].call)
        return calls


def _stays(call: CallView, extension: str) -> bool:
    """Say whether an ended call comes back after a reload: one's own, or one that nobody took."""
    return call.state is not State.ENDED or was_at(call, extension) or not call.answered_ms
