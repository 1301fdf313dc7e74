"""In a talk: hold, mute, keys, announcements, supervisors, and who may leave."""

from __future__ import annotations

import pytest

from appliance.calls import machine
from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import Phase
from appliance.calls.machine import CannotNow
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import INBOUND, OWN_PHONE, colleague, consulting, talking
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def test_a_customer_on_hold_hears_music_and_nobody_until_the_desk_is_back() -> None:
    world = talking()
    world.happens(asks.HoldAsked("101"))
    assert world.music == {"caller"}
    assert world.hears("called") == frozenset()
    assert view(world.call).on_hold
    assert view(world.call).held_by == "101"
    world.happens(asks.RetrieveAsked("101"))
    assert world.music == set()
    assert world.hears("caller") == {"called"}
    assert world.hears("called") == {"caller"}


def test_asking_twice_is_asking_once_and_strangers_may_not_hold() -> None:
    world = talking()
    world.happens(asks.HoldAsked("101"))
    before = world.call
    world.happens(asks.HoldAsked("101"))
    assert world.call == before
    for request in (asks.HoldAsked("103"), asks.RetrieveAsked("103"), asks.MuteAsked("103", on=True)):
        with pytest.raises(CannotNow, match="not_yours"):
            world.happens(request)


def test_a_customer_who_hangs_up_on_hold_ends_the_call() -> None:
    world = talking()
    world.happens(asks.HoldAsked("101"))
    world.ends("caller")
    assert world.call.phase is Phase.OVER
    assert (world.call.result, world.call.ended_by) == (Result.ANSWERED, Ender.CALLER)
    assert not world.legs


def test_muted_means_nobody_hears_the_desk_and_the_desk_hears_all() -> None:
    world = talking()
    world.happens(asks.MuteAsked("101", on=True))
    assert world.hears("caller") == frozenset()
    assert world.hears("called") == {"caller"}
    world.happens(asks.MuteAsked("101", on=False))
    assert world.hears("caller") == {"called"}


def test_keys_from_the_panel_reach_the_other_side_only() -> None:
    world = talking()
    world.happens(asks.DigitsAsked("101", "12#"))
    assert world.digits == [("caller", "12#")]
    world.happens(asks.HoldAsked("101"))
    with pytest.raises(CannotNow, match="digits"):
        world.happens(asks.DigitsAsked("101", "1"))


def test_both_hear_an_announcement_and_the_talk_goes_on_after_it() -> None:
    world = talking()
    world.happens(asks.PlayAsked("101", "p1", "/sounds/rules.wav", "안내"))
    assert world.plays["p1"].legs == ("caller", "called")
    assert view(world.call).playing == "안내"
    with pytest.raises(CannotNow, match="plays_already"):
        world.happens(asks.PlayAsked("101", "p2", "/sounds/other.wav", "다른 안내"))
    world.tell(api.PlayEnded("p1", whole=True))
    assert view(world.call).playing == ""
    assert world.hears("caller") == {"called"}
    world.happens(asks.PlayAsked("101", "p3", "/sounds/rules.wav", "안내"))
    world.happens(asks.PlayStopAsked("101"))
    assert not world.plays


def test_a_supervisor_hears_both_whispers_to_the_desk_alone_and_joins_in() -> None:
    world = talking()
    world.happens(asks.MonitorAsked("109", colleague("109"), "listen"))
    boss = world.at("109")
    assert world.legs[boss].answers_itself
    world.answers(boss, "109")
    assert world.hears(boss) == {"caller", "called"}
    assert world.hears("caller") == {"called"}
    assert world.hears("called") == {"caller"}
    world.happens(asks.MonitorAsked("109", colleague("109"), "whisper"))
    assert world.hears("caller") == {"called"}
    assert world.hears("called") == {"caller", boss}
    world.happens(asks.MonitorAsked("109", colleague("109"), "barge"))
    assert world.hears("caller") == {"called", boss}
    world.ends(boss)
    assert world.hears("caller") == {"called"}
    assert world.call.phase is Phase.TALKING


def test_a_supervisor_alone_is_no_talk() -> None:
    world = talking()
    world.happens(asks.MonitorAsked("109", colleague("109"), "barge"))
    world.answers(world.at("109"), "109")
    world.ends("called")
    assert world.call.phase is Phase.OVER
    assert not world.legs


