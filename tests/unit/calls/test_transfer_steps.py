"""A call goes to somebody else: given away, after asking, by a phone's own keys; and it never hangs in between."""

from __future__ import annotations

import pytest

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import Phase
from appliance.calls.machine import CannotNow
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import CUSTOMER, GROUP, colleague, consulting, outside, talking
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def given(to: str = "102") -> World:
    world = talking()
    world.happens(asks.GiveAsked("101", colleague(to), 25))
    return world


# ------------------------------------------------------------------------------------------------------- given away


def test_the_customer_hears_music_until_the_colleague_answers_and_sees_who_calls() -> None:
    world = given()
    assert "called" in world.ended
    assert world.music == {"caller"}
    new = world.at("102")
    assert world.legs[new].target == api.Extensions(("102",))
    assert world.call.party(new) is not None
    world.rings(new, "102")
    assert not world.plays
    world.answers(new, "102")
    assert world.hears("caller") == {new}
    assert world.hears(new) == {"caller"}
    world.ends("caller")
    assert world.call.result is Result.ANSWERED
    assert [part.extension for part in view(world.call).parts] == ["101", "102"]


@pytest.mark.parametrize("how", ["refused", "in vain"])
def test_what_nobody_takes_comes_back(how: str) -> None:
    world = given()
    if how == "refused":
        world.ends(world.at("102"), 486, "Busy Here")
    else:
        world.time_passes(26_000)
    back = world.at("101")
    assert world.legs[back].target == api.Extensions(("101",))
    assert world.music == {"caller"}
    assert next(party.returned for party in view(world.call).parties if party.leg == back)
    world.answers(back, "101")
    assert world.hears("caller") == {back}


def test_what_comes_back_in_vain_is_offered_to_the_group_and_not_cut_off() -> None:
    world = given()
    world.time_passes(26_000)
    world.time_passes(26_000)
    assert world.asks_search
    assert world.music == {"caller"}
    world.happens(what.Offered(api.Extensions(("103",)), CUSTOMER, 20, GROUP, extension="103"))
    world.answers(world.at("103"), "103")
    assert world.hears("caller") == {world.at("103")}
    world.ends("caller")
    assert view(world.call).extension == "103"


def test_a_call_that_nobody_at_all_takes_any_more_ends_and_says_so() -> None:
    world = given()
    world.time_passes(60_000)
    world.happens(what.NobodyLeft())
    assert world.call.phase is Phase.OVER
    assert (world.call.result, world.call.cause) == (Result.ANSWERED, "call.cause.nobody_took_it_back")


def test_a_customer_who_hangs_up_on_the_way_stops_the_ringing() -> None:
    world = given()
    world.ends("caller")
    assert not world.legs
    assert (world.call.result, world.call.ended_by) == (Result.ANSWERED, Ender.CALLER)


def test_given_to_a_group_the_search_goes_on_there() -> None:
    world = talking()
    world.happens(asks.GiveAsked("101", colleague(""), 25, goal=asks.Goal("group", "sales")))
    assert world.asks_search
    assert world.call.search is not None
    assert world.call.search.goal.target == "sales"
    assert world.call.search.tried == ("101",), "whoever gave it away is not called for it again"
    world.happens(what.Queued(asks.Goal("group", "sales"), 60))
    assert view(world.call).waiting
    world.happens(what.Offered(api.Extensions(("104",)), CUSTOMER, 20, asks.Goal("group", "sales"), extension="104"))
    world.answers(world.at("104"), "104")
    assert world.hears("caller") == {world.at("104")}


def test_between_two_people_outside_nothing_is_recorded() -> None:
    world = talking()
    world.happens(asks.GiveAsked("101", outside(), 25))
    (far,) = world.ringing()
    world.answers(far)
    assert world.hears("caller") == {far}
    assert world.unrecorded == {"caller", far}
    world.ends(far)
    assert not world.legs


def test_a_call_given_three_times_is_one_call_with_its_parts() -> None:
    world = talking()
    for giver, taker in (("101", "102"), ("102", "103"), ("103", "101")):
        world.happens(asks.GiveAsked(giver, colleague(taker), 25))
        world.answers(world.at(taker), taker)
    world.ends("caller")
    seen = view(world.call)
    assert [part.extension for part in seen.parts] == ["101", "102", "103", "101"]
    assert all(one.to_ms <= other.from_ms for one, other in zip(seen.parts, seen.parts[1:], strict=False))
    assert (seen.extension, seen.result) == ("101", Result.ANSWERED)


