"""Callbacks over the API: who is to be called back, who works on it, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from msgspec import UNSET

from appliance.callbacks.types import Callback, Wanted
from web.api import desk
from web.api.callback_shapes import (
    AssignSent,
    CallbackChange,
    CallbackDone,
    CallbackFilter,
    CallbackSeen,
    CallbackStepSeen,
    CallbacksWanted,
    CallSent,
    ProgressSeen,
    ProgressWanted,
    UnassignSent,
)
from web.api.desk_shapes import DialMade, DialSent
from web.api.operation import Asked
from web.api.shapes import Items, Whole
from web.callback_words import People, sheet_of, signed_in, told
from web.periods import part_of_number
from web.spreadsheet import spreadsheet_response


async def list_callbacks(asked: Asked, query: CallbacksWanted) -> Items[Callback]:
    """List who is to be called back, a page at a time. One number is one entry, however often it asked."""
    found, cursor = await asked.services.callbacks.search(_wanted(query), query.cursor, query.limit)
    return Items(found, cursor)


async def get_callback(asked: Asked, callback: Whole) -> CallbackSeen:
    """Get one callback with its history: each time it was asked for, each try, who did what."""
    service = asked.services.callbacks
    found, steps = await service.callback(callback), await service.history(callback)
    people, language = await People.of(asked.services), asked.asker.language
    return CallbackSeen(
        found,
        tuple(
            CallbackStepSeen(one.at_ms, one.kind, one.who, one.call, one.about, told(one, people, language))
            for one in steps
        ),
    )


async def change_callback(asked: Asked, callback: Whole, body: CallbackChange) -> Callback:
    """Say where an open callback is, or write its note. Refused (409) for the state of one that is done."""
    state = None if body.state is UNSET else body.state
    note = None if body.note is UNSET else body.note
    return await asked.services.callbacks.change(callback, asked.asker.name, state=state, note=note)


async def take_callback(asked: Asked, callback: Whole) -> Callback:
    """Take a callback that is nobody's. Refused (409) when it is somebody else's."""
    return await asked.services.callbacks.take(callback, asked.asker.name)


async def call_back(asked: Asked, callback: Whole, body: CallSent) -> DialMade:
    """Call back. The desk's own phone is called first; the call is counted as a try when nobody answers it."""
    found = await asked.services.callbacks.callback(callback)
    return await desk.dial(asked, DialSent(to=found.number, name=found.name, extension=body.extension))


async def finish_callback(asked: Asked, callback: Whole, body: CallbackDone) -> Callback:
    """Note that somebody has dealt with a callback. One that is done already stays as it is.

    It is done by itself when somebody of the office has talked with the number, unless `callbacks.done_by_talk` is off.
    """
    return await asked.services.callbacks.done(callback, asked.asker.name, body.result, body.note)


async def finish_callbacks_of(asked: Asked, customer: Whole, body: CallbackDone) -> Items[Callback]:
    """Note that somebody has dealt with all callbacks of a customer's numbers; answers those that were open."""
    known = await asked.services.customers.customer(customer)
    done = asked.services.callbacks.done_all(known.numbers, asked.asker.name, body.result, body.note)
    return Items(await done)


async def assign_callbacks(asked: Asked, body: AssignSent) -> Items[Callback]:
    """Give callbacks to people, so that all have about as many open ones; answers those that have changed.

    Sent again, it changes nothing more as long as callbacks are named.
    """
    to = (*body.to, *(signed_in(asked.services) if body.signed_in else ()))
    return Items(await asked.services.callbacks.assign_evenly(_whole(body.callbacks), to, asked.asker.name))


async def unassign_callbacks(asked: Asked, body: UnassignSent) -> Items[Callback]:
    """Take callbacks from whoever has them; answers those that have changed. What is done stays as it is."""
    return Items(await asked.services.callbacks.assign(_whole(body.callbacks), "", asked.asker.name))


async def list_callback_progress(asked: Asked, query: ProgressWanted) -> Items[ProgressSeen]:
    """List how many callbacks came, were assigned and are done, by day (the office's) and way, newest day first."""
    wanted = Wanted(way=query.way or "", assignee=query.assignee, from_ms=query.from_ms, to_ms=query.to_ms)
    return Items(
        tuple(
            ProgressSeen(
                one.day,
                one.way,
                one.asked,
                one.assigned,
                one.done,
                one.open,
                round(100 * one.done / one.asked, 1),
                one.menu,
            )
            for one in await asked.services.callbacks.progress(wanted)
        )
    )


async def export_callbacks(asked: Asked, query: CallbackFilter) -> web.Response:
    """Get callbacks as a spreadsheet (XLSX), the newest first. It is logged."""
    sheet = await sheet_of(asked.services, _wanted(query), asked.asker.language)
    await asked.services.access.note(asked.asker.actor, "callbacks_exported", str(len(sheet.rows)))
    return await spreadsheet_response("callbacks.xlsx", sheet)


def _wanted(query: CallbackFilter) -> Wanted:
    return Wanted(
        states=query.state.states,
        group=query.group,
        way=query.way or "",
        assignee=query.assignee,
        number=part_of_number(query.number.strip()) or query.number.strip(),
        from_ms=query.from_ms,
        to_ms=query.to_ms,
    )


def _whole(callbacks: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(callbacks))
