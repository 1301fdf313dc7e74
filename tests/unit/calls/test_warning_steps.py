"""Callers who do not behave: what they hear when they are warned, and that a call that is terminated ends so."""

from __future__ import annotations

import pytest

from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result, Stage
from appliance.calls.live_call import Phase
from appliance.calls.machine import CannotNow
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import INBOUND, OUTBOUND, colleague, consulting, parked, talking, waiting
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def warn(stage: int = 1, *, apart: bool = True, file: str = "first.wav") -> asks.WarnAsked:
    return asks.WarnAsked("101", f"notice-{stage}", file, "1차 경고", stage, "abuse", apart, "haneul")


def end(file: str = "end.wav") -> asks.TerminateAsked:
    return asks.TerminateAsked("101", "notice-end", file, "종료", "threat", 8, "haneul")


def plays(world: World) -> dict[str, tuple[str, ...]]:
    return {play.file: play.legs for play in world.plays.values()}


def is_heard(world: World, play: str) -> None:
    """Let an announcement come to its end."""
    world.plays.pop(play)
    world.tell(api.PlayEnded(play, whole=True))


def all_hear_each_other(world: World) -> None:
    assert world.hears("caller") == {"called"}
    assert world.hears("called") == {"caller"}


def is_terminated(world: World, cause: str) -> None:
    assert (world.call.phase, world.call.result, world.call.cause) == (Phase.OVER, Result.TERMINATED, cause)


def test_a_warning_is_heard_by_the_caller_alone_and_then_the_talk_goes_on() -> None:
    world = talking()
    world.happens(warn())
    assert plays(world) == {"first.wav": ("caller",)}
    assert world.plays["notice-1"].kept
    assert not world.hears("caller")
    assert not world.hears("called")
    assert world.muted == {"called"}
    is_heard(world, "notice-1")
    all_hear_each_other(world)
    assert not world.muted
    assert world.call.phase is Phase.TALKING
    assert [(one.stage, one.reason, one.extension, one.by) for one in view(world.call).warned] == [
        (1, "abuse", "101", "haneul")
    ]


def test_a_warning_may_be_heard_by_both_while_they_go_on_hearing_each_other() -> None:
    world = talking()
    world.happens(warn(apart=False))
    assert plays(world) == {"first.wav": ("caller", "called")}
    all_hear_each_other(world)
    assert not world.muted


def test_a_caller_on_hold_is_warned_without_music_and_then_hears_it_again() -> None:
    world = talking()
    world.happens(asks.HoldAsked("101"))
    world.happens(warn(apart=False))
    assert plays(world) == {"first.wav": ("caller",)}
    assert not world.music
    is_heard(world, "notice-1")
    assert world.music == {"caller"}
    assert world.call.held_by == "101"


def test_two_agents_go_on_talking_while_the_caller_is_warned_apart() -> None:
    world = consulting()
    world.happens(asks.ConsultJoined("101"))
    world.happens(warn())
    assert not world.hears("caller")
    assert world.hears("called") == {world.at("102")}
    assert not world.muted


def test_a_warning_can_be_stopped_and_one_at_a_time_is_enough() -> None:
    world = talking()
    world.happens(warn())
    with pytest.raises(CannotNow, match="plays_already"):
        world.happens(warn(2))
    world.happens(asks.PlayStopAsked("101"))
    assert not world.plays
    assert world.hears("caller") == {"called"}
    world.happens(warn(2))
    assert view(world.call).stage == Stage.SECOND


def test_a_warning_takes_the_place_of_what_is_played() -> None:
    world = talking()
    world.happens(asks.PlayAsked("101", "asked-1", "rules.wav", "안내"))
    world.happens(warn())
    assert plays(world) == {"first.wav": ("caller",)}


def test_a_warning_without_an_announcement_is_noted_all_the_same() -> None:
    world = talking()
    world.happens(warn(file=""))
    assert not world.plays
    assert world.hears("caller") == {"called"}
    assert [(one.stage, one.name) for one in world.call.warned] == [(1, "")]


