"""Whom one may mean by what one types into the call bar: colleagues, customers, groups, numbers, places, last numbers.

Facts in, frozen objects out. What is offered depends on what it is for: to call, to give the call away, to ask first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from appliance.access.permissions import allowed
from appliance.calls.service import CallFilter
from appliance.core.numbers import NumberKind, parse, show
from appliance.services import Services
from web.call_words import Names, may_see
from web.dial_ways import ways_out
from web.live import Person
from web.live_customers import LiveCustomers
from web.phone_words import PhoneLine, phone_lines

_MOST_COLLEAGUES = 8
_MOST_CUSTOMERS = 6
_MOST_LAST = 6
_LOOKED_AT = 40
_NOBODY_ANSWERS = ("away", "off")


class Purpose(StrEnum):
    """What the field is used for."""

    DIAL = "dial"
    TRANSFER = "transfer"
    CONSULT = "consult"


@dataclass(frozen=True)
class Target:
    """One line of the list. `step` is what choosing it does (an operation of the API), `call` with which call.

    `cannot` is why it cannot be chosen. `line` is a colleague as they are now.
    """

    section: str  # its heading is the catalogue text `call_bar.section.<section>`
    to: str
    name: str
    shown: str
    kind: str = "any"
    step: str = ""
    call: str = ""
    place: int = 0
    cannot: str = ""
    line: PhoneLine | None = None


@dataclass(frozen=True)
class ShownNumber:
    """One of our numbers that can be shown on a call out."""

    number: str
    label: str


@dataclass(frozen=True)
class LineChoice:
    """A way to call somebody outside: an analog line, or (line 0) one's own phone. `usual`: unless one chooses."""

    line: int
    name: str
    usual: bool


@dataclass(frozen=True)
class TargetsPage:
    """The list under the field."""

    purpose: str
    targets: tuple[Target, ...]
    shown_numbers: tuple[ShownNumber, ...]
    asked: bool  # something was typed
    ways: tuple[LineChoice, ...] = ()


