"""The table of recalls, and everything that is asked of it. Plain objects go in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from peewee import BigAutoField, BigIntegerField, TextField

from appliance.core.errors import Conflict, NotFound
from appliance.recalls.types import Recall, RecallDraft, Result, State, Wanted
from appliance.store.base import BaseModel


class RecallRow(BaseModel):
    """A call that was promised for a time."""

    id = BigAutoField()
    at_ms = BigIntegerField()
    agent = TextField()
    number = TextField()
    name = TextField()
    note = TextField()
    phone_call = TextField()
    made_by = TextField()
    made_ms = BigIntegerField()
    state = TextField()
    result = TextField(default="")
    done_note = TextField(default="")
    done_by = TextField(default="")
    done_ms = BigIntegerField(default=0)

    class Meta:
        """The table's name and indexes: the open ones are read at once, the others a page at a time."""

        table_name = "recall"
        indexes = ((("state", "at_ms"), False), (("number",), False))


def load_open() -> tuple[Recall, ...]:
    """Return every recall that is not done, by time."""
    rows = RecallRow.select().where(RecallRow.state == State.OPEN.value)
    return tuple(_seen(row) for row in rows.order_by(RecallRow.at_ms, RecallRow.id))


def find(recall: int) -> Recall:
    """Return one recall. Raises NotFound."""
    return _seen(_row(recall))


def search(wanted: Wanted, after: tuple[int, int] | None, limit: int, *, latest_first: bool) -> tuple[Recall, ...]:
    """Return recalls that fit by their time, beyond `after` (at_ms, id)."""
    at, number = RecallRow.at_ms, RecallRow.id
    rows = RecallRow.select().limit(limit)
    rows = rows.order_by(at.desc(), number.desc()) if latest_first else rows.order_by(at, number)
    for condition in _conditions(wanted):
        rows = rows.where(condition)
    if after is not None:
        before = (at < after[0]) | ((at == after[0]) & (number < after[1]))
        beyond = (at > after[0]) | ((at == after[0]) & (number > after[1]))
        rows = rows.where(before if latest_first else beyond)
    return tuple(_seen(row) for row in rows)


def _conditions(wanted: Wanted) -> Iterator[Any]:
    if wanted.state:
        yield RecallRow.state == wanted.state
    if wanted.agent:
        yield RecallRow.agent == wanted.agent
    if wanted.numbers:
        yield RecallRow.number.in_(wanted.numbers)
    if wanted.from_ms:
        yield RecallRow.at_ms >= wanted.from_ms
    if wanted.to_ms:
        yield RecallRow.at_ms < wanted.to_ms
    if wanted.seen_by:
        yield (RecallRow.agent == wanted.seen_by) | (RecallRow.made_by == wanted.seen_by)


def add(draft: RecallDraft, by: str, now_ms: int) -> Recall:
    """Add a recall whose draft was checked. The same number at the same time for the same person is there once."""
    same = (RecallRow.number == draft.number) & (RecallRow.at_ms == draft.at_ms) & (RecallRow.agent == draft.agent)
    row = RecallRow.get_or_none(same & (RecallRow.state == State.OPEN.value))
    if row is None:
        row = RecallRow(made_by=by, made_ms=now_ms, state=State.OPEN.value)
    _fill(row, draft)
    return _seen(row)


def change(recall: int, to: Callable[[Recall], RecallDraft]) -> tuple[Recall, Recall]:
    """Change an open recall from what it is now; returns it before and after.

    Raises NotFound, Conflict when it is done.
    """
    row = _row(recall)
    if row.state == State.DONE.value:
        raise Conflict("recalls.done_already")
    before = _seen(row)
    _fill(row, to(before))
    return before, _seen(row)


def _fill(row: RecallRow, draft: RecallDraft) -> None:
    row.at_ms, row.agent, row.number = draft.at_ms, draft.agent, draft.number
    row.name, row.note, row.phone_call = draft.name, draft.note, draft.call
    row.save()


def done(recall: int, by: str, result: Result, note: str, now_ms: int) -> tuple[Recall, bool]:
    """Close a recall; returns it and whether it was open. Raises NotFound."""
    row = _row(recall)
    if row.state == State.DONE.value:
        return _seen(row), False
    row.state, row.result, row.done_note = State.DONE.value, result.value, note
    row.done_by, row.done_ms = by, now_ms
    row.save()
    return _seen(row), True


def _row(recall: int) -> RecallRow:
    row = RecallRow.get_or_none(RecallRow.id == recall)
    if row is None:
        raise NotFound("recalls.not_found")
    return row


def _seen(row: RecallRow) -> Recall:
    return Recall(
        id=row.id,
        at_ms=row.at_ms,
        agent=row.agent,
        number=row.number,
        name=row.name,
        note=row.note,
        call=row.phone_call,
        made_by=row.made_by,
        made_ms=row.made_ms,
        state=State(row.state),
        result=Result(row.result),
        done_note=row.done_note,
        done_by=row.done_by,
        done_ms=row.done_ms,
    )