def test_nobody_can_give_what_they_do_not_have_or_give_it_twice() -> None:
    world = given()
    for extension in ("101", "102", "103"):
        with pytest.raises(CannotNow):
            world.happens(asks.GiveAsked(extension, colleague("104"), 25))
    with pytest.raises(CannotNow, match="yourself"):
        talking().happens(asks.GiveAsked("101", colleague("101"), 25))


# ------------------------------------------------------------------------------------------------------ after asking


def test_while_a_colleague_is_asked_the_customer_hears_music_and_the_agent_the_ringing() -> None:
    world = talking()
    world.happens(asks.ConsultAsked("101", colleague("102"), 25))
    assert world.music == {"caller"}
    asked = world.at("102")
    world.rings(asked, "102")
    assert [play.legs for play in world.plays.values()] == [("called",)]
    world.answers(asked, "102")
    assert not world.plays
    assert world.hears("called") == {asked}
    assert world.hears(asked) == {"called"}
    assert world.hears("caller") == frozenset()


def test_turning_to_and_fro_leaves_whoever_waits_with_music() -> None:
    world = consulting()
    world.happens(asks.ConsultTurned("101"))
    assert world.hears("caller") == {"called"}
    assert world.music == {world.at("102")}
    world.happens(asks.ConsultTurned("101"))
    assert world.music == {"caller"}
    assert world.hears("called") == {world.at("102")}


@pytest.mark.parametrize("how", ["button", "hangs up"])
def test_who_leaves_the_consultation_has_given_the_call_away(how: str) -> None:
    world = consulting()
    if how == "button":
        world.happens(asks.ConsultDone("101"))
    else:
        world.ends("called")
    assert world.hears("caller") == {world.at("102")}
    assert not world.music
    assert world.call.desk("101") is None


def test_who_leaves_before_the_colleague_answers_has_it_ring_on_and_come_back() -> None:
    world = talking()
    world.happens(asks.ConsultAsked("101", colleague("102"), 25))
    world.happens(asks.ConsultDone("101"))
    assert world.music == {"caller"}
    assert world.ringing() == (world.at("102"),)
    world.time_passes(26_000)
    assert world.ringing() == (world.at("101"),)


def test_taking_back_lets_the_colleague_go() -> None:
    world = consulting()
    asked = world.at("102")
    world.happens(asks.ConsultDropped("101"))
    assert asked in world.ended
    assert world.hears("caller") == {"called"}


@pytest.mark.parametrize("how", ["refuses", "does not answer", "hangs up"])
def test_without_the_colleague_the_agent_is_back_with_the_customer(how: str) -> None:
    world = consulting() if how == "hangs up" else talking()
    if how != "hangs up":
        world.happens(asks.ConsultAsked("101", colleague("102"), 25))
    if how == "does not answer":
        world.time_passes(26_000)
    else:
        world.ends(world.at("102"), 486 if how == "refuses" else 200)
    assert world.hears("caller") == {"called"}
    assert world.call.desk("102") is None
    assert not world.call.due


def test_a_customer_who_gives_up_during_the_consultation_leaves_the_two_talking() -> None:
    world = consulting()
    world.ends("caller")
    assert world.hears("called") == {world.at("102")}
    world.ends("called")
    assert world.call.phase is Phase.OVER


def test_only_who_asked_decides() -> None:
    world = consulting()
    for request in (asks.ConsultDone("102"), asks.ConsultDropped("103"), asks.ConsultTurned("102")):
        with pytest.raises(CannotNow):
            world.happens(request)


# -------------------------------------------------------------------------------------------- the phone's own keys


def test_a_phone_that_gives_its_call_away_by_refer_and_hangs_up() -> None:
    world = talking()
    world.legs["refer-1"] = world.legs["called"].__class__(came_in=False)
    world.tell(api.TransferAsked("called", "refer-1", "102", "call-id"))
    assert world.music == {"caller"}
    world.ends("called")
    assert world.call.phase is Phase.TALKING
    world.answers("refer-1", "102")
    assert world.hears("caller") == {"refer-1"}
    world.ends("caller")
    assert [part.extension for part in view(world.call).parts] == ["101", "102"]


def test_a_phone_whose_transfer_fails_has_its_call_back() -> None:
    world = talking()
    world.legs["refer-1"] = world.legs["called"].__class__(came_in=False)
    world.tell(api.TransferAsked("called", "refer-1", "102", "call-id"))
    world.ends("refer-1", 486)
    assert world.hears("caller") == {"called"}


def test_a_phone_that_has_hung_up_already_is_called_back() -> None:
    world = talking()
    world.legs["refer-1"] = world.legs["called"].__class__(came_in=False)
    world.tell(api.TransferAsked("called", "refer-1", "102", "call-id"))
    world.ends("called")
    world.ends("refer-1", 486)
    assert world.ringing() == (world.at("101"),)
    assert world.music == {"caller"}
