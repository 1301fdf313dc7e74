"""Recalls over the API: calls that were promised for a time. Knows whose recalls somebody may see."""

from __future__ import annotations

from dataclasses import replace

from appliance.access.types import User
from appliance.core.errors import InvalidInput, NotFound
from appliance.recalls.service import draft_of
from appliance.recalls.types import Recall, RecallDraft, Wanted
from web.api import desk
from web.api.callback_shapes import CallSent, PutOff, RecallChange, RecallDone, RecallSent, RecallsWanted
from web.api.calls import get_call
from web.api.desk_shapes import DialMade, DialSent
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import Items, Whole

_ALL = "recalls.see_all"
_STATES = {"open": "open", "done": "done", "all": ""}


async def list_recalls(asked: Asked, query: RecallsWanted) -> Items[Recall]:
    """List recalls by their time, a page at a time: one's own and those one has made, or all for who may see them."""
    if query.state not in _STATES:
        raise InvalidInput("state", "recalls.no_such_state")
    wanted = Wanted(_STATES[query.state], query.agent, (), query.from_ms, query.to_ms, _seen_by(asked))
    search = asked.services.recalls.search
    found, cursor = await search(wanted, query.cursor, query.limit, latest_first=query.latest_first)
    return Items(found, cursor)


async def add_recall(asked: Asked, body: RecallSent) -> Recall:
    """Promise a call. The same number at the same time for the same person is there once, however often it is sent."""
    principal = asked.asker.principal
    agent = body.agent or (principal.login if isinstance(principal, User) else "")
    if not agent:
        raise InvalidInput("agent", "recalls.whose")
    number, name = await _whom(asked, body)
    draft = RecallDraft(body.at_ms, agent, number, name, body.note, body.call)
    return await asked.services.recalls.add(draft, asked.asker.name)


async def get_recall(asked: Asked, recall: Whole) -> Recall:
    """Get one recall."""
    found = await asked.services.recalls.recall(recall)
    if _seen_by(asked) not in ("", found.agent, found.made_by):
        raise NotFound("recalls.not_found")
    return found


async def change_recall(asked: Asked, recall: Whole, body: RecallChange) -> Recall:
    """Change what was promised. Refused (409) when it is done."""
    known = await get_recall(asked, recall)
    return await asked.services.recalls.change(recall, replace(draft_of(known), **given(body)))


async def put_recall_off(asked: Asked, recall: Whole, body: PutOff) -> Recall:
    """Have whoever promised reminded again in some minutes."""
    await get_recall(asked, recall)
    return await asked.services.recalls.put_off(recall, body.minutes)


async def call_recall(asked: Asked, recall: Whole, body: CallSent) -> DialMade:
    """Call as was promised. The desk's own phone is called first. The recall stays open until it is done."""
    found = await get_recall(asked, recall)
    return await desk.dial(asked, DialSent(to=found.number, name=found.name, extension=body.extension))


async def finish_recall(asked: Asked, recall: Whole, body: RecallDone) -> Recall:
    """Note that a promise was kept, or is none any more. One that is done already stays as it is."""
    await get_recall(asked, recall)
    return await asked.services.recalls.done(recall, asked.asker.name, body.result, body.note)


def _seen_by(asked: Asked) -> str:
    """Return whose recalls alone may be seen, "" for all."""
    return "" if asked.asker.may(_ALL) else asked.asker.name


async def _whom(asked: Asked, body: RecallSent) -> tuple[str, str]:
    """Return the number and name of whom a promise is for. Raises NotFound."""
    services, number, name = asked.services, body.number, body.name
    if body.customer:
        customer = await services.customers.customer(body.customer)
        number, name = number or next(iter(customer.numbers), ""), name or customer.name or customer.company
    if body.call:
        call = await get_call(asked, body.call)
        number = number or call.far_number
    return number, name
