"""The call machine: what a caller and an agent would notice of each way that a call can go."""

from __future__ import annotations

import pytest
from msgspec import structs

from appliance.calls import happenings as what
from appliance.calls import machine
from appliance.calls.call import Ender, Result, State
from appliance.calls.live_call import Action, EndDialogs, LiveCall, Phase, Time
from appliance.calls.requests import HangupAsked
from appliance.calls.view import view
from sip import api
from tests.unit.calls import stories

pytestmark = pytest.mark.unit

INBOUND = structs.replace(stories.INBOUND, goal=None, tried=())
OUTBOUND = structs.replace(stories.OUTBOUND, inside=None)


class Story:
    """Plays facts into the machine, a second apart, and keeps what it ordered."""

    def __init__(self, arrived: what.Arrived = INBOUND) -> None:
        self.call: LiveCall = machine.begin("c1", arrived, 1_000)
        self.actions: list[Action] = []
        self._number = 0
        self._now = 1_000

    def hears(self, *facts: api.Fact) -> Story:
        for fact in facts:
            self._number += 1
            self.happens(what.Heard(fact, self._number))
        return self

    def happens(self, happening: what.Happening) -> Story:
        self._now += 1_000
        self.call, more = machine.step(self.call, happening, self._now)
        self.actions = list(more)
        return self

    def talking(self) -> Story:
        return self.hears(
            api.LegArrived("caller", "id"),
            api.LegProgress("called", 180, extension="102"),
            api.LegAnswered("called", "102"),
        )


def test_the_phones_are_called_as_soon_as_the_caller_is_there_and_their_ringing_is_passed_on() -> None:
    story = Story()
    assert machine.opening(story.call) == (api.Originate("called", INBOUND.target, INBOUND.shown, rings="caller"),)
    story.hears(api.LegArrived("caller", "id"))
    assert story.actions == []
    assert story.call.due == ((Time.RING, 32_000),)
    story.hears(api.LegProgress("called", 100))
    assert story.actions == []
    story.hears(api.LegProgress("called", 180, extension="101"))
    assert story.actions == []
    story.hears(api.LegProgress("called", 180, extension="102"))
    assert story.actions == []
    assert view(story.call).extensions == ("101", "102")


def test_the_first_phone_that_answers_is_joined_with_the_caller() -> None:
    story = Story().talking()
    assert story.actions == [api.Answer("caller"), api.Bridge("called", "caller", end_together=True)]
    seen = view(story.call)
    assert (seen.state, seen.extension, seen.answered_ms) == (State.TALKING, "102", 4_000)


def test_either_side_may_hang_up_and_the_row_says_who() -> None:
    for leg, ender in (("caller", Ender.CALLER), ("called", Ender.CALLED)):
        story = Story().talking().hears(api.LegEnded(leg, 200))
        other = "called" if leg == "caller" else "caller"
        assert story.actions == [api.Hangup(other, 200)]
        seen = view(story.call)
        assert (seen.result, seen.ended_by, seen.ended_ms) == (Result.ANSWERED, ender, 5_000)


@pytest.mark.parametrize(
    ("code", "rang", "result", "answer"),
    [
        (486, True, Result.BUSY, 486),
        (600, True, Result.BUSY, 486),
        (603, True, Result.REJECTED, 603),
        (480, True, Result.NO_ANSWER, 480),
        (480, False, Result.UNREACHABLE, 480),
        (408, False, Result.UNREACHABLE, 480),
        (404, False, Result.FAILED, 404),
        (503, False, Result.FAILED, 500),
    ],
)
def test_a_refusal_reaches_the_caller_and_the_log(code: int, rang: bool, result: Result, answer: int) -> None:
    story = Story().hears(api.LegArrived("caller", "id"))
    if rang:
        story.hears(api.LegProgress("called", 180))
    story.hears(api.LegEnded("called", code, "Words"))
    assert story.actions == [api.Hangup("caller", answer, "Words")]
    assert view(story.call).result is result


def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    story = Story().hears(api.LegArrived("caller", "id"), api.LegEnded("caller", 487))
    assert story.actions == [api.Hangup("called", 487, "caller gave up")]
    assert view(story.call).result is Result.CANCELLED


def test_nobody_answers_in_time() -> None:
    story = Story().hears(api.LegArrived("caller", "id"), api.LegProgress("called", 180)).happens(what.TimeUp("ring"))
    assert story.actions == [api.Hangup("called", 487, "no answer"), api.Hangup("caller", 480, "no answer")]
    assert view(story.call).result is Result.NO_ANSWER


def test_an_answer_that_crosses_the_hang_up_changes_nothing() -> None:
    story = Story().hears(api.LegArrived("caller", "id")).happens(what.TimeUp("ring"))
    ended = story.call
    story.hears(api.LegAnswered("called", "101"))
    assert story.actions == []
    assert view(story.call) == view(ended)


def test_the_carriers_announcement_is_heard_before_the_answer() -> None:
    story = Story(OUTBOUND).hears(api.LegArrived("caller", "id"), api.LegProgress("called", 183, early_media=True))
    assert story.actions == [api.EarlyMedia("caller"), api.Bridge("called", "caller")]
    story.hears(api.LegProgress("called", 180))
    assert story.actions == []


