"""Callbacks that callers ask for: when they are done, and that none is lost. Others: `test_from_missed.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.callbacks.events import CallbacksChanged
from appliance.callbacks.message_lamps import MessageLamps
from appliance.callbacks.service import Callback, Callbacks, State, Wanted
from appliance.callbacks.types import OPEN, Way
from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.errors import InvalidInput, NotFound, Unavailable
from appliance.lines.service import Lines
from appliance.lines.types import RingGroup
from appliance.store.settings import Settings
from sip.api import Originate
from tests.unit.callbacks.calling_back import service_of
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit

NUMBER = "+821055551234"


@asynccontextmanager
async def callbacks_of(office: Office) -> AsyncIterator[Callbacks]:
    async with service_of(office) as callbacks:
        yield callbacks


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose group calls back whom it cannot serve."""
    async with running_office(tmp_path) as office:
        calls_back(office)
        yield office


@pytest.fixture
async def callbacks(office: Office) -> AsyncIterator[Callbacks]:
    async with callbacks_of(office) as callbacks:
        yield callbacks


def calls_back(office: Office) -> None:
    main = replace(DIRECTORY.groups["main"], overflow=Overflow(OverflowKind.CALLBACK))
    office.facts = replace(DIRECTORY, groups={"main": main})


async def asks(office: Office, number: str = "01055551234") -> str:
    """Let somebody call while no phone is there: they are to be called back."""
    for extension in ("101", "102"):
        office.edge.phone_leaves(extension)
    call_id = await office.inbound(number)
    office.voice.arrive(call_id)
    await office.ended()
    for extension in ("101", "102"):
        office.edge.phone_registers(extension)
    office.clock.turn(1)
    return call_id


async def talks(office: Office) -> str:
    """Let the number call again and 102 answer."""
    call_id = await office.talking()
    await office.until(lambda: next(call for call in office.calls.live() if call.id == call_id).answered_ms)
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    return call_id


async def until(callbacks: Callbacks, office: Office, true: Callable[[], object]) -> None:
    await callbacks.settled()
    await office.until(true)


def changes(office: Office) -> list[CallbacksChanged]:
    return [event for event in office.events if isinstance(event, CallbacksChanged)]


async def test_who_could_not_be_served_is_to_be_called_back_by_that_group(office: Office, callbacks: Callbacks) -> None:
    asked_ms = office.clock.now
    call_id = await asks(office)
    await callbacks.settled()
    (callback,) = callbacks.waiting()
    way = Way.OVERFLOW
    assert callback == Callback(callback.id, NUMBER, "", "main", way, State.NEW, 1, asked_ms, asked_ms, call_id)
    assert callbacks.waiting(["sales"]) == ()
    assert callbacks.counts() == {"main": 1}
    assert changes(office) == [CallbacksChanged(callback.id, frozenset({"main"}))]
    assert await callbacks.of_call(call_id) == callback
    assert await callbacks.of_call("another") is None


async def test_one_who_asks_again_is_one_who_waits(office: Office, callbacks: Callbacks) -> None:
    await asks(office)
    second = await asks(office)
    await asks(office, "01099998888")
    await callbacks.settled()
    first, other = callbacks.waiting()
    assert (first.number, first.asked, first.call) == (NUMBER, 2, second)
    history = await callbacks.history(first.id)
    assert [(step.kind, step.about) for step in history] == [("asked", "overflow")] * 2
    assert history[1].call == second
    assert first.last_ms == first.first_ms + 1000
    assert (other.number, other.asked) == ("+821099998888", 1)
    assert callbacks.counts() == {"main": 2}


async def test_the_group_that_was_asked_last_calls_back(office: Office, callbacks: Callbacks) -> None:
    await asks(office)
    main = office.facts.groups["main"]
    line = replace(DIRECTORY.lines["+82212345678"], group="sales")
    office.facts = replace(
        office.facts, groups={"main": main, "sales": replace(main, name="sales")}, lines={"+82212345678": line}
    )
    await asks(office)
    await callbacks.settled()
    assert callbacks.counts() == {"sales": 1}
    assert changes(office)[-1].groups == {"main", "sales"}


async def test_done_by_hand_says_by_whom_and_when(office: Office, callbacks: Callbacks) -> None:
    await asks(office)
    await callbacks.settled()
    (callback,) = callbacks.waiting()
    done = await callbacks.done(callback.id, "haneul")
    assert (done.state, done.done_by, done.done_ms, done.done_call) == (State.DONE, "haneul", office.clock.now, "")
    assert not callbacks.waiting()
    assert not callbacks.counts()
    told = len(changes(office))
    assert await callbacks.done(callback.id, "doyun") == done
    assert len(changes(office)) == told
    with pytest.raises(NotFound):
        await callbacks.done(999, "haneul")


async def test_a_talk_with_the_number_does_it_too(office: Office, callbacks: Callbacks) -> None:
    asked = await asks(office)
    talked = await talks(office)
    await callbacks.settled()
    assert not callbacks.waiting()
    done = await callbacks.of_call(asked)
    assert done is not None
    assert (done.state, done.done_by, done.done_call) == (State.DONE, "102", talked)


