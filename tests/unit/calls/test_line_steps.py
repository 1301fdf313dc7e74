"""Calls on analog lines: what a device tells, or does not, and what becomes of the call and of callbacks by it."""

from __future__ import annotations

import pytest

from appliance.callbacks.from_calls import Rules, ask_of
from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls.call import Result, State
from appliance.calls.line_calls import RINGS_S
from appliance.calls.line_parties import LONGEST_TALK_MS
from appliance.calls.live_call import LiveCall, Time
from appliance.calls.requests import HangupAsked
from appliance.calls.view import view
from sip.api import Extensions, Identity

pytestmark = pytest.mark.unit

AT = 1_000_000
TIME_UP = what.TimeUp(Time.LINE.value)


def arrived(*, tells: bool) -> what.Arrived:
    return what.Arrived(
        "in", "+821012345678", "", "shown", "", "", "", "", "", Extensions(("101", "102")), Identity(), RINGS_S,
        line="1", line_name="회선 1", line_tells=tells,
    )  # fmt: skip


def after(*happened: what.Happening, tells: bool = True) -> LiveCall:
    call = machine.begin("c1", arrived(tells=tells), AT)
    for seconds, happening in enumerate(happened, start=1):
        call, actions = machine.step(call, happening, AT + seconds * 1000)
        assert not actions  # nothing can be ordered on a line
    return call


def test_it_rings_on_the_screens_of_those_whom_it_concerns_for_a_while() -> None:
    call = after()
    assert (view(call).state, view(call).extensions, view(call).line) == (State.RINGING, ("101", "102"), "회선 1")
    assert call.due == ((Time.LINE, AT + RINGS_S * 1000),)


def test_picked_up_and_put_down_is_an_answered_call() -> None:
    talking = after(what.LinePickedUp())
    assert (view(talking).state, talking.due) == (State.TALKING, ((Time.LINE, AT + 1000 + LONGEST_TALK_MS),))
    over = view(after(what.LinePickedUp(), what.LinePutDown()))
    assert (over.result, over.answered_ms, over.ended_ms) == (Result.ANSWERED, AT + 1000, AT + 2000)
    assert view(after(what.LinePickedUp(), TIME_UP)).result is Result.ANSWERED


@pytest.mark.parametrize(
    ("happening", "tells", "result", "called_back"),
    [
        (TIME_UP, True, Result.NO_ANSWER, True),
        (TIME_UP, False, Result.UNKNOWN, False),  # whoever may have been served is not called back
        (what.LinePutDown(), True, Result.CANCELLED, True),
        (what.LineTaken(), True, Result.NO_ANSWER, True),
        (what.SeenTwice("c2"), True, Result.UNKNOWN, False),
        (HangupAsked("boss"), True, Result.UNKNOWN, False),
    ],
)
def test_what_nobody_answers(happening: what.Happening, tells: bool, result: Result, called_back: bool) -> None:
    over = view(after(happening, tells=tells))
    assert (over.state, over.result) == (State.ENDED, result)
    assert (ask_of(over, AT, Rules(missed=True, abandoned=True)) is not None) is called_back


def test_what_is_over_stays_over() -> None:
    over = after(what.LinePickedUp(), what.LinePutDown())
    assert machine.step(over, what.LinePickedUp(), AT + 9000) == (over, ())
