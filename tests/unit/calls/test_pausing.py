"""A recording is paused while a card number is said: what is recorded, what is heard, and when a pause ends."""

from __future__ import annotations

import pytest

from appliance.calls import requests as asks
from appliance.calls.machine import CannotNow
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import consulting, talking
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def pause(world: World, *, on: bool = True, extension: str = "101") -> None:
    world.happens(asks.PauseAsked(extension, on, "haneul"))


def test_both_sides_are_recorded_as_silence_and_go_on_hearing_each_other() -> None:
    world = talking()
    pause(world)
    pause(world)
    assert world.blank == {"caller", "called"}
    assert world.hears("caller") == {"called"}
    assert view(world.call).paused
    pause(world, on=False)
    pause(world, on=False)
    assert world.blank == set()
    assert not view(world.call).paused
    assert len(view(world.call).pauses) == 1, "twice is once"


def test_a_pause_stands_where_it_is_in_the_recording() -> None:
    world = talking()
    world.tell(api.RecordingStarted("caller", "caller.wav", 10_000))
    world.now = 15_000
    pause(world)
    (began,) = view(world.call).pauses
    world.now = 21_000
    pause(world, on=False)
    ((begins, ends),) = view(world.call).pauses
    assert began == (begins, 0)
    assert 5_000 <= begins < 5_100
    assert 11_000 <= ends < 11_100


def test_it_ends_with_the_desk_that_asked_for_it() -> None:
    world = consulting()
    desk = world.call.desk("101")
    assert desk is not None
    pause(world)
    assert world.blank
    world.ends(desk.leg)
    assert world.blank == set(), "nobody else knows that they would have to go on"
    assert all(pause.to_ms for pause in world.call.pauses)


def test_whoever_is_not_in_the_talk_pauses_nothing() -> None:
    world = talking()
    with pytest.raises(CannotNow):
        pause(world, extension="103")
