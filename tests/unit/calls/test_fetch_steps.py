"""Calls that somebody else takes: picked up, parked and fetched; answered and refused by mouse."""

from __future__ import annotations

import pytest

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.call import Result
from appliance.calls.live_call import Phase
from appliance.calls.machine import CannotNow
from appliance.calls.view import view
from sip import api
from tests.unit.calls.stories import CUSTOMER, GROUP, INBOUND, colleague, parked, talking
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit


def ringing() -> World:
    world = World(INBOUND)
    world.comes_in()
    for extension in ("101", "102"):
        world.rings("called", extension)
    return world


# -------------------------------------------------------------------------------------------------------- pick-up


def test_a_colleague_picks_up_what_rings_and_the_other_phones_fall_silent() -> None:
    world = ringing()
    world.happens(asks.FetchAsked("103", colleague("103")))
    mine = world.at("103")
    assert world.legs[mine].answers_itself
    assert "called" in world.legs
    world.answers(mine, "103")
    assert "called" in world.ended
    assert world.hears("caller") == {mine}
    assert view(world.call).extension == "103"


def test_two_who_pick_up_at_once_the_first_has_it() -> None:
    world = ringing()
    world.happens(asks.FetchAsked("103", colleague("103")))
    with pytest.raises(CannotNow, match="fetched_already"):
        world.happens(asks.FetchAsked("104", colleague("104")))


def test_a_pick_up_that_comes_to_nothing_changes_nothing() -> None:
    world = ringing()
    world.happens(asks.FetchAsked("103", colleague("103")))
    world.ends(world.at("103"), 486)
    assert world.call.phase is Phase.CALLING
    assert world.ringing() == ("called",)
    world.answers("called", "102")
    assert world.hears("caller") == {"called"}


def test_a_code_on_the_phone_is_expected_and_answered_at_once() -> None:
    world = ringing()
    world.happens(asks.FetchAsked("103", colleague("103"), sip_call_id="from-103"))
    leg = world.expected["from-103"]
    world.legs[leg] = world.legs["caller"].__class__(came_in=True)
    world.tell(api.LegArrived(leg, "from-103"))
    assert world.legs[leg].up
    world.tell(api.LegAnswered(leg, "103"))
    assert world.hears("caller") == {leg}


# -------------------------------------------------------------------------------------------------------- parking


def test_a_parked_customer_hears_music_and_anybody_may_fetch_them() -> None:
    world = parked()
    assert world.music == {"caller"}
    assert view(world.call).place == 3
    world.happens(asks.FetchAsked("104", colleague("104")))
    world.answers(world.at("104"), "104")
    assert world.hears("caller") == {world.at("104")}
    assert view(world.call).place == 0
    assert not world.call.due


def test_who_parked_it_may_fetch_it() -> None:
    world = parked()
    world.happens(asks.FetchAsked("101", colleague("101")))
    world.answers(world.at("101"), "101")
    assert world.hears("caller") == {world.at("101")}


def test_what_nobody_fetches_comes_back_and_then_to_the_group() -> None:
    world = parked()
    world.time_passes(61_000)
    assert world.ringing() == (world.at("101"),)
    assert view(world.call).place == 0
    world.time_passes(30_000)
    assert world.asks_search
    assert world.music == {"caller"}


def test_a_parked_customer_who_hangs_up_frees_the_place() -> None:
    world = parked()
    world.ends("caller")
    assert world.call.phase is Phase.OVER
    assert view(world.call).place == 0
    assert world.call.result is Result.ANSWERED


# ------------------------------------------------------------------------------------------------------- by mouse


def test_answering_by_mouse_calls_the_desks_own_phone_alone_so_that_it_answers() -> None:
    world = ringing()
    world.happens(asks.AnswerAsked("102", colleague("102")))
    assert "called" in world.ended
    (mine,) = world.ringing()
    assert world.legs[mine].target == api.Extensions(("102",))
    assert world.legs[mine].answers_itself
    world.happens(asks.AnswerAsked("102", colleague("102")))
    assert world.ringing() == (mine,)
    world.answers(mine, "102")
    assert world.hears("caller") == {mine}


def test_a_phone_that_then_does_not_answer_lets_the_search_go_on() -> None:
    world = ringing()
    world.happens(asks.AnswerAsked("102", colleague("102")))
    world.time_passes(31_000)
    assert world.asks_search
    assert world.call.search is not None
    assert world.call.search.missed == ("102",)


def test_a_refused_call_rings_on_elsewhere_and_the_caller_does_not_notice() -> None:
    world = ringing()
    world.happens(asks.RefuseAsked("102"))
    (others,) = world.ringing()
    assert world.legs[others].target == api.Extensions(("101",))
    assert world.call.phase is Phase.CALLING
    world.answers(others, "101")
    assert world.hears("caller") == {others}


def test_a_refusal_by_the_last_phone_has_the_search_look_on() -> None:
    world = ringing()
    world.happens(asks.RefuseAsked("102"))
    world.happens(asks.RefuseAsked("101"))
    assert not world.ringing()
    assert world.asks_search
    world.happens(what.Offered(api.Extensions(("103",)), CUSTOMER, 20, GROUP, ("101", "102", "103"), extension="103"))
    assert world.ringing() == (world.at("103"),)


def test_what_does_not_ring_here_is_nobodys_to_answer_or_refuse() -> None:
    for request in (asks.AnswerAsked("109", colleague("109")), asks.RefuseAsked("109")):
        with pytest.raises(CannotNow, match="does_not_ring"):
            ringing().happens(request)
        with pytest.raises(CannotNow, match="does_not_ring"):
            talking().happens(request)


def test_whoever_is_asked_may_answer_by_mouse_or_refuse() -> None:
    world = talking("101")
    world.happens(asks.ConsultAsked("101", colleague("102"), 25))
    world.happens(asks.AnswerAsked("102", colleague("102")))
    world.answers(world.at("102"), "102")
    assert world.hears(world.at("102")) == {world.at("101")}
    world.happens(asks.ConsultDone("101"))
    assert world.hears("caller") == {world.at("102")}
    again = talking("101")
    again.happens(asks.ConsultAsked("101", colleague("102"), 25))
    again.happens(asks.RefuseAsked("102"))
    assert again.hears("caller") == {again.at("101")}
    assert again.call.due == ()