def test_our_extension_stays_the_callers_on_a_call_out() -> None:
    story = Story(OUTBOUND).hears(api.LegArrived("caller", "id"), api.LegAnswered("called"))
    assert view(story.call).extension == "101"


def test_a_dead_worker_ends_the_call_as_lost_and_cleans_up_the_edge() -> None:
    story = Story().talking().hears(api.ConversationLost("call.cause.worker_lost", "w15100"))
    assert story.actions == [EndDialogs("w15100")]
    assert story.call.phase is Phase.OVER
    assert (view(story.call).result, view(story.call).answered_ms) == (Result.LOST, 4_000)


def test_a_fact_told_twice_counts_once() -> None:
    story = Story().talking()
    again = what.Heard(api.LegEnded("caller", 200), 3)
    assert machine.step(story.call, again, 9_000) == (story.call, ())


def test_keys_pressed_on_one_side_reach_the_other() -> None:
    story = Story().talking().hears(api.DigitHeard("caller", "5"))
    assert story.actions == [api.SendDigits("called", "5")]
    story.hears(api.DigitHeard("called", "#"))
    assert story.actions == [api.SendDigits("caller", "#")]


def test_after_a_restart_everything_is_ordered_again_that_the_phase_asks_for() -> None:
    ringing = Story().hears(api.LegArrived("caller", "id"), api.LegProgress("called", 180))
    assert machine.resume(ringing.call) == machine.opening(ringing.call)
    assert ringing.call.due == ((Time.RING, 32_000),)
    assert machine.resume(Story().talking().call) == (
        api.Answer("caller"),
        api.Originate("called", INBOUND.target, INBOUND.shown),
        api.Bridge("called", "caller", end_together=True),
    )
    ended = Story().talking().hears(api.LegEnded("caller", 200))
    assert machine.resume(ended.call) == (api.Hangup("called", 200),)


def test_a_caller_who_gives_up_in_the_moment_of_the_answer_has_not_talked() -> None:
    seen = view(Story().talking().hears(api.LegEnded("caller", 487)).call)
    assert (seen.result, seen.answered_ms) == (Result.CANCELLED, 0)


def test_an_invite_that_arrives_after_the_call_was_ended_is_hung_up() -> None:
    story = Story().happens(HangupAsked("x")).hears(api.LegArrived("caller", "id"))
    assert story.actions == [api.Hangup("called", 487), api.Hangup("caller", 480)]


def test_a_phone_with_a_ringing_tone_of_its_own_rings_for_the_caller_too() -> None:
    story = Story().hears(api.LegArrived("caller", "id"), api.LegProgress("called", 183, early_media=True))
    assert story.actions == [api.Ring("caller")]


def test_hold_is_seen_and_forgotten_at_the_end() -> None:
    story = Story().talking().hears(api.LegHeld("called"))
    assert view(story.call).on_hold
    story.hears(api.LegResumed("called"))
    assert not view(story.call).on_hold


def test_tracks_keep_their_beginning_and_get_their_length() -> None:
    story = (
        Story()
        .talking()
        .hears(
            api.RecordingStarted("caller", "/r/caller.wav", 3_900),
            api.RecordingClosed("caller", "/r/caller.wav", 2_000),
        )
    )
    (track,) = story.call.tracks
    assert (track.started_ms, track.duration_ms) == (3_900, 2_000)


def test_an_invite_that_never_reached_its_worker_is_a_failure_not_a_missed_call() -> None:
    story = Story().hears(api.LeaseUnused())
    assert (story.call.phase, view(story.call).result) == (Phase.OVER, Result.FAILED)


def test_a_caller_who_leaves_before_the_worker_answers_has_given_up() -> None:
    story = Story().happens(what.CallerLeft()).hears(api.LeaseUnused())
    assert (story.call.phase, view(story.call).result) == (Phase.OVER, Result.CANCELLED)


def test_every_phase_survives_every_happening() -> None:
    facts: list[api.Fact] = [
        api.LegArrived("caller", "id"),
        api.LegProgress("called", 180),
        api.LegAnswered("called", "101"),
        api.LegAnswered("caller"),
        api.LegEnded("caller", 200),
        api.LegEnded("called", 486),
        api.OrderFailed("Originate", "called", "x"),
        api.ConversationEnded(),
        api.ConversationLost("x"),
        api.LeaseUnused(),
    ]
    asked: list[what.Happening] = [what.TimeUp("ring"), what.CallerLeft(), HangupAsked("x"), what.BoxStopped()]
    order = list(Phase)
    for first in facts:
        for second in facts:
            for happening in asked:
                story = Story()
                seen = [story.call.phase]
                story.hears(first)
                seen.append(story.call.phase)
                story.happens(happening)
                seen.append(story.call.phase)
                story.hears(second, api.ConversationEnded())
                seen.append(story.call.phase)
                assert seen == sorted(seen, key=order.index), (first, happening, second)
                assert story.call.phase is Phase.OVER
                assert view(story.call).result is not Result.OPEN
