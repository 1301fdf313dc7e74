"""The tables of callbacks, and what is asked of them. Plain objects go out; what changes them is in `changes.py`.

Every call in which a callback was asked for is kept by its id: told twice, it counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from peewee import BigAutoField, BigIntegerField, BooleanField, IntegerField, TextField, fn

from appliance.callbacks.types import NOBODY, OPEN, Callback, Result, State, Step, StepKind, Wanted, Way
from appliance.store.base import BaseModel, plain_rows


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
    done_ms = BigIntegerField(default=0)
    done_by = TextField(default="")
    done_call = TextField(default="")
    way = TextField(default="")
    assignee = TextField(default="")
    assigned_by = TextField(default="")
    result = TextField(default="")
    note = TextField(default="")
    on_call = TextField(default="")  # the call to the number that goes on now
    tries = BigIntegerField(default=0)
    last_try_ms = BigIntegerField(default=0)
    assigned_ms = BigIntegerField(default=0)
    menu = TextField(default="")
    sure = BooleanField(default=True)

    class Meta:
        """The table's name and indexes: the open ones are read at once, the others a page at a time."""

        table_name = "callback"
        indexes = ((("state", "id"), False), (("number",), False))


class AskRow(BaseModel):
    """A call in which somebody asked to be called back."""

    phone_call = TextField(primary_key=True)
    callback = BigIntegerField()
    at_ms = BigIntegerField()
    way = TextField(default="")
    caller = TextField(default="")
    menu = TextField(default="")
    sure = BooleanField(default=True)

    class Meta:
        """The table's name."""

        table_name = "callback_ask"


class StepRow(BaseModel):
    """One line of the history of a callback: everything but that it was asked for."""

    id = BigAutoField()
    callback = BigIntegerField()
    at_ms = BigIntegerField()
    kind = TextField()
    who = TextField()
    phone_call = TextField()
    about = TextField()

    class Meta:
        """The table's name and index."""

        table_name = "callback_step"
        indexes = ((("callback", "id"), False),)


class MarkRow(BaseModel):
    """The last call of before callbacks came from missed calls; one row."""

    id = IntegerField(primary_key=True)
    started_ms = BigIntegerField()

    class Meta:
        """The table's name."""

        table_name = "callback_mark"


is_open = CallbackRow.state.in_([state.value for state in OPEN])


def load_open() -> tuple[Callback, ...]:
    """Return everybody who is to be called back, whoever has waited longest first."""
    rows = CallbackRow.select().where(is_open)
    return tuple(seen(row) for row in rows.order_by(CallbackRow.first_ms, CallbackRow.id))


def find(callback: int) -> Callback | None:
    """Return one callback, or None."""
    row = CallbackRow.get_or_none(CallbackRow.id == callback)
    return seen(row) if row is not None else None


def search(wanted: Wanted, before: int, limit: int) -> tuple[Callback, ...]:
    """Return callbacks that fit, the newest first, with ids below `before`; 0 means any."""
    rows = CallbackRow.select().order_by(CallbackRow.id.desc()).limit(limit)
    for condition in _conditions(wanted):
        rows = rows.where(condition)
    if before:
        rows = rows.where(CallbackRow.id < before)
    return tuple(seen(row) for row in rows)


def _conditions(wanted: Wanted) -> Iterator[Any]:
    if wanted.states:
        yield CallbackRow.state.in_([state.value for state in wanted.states])
    if wanted.group:
        yield CallbackRow.ring_group == wanted.group
    if wanted.way:
        yield CallbackRow.way == wanted.way
    if wanted.assignee:
        yield CallbackRow.assignee == ("" if wanted.assignee == NOBODY else wanted.assignee)
    if wanted.number:
        yield CallbackRow.number.contains(wanted.number)
    if wanted.numbers:
        yield CallbackRow.number.in_(wanted.numbers)
    if wanted.from_ms:
        yield CallbackRow.last_ms >= wanted.from_ms
    if wanted.to_ms:
        yield CallbackRow.last_ms < wanted.to_ms


def first_and_way(wanted: Wanted) -> list[tuple[int, str, str, int, str]]:
    """Return, of each that fits, when it first came, the way and its menu, when it was assigned, and its state."""
    columns = (CallbackRow.first_ms, CallbackRow.way, CallbackRow.menu, CallbackRow.assigned_ms, CallbackRow.state)
    rows = CallbackRow.select(*columns).order_by(CallbackRow.first_ms)
    if wanted.way:
        rows = rows.where(CallbackRow.way == wanted.way)
    if wanted.from_ms:
        rows = rows.where(CallbackRow.first_ms >= wanted.from_ms)
    if wanted.to_ms:
        rows = rows.where(CallbackRow.first_ms < wanted.to_ms)
    if wanted.assignee:
        rows = rows.where(CallbackRow.assignee == ("" if wanted.assignee == NOBODY else wanted.assignee))
    return [
        (int(first), str(way), str(menu), int(assigned), str(state))
        for first, way, menu, assigned, state in plain_rows(rows)
    ]


def history(callback: int) -> tuple[Step, ...]:
    """Return everything that happened to a callback, in order."""
    asks = AskRow.select().where(AskRow.callback == callback)
    steps = [
        Step(row.at_ms, StepKind.ASKED, "", row.phone_call, row.way, row.caller, row.menu, row.sure) for row in asks
    ]
    rows = StepRow.select().where(StepRow.callback == callback).order_by(StepRow.id)
    steps += [Step(row.at_ms, StepKind(row.kind), row.who, row.phone_call, row.about) for row in rows]
    return tuple(sorted(steps, key=lambda step: step.at_ms))


def of_call(call: str) -> Callback | None:
    """Return the callback that was asked for in a call, as it is now."""
    asked = AskRow.get_or_none(AskRow.phone_call == call)
    return find(asked.callback) if asked is not None else None


def not_noted(calls: Iterable[str]) -> frozenset[str]:
    """Return which of these calls were not noted yet."""
    wanted = frozenset(calls)
    return wanted - {row.phone_call for row in AskRow.select().where(AskRow.phone_call.in_(wanted))}


def mark_ms() -> int:
    """Return when the last call began that no missed call's callback may come from."""
    row = MarkRow.get_or_none(MarkRow.id == 1)
    return int(row.started_ms) if row is not None else 0


def open_of(assignees: Iterable[str]) -> dict[str, int]:
    """Return how many open callbacks each of these people has."""
    people = list(assignees)
    rows = CallbackRow.select(CallbackRow.assignee, fn.COUNT(CallbackRow.id)).where(
        is_open, CallbackRow.assignee.in_(people)
    )
    return dict.fromkeys(people, 0) | {str(who): int(n) for who, n in plain_rows(rows.group_by(CallbackRow.assignee))}


def seen(row: CallbackRow) -> Callback:
    """Return a row as a plain object."""
    return Callback(
        id=row.id,
        number=row.number,
        name=row.name,
        group=row.ring_group,
        way=Way(row.way or Way.ASKED),
        state=State(row.state),
        asked=row.asked,
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        call=row.phone_call,
        tries=row.tries,
        last_try_ms=row.last_try_ms,
        assignee=row.assignee,
        assigned_by=row.assigned_by,
        assigned_ms=row.assigned_ms,
        result=Result(row.result),
        note=row.note,
        done_ms=row.done_ms,
        done_by=row.done_by,
        done_call=row.done_call,
        menu=row.menu,
        sure=row.sure,
    )