class Targets:
    """Looks up whom one may mean."""

    def __init__(self, services: Services, customers: LiveCustomers) -> None:
        self._services = services
        self._customers = customers

    async def page(self, person: Person, text: str, purpose: Purpose) -> TargetsPage:
        """Return what fits `text`; without one, what is near at hand."""
        text = " ".join(text.split())
        own = self._services.agents.extension_of(person.user)
        colleagues = tuple(self._colleagues(person, own, text, purpose))
        found = [*colleagues, *self._groups(text, purpose)]
        if text:
            exact = any(target.to == text for target in colleagues)
            found = [*found, *self._number(own, text)] if exact else [*self._number(own, text), *found]
            found += await self._customers_for(person, own, text)
        elif purpose is Purpose.DIAL:
            found = [*self._parked(person, own), *await self._last(own)]
        else:
            found.append(Target("places", "", "", "", step="park"))
        shown, ways = self._shown_numbers(own, purpose), self._ways(own, purpose)
        return TargetsPage(purpose.value, tuple(found), shown, bool(text), ways)

    # ------------------------------------------------------------------------------------------------- colleagues

    def _colleagues(self, person: Person, own: str, text: str, purpose: Purpose) -> Iterator[Target]:
        if not text and purpose is Purpose.DIAL:
            return
        names = Names.of(self._services.lines.snapshot())
        lines = phone_lines(self._services, person, names, self._customers, self._services.calls.live())
        words = text.casefold().split()
        fitting = [line for line in lines if line.number != own and _fits(line, words, person.language)]
        fitting.sort(key=lambda line: (line.number != text, _rank(line), line.number))
        for line in fitting[:_MOST_COLLEAGUES]:
            yield Target("colleagues", line.number, line.name, line.number, "extension", cannot=_busy(line), line=line)

    def _groups(self, text: str, purpose: Purpose) -> Iterator[Target]:
        if purpose is not Purpose.TRANSFER:
            return
        words = text.casefold().split()
        for group in self._services.lines.snapshot().groups:
            if all(word in group.label.casefold() for word in words):
                yield Target("groups", group.id, group.label, "", "group")
        for menu, label in self._services.menus.labels().items():
            if all(word in label.casefold() for word in words):
                yield Target("menus", menu, label, "", "menu")

    # ---------------------------------------------------------------------------------------------------- numbers

    def _number(self, own: str, text: str) -> Iterator[Target]:
        number = parse(text, area_code=str(self._services.settings.get("office.area_code")))
        is_one = number.kind not in (NumberKind.EXTENSION, NumberKind.UNKNOWN, NumberKind.WITHHELD)
        if is_one and number.stored and any(letter.isdigit() for letter in text):
            cannot = self._not_out(own, number.kind)
            yield Target("numbers", number.stored, "", show(number.stored), "outside", cannot=cannot)

    async def _customers_for(self, person: Person, own: str, text: str) -> list[Target]:
        if not allowed(person.user, "customers.see"):
            return []
        found = await self._services.customers.search(text, _MOST_CUSTOMERS)
        cannot = self._not_out(own)
        return [
            Target("customers", one, customer.name or customer.company, show(one), "outside", cannot=cannot)
            for customer in found
            for one in customer.numbers[:3]
        ]

    async def _last(self, own: str) -> list[Target]:
        """Return the numbers that were called last from here, each once."""
        if not own:
            return []
        page = await self._services.calls.search(CallFilter(extension=own, direction="out"), limit=_LOOKED_AT)
        mine = (call.called_number for call in page.calls if call.caller_number == own)
        last = list(dict.fromkeys(number for number in mine if number))[:_MOST_LAST]
        known = await self._services.customers.for_numbers(last)
        names = {number: customer.name or customer.company for number, customer in known.items()}
        return [
            Target("last", one, names.get(one, ""), show(one), "outside", cannot=self._not_out(own)) for one in last
        ]

    def _not_out(self, own: str, kind: NumberKind | None = None) -> str:
        may = any(one.may_call_out for one in self._services.lines.snapshot().extensions if one.number == own)
        return "" if may or kind is NumberKind.EMERGENCY else "call.cannot.call_out"

    # -------------------------------------------------------------------------------------------------- near at hand

    def _parked(self, person: Person, own: str) -> Iterator[Target]:
        names = Names.of(self._services.lines.snapshot())
        for call in self._services.calls.desk.parked():
            customer = self._customers.get(call.far_number)
            name = (customer.name or customer.company) if customer else call.caller_name
            seen = may_see(person.user, own, call, names)
            told = (name, show(call.far_number)) if seen else ("", "")
            yield Target("parked", "", *told, step="fetch", call=call.id, place=call.place)

    def _shown_numbers(self, own: str, purpose: Purpose) -> tuple[ShownNumber, ...]:
        if purpose is not Purpose.DIAL:
            return ()
        lines = self._services.lines.shown_choices(own)
        return tuple(ShownNumber(line.number, line.label) for line in lines) if len(lines) > 1 else ()

    def _ways(self, own: str, purpose: Purpose) -> tuple[LineChoice, ...]:
        """Return the ways out that one may choose from, if there is more than one."""
        if purpose is not Purpose.DIAL or not own:
            return ()
        ways = ways_out(self._services, own)
        lines = tuple(LineChoice(line.id, line.name, line == ways.usual) for line in ways.lines)
        phone = (LineChoice(0, own, ways.usual is None),) if ways.phone and ways.usual is None else ()
        choices = (*phone, *lines)
        return choices if len(choices) > 1 else ()


def _fits(line: PhoneLine, words: list[str], language: str) -> bool:
    desk = line.desk
    if desk is None:
        return False
    text = " ".join((line.number, line.name, desk.name, desk.login, desk.kind.named(language))).casefold()
    return all(word in text for word in words)


def _rank(line: PhoneLine) -> int:
    return ("free", "busy", "ringing", "talking", "away", "off").index(line.state)


def _busy(line: PhoneLine) -> str:
    if line.state == "talking":
        return "call_bar.they_talk"
    return "call_bar.their_phone_away" if line.state in _NOBODY_ANSWERS or not line.phones else ""
