"""An announcement is spoken at a phone: what the phone hears at each step, and that nothing changes before 1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.calls.call import Result
from appliance.calls.dictation import ASKED_AGAIN_AFTER_S, LONGEST_S
from appliance.core.errors import Conflict
from sip.api import Play, Record
from tests.unit.calls.office import Office, TurnedClock, running_office

pytestmark = pytest.mark.unit


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_office(tmp_path) as opened:
        yield opened


async def dials(office: Office) -> str:
    """Let phone 101 dial the code for announcement 7, up to where it speaks; return the call."""
    call = await office.sent(office.edge.phone_calls("101", "*67"))
    office.voice.arrive(call)
    await hears(office, call, "begin.wav")
    await to_speaking(office, call)
    return call


async def to_speaking(office: Office, call: str) -> None:
    ends(office, call)
    await hears(office, call, "speak.wav")
    ends(office, call)
    await step(office, "speaking")
    await office.until(lambda: recorded(office, call))


def plays(office: Office, call: str) -> list[Play]:
    return [order for order in office.voice.ordered(call, Play) if isinstance(order, Play)]


async def hears(office: Office, call: str, file: str) -> None:
    """Wait until this is what was played last."""
    await office.until(lambda: plays(office, call) and plays(office, call)[-1].file.endswith(file))


def ends(office: Office, call: str) -> None:
    """What is played comes to its end."""
    office.voice.finish_play(call, plays(office, call)[-1].play)


async def step(office: Office, wanted: str) -> None:
    await office.until(lambda: office.calls.live()[0].dictates == wanted)


def recorded(office: Office, call: str) -> bool:
    orders = [order for order in office.voice.ordered(call, Record) if isinstance(order, Record)]
    return orders[-1].on


async def speaks(office: Office, call: str) -> None:
    """Speak and press the key; hear it again."""
    office.voice.press(call, "caller", "#")
    await hears(office, call, "made.wav")
    assert not recorded(office, call)


async def test_what_was_spoken_is_heard_kept_by_1_and_is_no_recording_of_the_call(office: Office) -> None:
    call = await dials(office)
    await speaks(office, call)
    assert office.dictations.kept == []
    (spoken,) = office.dictations.prepared
    assert (spoken.call, spoken.take, spoken.file.suffix) == (call, 1, ".wav")
    ends(office, call)
    await hears(office, call, "ask.wav")
    office.voice.press(call, "caller", "1")
    await hears(office, call, "kept.wav")
    assert office.dictations.kept == [(call, "sound7", "101")]
    ends(office, call)
    await office.ended()
    row = await office.row(call)
    assert (row.result, row.cause) == (Result.ANSWERED, "call.cause.dictated")
    assert office.taken == [], "nobody wants that in the list of recordings"
    await office.until(lambda: office.dictations.forgotten == [call])


async def test_2_speaks_again_and_the_last_take_counts(office: Office) -> None:
    call = await dials(office)
    await speaks(office, call)
    office.voice.press(call, "caller", "2")
    await hears(office, call, "speak.wav")
    ends(office, call)
    await step(office, "speaking")
    await office.until(lambda: recorded(office, call))
    await speaks(office, call)
    assert [one.take for one in office.dictations.prepared] == [1, 2]
    assert len({one.file for one in office.dictations.prepared}) == 2, "each take has a file of its own"


async def test_3_or_hanging_up_keeps_nothing(office: Office) -> None:
    call = await dials(office)
    await speaks(office, call)
    office.voice.press(call, "caller", "3")
    await hears(office, call, "dropped.wav")
    ends(office, call)
    await office.ended()
    other = await dials(office)
    await speaks(office, other)
    office.voice.hang_up(other, "caller")
    await office.ended()
    assert office.dictations.kept == []
    assert (await office.row(call)).cause == "call.cause.dictation_dropped"
    assert (await office.row(other)).cause == "call.cause.dictation_left"


async def test_a_key_before_anything_could_be_said_is_nothing(office: Office) -> None:
    call = await office.sent(office.edge.phone_calls("101", "*67"))
    office.voice.arrive(call)
    await hears(office, call, "begin.wav")
    ends(office, call)
    await hears(office, call, "speak.wav")
    office.voice.press(call, "caller", "#")
    ends(office, call)
    await step(office, "speaking")
    await office.until(lambda: recorded(office, call))
    await speaks(office, call)


async def test_who_said_nothing_is_asked_to_speak_again(office: Office) -> None:
    call = await dials(office)
    office.dictations.heard = ""
    office.voice.press(call, "caller", "#")
    await hears(office, call, "nothing.wav")
    office.dictations.heard = "made.wav"
    await to_speaking(office, call)
    await speaks(office, call)


async def test_who_never_stops_is_stopped_and_who_never_chooses_keeps_nothing(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with running_office(tmp_path, clock=clock) as office:
        call = await dials(office)
        there = office.voice.conversations[call]
        await office.until(lambda: there.acknowledged == len(there.facts))  # the core knows of the file
        clock.turn(LONGEST_S)
        await hears(office, call, "made.wav")
        ends(office, call)
        for _ in range(3):
            await hears(office, call, "ask.wav")
            asked = len(plays(office, call))
            ends(office, call)
            await office.until(lambda: clock.due)
            clock.turn(ASKED_AGAIN_AFTER_S)
            await more(office, call, asked)
        await hears(office, call, "dropped.wav")
        assert office.dictations.kept == []


async def more(office: Office, call: str, than: int) -> None:
    await office.until(lambda: len(plays(office, call)) > than)


async def test_the_panel_calls_the_phone_and_nobody_can_do_anything_else_with_it(office: Office) -> None:
    call = await office.calls.desk.dictate("101", "new:점심", "*6", "boss")
    (seen,) = office.calls.live()
    assert (seen.dictates, seen.dictated) == ("ringing", "new:점심")
    with pytest.raises(Conflict, match="you_talk"):
        await office.calls.desk.dictate("101", "new:점심", "*6", "boss")
    office.voice.ring(call, "called", "101")
    office.voice.pick_up(call, "called", "101")
    await hears(office, call, "begin.wav")
    with pytest.raises(Conflict, match="dictating"):
        await office.calls.desk.mute("101", call, "101", on=True)
    await to_speaking(office, call)
    office.voice.press(call, "called", "#")
    await hears(office, call, "made.wav")
    office.voice.press(call, "called", "1")
    await hears(office, call, "kept.wav")
    assert office.dictations.kept == [(call, "new:점심", "boss")]


async def test_a_core_that_died_while_the_sound_was_made_ready_goes_on(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call = await dials(office)
        office.voice.disconnect()
        voice, edge, clock = office.voice, office.edge, office.clock
    voice.press(call, "caller", "#")
    async with running_office(tmp_path, voice=voice, clock=clock, edge=edge) as again:
        await hears(again, call, "made.wav")
        again.voice.press(call, "caller", "1")
        await hears(again, call, "kept.wav")
        assert again.dictations.kept == [(call, "sound7", "101")]
