"""An announcement is spoken at a real phone, through real workers, and the next caller hears exactly that sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Behaviour
from tests.support.office import ADMIN, CARRIER_TONE, PHONE_TONE, Office, hears, office, says, until

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

VOICE = 850  # hertz: what is "spoken"
SILENT = audio.tone(0)
TONE = 1000  # hertz: after it one speaks
CARD_NUMBER = 1300  # hertz: what is not to be recorded
A_BREATH_MS = 400  # between the button and what is said
_PACKET_MS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("office"), "101", "102") as desk:
        yield desk


async def has_learned(desk: Office) -> None:
    """Wait until the box can say what is needed for this."""

    async def spoken() -> bool:
        own = {one["id"] for one in (await desk.box.ask("GET", "/announcements"))["items"]}
        return {f"box-dictation-{name}-ko" for name in ("begin", "ask", "kept", "dropped", "failed")} <= own

    await until(spoken, "the box has spoken its own announcements", 90)


def sounds(call: Call, hertz: int, at_least_ms: int) -> bool:
    """Say whether a phone has heard a tone and nothing beside it: speech has a little of every tone."""
    return audio.pure_tone_ms(call.stream.heard.samples, hertz) >= at_least_ms


async def speaks(call: Call, seconds: float) -> tuple[int, float]:
    """Speak after the tone, then press #; returns for how many milliseconds it was spoken, and with what pauses."""

    async def tone() -> bool:
        return sounds(call, TONE, 300)

    await until(tone, "the tone sounds", 30)
    await asyncio.sleep(0.7)  # nobody speaks at once
    before = call.stream.sent

    async def said() -> bool:
        return (call.stream.sent - before) * _PACKET_MS >= seconds * 1000

    call.speak(audio.tone(VOICE))
    await until(said, "it is spoken")
    call.speak(SILENT)
    spoken = call.stream.sent_at[before:]
    await asyncio.sleep(0.5)
    call.dial("#")
    return len(spoken) * _PACKET_MS, (spoken[-1] - spoken[0]) / 1e6 + _PACKET_MS


async def rings(desk: Office, **what: Any) -> tuple[str, Call]:
    """Have the box call phone 101 for an announcement; return the call's id, and the call as the phone has it."""
    path = what.pop("path", "/announcements/record")
    made = await desk.box.ask("POST", path, {"extension": "101"} | what)
    call = await desk.phones["101"].next_call()
    await call.answered()
    return str(made["call"]), call


async def own(desk: Office) -> list[dict[str, Any]]:
    """Return the office's own announcements."""
    return [one for one in (await desk.box.ask("GET", "/announcements"))["items"] if one["source"] != "built_in"]


async def heard_again(call: Call) -> None:
    """Wait until what was spoken is played back."""

    async def played() -> bool:
        return sounds(call, VOICE, 700)

    await until(played, "one hears what one has spoken", 20)


async def test_what_is_spoken_at_a_phone_is_what_the_next_caller_hears(desk: Office) -> None:
    await has_learned(desk)
    desk.phones["101"].behaviour = Behaviour(answer_after=0)
    desk.phones["101"].sound = SILENT
    _, call = await rings(desk, name="Lunch")
    spoken_ms, lasted_ms = await speaks(call, 1.5)
    await heard_again(call)
    assert not await own(desk), "nothing is kept before 1"
    call.dial("1")
    await call.ended(20)
    kept = await desk.box.ask("GET", "/announcements/lunch")
    assert (kept["source"], kept["changed_by"]) == ("recorded", "box")
    assert spoken_ms - 200 <= kept["duration_ms"] <= lasted_ms + 400, (
        "the silence before and after is cut, and so is the key"
    )
    phone = desk.phones["101"]
    phone.behaviour = Behaviour(refuse=486)
    desk.phones["102"].behaviour = Behaviour(refuse=486)
    await desk.box.ask("PATCH", "/groups/main", {"overflow": {"kind": "announcement", "target": "lunch"}})
    caller = desk.call_in()
    await caller.answered()
    await caller.ended()
    assert spoken_ms - 200 <= caller.stream.heard.tone_ms(VOICE) <= spoken_ms + 200
    assert caller.stream.heard.tone_ms(TONE) == 0, "the tone before it is no part of it"


