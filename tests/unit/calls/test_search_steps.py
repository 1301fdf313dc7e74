"""Somebody is found, step by step: phones in turn, the queue, what those who wait are told, and the search's end."""

from __future__ import annotations

import pytest

from appliance.calls import happenings as what
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import Phase, Time
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import CUSTOMER, GROUP, INBOUND, WAITS, waiting
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def offer(extension: str, *tried: str) -> what.Offered:
    return what.Offered(api.Extensions((extension,)), CUSTOMER, 20, GROUP, (*tried, extension), extension=extension)


def test_phones_ring_in_turn_and_the_caller_hears_one_long_ringing() -> None:
    world = World(WAITS)
    world.comes_in()
    assert world.asks_search
    world.happens(offer("101"))
    first = world.at("101")
    world.rings(first, "101")
    world.time_passes(21_000)
    assert first in world.ended
    assert world.call.search is not None
    assert world.call.search.missed == ("101",)
    world.happens(offer("102", "101"))
    second = world.at("102")
    world.answers(second, "102")
    assert world.hears("caller") == {second}
    assert world.call.result is Result.OPEN


def test_a_second_offer_in_the_same_moment_changes_nothing() -> None:
    world = World(WAITS)
    world.comes_in()
    world.happens(offer("101"))
    world.happens(offer("102"))
    assert world.ringing() == (world.at("101"),)


def test_who_waits_is_answered_with_music_and_told_where_they_stand() -> None:
    world = waiting()
    assert world.legs["caller"].up
    assert world.music == {"caller"}
    assert view(world.call).waiting
    world.happens(what.Said("place.wav", 2, 180))
    assert [play.file for play in world.plays.values()] == ["place.wav"]
    (play,) = world.plays
    world.tell(api.PlayEnded(play, whole=True))
    assert world.music == {"caller"}


def test_a_desk_that_takes_a_waiting_call_ends_music_and_announcement() -> None:
    world = waiting()
    world.happens(what.Said("place.wav", 2, 180))
    world.happens(offer("101"))
    assert world.music == {"caller"}
    world.answers(world.at("101"), "101")
    assert not world.plays
    assert world.hears("caller") == {world.at("101")}
    assert {time for time, _ in world.call.due} == set()


def test_an_offer_in_vain_keeps_the_callers_place_and_time() -> None:
    world = waiting()
    ends = dict(world.call.due)[Time.QUEUE]
    world.happens(offer("101"))
    world.time_passes(21_000)
    world.happens(what.Queued(GROUP, 99, say_every=30))
    assert dict(world.call.due)[Time.QUEUE] == ends
    assert world.music == {"caller"}


def test_waiting_has_an_end_and_the_search_says_what_then() -> None:
    world = waiting()
    world.asks_search = False
    world.time_passes(121_000)
    assert world.asks_search
    assert world.call.search is not None
    assert not world.call.search.waiting
    world.happens(what.Announced("closed.wav", "업무 종료"))
    assert [play.file for play in world.plays.values()] == ["closed.wav"]
    world.tell(api.PlayEnded("last", whole=True))
    assert world.call.phase is Phase.OVER
    assert world.call.result is Result.NO_ANSWER


def test_one_who_presses_one_is_called_back() -> None:
    world = waiting()
    world.tell(api.DigitHeard("caller", "2"))
    assert not world.plays
    world.tell(api.DigitHeard("caller", "1"))
    assert [play.file for play in world.plays.values()] == ["noted.wav"]
    world.tell(api.PlayEnded("callback", whole=True))
    assert world.call.phase is Phase.OVER
    assert (world.call.result, world.call.ended_by) == (Result.CALLBACK, Ender.BOX)


def test_one_who_hangs_up_after_pressing_is_called_back_all_the_same() -> None:
    world = waiting()
    world.tell(api.DigitHeard("caller", "1"))
    world.ends("caller")
    assert world.call.result is Result.CALLBACK


def test_one_who_gives_up_waiting_is_a_lost_call() -> None:
    world = waiting()
    world.ends("caller")
    assert (world.call.result, world.call.ended_by) == (Result.CANCELLED, Ender.CALLER)
    assert view(world.call).answered_ms == 0


def test_what_the_last_phone_said_is_what_the_caller_hears() -> None:
    world = World(INBOUND)
    world.comes_in()
    world.rings("called", "101")
    world.ends("called", 486, "Busy Here")
    world.happens(what.NobodyLeft())
    assert world.call.result is Result.BUSY
    assert world.call.phase is Phase.OVER


def test_nobody_there_at_all_says_why() -> None:
    world = World(WAITS)
    world.comes_in()
    world.happens(what.NobodyLeft("call.cause.nobody_registered"))
    assert (world.call.result, world.call.cause) == (Result.UNREACHABLE, "call.cause.nobody_registered")
    assert not world.legs


def test_a_call_sent_on_outside_is_early_heard_and_answered() -> None:
    world = World(WAITS)
    world.comes_in()
    world.happens(
        what.Offered(api.Outside("kt", "01099998888"), api.Identity("0212345678"), 60, GROUP, number="+821099998888")
    )
    (far,) = world.ringing()
    world.rings(far, early=True)
    assert world.hears("caller") == {far}
    assert not world.legs["caller"].up
    world.answers(far)
    assert world.legs["caller"].up
    assert world.unrecorded == {"caller", far}
