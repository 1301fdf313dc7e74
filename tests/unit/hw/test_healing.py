"""The steps that heal a device, and that none is taken for ever: pure, event by event."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.api import Cure, Healing, Trouble
from hw.healing import CALM_MS, LONGEST_REST_S, STEP_S, Order, Sign, fell_ill, happened
from hw.signs import MUCH, Missed, Reading

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000


def test_a_device_that_stays_silent_is_reset_opened_anew_left_without_power_and_then_left_in_peace() -> None:
    state, order = fell_ill(Healing(), Trouble.UNANSWERED, 0)
    taken = [order.cure]
    for turn in range(1, 4):
        assert order.wait_s == STEP_S
        state, order = happened(state, Sign.NO_BETTER, turn * 15_000)
        taken.append(order.cure)
    assert taken == [Cure.RESET, Cure.REOPEN, Cure.POWER, None]
    assert state.resting
    assert order.wait_s >= 60


def test_each_rest_is_longer_up_to_six_hours() -> None:
    state, order = fell_ill(Healing(), Trouble.UNANSWERED, 0)
    rests, now_ms = [], 0
    for _ in range(40):
        now_ms += round(order.wait_s * 1000)
        state, order = happened(state, Sign.NO_BETTER, now_ms)
        if state.resting:
            rests.append(order.wait_s)
    assert rests == sorted(rests)
    assert rests[0] == 60
    assert rests[-1] == LONGEST_REST_S


def test_a_device_that_is_well_again_is_counted_as_mended_once() -> None:
    state, _ = fell_ill(Healing(), Trouble.BROKEN, 5)
    state, order = happened(state, Sign.WELL, 9)
    assert (state.trouble, state.mended, state.mended_ms, order) == (None, 1, 9, Order())
    assert happened(state, Sign.WELL, 10)[0] == state


def test_who_falls_ill_again_at_once_rests_first_and_gets_the_next_cure() -> None:
    state, _ = fell_ill(Healing(), Trouble.BROKEN, 0)
    state, _ = happened(state, Sign.WELL, 1000)
    state, order = fell_ill(state, Trouble.BROKEN, 2000)
    assert state.resting
    assert (order.cure, order.wait_s) == (None, 58.0)
    state, order = happened(state, Sign.NO_BETTER, 60_000)
    assert order.cure is Cure.REOPEN


def test_who_was_well_for_long_begins_with_the_gentlest() -> None:
    state, _ = fell_ill(Healing(), Trouble.BROKEN, 0)
    state, _ = happened(state, Sign.WELL, 1000)
    _, order = fell_ill(state, Trouble.BROKEN, CALM_MS + 1000)
    assert order.cure is Cure.RESET


def test_a_port_that_hangs_is_not_talked_to() -> None:
    assert fell_ill(Healing(), Trouble.HUNG, 0)[1].cure is Cure.REOPEN


def test_missed_calls_lead_from_step_to_step_and_time_alone_does_not() -> None:
    state, order = fell_ill(Healing(), Trouble.MISSED, 0)
    taken = [order]
    for turn in range(1, 4):
        state, order = fell_ill(state, Trouble.MISSED, turn * HOUR_MS)
        taken.append(order)
    assert [one.cure for one in taken] == [Cure.RESET, Cure.REOPEN, Cure.POWER, None]
    assert [one.wait_s for one in taken[:3]] == [0, 0, 0]


def test_pulled_out_there_is_nothing_to_mend() -> None:
    state, _ = fell_ill(Healing(), Trouble.UNANSWERED, 0)
    state, _ = happened(state, Sign.ELSEWHERE, 1)
    assert (state.trouble, state.mended) == (None, 0)


def test_a_hub_without_a_switch_ends_the_round() -> None:
    state = Healing(Trouble.UNANSWERED, Cure.POWER, rounds=1)
    state, order = happened(state, Sign.IMPOSSIBLE, 0)
    assert state.resting
    assert order.wait_s > 0


class Patient:
    """A device in care, with a clock that tells NO_BETTER when a step has had its time."""

    def __init__(self) -> None:
        self.state, self.now_ms, self.due_ms = Healing(), 0, 0
        self.without_power: list[int] = []

    def waits(self, ms: int) -> None:
        end_ms = self.now_ms + ms
        while self.due_ms and self.due_ms <= end_ms:
            self.now_ms, self.due_ms = self.due_ms, 0
            self.feels(Sign.NO_BETTER)
        self.now_ms = end_ms

    def feels(self, event: Trouble | Sign) -> None:
        if isinstance(event, Trouble):
            self.state, order = fell_ill(self.state, event, self.now_ms)
        else:
            self.state, order = happened(self.state, event, self.now_ms)
        assert (self.state.trouble is None) <= (order.cure is None)
        if order.wait_s:
            self.due_ms = self.now_ms + round(order.wait_s * 1000)
        elif self.state.trouble is None or order.cure is not None:
            self.due_ms = 0
        if order.cure is Cure.POWER:
            self.without_power.append(self.now_ms)


happenings = st.sampled_from((*Trouble, Sign.WELL, Sign.IMPOSSIBLE, Sign.ELSEWHERE))


@settings(deadline=None)
@given(events=st.lists(st.tuples(happenings, st.integers(0, 120_000)), min_size=1, max_size=200))
def test_whatever_happens_the_power_is_not_taken_in_a_circle(events: list[tuple[Trouble | Sign, int]]) -> None:
    patient = Patient()
    for event, wait_ms in events:
        patient.waits(wait_ms)
        patient.feels(event)
    patient.waits(3 * HOUR_MS)
    taken = patient.without_power
    assert all(later - sooner >= 60_000 for sooner, later in pairwise(taken))


def test_most_bytes_unreadable_is_broken_and_a_crackle_is_not() -> None:
    reading = Reading()
    for at in range(30):
        reading.took(5, 22, at * 1000)
    assert not reading.broken
    for at in range(30, 60):
        reading.took(22, 0, at * 1000)
    assert reading.broken
    quiet = Reading()
    for hour in range(24):
        quiet.took(MUCH // 3, 0, hour * HOUR_MS)
    assert not quiet.broken


def test_two_missed_calls_in_a_row_are_no_accident() -> None:
    missed = Missed()
    assert not missed.one()
    missed.none()
    assert [missed.one(), missed.one()] == [False, True]
