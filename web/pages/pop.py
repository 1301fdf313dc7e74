"""The pop's one request: saving the card of a call. Everything else about pops travels over the live channel."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from appliance.crm.types import CustomerDraft
from web.call_words import Names, may_see
from web.forms import Message
from web.keys import SERVICES, VISITOR
from web.live import Person
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
    if not may_see(person.user, call, Names.of(services.lines.snapshot())):
        raise NotFound("call.not_found")
    typed = _typed(dict(await request.post()))
    status, card = await _save(request, call_id, person, typed)
    return web.Response(
        text=request.app[PAINTER].paint(person, "pop/card.html", card), status=status, content_type="text/html"
    )


async def _save(request: web.Request, call_id: str, person: Person, typed: Fields) -> tuple[int, Card]:
    board, customers = request.app[BOARD], request.app[SERVICES].customers
    card = await board.card(call_id, person)
    if not card.may_save:
        raise NotAllowed("panel.not_allowed")
    if typed.id == 0 and card.fields.id:  # a colleague made this customer while the empty card was filled in
        return 409, await _clashing(request, card, replace(typed, id=card.fields.id))
    numbers = (await customers.customer(typed.id)).numbers if typed.id else (card.call.number,)
    draft = CustomerDraft(typed.id or None, typed.name, typed.company, numbers, typed.memo)
    try:
        await customers.save(draft, typed.seen_ms if typed.id else None)
    except InvalidInput as error:
        return 422, replace(card, fields=typed, errors={error.field: Message(error.key, error.params)})
    except Conflict:
        return 409, await _clashing(request, card, typed)
    return 200, replace(await board.card(call_id, person), saved=True)


async def _clashing(request: web.Request, card: Card, typed: Fields) -> Card:
    """Return the card with what was typed, what is stored, and the stored version's mark, so that saving again wins."""
    stored = await request.app[SERVICES].customers.customer(typed.id)
    now = fields_of(stored)
    return replace(card, fields=replace(typed, seen_ms=now.seen_ms), clashes=clashes_between(typed, stored))


def _typed(form: dict[str, object]) -> Fields:
    def words(name: str, limit: int) -> str:
        return str(form.get(name, "")).replace("\r\n", "\n").strip()[:limit]

    def whole(name: str) -> int:
        text = words(name, 20)
        return int(text) if text.isdecimal() else 0

    return Fields(whole("id"), whole("seen_ms"), words("name", 100), words("company", 100), words("memo", 4000))
