"""Numbers that are dialled on analog lines, and who has a call there: the machine's steps, in virtual time."""

from __future__ import annotations

import pytest

from appliance.callbacks.from_calls import talk_of
from appliance.calls import desk_events, machine
from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.call import CallView, Result, State
from appliance.calls.events import PartyLeft
from appliance.calls.line_calls import DIALS_S
from appliance.calls.line_parties import LONGEST_UNTOLD_MS
from appliance.calls.line_twice import Seen, the_same
from appliance.calls.live_call import LiveCall, Time
from appliance.calls.models import Line
from appliance.calls.survey import talking_in
from appliance.calls.timeline import in_words
from appliance.calls.view import view
from sip.api import Extensions, Identity
from tests.unit.calls.test_line_steps import AT, TIME_UP, after

pytestmark = pytest.mark.unit

TAKEN = asks.LineTakenBy("102", "박도윤")


def leaving(*, tells: bool = True) -> what.Arrived:
    return what.Arrived(
        "out", "101", "김하늘", "shown", "+82212345678", "", "", "", "101", Extensions(()), Identity(), DIALS_S,
        line="1", line_name="회선 1", line_tells=tells, by="김하늘",
        line_recorded="by_hand",
    )  # fmt: skip


def dialled(*happened: what.Happening, tells: bool = True) -> LiveCall:
    call = machine.begin("c1", leaving(tells=tells), AT)
    for seconds, happening in enumerate(happened, start=1):
        call, actions = machine.step(call, happening, AT + seconds * 1000)
        assert not actions
    return call


def test_a_number_that_is_dialled_engages_its_desk_and_asks_for_the_handset() -> None:
    call = dialled()
    assert (view(call).state, view(call).ringing_ms, set(talking_in(call))) == (State.RINGING, 0, {"101"})
    assert call.due == ((Time.LINE, AT + DIALS_S * 1000),)
    ready = dialled(what.LineDialled())
    assert (view(ready).state, view(ready).ringing_ms) == (State.RINGING, AT + 1000)


def test_the_handset_begins_the_talk_and_ends_it_and_the_callback_of_the_number_is_done() -> None:
    talks = view(dialled(what.LineDialled(), what.LinePickedUp()))
    assert (talks.state, talks.extension, [p.extension for p in talks.parties]) == (State.TALKING, "101", ["101"])
    over = view(dialled(what.LineDialled(), what.LinePickedUp(), what.LinePutDown()))
    assert (over.result, over.answered_ms, over.ended_ms) == (Result.ANSWERED, AT + 2000, AT + 3000)
    assert [(one.extension, one.from_ms, one.to_ms) for one in over.parts] == [("101", AT + 2000, AT + 3000)]
    talk = talk_of(over)
    assert talk is not None
    assert talk.number == "+82212345678"


@pytest.mark.parametrize(
    ("happened", "result"),
    [
        ((what.LineDialFailed("busy"),), Result.BUSY),
        ((what.LineDialFailed("no_dialtone"),), Result.FAILED),
        ((what.LineDialFailed("silent"),), Result.FAILED),
        ((what.LineDialFailed("away"),), Result.FAILED),
        ((what.LineDialFailed("of another kind"),), Result.FAILED),
        ((what.LineDialled(), what.LineDialFailed("not_lifted")), Result.CANCELLED),
        ((what.LineDialled(), what.LineDialFailed("not_told")), Result.UNKNOWN),
        ((what.LineDialled(), TIME_UP), Result.UNKNOWN),
        ((asks.HangupAsked("김하늘", "101"),), Result.CANCELLED),
        ((what.LineTaken(),), Result.FAILED),
        ((what.LinePickedUp(), asks.HangupAsked("김하늘", "101")), Result.ANSWERED),
    ],
)
def test_what_becomes_of_it(happened: tuple[what.Happening, ...], result: Result) -> None:
    over = dialled(*happened)
    assert (view(over).result, view(over).state, over.parties) == (result, State.ENDED, ())


def test_whose_device_tells_of_no_handset_may_say_it_and_end_it() -> None:
    call = dialled(what.LineDialled(), asks.LineTakenBy("101", "김하늘"), tells=False)
    assert (view(call).state, call.due) == (State.TALKING, ((Time.LINE, AT + 2000 + LONGEST_UNTOLD_MS),))
    over, _ = machine.step(call, what.LineTaken(), AT + 9000)  # the next caller on the line
    assert view(over).result is Result.ANSWERED
    with pytest.raises(machine.CannotNow):
        machine.step(dialled(), TAKEN, AT)  # 102 has not dialled


@pytest.mark.parametrize("happened", [(), (what.LineDialled(), what.LinePickedUp())], ids=["dials", "talks"])
def test_nobody_else_ends_it_but_whoever_may_do_so_for_anybody(happened: tuple[what.Happening, ...]) -> None:
    with pytest.raises(machine.CannotNow, match="not_yours"):
        machine.step(dialled(*happened), asks.HangupAsked("박도윤", "102"), AT + 9000)
    over, _ = machine.step(dialled(*happened), asks.HangupAsked("관리자"), AT + 9000)
    assert view(over).state is State.ENDED


