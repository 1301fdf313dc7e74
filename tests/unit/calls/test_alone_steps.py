"""The machine's steps for calls that the edge handles alone: what each note makes of a call."""

from __future__ import annotations

import itertools

import pytest

from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls.call import Direction, Ender, Result, State
from appliance.calls.live_call import EndAlone, LiveCall, Phase
from appliance.calls.requests import HangupAsked
from appliance.calls.view import view
from sip import api

pytestmark = pytest.mark.unit

ARRIVED = what.Arrived(
    direction=Direction.IN,
    caller_number="+821055551234",
    caller_name="",
    presentation="shown",
    called_number="+82212345678",
    trunk="kt",
    number="+82212345678",
    group="sales",
    extension="",
    target=api.Extensions(("103",)),
    shown=api.Identity("01055551234"),
    ring_seconds=30,
    sip_call_id="abc",
)
CAME = api.AloneCame(("101", "102"))
PHONES = [api.AloneAnswered("101", tag="a"), api.AloneAnswered("102", tag="b")]
NOTES: list[api.AloneNote] = [
    CAME,
    api.AloneRinging("101"),
    PHONES[0],
    api.AloneRefused(486, api.Side.CALLED, "Busy Here"),
    api.AloneRefused(487, api.Side.CALLER),
    api.AloneEnded(api.Side.CALLER, "a"),
    api.AloneEnded(api.Side.BOX),
    api.AloneLost(),
]


class Story:
    """Plays notes into the machine, a second apart."""

    def __init__(self, call: LiveCall | None = None) -> None:
        self.call = call or machine.begin("c1", ARRIVED, 10_000)
        self.actions: tuple[object, ...] = ()
        self._now = 10_000
        self._numbers = itertools.count(1)

    def notes(self, *notes: api.AloneNote) -> Story:
        return self.happens(*(what.Noted(note, next(self._numbers), group="main") for note in notes))

    def happens(self, *happenings: what.Happening) -> Story:
        for happening in happenings:
            self._now += 1_000
            self.call, self.actions = machine.step(self.call, happening, self._now)
        return self


def test_nothing_is_ordered_and_the_phones_that_the_edge_rings_are_shown() -> None:
    story = Story().notes(CAME)
    seen = view(story.call)
    assert (seen.state, seen.extensions, seen.group) == (State.RINGING, ("101", "102"), "main")
    story.notes(api.AloneRinging("102"), PHONES[1])
    assert story.actions == ()
    assert machine.resume(story.call) == ()
    assert (view(story.call).state, view(story.call).extension) == (State.TALKING, "102")


def test_a_call_began_when_it_came_and_not_when_the_core_heard_of_it() -> None:
    call, _ = machine.step(machine.begin("c1", ARRIVED, 10_000), what.TakenByEdge(), 10_100)
    call, _ = machine.step(call, what.Noted(CAME, 1), 9_100)
    assert call.started_ms == 9_100


def test_of_two_phones_that_answer_at_once_the_first_has_the_call() -> None:
    story = Story().notes(CAME, *PHONES, api.AloneEnded(api.Side.CALLER, "b"))
    assert (view(story.call).state, view(story.call).extension) == (State.TALKING, "101")
    story.notes(api.AloneEnded(api.Side.CALLED, "a"))
    assert (view(story.call).result, view(story.call).ended_by) == (Result.ANSWERED, Ender.CALLED)


def test_an_answer_that_crosses_a_caller_who_gives_up_is_no_talk() -> None:
    story = Story().notes(CAME, api.AloneRefused(487, api.Side.CALLER), PHONES[0], api.AloneEnded(api.Side.CALLER, "a"))
    seen = view(story.call)
    assert (seen.result, seen.answered_ms, seen.ended_ms) == (Result.CANCELLED, 0, 12_000)


def test_no_answer_from_a_phone_that_rang_is_told_apart_from_a_phone_that_is_not_there() -> None:
    timeout = api.AloneRefused(408, api.Side.CALLED, "Timeout")
    assert view(Story().notes(CAME, timeout).call).result is Result.UNREACHABLE
    assert view(Story().notes(CAME, api.AloneRinging("101"), timeout).call).result is Result.NO_ANSWER
    nobody = view(Story().notes(api.AloneCame(), api.AloneRefused(480, api.Side.BOX)).call)
    assert (nobody.result, nobody.cause) == (Result.UNREACHABLE, "call.cause.nobody_registered")