async def test_the_code_lets_whoever_may_speak_it_anew_and_nobody_else(desk: Office) -> None:
    await desk.set_up()
    await desk.box.ask("PUT", f"/seats/{ADMIN}", {"extension": "101"})
    phone, (kept,) = desk.phones["101"], await own(desk)
    call = phone.call(f"*6{kept['dial']}")
    await call.answered()
    await speaks(call, 1.0)
    await heard_again(call)
    call.dial("3")
    await call.ended(20)
    assert await own(desk) == [kept], "3 drops it"
    desk.phones["102"].sound = SILENT
    other = desk.phones["102"].call(f"*6{kept['dial']}")
    await other.answered()
    await other.ended()
    assert sounds(other, 400, 200), "the phone hears that it was not done"


def stalled_ms(call: Call) -> float:
    """Return for how long at most somebody has said nothing by themselves, beyond what is usual between two packets."""
    return max(0.0, call.stream.own_pause_ms() - 2 * _PACKET_MS)


async def test_a_paused_recording_is_silent_on_both_sides_and_keeps_its_length(desk: Office) -> None:
    phone = desk.phones["101"]
    phone.behaviour, phone.sound = Behaviour(answer_after=0), audio.tone(PHONE_TONE)
    call = desk.call_in("01055552222")
    await call.answered()
    row = await desk.talking("101")
    there = phone.calls[-1]
    await asyncio.sleep(1.5)  # long enough for the relay to carry the talk
    path = f"/calls/{row['id']}/pause-recording"
    asked = time.monotonic()
    await desk.box.ask("POST", path, {"extension": "101", "on": True})
    paused = time.monotonic()
    await says(A_BREATH_MS, call, there)
    for one in (call, there):
        one.stream.change(audio.tone(CARD_NUMBER))
    await says(800, call, there)
    call.stream.change(audio.tone(CARRIER_TONE))
    there.stream.change(audio.tone(PHONE_TONE))
    await hears(call, CARD_NUMBER, 700)  # they go on hearing each other
    await says(A_BREATH_MS, call, there)
    shortest_ms = (time.monotonic() - paused) * 1000
    await desk.box.ask("POST", path, {"extension": "101", "on": False})
    longest_ms = (time.monotonic() - asked) * 1000
    await asyncio.sleep(1.5)
    call.hang_up()
    await call.ended()
    await there.ended()
    shortest_talk_ms = (call.at("BYE", sent=True) - call.at("200", sent=False)) / 1e6
    longest_talk_ms = (there.at("BYE", sent=False) - there.at("200", sent=True)) / 1e6

    async def ready() -> bool:
        return bool((await desk.box.ask("GET", f"/calls/{row['id']}"))["recording"] == "ready")

    await until(ready, "the recording is ready", 30)
    sides = zip(await desk.listen(row["id"]), (CARRIER_TONE, PHONE_TONE), (call, there), strict=True)
    for side, tone, speaker in sides:
        stalled = stalled_ms(speaker)
        length = len(side) // 8
        assert shortest_talk_ms - 300 <= length <= longest_talk_ms + 500
        spans = audio.tone_spans(side, tone)
        gaps = [after - before for (_, before), (after, _) in pairwise(spans) if after - before > 200 + stalled]
        assert len(gaps) == 1
        assert shortest_ms - 150 <= gaps[0] <= longest_ms + 200 + stalled, "silence, in its place"
        assert audio.pure_tone_ms(side, CARD_NUMBER) == 0, "what was said meanwhile is not there"
        assert spans[-1][1] > length - 400 - stalled, "and the end is where it was"
    steps = [one["text"] for one in (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]]
    assert any("paused the recording" in one for one in steps)