def test_whoever_had_it_dialled_has_it_recorded_and_talks_then_where_no_device_would_say_so() -> None:
    record = asks.RecordAsked("101", on=True)
    talks = dialled(what.LineDialled(), record, tells=False)
    assert (view(talks).state, talks.taping) == (State.TALKING, True)
    waits = dialled(what.LineDialled(), record)
    assert (view(waits).state, waits.taping) == (State.RINGING, True)
    with pytest.raises(machine.CannotNow, match="not_yours"):
        machine.step(dialled(), asks.RecordAsked("102", on=True), AT + 9000)


def test_a_call_that_somebody_took_is_theirs_and_their_work_after_it_begins_as_it_ends() -> None:
    talks = after(what.LinePickedUp(), TAKEN)
    assert (view(talks).extension, set(talking_in(talks))) == ("102", {"102"})
    again, _ = machine.step(talks, TAKEN, AT + 9000)
    assert again == talks
    with pytest.raises(machine.CannotNow, match="taken_by_another"):
        machine.step(talks, asks.LineTakenBy("101", "김하늘"), AT + 9000)
    corrected, _ = machine.step(talks, asks.LineTakenBy("101", "관리자", instead=True), AT + 9000)
    assert ([p.extension for p in view(corrected).parts], corrected.extension) == (["101"], "101")
    over, _ = machine.step(talks, what.LinePutDown(), AT + 10_000)
    [left] = desk_events.between(talks, over, AT + 10_000)
    assert isinstance(left, PartyLeft)
    assert (left.extension, left.talked_ms) == ("102", 9000)


def test_taken_as_it_rings_it_is_answered_also_where_no_device_says_so() -> None:
    talks = after(TAKEN, tells=False)
    assert (view(talks).state, view(talks).answered_ms) == (State.TALKING, AT + 1000)


def test_where_the_device_tells_of_the_handset_the_talk_begins_with_that_and_the_last_to_claim_it_has_it() -> None:
    claimed = after(asks.LineTakenBy("101", "김하늘"), TAKEN)
    assert (view(claimed).state, claimed.extension, set(talking_in(claimed))) == (State.RINGING, "102", {"102"})
    talks, _ = machine.step(claimed, what.LinePickedUp(), AT + 5000)
    assert [(one.extension, one.from_ms) for one in talks.parts] == [("102", AT + 5000)]
    missed = view(after(TAKEN, what.LinePutDown()))
    assert (missed.result, missed.extension, missed.parts) == (Result.CANCELLED, "", ())


def test_who_had_a_call_can_be_said_afterwards() -> None:
    def later(*happened: what.Happening, tells: bool = True) -> CallView:
        return view(machine.step(after(*happened, tells=tells), TAKEN, AT + 60_000)[0])

    answered = later(what.LinePickedUp(), what.LinePutDown())
    assert [(one.extension, one.from_ms, one.to_ms) for one in answered.parts] == [("102", AT + 1000, AT + 2000)]
    untold = later(TIME_UP, tells=False)
    assert (untold.result, untold.extension, untold.answered_ms) == (Result.ANSWERED, "102", 0)
    for missed in ((TIME_UP,), (what.LinePutDown(),), (what.SeenTwice("c2"),)):
        with pytest.raises(machine.CannotNow):
            later(*missed)


def test_other_steps_say_that_the_telephone_is_out_of_reach() -> None:
    with pytest.raises(machine.CannotNow, match="on_line"):
        machine.step(after(what.LinePickedUp(), TAKEN), asks.HoldAsked("102"), AT)


def test_the_timeline_says_it_in_words() -> None:
    happened: tuple[what.Happening, ...] = (
        leaving(),
        what.LineDialled(),
        asks.LineTakenBy("101", "김하늘"),
        what.LinePutDown(),
    )
    steps = in_words("c1", [Line(AT + place, one) for place, one in enumerate(happened)])
    assert [step.key for step in steps] == [
        "timeline.line_dials", "timeline.line_dialled", "timeline.line_taken_by", "timeline.line_put_down",
    ]  # fmt: skip


HIDDEN = Seen("", "withheld", "+82212345678", AT)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([Seen("", "withheld", "+82212345678", AT + 3900)], 0),
        ([Seen("", "withheld", "+82212345678", AT + 4100)], None),
        ([Seen("", "withheld", "+82299999999", AT)], None),
        ([Seen("", "unavailable", "+82212345678", AT)], None),
        ([Seen("+821012345678", "shown", "+82212345678", AT)], None),
        ([Seen("", "withheld", "+82212345678", AT), Seen("", "withheld", "+82212345678", AT)], None),
        ([Seen("", "withheld", "+82299999999", AT), Seen("", "withheld", "+82212345678", AT)], 1),
    ],
)
def test_two_who_hide_their_number_are_one_where_nobody_else_can_be_meant(
    others: list[Seen], expected: int | None
) -> None:
    assert the_same(HIDDEN, [(seen, place) for place, seen in enumerate(others)]) == expected
    unknown_line = Seen("", "withheld", "", AT)
    assert the_same(unknown_line, [(unknown_line, 0)]) is None
