"""Anything at any moment: calls in which phones, people and clocks do what they like, thousands of steps of them.

After every step the phones' world must be one that makes sense, whatever the machine believes; and every call ends.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.calls.call import Result
from appliance.calls.live_call import Phase, Time
from appliance.calls.models import Line
from appliance.calls.orders import orders
from appliance.calls.parties import Role
from appliance.calls.recovery import fold
from appliance.calls.view import view
from sip import api
from tests.unit.calls.chaos import Chaos
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit

SEEDS = 40
CALLS_A_SEED = 50
STEPS = 60


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_nobody_is_forgotten_or_left_in_silence_and_every_call_ends(seed: int) -> None:
    for number in range(CALLS_A_SEED):
        chaos = Chaos(seed * 1000 + number)
        try:
            for place in range(STEPS):
                chaos.step()
                holds(chaos.world)
                if place % 8 == number % 8:
                    after_a_restart_everything_is_as_it_was(chaos.world)
                if chaos.is_over:
                    break
            chaos.finish()
            assert chaos.world.call.phase is Phase.OVER, "the call does not end"
            holds(chaos.world)
        except AssertionError as error:
            trace = "\n".join(chaos.trace)
            raise AssertionError(
                f"{error}\nafter (seed {seed * 1000 + number}):\n{trace}\n{chaos.world.call}"
            ) from error


def holds(world: World) -> None:
    """Assert what must be true at any moment."""
    no_leg_is_forgotten_and_none_is_made_up(world)
    who_stands_hears_somebody_or_something(world)
    whoever_waits_is_waited_for(world)
    in_a_call_that_is_terminated_nobody_hears_anybody(world)
    a_call_that_is_over_leaves_nothing(world)


def no_leg_is_forgotten_and_none_is_made_up(world: World) -> None:
    known = {party.leg for party in world.call.parties if not party.sip_call_id or party.leg in world.legs}
    assert known == set(world.legs), f"the machine knows {known}, there are {set(world.legs)}"


def who_stands_hears_somebody_or_something(world: World) -> None:
    """Nobody is left in silence, but a desk that holds the others or waits for somebody whom it has called.

    And but a caller whose key is waited for.
    """
    call = world.call
    silent = {party.leg for party in call.parties if party.muted}
    for party in call.parties:
        if party.role is Role.MONITOR or not world.legs[party.leg].up if party.leg in world.legs else True:
            continue
        hears = world.hears(party.leg) or any(frozenset((party.leg, mouth)) in world.bridges for mouth in silent)
        plays = any(party.leg in play.legs for play in world.plays.values())
        apart = call.playing is not None and call.playing.apart
        key = call.dialogue is not None and (call.playing is not None or any(t is Time.KEY for t, _ in call.due))
        waits = call.held_by == party.extension or world.ringing() or apart or key
        assert hears or party.leg in world.music or plays or waits, f"{party.leg} hears nothing"


def whoever_waits_is_waited_for(world: World) -> None:
    """A call in which one person is left goes on only if a time will end it, or the search is asked."""
    call = world.call
    if call.phase in (Phase.TALKING, Phase.CALLING) and len(call.talkers) < 2:
        asked = call.search is not None and call.search.deciding
        last = call.playing is not None and (call.playing.last or call.dialogue is not None)
        assert call.due or asked or last, "nobody will ever come"


def in_a_call_that_is_terminated_nobody_hears_anybody(world: World) -> None:
    """Whatever else is pressed: from then on there is the announcement alone, and nothing else comes of the call."""
    call = world.call
    if not call.terminating:
        return
    assert call.result in (Result.OPEN, Result.TERMINATED), call.result
    for leg in world.legs:
        assert not world.hears(leg), f"{leg} hears {world.hears(leg)}"
    if call.phase is Phase.TALKING:
        assert call.playing is not None
        assert call.playing.last


def a_call_that_is_over_leaves_nothing(world: World) -> None:
    call = world.call
    if call.phase is Phase.OVER:
        assert not world.legs, "legs are left"
        assert call.result is not Result.OPEN
        assert call.ended_ms >= call.started_ms
        assert all(part.to_ms >= part.from_ms for part in view(call).parts), "a part does not end"


def after_a_restart_everything_is_as_it_was(world: World) -> None:
    """The timeline alone gives the same call, and the orders from nothing give the same sound."""
    lines = [Line(1_000, world.arrived), *(Line(at, happened) for at, happened in world.lines)]
    assert fold("c1", lines) == world.call
    if world.call.phase in (Phase.CALLING, Phase.TALKING):
        again = World(world.arrived, legs={name: replace(leg) for name, leg in world.legs.items()})
        again.obey(tuple(order for order in orders(None, world.call) if not isinstance(order, api.Hangup)))
        assert again.sound == world.sound, f"{again.sound} instead of {world.sound}"
