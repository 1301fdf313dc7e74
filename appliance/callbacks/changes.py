"""Everything that changes a callback, each with its line in the history. Run in the store's writer alone.

What a call tells may be told twice (a core that died reads the log again): it counts once, by the call's id.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.callbacks import models
from appliance.callbacks.even import shares
from appliance.callbacks.models import AskRow, CallbackRow, StepRow, is_open, seen
from appliance.callbacks.types import Ask, Callback, Result, State, Step, StepKind, Talk, Try
from appliance.core.errors import Conflict, NotFound


def ask(wanted: Ask) -> Callback | None:
    """Note that somebody is to be called back; None when this call was noted before."""
    if AskRow.get_or_none(AskRow.phone_call == wanted.call) is not None:
        return None
    row = _open_for(wanted.number)
    if row is None:
        row = CallbackRow(number=wanted.number, state=State.NEW.value, first_ms=wanted.at_ms, asked=0, name="")
    row.name, row.ring_group, row.way = wanted.name or row.name, wanted.group, wanted.way.value
    row.asked, row.last_ms, row.phone_call = row.asked + 1, wanted.at_ms, wanted.call
    row.menu, row.sure = wanted.menu, wanted.sure
    row.save()
    AskRow.create(
        phone_call=wanted.call,
        callback=row.id,
        at_ms=wanted.at_ms,
        way=wanted.way.value,
        caller=wanted.caller,
        menu=wanted.menu,
        sure=wanted.sure,
    )
    return seen(row)


def began(call: str, number: str, from_ms: int) -> Callback | None:
    """Note that somebody calls the number now; None when it is not to be called back, or that changes nothing."""
    row = _open_for(number)
    if row is None or row.state == State.IN_PROGRESS.value or row.first_ms > from_ms or _told(row, call):
        return None
    row.state, row.on_call = State.IN_PROGRESS.value, call
    row.save()
    return seen(row)


def let_go(call: str, number: str) -> Callback | None:
    """Note that a call to the number is over in which the far side was not even called."""
    row = _open_for(number)
    if row is None or row.on_call != call:
        return None
    row.state, row.on_call = (State.WAITING if row.tries else State.NEW).value, ""
    row.save()
    return seen(row)


def tried(done: Try) -> Callback | None:
    """Count a call out without an answer; None when the number was not to be called back when it began."""
    row = _open_for(done.number)
    if row is None or row.first_ms > done.from_ms or _told(row, done.call):
        return None
    row.tries, row.last_try_ms = row.tries + 1, done.ended_ms
    row.state, row.on_call = State.WAITING.value, ""
    row.save()
    _write(row, Step(done.ended_ms, StepKind.TRIED, done.extension, done.call))
    return seen(row)


def talked(talk: Talk, *, closes: bool) -> Callback | None:
    """Note a talk after the number last asked, which may do the callback; None when there is none.

    The talk may be in the very call that was missed, as far as was known then: the edge told later how it went on.
    """
    row = _open_for(talk.number)
    if row is None or (row.last_ms > talk.from_ms and row.phone_call != talk.call) or _told(row, talk.call):
        return None
    _write(row, Step(talk.ended_ms, StepKind.TALKED, talk.extension, talk.call))
    if closes:
        return _close(row, talk.ended_ms, talk.extension, call=talk.call, result=Result.REACHED)
    row.state, row.on_call = State.IN_PROGRESS.value, ""
    row.save()
    return seen(row)


def _told(row: CallbackRow, call: str) -> bool:
    """Say whether the history has a line of this call already."""
    return StepRow.get_or_none((StepRow.callback == row.id) & (StepRow.phone_call == call)) is not None


def _open_for(number: str) -> CallbackRow | None:
    return CallbackRow.get_or_none((CallbackRow.number == number) & is_open)


# ------------------------------------------------------------------------------------------------------ what people do


def done(callback: int, by: str, result: Result, note: str, at_ms: int) -> tuple[Callback, bool]:
    """Close a callback; returns it and whether it was open. Raises NotFound."""
    row = _row(callback)
    if row.state == State.DONE.value:
        return seen(row), False
    row.note = note or row.note
    return _close(row, at_ms, by, result=result), True


def done_all(numbers: Sequence[str], by: str, result: Result, note: str, at_ms: int) -> tuple[Callback, ...]:
    """Close every callback of these numbers; returns those that were open."""
    rows = CallbackRow.select(CallbackRow.id).where(is_open, CallbackRow.number.in_(numbers))
    return tuple(done(row.id, by, result, note, at_ms)[0] for row in list(rows.order_by(CallbackRow.id)))


def change(callback: int, by: str, state: State | None, note: str | None, at_ms: int) -> Callback:
    """Say where an open callback is, or write its note. Raises NotFound, Conflict when it is done."""
    row = _row(callback)
    if state is not None and row.state == State.DONE.value:
        raise Conflict("callbacks.done_already")
    if state is not None and row.state != state.value:
        row.state = state.value
        _write(row, Step(at_ms, StepKind.STATE, by, about=state.value))
    if note is not None and row.note != note:
        row.note = note
        _write(row, Step(at_ms, StepKind.NOTED, by))
    row.save()
    return seen(row)


def assign(callbacks: Sequence[int], to: str, by: str, at_ms: int) -> tuple[Callback, ...]:
    """Give open callbacks to somebody, or to nobody (""); returns those that have changed. Raises NotFound."""
    return tuple(seen(row) for one in callbacks if _given(row := _row(one), to, by, at_ms))


def take(callback: int, by: str, at_ms: int) -> tuple[Callback, ...]:
    """Give an open callback that is nobody's to whoever takes it. Raises NotFound, Conflict when another was first."""
    row = _row(callback)
    if row.assignee not in ("", by):
        raise Conflict("callbacks.taken")
    return (seen(row),) if _given(row, by, by, at_ms) else ()


