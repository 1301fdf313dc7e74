"""Callbacks from calls that nobody answered, calls out in vain, and who works on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.callbacks.events import CallbacksOverdue
from appliance.callbacks.from_calls import Rules, ask_of, try_of
from appliance.callbacks.service import Callback, Callbacks, State, Wanted
from appliance.callbacks.types import NOBODY, Result, StepKind, Way
from appliance.calls.call import CallView, Direction, Ender
from appliance.calls.call import Result as CallResult
from appliance.calls.call import State as CallState
from appliance.calls.events import CallArrived, CallbackWanted, CallChanged, CallEnded
from appliance.core.errors import Conflict, InvalidInput, NotFound
from sip.api import Originate
from tests.unit.callbacks.calling_back import service_of
from tests.unit.calls.office import Office, running_office

pytestmark = pytest.mark.unit

NUMBER = "+821055551234"
ALL = {"from_missed": True, "from_abandoned": True}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_office(tmp_path) as office:
        yield office


@pytest.fixture
async def callbacks(office: Office) -> AsyncIterator[Callbacks]:
    async with service_of(office, **ALL) as callbacks:
        yield callbacks


async def gives_up(office: Office, number: str = "01055551234") -> str:
    call_id = await office.inbound(number)
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    office.voice.ring(call_id, "called", "101")
    office.voice.hang_up(call_id, "caller", 487)
    await office.ended()
    office.clock.turn(1)
    return call_id


async def finds_nobody(office: Office, number: str = "01055551234") -> str:
    """Let somebody call while no phone is there."""
    for extension in ("101", "102"):
        office.edge.phone_leaves(extension)
    await office.refused(office.edge.trunk_calls("kt", number, "0212345678"))
    await office.ended()
    for extension in ("101", "102"):
        office.edge.phone_registers(extension)
    office.clock.turn(1)
    return next(event.call.id for event in reversed(office.events) if isinstance(event, CallEnded))


async def calls_out(office: Office, callbacks: Callbacks, *, answered: bool) -> str:
    """Let 101 call the number; returns the call."""
    call_id = await office.sent(office.edge.phone_calls("101", "01055551234"))
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    await callbacks.settled()
    (callback,) = callbacks.waiting()
    assert callback.state is State.IN_PROGRESS
    office.voice.ring(call_id, "called")
    if answered:
        office.clock.turn(2)
        office.voice.pick_up(call_id, "called")
        await office.until(lambda: next(one for one in office.calls.live() if one.id == call_id).answered_ms)
        office.clock.turn(30)
    office.voice.hang_up(call_id, "caller", 0 if answered else 487)
    await office.ended()
    await callbacks.settled()
    office.clock.turn(1)
    return call_id


async def only(callbacks: Callbacks) -> Callback:
    await callbacks.settled()
    (callback,) = callbacks.waiting()
    return callback


async def kinds(callbacks: Callbacks, callback: Callback) -> list[tuple[StepKind, str]]:
    return [(step.kind, step.who) for step in await callbacks.history(callback.id)]


async def test_whoever_hangs_up_while_it_rings_or_meets_nobody_is_to_be_called_back(
    office: Office, callbacks: Callbacks
) -> None:
    first, second = await gives_up(office), await finds_nobody(office)
    callback = await only(callbacks)
    assert (callback.number, callback.asked, callback.way, callback.call) == (NUMBER, 2, Way.MISSED, second)
    history = await callbacks.history(callback.id)
    assert [(step.call, step.about) for step in history] == [(first, "abandoned"), (second, "missed")]


async def test_each_of_the_two_is_a_setting(office: Office) -> None:
    async with service_of(office, from_missed=True) as callbacks:
        await gives_up(office)
        await callbacks.settled()
        assert not callbacks.waiting()
        await finds_nobody(office)
        assert (await only(callbacks)).way is Way.MISSED
    async with service_of(office, from_abandoned=True) as callbacks:
        await gives_up(office, "01099998888")
        await callbacks.settled()
        assert [one.number for one in callbacks.waiting()] == [NUMBER, "+821099998888"]


async def test_what_a_dead_core_could_not_write_is_found_once_and_nothing_of_before(office: Office) -> None:
    async with service_of(office):
        await gives_up(office, "01011110001")  # while the office did not want it
    async with service_of(office, **ALL):
        pass
    office.clock.turn(1)
    missed = await gives_up(office)
    await finds_nobody(office, "01099998888")
    for _ in range(2):
        async with service_of(office, **ALL) as callbacks:
            await callbacks.settled()
            assert [(one.number, one.asked) for one in callbacks.waiting()] == [(NUMBER, 1), ("+821099998888", 1)]
            assert await callbacks.of_call(missed) == callbacks.waiting()[0]


async def test_a_dead_cores_calls_count_in_their_order(office: Office) -> None:
    async with service_of(office, **ALL):
        pass
    office.clock.turn(1)
    await gives_up(office)
    call_id = await office.talking()
    await office.until(lambda: next(one for one in office.calls.live() if one.id == call_id).answered_ms)
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    office.clock.turn(1)
    await gives_up(office)
    async with service_of(office, **ALL) as callbacks:
        assert (await only(callbacks)).asked == 1
        done, open_one = sorted((await callbacks.search(Wanted()))[0], key=lambda one: one.id)
        assert (done.state, done.done_by, open_one.state) == (State.DONE, "102", State.NEW)


async def test_a_call_out_without_an_answer_is_a_try(office: Office, callbacks: Callbacks) -> None:
    await gives_up(office)
    await calls_out(office, callbacks, answered=False)
    callback = await only(callbacks)
    assert (callback.tries, callback.state) == (1, State.WAITING)
    second = await calls_out(office, callbacks, answered=False)
    office.bus.publish(CallEnded(await office.row(second)))  # told again
    callback = await only(callbacks)
    assert (callback.tries, callback.last_try_ms) == (2, office.clock.now - 1000)
    assert await kinds(callbacks, callback) == [("asked", ""), ("tried", "101"), ("tried", "101")]


async def test_a_dead_core_counts_tries_once(office: Office) -> None:
    async with service_of(office, **ALL) as callbacks:
        await gives_up(office)
        await calls_out(office, callbacks, answered=False)
    for _ in range(2):
        async with service_of(office, **ALL) as callbacks:
            assert (await only(callbacks)).tries == 1


async def test_a_talk_does_it_or_only_says_so_as_the_office_likes(office: Office) -> None:
    async with service_of(office, **ALL, done_by_talk=False) as callbacks:
        await gives_up(office)
        talk = await calls_out(office, callbacks, answered=True)
        callback = await only(callbacks)
        assert callback.state is State.IN_PROGRESS
        assert (await callbacks.history(callback.id))[-1].call == talk
        done = await callbacks.done(callback.id, "haneul", Result.REACHED, " came by \r\n")
        assert (done.result, done.note, done.done_by) == (Result.REACHED, "came by", "haneul")
    async with service_of(office, **ALL, done_by_talk=True) as callbacks:
        await gives_up(office)
        callback = await only(callbacks)
        talk = await calls_out(office, callbacks, answered=True)
        done = await callbacks.callback(callback.id)
        assert (done.state, done.result, done.done_by, done.done_call) == (State.DONE, Result.REACHED, "101", talk)
        assert (await kinds(callbacks, done))[-2:] == [("talked", "101"), ("done", "101")]


async def test_one_by_hand_evenly_and_back(office: Office, callbacks: Callbacks) -> None:
    for n in range(5):
        await gives_up(office, f"0101111000{n}")
    await callbacks.settled()
    first, second, *rest = callbacks.waiting()
    (given,) = await callbacks.assign((first.id,), "HANEUL", "boss")
    assert (given.assignee, given.assigned_by, given.assigned_ms) == ("haneul", "boss", office.clock.now)
    assert await callbacks.assign((first.id,), "haneul", "boss") == ()  # again
    evenly = await callbacks.assign_evenly((), ("haneul", "doyun"), "boss")
    assert [one.assignee for one in evenly] == ["doyun", "haneul", "doyun", "haneul"]
    assert [one.id for one in evenly] == [second.id, *(one.id for one in rest)]
    again = await callbacks.assign_evenly([one.id for one in callbacks.waiting()], ("seoyeon",), "boss")
    assert {one.assignee for one in again} == {"seoyeon"}
    (free,) = await callbacks.assign((second.id,), "", "boss")
    assert (free.assignee, free.assigned_ms) == ("", 0)
    assert [one.id for one in (await callbacks.search(Wanted(assignee=NOBODY)))[0]] == [second.id]
    assert (await kinds(callbacks, second))[1:] == [("assigned", "boss"), ("assigned", "boss"), ("unassigned", "boss")]
    await callbacks.done(first.id, "haneul")
    assert await callbacks.assign((first.id,), "doyun", "boss") == ()
    for wrong in (callbacks.assign((second.id,), "nobody", "boss"), callbacks.assign_evenly((), (), "boss")):
        with pytest.raises(InvalidInput):
            await wrong
    with pytest.raises(NotFound):
        await callbacks.assign((999,), "doyun", "boss")


async def test_where_it_is_may_be_said_and_noted_until_it_is_done(office: Office, callbacks: Callbacks) -> None:
    await gives_up(office)
    callback = await only(callbacks)
    changed = await callbacks.change(callback.id, "haneul", state=State.WAITING, note="after lunch")
    assert (changed.state, changed.note) == (State.WAITING, "after lunch")
    assert await kinds(callbacks, callback) == [("asked", ""), ("state", "haneul"), ("noted", "haneul")]
    with pytest.raises(InvalidInput):
        await callbacks.change(callback.id, "haneul", state=State.DONE)
    with pytest.raises(InvalidInput):
        await callbacks.change(callback.id, "haneul", note="x" * 2001)
    (done,) = await callbacks.done_all((NUMBER, "+821099998888"), "haneul", Result.NOT_NEEDED)
    assert (done.result, done.note) == (Result.NOT_NEEDED, "after lunch")
    assert await callbacks.done_all((NUMBER,), "haneul") == ()
    with pytest.raises(Conflict):
        await callbacks.change(callback.id, "haneul", state=State.NEW)
    assert (await callbacks.change(callback.id, "haneul", note="later")).note == "later"


async def test_progress_is_told_by_day_of_the_office_and_way(office: Office, callbacks: Callbacks) -> None:
    await gives_up(office)  # 2023-11-15 07:13 in Seoul
    await finds_nobody(office, "01099998888")
    await callbacks.settled()
    first, second = callbacks.waiting()
    await callbacks.assign((first.id,), "haneul", "boss")
    await callbacks.done(second.id, "haneul")
    office.clock.turn(17 * 3600)
    await gives_up(office, "01011110001")
    await callbacks.settled()
    told = [
        (one.day, one.way, one.asked, one.assigned, one.done, one.open) for one in await callbacks.progress(Wanted())
    ]
    assert sorted(told) == [
        ("2023-11-15", Way.ABANDONED, 1, 1, 0, 1),
        ("2023-11-15", Way.MISSED, 1, 0, 1, 0),
        ("2023-11-16", Way.ABANDONED, 1, 0, 0, 1),
    ]
    assert len(await callbacks.progress(Wanted(way="missed"))) == 1
    assert len(await callbacks.progress(Wanted(from_ms=office.clock.now - 60_000))) == 1
    assert len(await callbacks.progress(Wanted(assignee="haneul"))) == 1


async def test_whoever_waits_too_long_is_told_of_in_time(office: Office) -> None:
    async with service_of(office, **ALL, remind_hours=2) as callbacks:
        await gives_up(office)
        callback = await only(callbacks)
        for _ in range(13):
            office.clock.turn(600)
        assert callbacks.overdue() == (callback,)
        told = [event for event in office.events if isinstance(event, CallbacksOverdue)]
        assert len(told) == 1
        await callbacks.done(callback.id, "haneul")
        assert not callbacks.overdue()
        assert len([event for event in office.events if isinstance(event, CallbacksOverdue)]) == 2


def call(**more: object) -> CallView:
    made = CallView(
        id="1",
        direction=Direction.IN,
        state=CallState.ENDED,
        caller_number=NUMBER,
        caller_name="",
        presentation="shown",
        called_number="+82212345678",
        trunk="kt",
        number="+82212345678",
        group="main",
        extensions=("101",),
        extension="",
        started_ms=1000,
        ringing_ms=1500,
        answered_ms=0,
        ended_ms=9000,
        result=CallResult.NO_ANSWER,
        cause="",
        ended_by=Ender.BOX,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by their names


def test_only_people_outside_whom_nobody_answered_are_asked_for() -> None:
    rules = Rules(missed=True, abandoned=True)
    for result in (CallResult.NO_ANSWER, CallResult.BUSY, CallResult.UNREACHABLE, CallResult.LOST, CallResult.FAILED):
        ask = ask_of(call(result=result), 9000, rules)
        assert ask is not None, result
        assert ask.way is Way.MISSED
    for other in (
        call(result=CallResult.REFUSED),  # blocked, or no such number
        call(direction=Direction.INTERNAL),
        call(direction=Direction.OUT),
        call(caller_number=""),
        call(answered_ms=2000, result=CallResult.ANSWERED),
        call(answered_ms=2000, result=CallResult.LOST),
        call(joined_to="2"),
        call(ended_ms=0),
    ):
        assert ask_of(other, 9000, rules) is None
    for way in ("closed", "menu", "something newer"):
        ask = ask_of(call(wants_callback=True, callback_way=way), 9000, Rules())
        assert ask is not None
        assert ask.way == (way if way in frozenset(Way) else Way.ASKED)


def test_a_try_is_a_call_that_reached_for_the_far_side() -> None:
    out = {"direction": Direction.OUT, "caller_number": "101", "called_number": NUMBER, "extension": "101"}
    assert try_of(call(**out, result=CallResult.BUSY, ringing_ms=0)) is not None
    assert try_of(call(**out, result=CallResult.CANCELLED)) is not None
    assert try_of(call(**out, result=CallResult.CANCELLED, ringing_ms=0)) is None
    assert try_of(call(**out, result=CallResult.CANCELLED, cause="call.cause.own_phone")) is None
    assert try_of(call(**out, result=CallResult.REFUSED)) is None
    assert try_of(call()) is None


async def test_a_call_whose_own_phone_was_not_picked_up_lets_the_callback_go(
    office: Office, callbacks: Callbacks
) -> None:
    await gives_up(office)
    first = await only(callbacks)
    out = call(id="2", direction=Direction.OUT, caller_number="101", called_number=NUMBER, extension="101")
    began = replace(out, state=CallState.RINGING, started_ms=office.clock.now, ended_ms=0, result=CallResult.OPEN)
    office.bus.publish(CallArrived(began))
    assert (await only(callbacks)).state is State.IN_PROGRESS
    ended = replace(began, ended_ms=office.clock.now + 1, result=CallResult.CANCELLED, cause="call.cause.own_phone")
    office.bus.publish(CallEnded(ended))
    assert await only(callbacks) == first


async def test_a_call_that_the_edge_answered_after_all_was_not_missed(office: Office, callbacks: Callbacks) -> None:
    missed = call(started_ms=office.clock.now, ended_ms=office.clock.now + 5000, result=CallResult.LOST)
    office.bus.publish(CallEnded(missed))
    await only(callbacks)
    talked = replace(missed, answered_ms=missed.started_ms + 1000, extension="102", result=CallResult.ANSWERED)
    office.bus.publish(CallChanged(talked))
    await callbacks.settled()
    assert not callbacks.waiting()


async def test_what_comes_from_elsewhere_says_its_way(office: Office, callbacks: Callbacks) -> None:
    closed = call(wants_callback=True, callback_way="closed", ended_ms=0)
    office.bus.publish(CallbackWanted(closed))
    office.bus.publish(CallEnded(replace(closed, ended_ms=9000)))
    assert ((callback := await only(callbacks)).way, callback.asked) == (Way.CLOSED, 1)