def test_a_supervisor_hears_the_consultation_too() -> None:
    world = consulting()
    world.happens(asks.MonitorAsked("109", colleague("109"), "listen"))
    world.answers(world.at("109"), "109")
    assert world.hears(world.at("109")) == {world.at("101"), world.at("102")}


def test_one_of_three_may_leave_and_the_others_go_on() -> None:
    world = consulting()
    world.happens(asks.ConsultJoined("101"))
    assert world.hears("caller") == {world.at("101"), world.at("102")}
    world.happens(asks.HangupAsked("haneul", "101"))
    assert world.hears("caller") == {world.at("102")}
    world.happens(asks.HangupAsked("doyun", "102"))
    assert world.call.phase is Phase.OVER
    assert world.call.result is Result.ANSWERED


def test_the_parts_of_a_three_way_call_say_who_was_there_when() -> None:
    world = consulting()
    world.happens(asks.ConsultJoined("101"))
    world.ends(world.at("101"))
    world.ends("caller")
    parts = [(part.extension, part.to_ms > part.from_ms) for part in view(world.call).parts]
    assert parts == [("101", True), ("102", True)]
    assert view(world.call).extension == "102"


def test_the_agents_phone_is_called_first_then_the_customer_whose_ringing_it_hears() -> None:
    world = World(OWN_PHONE)
    world.obey(machine.opening(world.call))
    own = world.at("101")
    assert world.legs[own].answers_itself
    world.answers(own, "101")
    (far,) = world.ringing()
    assert world.legs[far].target == api.Outside("kt", "01055551234")
    world.rings(far)
    assert [play.file for play in world.plays.values() if own in play.legs] == [api.RINGBACK]
    world.rings(far, early=True)
    assert not world.plays
    assert world.hears(own) == {far}
    world.answers(far)
    assert world.hears(own) == {far}
    assert (view(world.call).extension, world.call.phase) == ("101", Phase.TALKING)
    world.ends(far)
    assert (world.call.result, world.call.phase) == (Result.ANSWERED, Phase.OVER)


def test_an_agent_who_does_not_pick_up_calls_nobody() -> None:
    world = World(OWN_PHONE)
    world.obey(machine.opening(world.call))
    world.time_passes(31_000)
    assert world.call.phase is Phase.OVER
    assert (world.call.result, world.call.cause) == (Result.CANCELLED, "call.cause.own_phone")
    assert world.ended == ["called"]


def test_an_agent_who_hangs_up_before_the_customer_answers_stops_the_ringing() -> None:
    world = World(OWN_PHONE)
    world.obey(machine.opening(world.call))
    world.answers(world.at("101"), "101")
    world.ends("called")
    assert not world.legs
    assert world.call.result is Result.CANCELLED


def test_a_customer_who_is_busy_is_busy_for_the_agent() -> None:
    world = World(OWN_PHONE)
    world.obey(machine.opening(world.call))
    world.answers(world.at("101"), "101")
    (far,) = world.ringing()
    world.ends(far, 486, "Busy Here")
    assert not world.legs
    assert world.call.result is Result.BUSY


def test_nobody_ends_from_their_desk_what_is_not_theirs() -> None:
    """A late click (the call was just given away), or one on a call that only rings here, ends nothing."""
    world = talking("101")
    for extension in ("102", "109"):
        with pytest.raises(CannotNow, match="not_yours"):
            world.happens(asks.HangupAsked("x", extension))
    ringing = World(INBOUND)
    ringing.comes_in()
    ringing.rings("called", "101")
    with pytest.raises(CannotNow, match="not_yours"):
        ringing.happens(asks.HangupAsked("haneul", "101"))
    assert world.hears("caller") == {"called"}


def test_a_supervisor_who_hangs_up_leaves_the_others_talking() -> None:
    world = talking("101")
    world.happens(asks.MonitorAsked("109", colleague("109"), "listen"))
    world.answers(world.at("109"), "109")
    for step in (asks.HoldAsked("109"), asks.ParkAsked("109", 1, 60), asks.GiveAsked("109", colleague("102"), 25)):
        with pytest.raises(CannotNow, match="not_yours"):
            world.happens(step)
    world.happens(asks.HangupAsked("boss", "109"))
    assert set(world.legs) == {"caller", "called"}
    assert world.hears("caller") == {"called"}
    world.happens(asks.MonitorAsked("109", colleague("109"), "listen"))
    world.happens(asks.HangupAsked("boss", "109"))  # also before their phone has answered
    assert set(world.legs) == {"caller", "called"}
