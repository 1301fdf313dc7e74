"""A call's timeline in words: nothing that a person wants to know is left out, in either language."""

from __future__ import annotations

import string
from typing import Any, get_args

import pytest
from msgspec import Struct, structs

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls import timeline
from appliance.calls.call import Step
from appliance.calls.models import Line
from appliance.calls.request_words import WORDS as REQUEST_WORDS
from appliance.i18n.catalog import LANGUAGES, catalogue, text
from sip import api
from tests.unit.calls.stories import (
    CUSTOMER,
    GROUP,
    INBOUND,
    OUTBOUND,
    OWN_PHONE,
    WAITS,
    colleague,
    consulting,
    outside,
    parked,
    talking,
    waiting,
)
from tests.unit.calls.world import World

pytestmark = pytest.mark.unit

SILENT = {
    api.LegArrived: "the caller's arrival was told before",
    api.RecordingClosed: "that it began was told",
    api.ConversationEnded: "who hung up was told",
}
"""Happenings without words of their own, with the reason."""

IN_CONTEXT = {api.LegEnded, api.LegAnswered, api.LegReplaced, what.TimeUp}  # what they mean the call's state says
HOLDERS = {what.Heard, what.Noted}


def kinds(of: Any) -> set[type[Struct]]:
    found: set[type[Struct]] = set()
    for kind in get_args(of):
        found |= kinds(kind) if get_args(kind) else {kind}
    return found


def told(world: World) -> list[Step]:
    lines = [Line(1_000, world.arrived), *(Line(at_ms, happening) for at_ms, happening in world.lines)]
    return list(timeline.in_words("c1", lines))


def keys(world: World) -> list[str]:
    return [step.key.removeprefix("timeline.") for step in told(world)]


def test_everything_that_can_happen_has_words_or_a_reason_to_have_none() -> None:
    everything = kinds(what.Happening) | kinds(api.Fact) | kinds(api.AloneNote)
    worded = set(timeline._WORDS) | set(REQUEST_WORDS) | IN_CONTEXT
    assert {kind.__name__ for kind in everything - worded - HOLDERS} == {kind.__name__ for kind in SILENT}
    assert not worded & set(SILENT)


FACTS: tuple[api.Fact, ...] = (
    api.LegProgress("called", 180, extension="101"),
    api.LegProgress("called", 183, early_media=True),
    api.LegProgress("called", 180),
    api.LegHeld("caller"),
    api.LegResumed("called"),
    api.DigitHeard("caller", "5"),
    api.RecordingStarted("caller", "caller.wav", 1),
    api.TransferAsked("called", "refer-1", "103", "id"),
    api.OrderFailed("Play", "caller", "no such file"),
    api.ConversationLost("killed"),
    api.LeaseUnused(),
)
NOTES: tuple[api.AloneNote, ...] = (
    api.AloneCame(("101",)),
    api.AloneCame(()),
    api.AloneRinging("101"),
    api.AloneRinging(""),
    api.AloneAnswered("101", "tag"),
    api.AloneRefused(486, api.Side.CALLED, "Busy Here"),
    api.AloneRefused(480, api.Side.BOX, ""),
    api.AloneEnded(api.Side.CALLER),
    api.AloneEnded(api.Side.BOX),
    api.AloneLost(),
)
SAMPLES: tuple[what.Happening, ...] = (
    INBOUND,
    OUTBOUND,
    OWN_PHONE,
    structs.replace(INBOUND, direction="internal", extension="101", called_number="102"),
    what.TurnedAway(INBOUND, 403, "call.cause.not_allowed_out"),
    what.CallerLeft(),
    what.TakenByEdge(),
    what.RangTooLong(),
    what.NoWorkerFree("every worker talks"),
    what.BoxStopped(),
    what.Vanished(),
    what.Offered(api.Extensions(("101", "102")), CUSTOMER, 20, GROUP),
    what.Offered(api.Outside("kt", "0109"), CUSTOMER, 20, GROUP, number="+821099998888"),
    what.Queued(GROUP, 60),
    what.Announced("closed.wav", "업무 종료"),
    what.CallbackNoted("main", "noted.wav"),
    what.NobodyLeft(),
    what.NobodyLeft("call.cause.busy"),
    what.Said("place.wav", 2, 0),
    what.Said("place.wav", 2, 130),
    asks.HangupAsked("haneul"),
    asks.HangupAsked("haneul", "101"),
    asks.HoldAsked("101"),
    asks.RetrieveAsked("101"),
    asks.MuteAsked("101", on=True),
    asks.MuteAsked("101", on=False),
    asks.PauseAsked("101", on=True),
    asks.PauseAsked("101", on=False),
    asks.DigitsAsked("101", "12#"),
    asks.GiveAsked("101", colleague("102"), 25),
    asks.GiveAsked("101", outside(), 25, goal=GROUP),
    asks.ConsultAsked("101", outside(), 25),
    asks.ConsultTurned("101"),
    asks.ConsultJoined("101"),
    asks.ConsultDone("101"),
    asks.ConsultDropped("101"),
    asks.ParkAsked("101", 3, 60),
    asks.FetchAsked("102", colleague("102")),
    asks.RefuseAsked("101"),
    asks.AnswerAsked("101", colleague("101")),
    asks.PlayAsked("101", "p", "terms.wav", "약관"),
    asks.PlayStopAsked("101"),
    *(asks.MonitorAsked("103", colleague("103"), watch, "boss") for watch in ("listen", "whisper", "barge")),
    *(what.Heard(fact, number) for number, fact in enumerate(FACTS, start=1)),
    *(what.Noted(note, number) for number, note in enumerate(NOTES, start=1)),
)


