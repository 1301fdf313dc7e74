"""The life of a worker as a table."""

from __future__ import annotations

import pytest

from sip.voice.life import Event, Life, can_talk, step

pytestmark = pytest.mark.unit


def after(*events: Event) -> Life:
    life = Life.STARTING
    for event in events:
        life = step(life, event)
    return life


def test_a_good_life() -> None:
    assert after(Event.READY) is Life.WARM
    assert after(Event.READY, Event.LEASED, Event.FIRST_LEG) is Life.TALKING
    assert after(Event.READY, Event.LEASED, Event.FIRST_LEG, Event.LAST_FACT, Event.EXITED) is Life.GONE


def test_silence_in_any_state_ends_in_a_kill_after_a_stack_dump() -> None:
    for events in ((), (Event.READY,), (Event.READY, Event.LEASED), (Event.READY, Event.FINISH)):
        assert after(*events, Event.TIMEOUT) is Life.DUMPING
        assert after(*events, Event.TIMEOUT, Event.TIMEOUT) is Life.KILLED


def test_whoever_is_gone_stays_gone() -> None:
    for event in Event:
        assert step(Life.GONE, event) is Life.GONE


def test_every_state_knows_the_exit_of_its_process() -> None:
    for life in Life:
        assert step(life, Event.EXITED) is Life.GONE


def test_orders_make_sense_only_for_those_who_have_a_conversation() -> None:
    assert {life for life in Life if can_talk(life)} == {Life.LEASED, Life.TALKING, Life.DRAINING}


def test_what_is_not_expected_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert step(Life.WARM, Event.LAST_FACT) is Life.WARM
    assert "not expected" in caplog.text
