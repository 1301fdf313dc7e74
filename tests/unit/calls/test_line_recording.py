"""Recording an analog line in the call machine: who wants it, which files there are, and that a call waits for them."""

from __future__ import annotations

import pytest

from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls.call import Result, State
from appliance.calls.line_calls import RINGS_S
from appliance.calls.live_call import LiveCall, Phase
from appliance.calls.requests import HangupAsked, LineTakenBy, PauseAsked, RecordAsked
from appliance.calls.sides import sides
from appliance.calls.survey import talking_in
from appliance.calls.view import view
from sip.api import Extensions, Identity

pytestmark = pytest.mark.unit

AT = 1_000_000
FILE = "line-1.wav"
PICKED_UP, PUT_DOWN = what.LinePickedUp(), what.LinePutDown()
BEGUN, CLOSED = what.LineTapeBegun(FILE, AT + 500), what.LineTapeClosed(FILE, 4000)
ON, OFF = RecordAsked("101", on=True), RecordAsked("101", on=False)


def after(*happened: what.Happening, recorded: str = "automatic") -> LiveCall:
    arrived = what.Arrived(
        "in", "+821012345678", "", "shown", "", "", "", "", "", Extensions(("101",)), Identity(), RINGS_S,
        line="1", line_name="회선 1", line_tells=True, line_recorded=recorded,
    )  # fmt: skip
    call = machine.begin("c1", arrived, AT)
    for seconds, happening in enumerate(happened, start=1):
        call, actions = machine.step(call, happening, AT + seconds * 1000)
        assert not actions
    return call


@pytest.mark.parametrize(("recorded", "taping"), [("automatic", True), ("by_hand", False), ("never", False)])
def test_a_handset_that_is_picked_up_begins_it_where_that_is_wanted(recorded: str, taping: bool) -> None:
    assert not after(recorded=recorded).taping
    assert after(PICKED_UP, recorded=recorded).taping is taping


@pytest.mark.parametrize("happened", [(ON,), (PICKED_UP, ON)], ids=["it rings", "somebody talks"])
def test_an_agent_begins_it_and_talks_then(happened: tuple[what.Happening, ...]) -> None:
    call = after(*happened, recorded="by_hand")
    assert (call.phase, call.taping) == (Phase.LINE_TALKING, True)
    if happened == (ON,):  # whose button it was has the call
        assert (call.extension, set(talking_in(call))) == ("101", {"101"})
    assert not after(*happened, OFF, recorded="by_hand").taping


@pytest.mark.parametrize("recorded", ["never", ""])
def test_nobody_begins_it_where_it_must_not_or_cannot_be(recorded: str) -> None:
    for talking in ((), (PICKED_UP,)):
        with pytest.raises(machine.CannotNow):
            machine.step(after(*talking, recorded=recorded), ON, AT + 9000)


def test_it_is_live_as_long_as_a_file_is_written() -> None:
    assert view(after(PICKED_UP)).recording == ""
    assert view(after(PICKED_UP, BEGUN)).recording == "live"
    assert view(after(PICKED_UP, BEGUN, CLOSED)).recording == ""


@pytest.mark.parametrize("end", [PUT_DOWN, HangupAsked("desk"), what.LinePutDown("silence")])
def test_a_call_that_is_over_waits_for_its_file(end: what.Happening) -> None:
    call = after(PICKED_UP, BEGUN, end)
    assert (call.phase, view(call).state, call.result, call.taping) == (
        Phase.LINE_CLOSING,
        State.ENDED,
        Result.ANSWERED,
        False,
    )
    over, _ = machine.step(call, CLOSED, AT + 9000)
    assert (over.phase, over.ended_ms) == (Phase.OVER, AT + 3000)
    assert sides(over, over.tracks) == (over.tracks, over.tracks), "both are heard on both sides"


def test_a_card_that_is_lost_ends_a_file_and_the_wish_stays() -> None:
    call = after(PICKED_UP, BEGUN, what.LineTapeClosed(FILE, 900, "card"))
    assert (call.taping, [one.duration_ms for one in call.tracks]) == (True, [900])
    again = after(PICKED_UP, BEGUN, what.LineTapeClosed(FILE, 900, "card"), what.LineTapeBegun("line-2.wav", AT))
    assert [one.file for one in again.tracks] == [FILE, "line-2.wav"]


def test_a_disk_that_takes_nothing_ends_the_wish_and_an_empty_file_has_never_been() -> None:
    call = after(PICKED_UP, BEGUN, what.LineTapeClosed(FILE, 0, "disk"))
    assert (call.taping, call.tracks) == (False, ())
    assert after(PICKED_UP, BEGUN, PUT_DOWN, what.LineTapeClosed(FILE, 0)).phase is Phase.OVER


def test_what_is_told_twice_or_of_another_file_changes_nothing() -> None:
    call = after(PICKED_UP, BEGUN, CLOSED)
    assert machine.step(call, CLOSED, AT + 9000)[0] == call
    assert machine.step(call, what.LineTapeClosed("other.wav", 1), AT + 9000)[0] == call


def test_a_pause_ends_when_asked_with_the_recording_and_with_the_call() -> None:
    pause, on = PauseAsked("101", on=True), PauseAsked("101", on=False)
    assert after(PICKED_UP, BEGUN, pause, pause).pauses[0].to_ms == 0
    for end in (on, OFF, PUT_DOWN):
        call = after(PICKED_UP, BEGUN, pause, end)
        assert (call.paused, call.pauses[0].to_ms) == (False, AT + 4000)
    with pytest.raises(machine.CannotNow):
        after(PICKED_UP, pause, recorded="by_hand")


def test_a_pause_that_began_after_the_last_sound_is_no_time_at_all() -> None:
    call = after(PICKED_UP, BEGUN, PauseAsked("101", on=True))
    over, _ = machine.step(call, what.LinePutDown("silence"), AT + 2000)
    assert [(one.from_ms, one.to_ms) for one in over.pauses] == [(AT + 3000, AT + 3000)]


def test_another_desk_neither_pauses_nor_ends_the_recording_of_a_talk_that_is_somebodys() -> None:
    anybodys = after(PICKED_UP, BEGUN)
    assert machine.step(anybodys, PauseAsked("102", on=True), AT + 9000)[0].paused
    call = after(PICKED_UP, BEGUN, LineTakenBy("101", "김하늘"))
    assert machine.step(call, PauseAsked("101", on=True), AT + 9000)[0].paused
    for ask in (PauseAsked("102", on=True), RecordAsked("102", on=False)):
        with pytest.raises(machine.CannotNow) as refused:
            machine.step(call, ask, AT + 9000)
        assert refused.value.key == "call.cannot.not_yours"