def assign_evenly(callbacks: Sequence[int], people: Sequence[str], by: str, at_ms: int) -> tuple[Callback, ...]:
    """Give open callbacks to these people so that all have about as many; returns those that have changed.

    Without callbacks: all that are nobody's. Whoever has waited longest is given first. Raises NotFound.
    """
    rows = [_row(one) for one in callbacks]
    if not callbacks:
        rows = list(CallbackRow.select().where(is_open, CallbackRow.assignee == ""))
    fitting = sorted((row for row in rows if row.state != State.DONE.value), key=lambda row: (row.first_ms, row.id))
    has = models.open_of(people)
    for row in fitting:
        if row.assignee in has:  # it is given anew
            has[row.assignee] -= 1
    given = zip(fitting, shares(has, len(fitting)), strict=True)
    return tuple(seen(row) for row, to in given if _given(row, to, by, at_ms))


def _given(row: CallbackRow, to: str, by: str, at_ms: int) -> bool:
    if row.state == State.DONE.value or row.assignee == to:
        return False
    kind, about = (StepKind.ASSIGNED, to) if to else (StepKind.UNASSIGNED, row.assignee)
    row.assignee, row.assigned_by, row.assigned_ms = to, by if to else "", at_ms if to else 0
    row.save()
    _write(row, Step(at_ms, kind, by, about=about))
    return True


def _close(row: CallbackRow, at_ms: int, by: str, *, call: str = "", result: Result = Result.NONE) -> Callback:
    row.state, row.done_ms, row.done_by, row.done_call = State.DONE.value, at_ms, by, call
    row.result, row.on_call = result.value, ""
    row.save()
    _write(row, Step(at_ms, StepKind.DONE, by, call, result.value))
    return seen(row)


def _row(callback: int) -> CallbackRow:
    row = CallbackRow.get_or_none(CallbackRow.id == callback)
    if row is None:
        raise NotFound("callbacks.not_found")
    return row


def _write(row: CallbackRow, step: Step) -> None:
    StepRow.create(
        callback=row.id,
        at_ms=step.at_ms,
        kind=step.kind.value,
        who=step.who,
        phone_call=step.call,
        about=step.about,
    )
