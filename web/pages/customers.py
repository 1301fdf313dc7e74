"""Customers: found as you type, one card with several numbers, and the calls with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.callbacks.types import Callback
from appliance.calls.service import CallFilter
from appliance.core import numbers as phone_numbers
from appliance.core.errors import NotFound
from appliance.crm.types import Customer, CustomerDraft
from appliance.services import Services
from web.call_words import Names, line_of
from web.forms import Form, go, small_number, submit, tell
from web.keys import SERVICES
from web.live import Person
from web.noting import noted
from web.pages.calls import Row
from web.pages.live_view import person_of
from web.pop_card import Clash
from web.render import render

MOST = 50
_NEWEST = 20
_CALLS = 30
_FIELDS = ("name", "company", "numbers", "memo")
_CHANGED = "crm.changed_meanwhile"


@dataclass(frozen=True)
class Found:
    """The list: what was searched for and who was found."""

    text: str
    customers: tuple[Customer, ...]
    most: int
    total: int


@dataclass(frozen=True)
class CardPage:
    """One customer's card; `customer` is None for a new one."""

    customer: Customer | None
    form: Form
    numbers: tuple[str, ...]
    clashes: tuple[Clash, ...]
    rows: tuple[Row, ...]
    next: str
    may_listen: bool
    may_edit: bool
    may_remove: bool
    callbacks: tuple[Callback, ...]


async def show_list(request: web.Request) -> web.Response:
    """Show who matches what is being typed; before that, who was added last."""
    customers = request.app[SERVICES].customers
    text = request.query.get("text", "").strip()[:60]
    found = await (customers.search(text, MOST) if text else customers.newest(_NEWEST))
    return render(request, "customers/list.html", Found(text, found, MOST, await customers.count()))


async def show_new(request: web.Request) -> web.Response:
    """Show an empty card; a number may be in the address."""
    number = request.query.get("number", "")[:40]
    form = Form.of({"name": "", "company": "", "memo": "", "seen_ms": "0"})
    return await _card(request, None, form, (phone_numbers.show(number),) if number else ())


async def show(request: web.Request) -> web.Response:
    """Show a customer's card."""
    customer = await request.app[SERVICES].customers.customer(_id(request))
    return await _card(
        request, customer, _form_of(customer), tuple(phone_numbers.show(number) for number in customer.numbers)
    )


async def add(request: web.Request) -> web.Response:
    """Make a customer."""
    return await _save(request, None)


async def change(request: web.Request) -> web.Response:
    """Change a customer."""
    return await _save(request, await request.app[SERVICES].customers.customer(_id(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a customer; their calls stay."""
    services, customer = request.app[SERVICES], _id(request)
    await services.customers.remove(customer)
    await noted(request, "customer_removed", str(customer))
    tell(request, "customers.removed")
    raise web.HTTPSeeOther("/customers")


async def _save(request: web.Request, before: Customer | None) -> web.Response:
    form = await Form.read(request)
    services = request.app[SERVICES]
    numbers = tuple(entered.strip() for entered in form.many("numbers") if entered.strip())
    draft = CustomerDraft(
        before.id if before else None, form.text("name"), form.text("company"), numbers, form.text("memo")
    )
    seen = small_number(form.text("seen_ms"))

    async def work() -> str:
        saved = await services.customers.save(draft, seen if before else None)
        await noted(request, "customer_changed", str(saved.id))
        return _saved(request, saved)

    done = await submit(request, form, work, known=_FIELDS)
    return done or await _refused(request, before, form, numbers)


def _saved(request: web.Request, customer: Customer) -> str:
    tell(request, "customers.saved", name=customer.name or customer.company)
    return f"/customers/{customer.id}"


async def _refused(request: web.Request, before: Customer | None, form: Form, numbers: tuple[str, ...]) -> web.Response:
    """Show the card again with what was entered; after a conflict also with what is stored now."""
    clashes: tuple[Clash, ...] = ()
    if before is not None and any(error.key == _CHANGED for error in form.errors.values()):
        stored = await request.app[SERVICES].customers.customer(before.id)
        clashes = _clashes(form, numbers, stored)
        if not clashes:  # saved before, and the answer was lost on its way
            return go(request, _saved(request, stored))
        form.values["seen_ms"] = str(stored.updated_ms)  # saving again means it: both values were shown
        form.errors.clear()
        return await _card(request, stored, form, numbers, clashes, status=409)
    return await _card(request, before, form, numbers, status=form.status)


def _clashes(form: Form, numbers: tuple[str, ...], stored: Customer) -> tuple[Clash, ...]:
    mine = {name: form.text(name) for name in ("name", "company", "memo")}
    theirs = {"name": stored.name, "company": stored.company, "memo": stored.memo}
    clashes = tuple(Clash(name, theirs[name]) for name in theirs if mine[name] != theirs[name])
    shown = tuple(phone_numbers.show(number) for number in stored.numbers)
    if {phone_numbers.show(number) for number in numbers} != set(shown):
        clashes += (Clash("numbers", ", ".join(shown)),)
    return clashes


async def _card(
    request: web.Request,
    customer: Customer | None,
    form: Form,
    numbers: tuple[str, ...],
    clashes: tuple[Clash, ...] = (),
    status: int = 200,
) -> web.Response:
    services, person = request.app[SERVICES], person_of(request)
    page = CardPage(
        customer=customer,
        form=form,
        numbers=numbers or ("",),
        clashes=clashes,
        rows=await _calls(services, person, customer) if customer else (),
        next="",
        may_listen=allowed(person.user, "recordings.listen"),
        may_edit=allowed(person.user, "customers.edit"),
        may_remove=customer is not None and allowed(person.user, "customers.remove"),
        callbacks=_callbacks(services, person, customer),
    )
    return render(request, "customers/card.html", page, status=status)


def _callbacks(services: Services, person: Person, customer: Customer | None) -> tuple[Callback, ...]:
    """Return the callbacks of a customer that are to be done."""
    if customer is None or not allowed(person.user, "callbacks.work"):
        return ()
    return tuple(one for one in services.callbacks.waiting() if one.number in customer.numbers)


async def _calls(services: Services, person: Person, customer: Customer) -> tuple[Row, ...]:
    """Return the last calls with any of a customer's numbers."""
    wanted = CallFilter(numbers=customer.numbers)
    if not allowed(person.user, "calls.see_all"):
        wanted = replace(wanted, extension=services.agents.extension_of(person.user) or "-")
    if not customer.numbers:
        return ()
    page = await services.calls.search(wanted, limit=_CALLS)
    names = Names.of(services.lines.snapshot())
    recordings = await services.recordings.many([call.id for call in page.calls])
    return tuple(
        Row(line_of(call, names), None, str(recordings[call.id].state) if call.id in recordings else call.recording)
        for call in page.calls
    )


def _form_of(customer: Customer) -> Form:
    return Form.of(
        {
            "name": customer.name,
            "company": customer.company,
            "memo": customer.memo,
            "seen_ms": str(customer.updated_ms),
        }
    )


def _id(request: web.Request) -> int:
    if (wanted := small_number(request.match_info["customer"])) is None:
        raise NotFound("crm.no_such_customer")
    return wanted
