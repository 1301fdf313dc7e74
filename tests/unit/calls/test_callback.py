"""Callers who want to be called back, or are to be because nobody can take the call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import CallView, Result
from appliance.calls.events import CallbackWanted, CallEnded
from appliance.calls.ports import Overflow, OverflowKind
from sip.api import Hangup, Hold, Play, Presentation
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit

CALLER = "+821055551234"


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """An office whose group "main" leads to "evening", which calls back; nobody has a phone there."""
    async with running_office(tmp_path) as office:
        monkeypatch.setattr(office.prompts, "callback_noted", lambda: "noted.wav")
        main = replace(DIRECTORY.groups["main"], overflow=Overflow(OverflowKind.GROUP, "evening"))
        evening = replace(main, name="evening", overflow=Overflow(OverflowKind.CALLBACK))
        office.facts = replace(DIRECTORY, groups={"main": main, "evening": evening})
        for extension in ("101", "102"):
            office.edge.phone_leaves(extension)
        yield office


def wanted(office: Office) -> list[CallView]:
    return [event.call for event in office.events if isinstance(event, CallbackWanted)]


async def taken(office: Office) -> str:
    call_id = await office.inbound()
    office.voice.arrive(call_id)
    return call_id


async def test_when_nobody_can_be_found_it_is_noted_that_and_who_calls_back(office: Office) -> None:
    call_id = await taken(office)
    await office.ordered(call_id, Play)
    assert office.voice.ordered(call_id, Play) == [Play("callback", "noted.wav", ("caller",))]
    (call,) = wanted(office)
    assert (call.far_number, call.group, call.wants_callback) == (CALLER, "evening", True)
    office.voice.finish_play(call_id, "callback")
    await office.ended()
    row = await office.row(call_id)
    assert (row.result, row.group, row.wants_callback) == (Result.CALLBACK, "evening", True)
    assert "timeline.callback_noted" in [step.key for step in await office.calls.timeline(call_id)]
    assert len(wanted(office)) == 1


async def test_whoever_hangs_up_during_the_confirmation_is_called_back_all_the_same(office: Office) -> None:
    call_id = await taken(office)
    await office.ordered(call_id, Play)
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    assert (await office.row(call_id)).result is Result.CALLBACK


async def test_without_a_word_to_confirm_it_with_it_is_noted_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.prompts, "callback_noted", lambda: "")
    call_id = await taken(office)
    await office.ended()
    assert (await office.row(call_id)).result is Result.CALLBACK
    assert len(wanted(office)) == 1
    assert not office.voice.ordered(call_id, Play)


async def test_whoever_hides_their_number_cannot_be_called_back(office: Office) -> None:
    call = office.edge.trunk_calls("kt", "01055551234", "0212345678", Presentation.WITHHELD)
    await office.until(lambda: office.edge.sent)
    call_id = office.edge.sent[0][1].conversation
    assert office.edge.sent[0][0] is call
    office.voice.arrive(call_id)
    await office.ended()
    assert [order.code for order in office.voice.ordered(call_id, Hangup) if isinstance(order, Hangup)] == [480]
    assert not wanted(office)


async def test_the_key_asks_for_the_group_in_whose_queue_the_caller_waits(office: Office) -> None:
    groups = dict(office.facts.groups)
    groups["evening"] = replace(groups["evening"], queue=True, offers_callback=True)
    office.facts = replace(office.facts, groups=groups)
    call_id = await taken(office)
    await office.ordered(call_id, Hold)
    office.voice.press(call_id, "caller", "1")
    await office.until(lambda: wanted(office))
    (call,) = wanted(office)
    assert call.group == "evening"
    office.voice.finish_play(call_id, "callback")
    await office.ended()
    assert "timeline.callback_wanted" in [step.key for step in await office.calls.timeline(call_id)]
    (ended,) = (event.call for event in office.events if isinstance(event, CallEnded))
    assert (ended.result, ended.group, ended.wants_callback) == (Result.CALLBACK, "evening", True)