def test_what_a_worker_has_had_is_none_of_the_edges() -> None:
    delivered, _ = machine.step(machine.begin("c1", ARRIVED, 10_000), what.Heard(api.LegArrived("caller", "x"), 1), 1)
    for note in NOTES:
        story = Story(delivered).notes(note)
        assert view(story.call) == view(delivered)


@pytest.mark.parametrize(
    "closed",
    [
        what.Vanished(),
        what.Heard(api.LeaseUnused(), 1),
        what.Heard(api.ConversationLost("x"), 1),
        what.CallerLeft(),
        HangupAsked("x"),
    ],
)
def test_a_row_that_was_closed_is_the_edges_all_the_same(closed: what.Happening) -> None:
    story = Story().happens(closed).notes(CAME)
    seen = view(story.call)
    assert (seen.state, seen.result, seen.cause, seen.ended_ms) == (State.RINGING, Result.OPEN, "", 0)


def test_so_is_one_that_was_turned_away_too_late() -> None:
    refused = what.TurnedAway(ARRIVED, 480, "call.cause.nobody_registered")
    story = Story(machine.begin("c1", refused, 10_000)).notes(CAME, PHONES[0])
    assert (view(story.call).state, view(story.call).cause) == (State.TALKING, "")


def test_what_a_worker_tells_that_had_nothing_to_do_changes_nothing() -> None:
    story = Story().notes(CAME, PHONES[0])
    before = view(story.call)
    story.happens(what.Heard(api.LeaseUnused(), 1), what.Heard(api.ConversationLost("x"), 2), what.Vanished())
    assert view(story.call) == before
    assert story.call.heard == 2


def test_the_panel_ends_a_call_through_the_edge_and_only_its_note_ends_the_row() -> None:
    story = Story().notes(CAME).happens(HangupAsked("x"))
    assert story.actions == (EndAlone("abc"),)
    assert view(story.call).state is State.RINGING
    seen = view(story.notes(api.AloneEnded(api.Side.BOX)).call)
    assert (seen.result, seen.cause, seen.ended_by) == (
        Result.CANCELLED,
        "call.cause.ended_from_panel",
        Ender.BOX,
    )


def test_a_lost_talk_that_is_heard_of_again_ends_then_and_only_once() -> None:
    story = Story().notes(CAME, PHONES[0], api.AloneLost())
    assert (view(story.call).result, view(story.call).ended_ms) == (Result.LOST, 13_000)
    story.notes(api.AloneEnded(api.Side.CALLED, "a"))
    ended = view(story.call)
    assert (ended.result, ended.ended_ms, ended.cause) == (Result.ANSWERED, 14_000, "call.cause.edge_alone")
    assert view(story.notes(api.AloneEnded(api.Side.CALLER, "a"), api.AloneLost()).call) == ended


def test_notes_that_are_read_again_change_nothing() -> None:
    story = Story().notes(CAME, PHONES[0])
    again: list[api.AloneNote] = [CAME, PHONES[0]]
    for number, note in enumerate(again, start=1):
        assert machine.step(story.call, what.Noted(note, number), 99_000) == (story.call, ())


def test_a_note_that_says_nothing_new_leaves_no_trace() -> None:
    story = Story().notes(CAME, PHONES[0])
    for note in (PHONES[1], api.AloneEnded(api.Side.CALLER, "b"), api.AloneRefused(487, api.Side.CALLER)):
        before = story.call
        assert story.notes(note).call is before


def test_every_order_of_notes_leaves_a_call_that_can_be_shown_and_an_end_ends_it() -> None:
    for chosen in itertools.product(NOTES, repeat=3):
        story = Story().notes(*chosen)
        view(story.call)
        story.notes(CAME, api.AloneLost())
        assert story.call.phase is Phase.OVER, chosen
        assert view(story.call).result is not Result.OPEN