def test_a_terminated_caller_hears_the_announcement_to_its_end_and_nothing_else() -> None:
    world = talking()
    world.happens(end())
    assert plays(world) == {"end.wav": ("caller",)}
    assert not world.hears("caller")
    assert not world.hears("called")
    assert world.muted == {"called"}
    assert view(world.call).terminating
    is_heard(world, "notice-end")
    is_terminated(world, "call.cause.terminated")
    assert world.call.ended_by is Ender.BOX
    assert not world.legs


@pytest.mark.parametrize("away", ["hangs up", "panel"])
def test_the_agent_may_leave_and_the_caller_hears_the_end_all_the_same(away: str) -> None:
    world = talking()
    world.happens(end())
    if away == "hangs up":
        world.ends("called")
    else:
        world.happens(asks.HangupAsked("haneul", "101"))
    assert plays(world) == {"end.wav": ("caller",)}
    is_heard(world, "notice-end")
    is_terminated(world, "call.cause.terminated")


def test_a_caller_who_hangs_up_first_is_terminated_too() -> None:
    world = talking()
    world.happens(end())
    world.ends("caller")
    is_terminated(world, "call.cause.terminated_left")
    assert world.call.ended_by is Ender.CALLER
    assert not world.legs


def test_without_an_announcement_a_call_is_ended_at_once() -> None:
    world = talking()
    world.happens(end(file=""))
    is_terminated(world, "call.cause.terminated_silent")


def test_a_file_that_is_gone_does_not_keep_a_call_from_ending() -> None:
    world = talking()
    world.happens(end())
    world.plays.clear()
    world.tell(api.OrderFailed("Play", "", "no such file"))
    is_terminated(world, "call.cause.terminated")


def test_an_announcement_that_never_ends_ends_with_its_time() -> None:
    world = talking()
    world.happens(end())
    world.time_passes(12_000)
    assert world.legs
    world.time_passes(2_000)
    is_terminated(world, "call.cause.terminated")


def test_a_worker_that_dies_ends_it_too() -> None:
    world = talking()
    world.happens(end())
    world.tell(api.ConversationLost("killed"))
    is_terminated(world, "killed")


def test_nothing_but_hanging_up_is_possible_any_more() -> None:
    world = talking()
    world.happens(end())
    before = world.call
    refused = (
        asks.HoldAsked("101"),
        asks.GiveAsked("101", colleague("102"), 25),
        asks.ParkAsked("101", 1, 60),
        asks.PlayStopAsked("101"),
        warn(),
        asks.MonitorAsked("109", colleague("109"), "listen"),
    )
    for request in refused:
        with pytest.raises(CannotNow, match="terminating"):
            world.happens(request)
    world.happens(end())
    assert world.call == before


def test_a_colleague_who_is_asked_is_let_go_or_hears_nothing_more() -> None:
    world = consulting()
    world.happens(end())
    assert all(not world.hears(leg) for leg in world.legs)
    assert not world.music
    world.ends(world.at("102"))
    assert world.call.phase is Phase.TALKING
    ringing = talking()
    ringing.happens(asks.ConsultAsked("101", colleague("102"), 25))
    ringing.happens(end())
    assert not ringing.ringing()
    assert not ringing.music


def test_a_caller_whose_leg_is_replaced_hears_on() -> None:
    world = talking()
    world.happens(end())
    world.legs["replace-1"] = world.legs.pop("caller")
    world.tell(api.LegReplaced("caller", "replace-1", "id2"))
    assert "notice-end" in world.plays


def test_whom_we_called_can_be_terminated_and_colleagues_and_waiting_callers_cannot() -> None:
    world = World(OUTBOUND)
    world.comes_in()
    with pytest.raises(CannotNow):
        world.happens(end())
    world.answers("called")
    world.happens(end())
    assert plays(world) == {"end.wav": ("called",)}
    for call in (waiting(), parked(), World(INBOUND)):
        with pytest.raises(CannotNow):
            call.happens(end())
    asked = consulting("102")
    with pytest.raises(CannotNow, match="not_yours"):
        asked.happens(asks.TerminateAsked("102", "n", "end.wav", "", "abuse", 5))


def test_a_call_is_lengthened_by_minutes() -> None:
    world = talking()
    world.happens(asks.ExtendAsked("101", 10))
    world.happens(asks.ExtendAsked("101", 5))
    assert view(world.call).extra_minutes == 15
    with pytest.raises(CannotNow, match="extend"):
        world.happens(asks.ExtendAsked("101", 0))
