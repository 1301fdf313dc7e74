"""The pop's one request: saving the card of a call. Everything else about pops travels over the live channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from appliance.crm.types import CustomerDraft
from web.call_words import Names, may_see
from web.forms import Message, posted, small_number
from web.keys import SERVICES, VISITOR
from web.live import Person
from web.noting import noted
from web.parts import BOARD, PAINTER
from web.pop_card import Card, Fields, clashes_between, fields_of


async def save(request: web.Request) -> web.Response:
    """Save what was typed beside a call: the customer of its number is changed, or made.

    Answers with the card: 200 saved, 409 somebody else changed it meanwhile (both values are shown; sending again
    overwrites), 422 a field cannot be used.
    """
    services, visitor = request.app[SERVICES], request[VISITOR]
    if visitor.user is None:
        raise NotAllowed("panel.not_allowed")
    person = Person(visitor.user, visitor.language)
    call_id = request.match_info["call"]
    call = await services.calls.call(call_id)
    if not may_see(person.user, services.agents.extension_of(person.user), call, Names.of(services.lines.snapshot())):
        raise NotFound("call.not_found")
    typed = _typed(await posted(request))
    status, card = await _save(request, call_id, person, typed)
    return web.Response(
        text=request.app[PAINTER].paint(person, "pop/card.html", card), status=status, content_type="text/html"
    )


async def _save(request: web.Request, call_id: str, person: Person, typed: Fields) -> tuple[int, Card]:
    board, customers = request.app[BOARD], request.app[SERVICES].customers
    card = await board.card(call_id, person)
    if not card.may_save:
        raise NotAllowed("panel.not_allowed")
    numbers: tuple[str, ...] = (card.call.number,)
    if typed.id:
        try:
            numbers = (await customers.customer(typed.id)).numbers
        except NotFound:  # removed meanwhile: what was typed is not lost, it makes a new customer of the number
            typed = replace(typed, id=0, seen_ms=0)
    if typed.id == 0 and card.fields.id:  # a colleague made this customer while the empty card was filled in
        return await _clashing(request, card, replace(typed, id=card.fields.id))
    draft = CustomerDraft(typed.id or None, typed.name, typed.company, numbers, typed.memo)
    try:
        saved = await customers.save(draft, typed.seen_ms if typed.id else None)
    except InvalidInput as error:
        return 422, replace(card, fields=typed, errors={error.field: Message(error.key, error.params)})
    except Conflict:
        return await _clashing(request, card, typed)
    await noted(request, "customer_changed", str(saved.id))
    return 200, replace(await board.card(call_id, person), saved=True)


async def _clashing(request: web.Request, card: Card, typed: Fields) -> tuple[int, Card]:
    """Return the card with what was typed, what is stored, and the stored version's mark, so that saving again wins.

    When both are the same, it was saved before and the answer was lost on its way: then it is saved.
    """
    stored = await request.app[SERVICES].customers.customer(typed.id)
    now, clashes = fields_of(stored), clashes_between(typed, stored)
    if not clashes:
        return 200, replace(card, fields=now, saved=True)
    return 409, replace(card, fields=replace(typed, seen_ms=now.seen_ms), clashes=clashes)


def _typed(form: Mapping[str, str]) -> Fields:
    def words(name: str) -> str:
        return form.get(name, "").strip()

    def whole(name: str) -> int:
        return small_number(words(name)) or 0

    return Fields(whole("id"), whole("seen_ms"), words("name"), words("company"), words("memo"))