async def test_who_asks_again_after_that_waits_again(office: Office, callbacks: Callbacks) -> None:
    await asks(office)
    await talks(office)
    await asks(office)
    await callbacks.settled()
    (callback,) = callbacks.waiting()
    assert callback.asked == 1
    found, cursor = await callbacks.search(Wanted())
    assert [one.state for one in found] == [State.NEW, State.DONE]
    assert not cursor


async def test_a_call_that_nobody_answers_leaves_it_waiting(office: Office, callbacks: Callbacks) -> None:
    await asks(office)
    call_id = await office.inbound()
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    office.voice.ring(call_id, "called", "101")
    office.voice.hang_up(call_id, "caller", 487)
    await office.ended()
    await callbacks.settled()
    assert len(callbacks.waiting()) == 1


async def test_the_list_comes_a_page_at_a_time(office: Office, callbacks: Callbacks) -> None:
    for number in ("01011110001", "01011110002", "01011110003"):
        await asks(office, number)
    await callbacks.settled()
    await callbacks.done(callbacks.waiting()[0].id, "haneul")
    first, cursor = await callbacks.search(Wanted(), limit=2)
    rest, end = await callbacks.search(Wanted(), cursor, limit=2)
    assert [one.number[-1] for one in (*first, *rest)] == ["3", "2", "1"]
    assert not end
    assert [one.number[-1] for one in (await callbacks.search(Wanted(OPEN, "main")))[0]] == ["3", "2"]
    assert not (await callbacks.search(Wanted((State.DONE,), "sales")))[0]
    assert [one.number[-1] for one in (await callbacks.search(Wanted(number="1110002")))[0]] == ["2"]
    assert not (await callbacks.search(Wanted(numbers=("+821011110009",))))[0]
    now = office.clock.now
    assert len((await callbacks.search(Wanted(from_ms=now - 2000, to_ms=now)))[0]) == 2
    with pytest.raises(InvalidInput):
        await callbacks.search(Wanted(), "x")


async def test_what_a_dead_core_could_not_write_is_found_and_only_once(office: Office) -> None:
    asked = await asks(office)
    await asks(office, "01099998888")
    await talks(office)  # with the first one; nobody wrote that down either
    async with callbacks_of(office) as callbacks:
        await callbacks.settled()
        assert [one.number for one in callbacks.waiting()] == ["+821099998888"]
        done = await callbacks.of_call(asked)
        assert done is not None
        assert (done.state, done.done_by) == (State.DONE, "102")
    async with callbacks_of(office) as callbacks:
        await callbacks.settled()
        assert [one.asked for one in callbacks.waiting()] == [1]


async def test_a_store_that_cannot_write_now_is_asked_until_it_can(
    office: Office, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    await callbacks.settled()
    working, tries = office.database.write, 0

    async def full(fn: Callable[[], object]) -> object:
        nonlocal tries
        if "callbacks" in getattr(getattr(fn, "func", fn), "__module__", ""):
            tries += 1
            raise Unavailable("store.disk_full")
        return await working(fn)

    monkeypatch.setattr(office.database, "write", full)
    await asks(office)
    await office.until(lambda: tries == 1)
    monkeypatch.setattr(office.database, "write", working)
    assert not callbacks.waiting()
    office.clock.turn(2)
    await callbacks.settled()
    assert len(callbacks.waiting()) == 1


async def test_a_key_pressed_as_the_core_dies_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_office(tmp_path) as office:
        calls_back(office)
        monkeypatch.setattr(office.prompts, "callback_noted", lambda: "noted.wav")
        for extension in ("101", "102"):
            office.edge.phone_leaves(extension)
        call_id = await office.inbound()
        office.voice.arrive(call_id)
        await office.until(lambda: any(call.wants_callback for call in office.calls.live()))
        edge, voice, clock = office.edge, office.voice, office.clock
    async with running_office(tmp_path, voice, clock, edge) as office, callbacks_of(office) as callbacks:
        voice.lose(call_id)
        await office.ended()
        await callbacks.settled()
        assert [one.number for one in callbacks.waiting()] == [NUMBER]


async def test_phones_of_the_group_are_told_how_many_wait(office: Office, callbacks: Callbacks, tmp_path: Path) -> None:
    settings = Settings(office.database, office.bus, office.clock)
    lines = Lines(office.database, settings, office.bus, tmp_path)
    await settings.open()
    await lines.open()
    for extension in ("101", "102", "103"):
        await lines.add_extension(extension, extension)
    main = next(group for group in await lines.groups() if group.id == "main")
    await lines.change_group(RingGroup(main.id, main.label, everyone=False, members=("101", "102")))
    lamps = MessageLamps(callbacks, lines, office.bus, office.clock, office.edge.set_messages)
    lamps.start()
    try:
        await asks(office)
        await asks(office, "01099998888")
        await until(callbacks, office, lambda: office.edge.messages == {"101": (2, 0), "102": (2, 0)})
        await lines.change_group(RingGroup(main.id, main.label, everyone=True, members=()))
        await office.until(lambda: office.edge.messages.keys() == {"101", "102", "103"})
        await lines.add_group(RingGroup("", "Sales", everyone=False, members=("103",)))
        await callbacks.done(callbacks.waiting()[0].id, "haneul")
        await talks(office)
        await callbacks.done(callbacks.waiting()[0].id, "haneul")
        await office.until(lambda: not office.edge.messages)
    finally:
        await lamps.stop()