@pytest.mark.parametrize("happening", SAMPLES, ids=lambda happening: type(happening).__name__)
def test_words_exist_and_nothing_is_left_to_fill_in(happening: what.Happening) -> None:
    lines = [Line(1_000, happening)]
    if not isinstance(happening, what.Arrived | what.TurnedAway):
        lines = [Line(1_000, INBOUND), *lines]
    step = timeline.in_words("c1", lines)[-1]
    for language in LANGUAGES:
        pattern = catalogue(language)[step.key]
        wanted = {name for _, name, _, _ in string.Formatter().parse(pattern) if name}
        assert wanted <= step.params.keys(), step.key
        assert "{" not in text(language, step.key, **step.params)


def test_a_call_that_is_given_on_three_times_tells_who_gave_it_to_whom() -> None:
    world = talking("101")
    for giver, taker in (("101", "102"), ("102", "103"), ("103", "104")):
        world.happens(asks.GiveAsked(giver, colleague(taker), 25))
        world.answers(world.at(taker), taker)
    world.ends("caller")
    assert [(part.extension, part.to_ms > part.from_ms) for part in world.call.parts] == [
        (extension, True) for extension in ("101", "102", "103", "104")
    ]
    said = [(step.key.removeprefix("timeline."), step.params.get("extension")) for step in told(world)]
    assert [one for one in said if one[0] in ("given", "answered_by")] == [
        ("answered_by", "101"),
        ("given", "101"),
        ("answered_by", "102"),
        ("given", "102"),
        ("answered_by", "103"),
        ("given", "103"),
        ("answered_by", "104"),
    ]


def test_times_that_are_over_say_what_follows() -> None:
    world = talking("101")
    world.happens(asks.GiveAsked("101", colleague("102"), 25))
    world.time_passes(26_000)
    assert keys(world)[-1] == "not_taken_in_time"
    world.time_passes(30_000)
    assert "not_taken_back" in keys(world)
    world = waiting()
    world.time_passes(121_000)
    assert "waited_too_long" in keys(world)
    world = parked()
    place = world.call.place
    world.time_passes(3_600_000)
    (step,) = (step for step in told(world) if step.key == "timeline.park_over")
    assert step.params == {"place": place, "extension": "101"}
    world = talking("101")
    world.happens(asks.ConsultAsked("101", colleague("102"), 25))
    world.time_passes(26_000)
    assert keys(world)[-1] == "asked_not_there"
    world = World(INBOUND)
    world.comes_in()
    world.rings("called", "101")
    world.time_passes(31_000)
    assert "rang_too_long" in keys(world)


def test_a_time_that_was_called_off_in_the_same_moment_says_nothing() -> None:
    world = talking("101")
    before = keys(world)
    world.happens(what.TimeUp("ring"))
    assert keys(world) == before


def test_who_asks_to_be_called_back_is_told_of_once() -> None:
    world = waiting()
    world.tell(api.DigitHeard("caller", "1"))
    world.tell(api.DigitHeard("caller", "1"))
    assert keys(world).count("callback_wanted") == 1
    world = World(WAITS)
    world.comes_in()
    world.happens(what.CallbackNoted("main", "noted.wav"))
    assert keys(world)[-1] == "callback_noted"
    assert "callback_wanted" not in keys(world)


def test_a_leg_that_takes_anothers_place_says_whose() -> None:
    world = consulting()
    world.lines.append((world.now, what.Heard(api.LegReplaced(world.at("101"), "replace-1", "id"), 99)))
    (step,) = (step for step in told(world) if step.key == "timeline.replaced")
    assert step.params == {"who": "101"}
