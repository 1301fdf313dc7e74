"""The states of a recording."""

from __future__ import annotations

import pytest

from appliance.recordings.recording import Happening, State, step

pytestmark = pytest.mark.unit


def test_a_recording_is_joined_and_then_ready() -> None:
    assert step(State.JOINING, Happening.MADE) is State.READY


def test_one_that_failed_is_tried_again() -> None:
    failed = step(State.JOINING, Happening.NOT_MADE)
    assert failed is State.FAILED
    assert step(failed, Happening.TRIED_AGAIN) is State.JOINING


@pytest.mark.parametrize("happening", list(Happening))
def test_what_is_ready_stays_ready(happening: Happening) -> None:
    assert step(State.READY, happening) is State.READY
