"""Warnings are remembered, callers on the block list are refused and counted, calls that take too long end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.abuse.service import Block, BlockDraft, BlockKind, IncidentNoted
from appliance.abuse.types import Standing
from appliance.calls.call import Reason, Result, Stage
from appliance.calls.ports import BlockAction
from appliance.calls.service import CallFilter
from appliance.core.errors import Conflict, InvalidInput, NotFound
from sip.api import Play
from tests.unit.abuse.abuse_office import CALLER, AbuseOffice, protected_office, protecting, spoken
from tests.unit.calls.office import Office, running_office

pytestmark = pytest.mark.unit

MINUTE = 60


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[AbuseOffice]:
    async with protected_office(tmp_path) as everything:
        yield everything


async def played_in(office: Office, call: str, nth: int = 1) -> Play:
    """Wait for the n-th announcement of a call."""
    await office.until(lambda: len(office.voice.ordered(call, Play)) >= nth)
    played = office.voice.ordered(call, Play)[nth - 1]
    assert isinstance(played, Play)
    return played


async def block(everything: AbuseOffice, draft: BlockDraft) -> Block:
    return await everything.abuse.blocks.add(draft, "boss")


# -------------------------------------------------------------------------------------------------- warnings


async def test_a_warning_is_played_stands_in_the_row_and_is_remembered(everything: AbuseOffice) -> None:
    office, abuse = everything.office, everything.abuse
    call = await office.talking()
    await office.calls.desk.warn("102", call, Stage.FIRST, Reason.ABUSE, "lee")
    played = await played_in(office, call)
    assert played.file == "/sounds/box-abuse-1-ko.wav"
    assert (played.legs, played.kept) == (("caller",), True)
    await abuse.settled()
    assert abuse.register.standing(CALLER).stage == Stage.FIRST
    assert abuse.register.standing(CALLER).next_stage == Stage.SECOND
    (incident,) = await abuse.register.search()
    assert (incident.number, incident.extension, incident.login, incident.by) == (CALLER, "102", "lee", "lee")
    row = await office.row(call)
    assert [(one.stage, one.reason, one.name) for one in row.warned] == [(1, "abuse", "안내 box-abuse-1-ko")]


async def test_a_terminated_call_ends_with_its_announcement_and_the_admin_has_it_to_see(
    everything: AbuseOffice,
) -> None:
    office, abuse = everything.office, everything.abuse
    call = await office.talking()
    await office.calls.desk.terminate("102", call, Reason.THREAT, "lee")
    played = await played_in(office, call)
    assert played.file == "/sounds/box-threat-3-ko.wav"
    office.voice.finish_play(call, played.play)
    await office.ended()
    assert (await office.row(call)).result is Result.TERMINATED
    await abuse.settled()
    assert abuse.register.standing(CALLER).terminated == 1
    assert abuse.register.unseen == 1
    assert any(isinstance(event, IncidentNoted) for event in office.events)
    (agent,) = await abuse.register.counts(by_caller=False)
    assert (agent.who, agent.warned, agent.terminated) == ("lee", 0, 1)
    (caller,) = await abuse.register.counts(by_caller=True)
    assert (caller.who, caller.terminated) == (CALLER, 1)
    await abuse.register.see()
    assert abuse.register.unseen == 0


async def test_what_was_played_is_a_track_of_our_side(everything: AbuseOffice) -> None:
    office = everything.office
    call = await office.talking()
    await office.calls.desk.terminate("102", call, Reason.ABUSE, "lee")
    played = await played_in(office, call)
    office.voice.finish_play(call, played.play)
    await office.ended()
    await office.until(lambda: office.taken)
    assert {track.leg for track in office.taken[0].agent_tracks} == {"called", played.play}
    assert {track.leg for track in office.taken[0].caller_tracks} == {"caller"}


async def test_without_an_announcement_the_call_is_ended_and_noted_all_the_same(everything: AbuseOffice) -> None:
    office = everything.office
    everything.sounds.silent |= {"box-abuse-3-ko", "box-abuse-3-en"}
    call = await office.talking()
    await office.calls.desk.terminate("102", call, Reason.ABUSE, "lee")
    await office.ended()
    row = await office.row(call)
    assert (row.result, row.cause) == (Result.TERMINATED, "call.cause.terminated_silent")
    await everything.abuse.settled()
    assert everything.abuse.register.standing(CALLER).terminated == 1


async def test_what_is_remembered_outlasts_a_restart_and_runs_out_with_its_days(everything: AbuseOffice) -> None:
    office, abuse = everything.office, everything.abuse
    call = await office.talking()
    await office.calls.desk.warn("102", call, Stage.SECOND, Reason.HARASSMENT, "lee")
    await abuse.settled()
    async with protecting(office) as again:
        await again.abuse.settled()
        assert again.abuse.register.standing(CALLER).stage == Stage.SECOND
        assert again.abuse.register.standing(CALLER).warned == 1
        await again.settings.set(**{"calls.warned_days": 1})
        office.clock.now += 2 * 24 * 3600 * 1000
        assert again.abuse.register.standing(CALLER) == Standing()


async def test_a_core_that_died_before_it_could_note_a_warning_notes_it_at_its_next_start(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call = await office.talking()
        await office.calls.desk.warn("102", call, Stage.FIRST, Reason.ABUSE, "lee")  # nobody listens yet
        for _ in range(2):
            async with protecting(office) as started:
                await started.abuse.settled()
                assert started.abuse.register.standing(CALLER).warned == 1


async def test_an_office_says_it_in_its_own_words(everything: AbuseOffice) -> None:
    everything.sounds.kept["ours"] = spoken("ours")
    await everything.abuse.choose_wording("abuse_1", "ko", "ours")
    assert everything.abuse.notice(1, "abuse").file == "/sounds/ours.wav"
    assert everything.abuse.notice(1, "abuse", "en").file == "/sounds/box-abuse-1-en.wav"
    assert everything.abuse.notice(1, "abuse").seconds == 5
    assert [use.name for use in everything.abuse.wordings.uses("ours")] == ["abuse_1.ko"]
    everything.sounds.silent.add("ours")  # its file is gone
    assert everything.abuse.notice(1, "abuse").file == "/sounds/box-abuse-1-ko.wav"
    await everything.abuse.choose_wording("abuse_1", "ko", "")
    with pytest.raises(InvalidInput):
        await everything.abuse.choose_wording("abuse_9", "ko", "")
    with pytest.raises(InvalidInput):
        await everything.abuse.choose_wording("abuse_1", "ko", "nothing")


# ------------------------------------------------------------------------------------------------ the block list


async def test_a_blocked_caller_hears_why_and_nobodys_phone_rings(everything: AbuseOffice) -> None:
    office, abuse = everything.office, everything.abuse
    office.prompts.files["box-blocked-ko"] = "/sounds/blocked.wav"
    entry = await block(everything, BlockDraft(BlockKind.NUMBER, "010-5555-1234", "반복 폭언"))
    call = await office.inbound()
    office.voice.arrive(call)
    played = await played_in(office, call)
    assert played.file == "/sounds/blocked.wav"
    office.voice.finish_play(call, played.play)
    await office.ended()
    row = await office.row(call)
    assert (row.result, row.cause, row.extensions) == (Result.BLOCKED, "call.cause.blocked", ())
    await abuse.settled()
    counted = abuse.blocks.get(entry.id)
    assert (counted.hits, counted.last_ms) == (1, row.ended_ms)


async def test_a_blocked_caller_who_hangs_up_early_was_blocked_too(everything: AbuseOffice) -> None:
    office = everything.office
    office.prompts.files["box-blocked-ko"] = "/sounds/blocked.wav"
    await block(everything, BlockDraft(BlockKind.PREFIX, "010"))
    call = await office.inbound()
    office.voice.arrive(call)
    await played_in(office, call)
    office.voice.hang_up(call, "caller")
    await office.ended()
    assert (await office.row(call)).result is Result.BLOCKED


async def test_a_blocked_caller_does_not_get_through_because_a_file_is_gone(everything: AbuseOffice) -> None:
    office = everything.office
    await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234"))
    call = await office.inbound()
    office.voice.arrive(call)
    await office.ended()
    assert (await office.row(call)).result is Result.BLOCKED


async def test_a_blocked_caller_does_not_get_through_because_the_voice_is_full(everything: AbuseOffice) -> None:
    office = everything.office
    office.voice.refuse_leases("full")
    await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234"))
    assert await office.refused(office.edge.trunk_calls("kt", "01055551234", "0212345678")) == 486
    await office.ended()


async def test_a_blocked_caller_may_hear_busy_and_stands_in_the_log(everything: AbuseOffice) -> None:
    office = everything.office
    entry = await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234", action=BlockAction.BUSY))
    refused = office.edge.trunk_calls("kt", "01055551234", "0212345678")
    assert await office.refused(refused) == 486
    await office.ended()
    await everything.abuse.settled()
    (row,) = (await office.calls.search(CallFilter(result="blocked"))).calls
    assert (row.result, row.caller_number) == (Result.BLOCKED, CALLER)
    assert everything.abuse.blocks.get(entry.id).hits == 1


async def test_an_entry_that_was_taken_back_lets_through_and_can_be_put_back(everything: AbuseOffice) -> None:
    abuse = everything.abuse
    entry = await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234"))
    with pytest.raises(Conflict, match="blocked_already"):
        await block(everything, BlockDraft(BlockKind.NUMBER, "010 5555 1234"))
    await abuse.blocks.remove(entry.id, "boss")
    assert abuse.blocking(CALLER, withheld=False) is None
    (gone,) = await abuse.blocks.taken_back()
    assert (gone.id, gone.removed_by) == (entry.id, "boss")
    await abuse.blocks.restore(entry.id)
    assert abuse.blocking(CALLER, withheld=False) is not None
    for work in (abuse.blocks.remove(99, "boss"), abuse.blocks.restore(99)):
        with pytest.raises(NotFound):
            await work


async def test_who_withholds_their_number_can_be_blocked(everything: AbuseOffice) -> None:
    await block(everything, BlockDraft(BlockKind.WITHHELD))
    assert everything.abuse.blocking(CALLER, withheld=False) is None
    found = everything.abuse.blocking("", withheld=True)
    assert found is not None
    assert found.announcement == "box-withheld-ko"


async def test_an_entry_runs_out_with_its_day(everything: AbuseOffice) -> None:
    abuse, clock = everything.abuse, everything.office.clock
    today = "2023-11-15"  # the clock of the test stands at 07:13 in Seoul
    await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234", until_ms=abuse.until(today)))
    clock.now += 16 * 3600 * 1000
    assert abuse.blocking(CALLER, withheld=False) is not None
    clock.now += 3600 * 1000
    assert abuse.blocking(CALLER, withheld=False) is None
    with pytest.raises(InvalidInput, match="until_is_past"):
        await block(everything, BlockDraft(BlockKind.WITHHELD, until_ms=abuse.until(today)))
    with pytest.raises(InvalidInput, match="no_day"):
        abuse.until("tomorrow")


async def test_the_list_goes_out_and_comes_in_as_a_file(everything: AbuseOffice) -> None:
    abuse = everything.abuse
    await block(everything, BlockDraft(BlockKind.NUMBER, "01055551234", "=반복", until_ms=abuse.until("2030-12-31")))
    await block(everything, BlockDraft(BlockKind.PREFIX, "+86", action=BlockAction.BUSY))
    await block(everything, BlockDraft(BlockKind.WITHHELD))
    written = abuse.exported()
    assert written.startswith("\ufeffkind,number,reason,until,action,hits,by\r\n")
    assert "number,010-5555-1234,'=반복,2030-12-31,announcement,0,boss" in written
    before = {(one.kind, one.pattern, one.reason, one.until_ms, one.action) for one in abuse.blocks.all()}
    for entry in abuse.blocks.all():
        await abuse.blocks.remove(entry.id, "boss")
    assert await abuse.imported(written, "kim") == 3
    assert {
        (one.kind, one.pattern, one.reason.lstrip("="), one.until_ms, one.action) for one in abuse.blocks.all()
    } == {(kind, number, reason.lstrip("="), until, action) for kind, number, reason, until, action in before}
    assert await abuse.imported(written, "kim") == 0


async def test_a_file_with_a_line_that_cannot_be_understood_changes_nothing(everything: AbuseOffice) -> None:
    abuse = everything.abuse
    assert await abuse.imported("010-5555-0001,욕설\n\n010-5555-0002\n", "boss") == 2
    for text, key in (("kind,number\nnumber,\n", "bad_line"), ("number,until\n0101234,x", "bad_line")):
        with pytest.raises(InvalidInput, match=key):
            await abuse.imported(text, "boss")
    with pytest.raises(Conflict, match="block_emergency"):
        await abuse.imported("01055550003\n112\n", "boss")
    assert len(abuse.blocks.all()) == 2


# -------------------------------------------------------------------------------------------------- long calls


async def test_a_call_that_takes_too_long_is_told_and_then_ended_unless_it_is_lengthened(
    everything: AbuseOffice,
) -> None:
    office = everything.office
    await everything.settings.set(**{"calls.long_notice_minutes": 10, "calls.long_end_minutes": 15})
    call = await office.talking()
    office.clock.turn(9 * MINUTE)
    assert not office.voice.ordered(call, Play)
    office.clock.turn(MINUTE)
    told = await played_in(office, call)
    assert told.file == "/sounds/box-long-call-1-ko.wav"
    office.voice.finish_play(call, told.play)
    await office.calls.desk.extend("102", call, 5, "lee")
    office.clock.turn(5 * MINUTE)
    again = await played_in(office, call, 2)
    office.voice.finish_play(call, again.play)
    office.clock.turn(5 * MINUTE)
    last = await played_in(office, call, 3)
    assert last.file == "/sounds/box-long-call-3-ko.wav"
    office.voice.finish_play(call, last.play)
    await office.ended()
    assert (await office.row(call)).result is Result.TERMINATED
    await everything.abuse.settled()
    assert everything.abuse.register.standing(CALLER) == Standing()


async def test_by_default_a_call_may_take_as_long_as_it_likes(everything: AbuseOffice) -> None:
    office = everything.office
    call = await office.talking()
    office.clock.turn(600 * MINUTE)
    assert not office.voice.ordered(call, Play)
