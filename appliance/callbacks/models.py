"""The tables of callbacks, and everything that is asked of them. Plain objects go in and out.

Every call in which a callback was asked for is kept by its id: told twice, it counts once.
"""

from __future__ import annotations

from collections.abc import Iterable

from peewee import BigAutoField, BigIntegerField, IntegerField, TextField

from appliance.callbacks.types import Ask, Callback, State, Talk
from appliance.store.base import BaseModel


class CallbackRow(BaseModel):
    """A number that is or was to be called back."""

    id = BigAutoField()
    number = TextField()
    name = TextField()
    ring_group = TextField()
    state = TextField()
    asked = IntegerField()
    first_ms = BigIntegerField()
    last_ms = BigIntegerField()
    phone_call = TextField()
    done_ms = BigIntegerField()
    done_by = TextField()
    done_call = TextField()

    class Meta:
        """The table's name and indexes: the open ones are read at once, the others a page at a time."""

        table_name = "callback"
        indexes = ((("state", "id"), False), (("number",), False))


class AskRow(BaseModel):
    """A call in which somebody asked to be called back."""

    phone_call = TextField(primary_key=True)
    callback = BigIntegerField()
    at_ms = BigIntegerField()

    class Meta:
        """The table's name."""

        table_name = "callback_ask"


def load_open() -> tuple[Callback, ...]:
    """Return everybody who is to be called back, whoever has waited longest first."""
    rows = CallbackRow.select().where(CallbackRow.state == State.OPEN.value)
    return tuple(_of(row) for row in rows.order_by(CallbackRow.first_ms, CallbackRow.id))


def ask(wanted: Ask) -> Callback | None:
    """Note that somebody is to be called back; None when this call was noted before."""
    if AskRow.get_or_none(AskRow.phone_call == wanted.call) is not None:
        return None
    row = _open_for(wanted.number)
    if row is None:
        row = CallbackRow(
            number=wanted.number,
            state=State.OPEN.value,
            first_ms=wanted.at_ms,
            asked=0,
            done_ms=0,
            done_by="",
            done_call="",
        )
    row.name, row.ring_group = wanted.name or row.name or "", wanted.group
    row.asked, row.last_ms, row.phone_call = row.asked + 1, wanted.at_ms, wanted.call
    row.save()
    AskRow.create(phone_call=wanted.call, callback=row.id, at_ms=wanted.at_ms)
    return _of(row)


def _open_for(number: str) -> CallbackRow | None:
    return CallbackRow.get_or_none((CallbackRow.number == number) & (CallbackRow.state == State.OPEN.value))


def talked(talk: Talk) -> Callback | None:
    """Close the callback of a number with which somebody talked after it last asked; None when there is none."""
    row = _open_for(talk.number)
    if row is None or row.last_ms > talk.from_ms:
        return None
    return _close(row, talk.ended_ms, talk.extension, talk.call)


def done(callback: int, by: str, at_ms: int) -> tuple[Callback, bool] | None:
    """Close a callback; returns it and whether it was open; None when there is no such callback."""
    row = CallbackRow.get_or_none(CallbackRow.id == callback)
    if row is None:
        return None
    return (_close(row, at_ms, by, ""), True) if row.state == State.OPEN.value else (_of(row), False)


def _close(row: CallbackRow, at_ms: int, by: str, call: str) -> Callback:
    row.state, row.done_ms, row.done_by, row.done_call = State.DONE.value, at_ms, by, call
    row.save()
    return _of(row)


def search(state: str, group: str, before: int, limit: int) -> tuple[Callback, ...]:
    """Return callbacks, the newest first, with ids below `before`; 0 and "" mean any."""
    rows = CallbackRow.select().order_by(CallbackRow.id.desc()).limit(limit)
    if state:
        rows = rows.where(CallbackRow.state == state)
    if group:
        rows = rows.where(CallbackRow.ring_group == group)
    if before:
        rows = rows.where(CallbackRow.id < before)
    return tuple(_of(row) for row in rows)


def of_call(call: str) -> Callback | None:
    """Return the callback that was asked for in a call, as it is now."""
    asked = AskRow.get_or_none(AskRow.phone_call == call)
    row = CallbackRow.get_or_none(CallbackRow.id == asked.callback) if asked is not None else None
    return _of(row) if row is not None else None


def not_noted(calls: Iterable[str]) -> frozenset[str]:
    """Return which of these calls were not noted yet."""
    wanted = frozenset(calls)
    return wanted - {row.phone_call for row in AskRow.select().where(AskRow.phone_call.in_(wanted))}


def _of(row: CallbackRow) -> Callback:
    return Callback(
        id=row.id,
        number=row.number,
        name=row.name,
        group=row.ring_group,
        state=State(row.state),
        asked=row.asked,
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        call=row.phone_call,
        done_ms=row.done_ms,
        done_by=row.done_by,
        done_call=row.done_call,
    )
