"""What one card of the pop shows to one person. Pure: facts in, a frozen page out."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.abuse.types import NEVER_WARNED, Block, Standing
from appliance.access.permissions import allowed
from appliance.calls.call import CallView, Direction, Result, State
from appliance.crm.types import Customer
from web.call_words import CallLine, Names, line_of, result_key, rings_at, talks_at, was_at
from web.forms import Message
from web.line_calls import may_take, must_lift
from web.live import Person


@dataclass(frozen=True)
class Known:
    """What the store knows of the far side."""

    customer: Customer | None = None
    last: CallView | None = None
    standing: Standing = NEVER_WARNED
    block: Block | None = None  # the caller is on the block list, and rings all the same


@dataclass(frozen=True)
class LastCall:
    """The last call with this number, in words."""

    id: str
    at_ms: int
    direction: str
    who: str
    result_key: str


@dataclass(frozen=True)
class Fields:
    """What stands in the form. `id` 0: saving makes a new customer; `seen_ms` is the version that was shown."""

    id: int = 0
    seen_ms: int = 0
    name: str = ""
    company: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Clash:
    """A field that somebody else changed meanwhile: what is stored now, beside what was typed."""

    field: str
    theirs: str


@dataclass(frozen=True)
class Card:
    """The page `pop/card.html`."""

    call: CallLine
    phase: str  # ringing, calling, talking, given, elsewhere, taken, ended, missed
    since_ms: int  # from when the shown clock counts; 0 = it stands
    lasted_ms: int
    title: str  # the customer's name, or what the network calls the caller; "" = unknown
    company: str
    fields: Fields
    may_save: bool
    last: LastCall | None
    standing: Standing = NEVER_WARNED  # what is remembered of the caller
    may_block: bool = False  # it is one's own talk with somebody outside
    others: int = 0  # further numbers of this customer
    on_line: bool = False  # on an analog line, where it is nobody's yet
    may_take: bool = False  # one may say that one has it
    lift: bool = False  # a device has dialled for this desk: its handset is to be lifted
    cause_key: str = ""  # why a line's device did not get through
    blocked: bool = False
    block_reason: str = ""
    clashes: tuple[Clash, ...] = ()
    errors: dict[str, Message] = field(default_factory=dict)
    saved: bool = False


def card_for(call: CallView, known: Known, person: Person, extension: str, names: Names) -> Card:
    """Return the card of `call` for `person`, who sits at `extension`."""
    line = line_of(call, names)
    customer = known.customer
    phase = phase_for(call, extension)
    internal = call.direction is Direction.INTERNAL
    name = called(customer) if customer else _colleague(call, extension, names) if internal else line.caller_name
    return Card(
        call=line,
        phase=phase,
        since_ms=_since(call),
        lasted_ms=line.talk_ms,
        title=name,
        company=customer.company if customer and customer.name else "",
        fields=fields_of(customer),
        may_save=bool(line.number) and not internal and allowed(person.user, "customers.edit"),
        last=_last(known.last, names),
        standing=known.standing,
        may_block=phase == "talking" and not internal and not call.line and not call.terminating,
        others=max(0, len(customer.numbers) - 1) if customer else 0,
        on_line=bool(call.line) and not talks_at(call, extension),
        may_take=may_take(call, extension),
        lift=must_lift(call, extension),
        cause_key=call.cause if call.line and call.cause.startswith("call.cause.") else "",
        blocked=known.block is not None,
        block_reason=known.block.reason if known.block is not None else "",
    )


def called(customer: Customer) -> str:
    """Return what a customer goes by: a company without a person has only its own name."""
    return customer.name or customer.company


def fields_of(customer: Customer | None) -> Fields:
    """Return what the form shows of a customer."""
    if customer is None:
        return Fields()
    return Fields(customer.id, customer.updated_ms, customer.name, customer.company, customer.memo)


def clashes_between(typed: Fields, stored: Customer) -> tuple[Clash, ...]:
    """Return the fields in which what was typed differs from what is stored now."""
    pairs = (("name", typed.name, stored.name), ("company", typed.company, stored.company))
    return tuple(
        Clash(name, theirs) for name, mine, theirs in (*pairs, ("memo", typed.memo, stored.memo)) if mine != theirs
    )


def phase_for(call: CallView, extension: str) -> str:
    """Return where a call is, seen from one extension."""
    on_line = bool(call.line) and not call.extension  # whoever took it there, nobody has told: it is everybody's
    mine = was_at(call, extension) or call.direction is Direction.INTERNAL or on_line
    if call.state is State.ENDED:
        if not call.answered_ms:
            missed = call.direction is Direction.IN and call.result is not Result.UNKNOWN
            return "missed" if missed else "ended"
        return "ended" if mine else "taken"
    if call.state is State.TALKING:
        return _phase_in_talk(call, extension, mine=mine)
    outward = call.direction is not Direction.IN and call.extension == extension
    return "calling" if outward else "ringing"


def _phase_in_talk(call: CallView, extension: str, *, mine: bool) -> str:
    if rings_at(call, extension) and not talks_at(call, extension):
        return "ringing"
    if not call.parties or call.place:  # the edge's own talk, or one that waits at a place
        return "talking" if mine else "elsewhere"
    if talks_at(call, extension):
        return "talking"
    return "given" if mine else "elsewhere"


def _since(call: CallView) -> int:
    if call.state is State.ENDED:
        return 0
    return call.answered_ms or call.started_ms


def _colleague(call: CallView, extension: str, names: Names) -> str:
    other = call.called_number if call.caller_number == extension else call.caller_number
    return names.extensions.get(other, "")


def _last(last: CallView | None, names: Names) -> LastCall | None:
    if last is None:
        return None
    who = names.extension(last.extension) if last.extension else ""
    return LastCall(last.id, last.started_ms, last.direction.value, who, result_key(last))
