"""What a real Kamailio notes of the calls that it handles alone, whoever calls, whatever is killed or full."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from sip.api import (
    AloneAnswered,
    AloneCame,
    AloneEnded,
    AloneLost,
    AloneNote,
    AloneRefused,
    AloneRinging,
    CallNoted,
    Fallback,
    IncomingCall,
    Note,
    Side,
    Source,
)
from sip.edge import tables
from tests.support.edge import password
from tests.support.edge_office import FALLBACK, EdgeOffice, edge_office
from tests.support.office import until
from tests.support.raw_ua import Dialog, Message, RawUa, raw_ua

pytestmark = pytest.mark.sip


async def noted(it: EdgeOffice, call: str = "") -> list[Note]:
    """Everything that was noted since the edge was first started; of one call when it is named."""
    _, *notes = await it.edge.client.notes(0)
    return [note for note in notes if call in ("", note.sip_call_id)]


async def story(it: EdgeOffice, call: Message | str = "") -> list[AloneNote]:
    """The same without numbers and moments, and without the names of dialogs."""
    name = call if isinstance(call, str) else call.header("Call-ID")
    return [_untagged(note.what) for note in await noted(it, name)]


def _untagged(what: AloneNote) -> AloneNote:
    return replace(what, tag="") if isinstance(what, AloneAnswered | AloneEnded) else what


def calls_in(it: EdgeOffice, **headers: str) -> Message:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return it.carrier.request("INVITE", "sip:0212345678@127.0.0.1", named, body="v=0\r\n")


async def talking(it: EdgeOffice) -> tuple[Message, Dialog, Dialog]:
    """A trunk call that 101 has answered after 102 rang: the INVITE, the carrier's dialog and the phone's."""
    invite = calls_in(it)
    it.two.reply(await it.two.heard("INVITE"), 180)
    await it.carrier.answered(invite.header("Call-ID"), 180)
    heard = await it.one.heard("INVITE")
    ours = it.one.reply(heard, 200, body="v=0\r\n")
    answer = await it.carrier.answered(invite.header("Call-ID"), 200)
    it.two.reply(await it.two.heard("CANCEL"), 200)
    outside = it.carrier.dialog_of_answer(invite, answer)
    it.carrier.within(outside, "ACK")
    await it.one.heard("ACK")
    return invite, outside, it.one.dialog_of_call(heard, ours)


async def hangs_up(one: RawUa, dialog: Dialog, other: RawUa) -> None:
    bye = one.within(dialog, "BYE")
    other.reply(await other.heard("BYE"), 200)
    assert await one.final(bye) is not None


TALK = [AloneCame(("101", "102")), AloneRinging("102"), AloneAnswered("101")]


@pytest.mark.parametrize("side", [Side.CALLER, Side.CALLED])
async def test_a_trunk_call_is_noted_from_its_coming_to_its_end(tmp_path: Path, side: Side) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        began = time.time() * 1000
        invite, outside, inside = await talking(it)
        if side is Side.CALLER:
            await hangs_up(it.carrier, outside, it.one)
        else:
            await hangs_up(it.one, inside, it.carrier)
        assert await story(it, invite) == [*TALK, AloneEnded(side)]
        came, ringing, answered, ended = await noted(it)
        assert came.call is not None
        assert (came.call.source, came.call.trunk, came.call.called) == (Source.TRUNK, "kt", "0212345678")
        assert (came.call.caller.number, came.call.sip_call_id) == ("01012345678", invite.header("Call-ID"))
        moments = [began - 1, came.at_ms, ringing.at_ms, answered.at_ms, ended.at_ms, time.time() * 1000]
        assert moments == sorted(moments)
        assert isinstance(answered.what, AloneAnswered)
        assert isinstance(ended.what, AloneEnded)
        assert answered.what.tag == ended.what.tag == inside.local.partition(";tag=")[2]


async def test_a_call_between_phones_is_noted(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:102@127.0.0.1", body="v=0\r\n"))
        heard = await it.two.heard("INVITE")
        ours = it.two.reply(heard, 200, body="v=0\r\n")
        answer = await asking
        assert answer is not None
        await hangs_up(it.two, it.two.dialog_of_call(heard, ours), it.one)
        assert await story(it) == [AloneCame(("102",)), AloneAnswered("102"), AloneEnded(Side.CALLED)]
        came = (await noted(it))[0]
        assert came.call is not None
        assert (came.call.source, came.call.extension, came.call.called) == (Source.PHONE, "101", "102")


async def test_a_call_out_is_noted_with_the_trunk_that_took_it(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:0298765432@127.0.0.1", body="v=0\r\n"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 503, "Overload")
        first = await it.second.heard("INVITE")
        it.second.reply(first, 407, "Prove it", {"Proxy-Authenticate": 'Digest realm="r", nonce="n"'})
        proved = await it.second.heard("INVITE")
        it.second.reply(proved, 183, body="v=0\r\n")
        assert await it.one.wait_for(lambda m: m.code == 183) is not None
        ours = it.second.reply(proved, 200, body="v=0\r\n")
        assert await asking is not None
        await hangs_up(it.second, it.second.dialog_of_call(proved, ours), it.one)
        assert await story(it) == [
            AloneCame(),
            AloneRinging(trunk="lg"),
            AloneAnswered(trunk="lg"),
            AloneEnded(Side.CALLED),
        ]


async def test_a_busy_number_outside_and_busy_phones_inside_are_noted(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        asking = asyncio.create_task(it.one.ask("INVITE", "sip:0298765432@127.0.0.1"))
        it.carrier.reply(await it.carrier.heard("INVITE"), 486, "Busy Here")
        assert await asking is not None
        assert await story(it) == [AloneCame(), AloneRefused(486, Side.CALLED, "Busy Here", "kt")]
        invite = calls_in(it)
        it.one.reply(await it.one.heard("INVITE"), 486, "Busy")
        it.two.reply(await it.two.heard("INVITE"), 486, "Busy")
        await it.carrier.answered(invite.header("Call-ID"), 486)
        assert await story(it, invite) == [TALK[0], AloneRefused(486, Side.CALLED, "Busy")]


async def test_a_caller_who_gives_up_is_noted_at_once(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite = calls_in(it)
        ringing = await it.one.heard("INVITE")
        it.one.reply(ringing, 180)
        await it.carrier.answered(invite.header("Call-ID"), 180)
        it.carrier.cancel(invite)
        cancel = await it.one.heard("CANCEL")
        given_up = [TALK[0], AloneRinging("101"), AloneRefused(487, Side.CALLER)]
        assert (await story(it, invite))[:3] == given_up
        it.one.reply(cancel, 200)
        it.one.reply(ringing, 487)
        it.two.reply(await it.two.heard("INVITE"), 487)
        assert await it.carrier.wait_for(lambda m: m.code == 487) is not None
        assert set(await story(it, invite)) == set(given_up)


@pytest.mark.parametrize(
    ("number", "fallback", "code", "reason"),
    [
        ("0298765432", replace(FALLBACK, barred=("101",)), 403, "Not allowed"),
        ("0298765432", Fallback(local=("101",)), 503, "No way out"),
        ("103", Fallback(local=("101", "103")), 480, "No phone registered"),
    ],
)
async def test_what_the_edge_itself_refuses_is_noted(
    tmp_path: Path, number: str, fallback: Fallback, code: int, reason: str
) -> None:
    async with edge_office(tmp_path) as it:
        await it.edge.client.set_fallback(fallback)
        await it.core_dies()
        answer = await it.one.ask("INVITE", f"sip:{number}@127.0.0.1")
        assert answer is not None
        assert answer.code == code
        assert await story(it) == [AloneCame(), AloneRefused(code, Side.BOX, reason)]


async def test_of_two_phones_that_answer_at_once_both_are_noted_and_which_of_them_was_given_up(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite = calls_in(it)
        for phone in (it.one, it.two):
            phone.reply(await phone.heard("INVITE"), 200, body="v=0\r\n")
        answers = [await it.carrier.answered(invite.header("Call-ID"), 200) for _ in range(2)]
        late = it.carrier.dialog_of_answer(invite, answers[1])
        it.carrier.within(late, "ACK")
        it.carrier.within(late, "BYE")
        ending = [asyncio.create_task(phone.heard("BYE")) for phone in (it.one, it.two)]
        _, others = await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        _, first, second, ended = [note.what for note in await noted(it)]
        assert isinstance(first, AloneAnswered)
        assert isinstance(second, AloneAnswered)
        assert isinstance(ended, AloneEnded)
        assert {first.extension, second.extension} == {"101", "102"}
        assert ended.tag == answers[1].to_tag


async def test_a_call_that_a_hung_core_did_not_answer_came_when_it_came(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        began = time.time() * 1000
        invite = calls_in(it)
        call = await it.edge.heard(IncomingCall)  # and says nothing to it
        await it.one.heard("INVITE")
        await it.edge.heard(CallNoted)
        (came,) = await noted(it, invite.header("Call-ID"))
        assert began - 1 <= came.at_ms <= call.arrived_ms
        assert time.time() * 1000 - came.at_ms >= 850


async def test_a_phone_on_tcp_is_noted_as_well(tmp_path: Path) -> None:
    async with (
        edge_office(tmp_path) as it,
        raw_ua(it.edge.kamailio.sip, "101", password("101"), host="127.0.0.7", transport="tcp") as phone,
    ):
        assert (await phone.register()).code == 200
        await it.core_dies()
        asking = asyncio.create_task(phone.ask("INVITE", "sip:102@127.0.0.1", body="v=0\r\n"))
        it.two.reply(await it.two.heard("INVITE"), 486, "Busy")
        assert await asking is not None
        assert await story(it) == [AloneCame(("102",)), AloneRefused(486, Side.CALLED, "Busy")]


QUOTES = "x'); DELETE FROM note; --"
HOSTILE = {
    "Call-ID": {"Call_ID": f"1{QUOTES.replace(' ', '')}\"%s$ci$var(said)\\'@x"},
    "From": {"From": f'"{QUOTES} \\" $(ci)" <sip:0101234\'--@127.0.0.1>;tag=a\'--b'},
    "To": {"To": f'"{QUOTES}" <sip:02\'||char(0)@127.0.0.1>'},
    "another header": {"Subject": "'\"\\\0\x01 {}[] \u200f'); --"},
    "very long": {"Subject": "a" * 18_000},
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_whatever_a_caller_writes_is_noted_as_it_is_and_nothing_else_happens(tmp_path: Path, case: str) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        kept, *_ = await talking(it)
        invite = calls_in(it, **HOSTILE[case])
        heard = await it.one.heard("INVITE")
        it.one.reply(heard, 180)
        await it.carrier.answered(invite.header("Call-ID"), 180)
        it.one.reply(heard, 603, "No'); DROP TABLE note; --")
        it.two.reply(await it.two.heard("INVITE"), 603, "No'); DROP TABLE note; --")
        await it.carrier.answered(invite.header("Call-ID"), 603)
        assert await story(it, invite) == [
            TALK[0],
            AloneRinging("101"),
            AloneRefused(603, Side.CALLED, "No'); DROP TABLE note; --"),
        ]
        assert await story(it, kept) == TALK


async def test_a_call_id_that_is_no_text_is_noted_too(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        raw = it.carrier.write("INVITE", "sip:0212345678@127.0.0.1", {"Call-ID": "strange"}).text.encode()
        it.carrier.send_bytes(raw.replace(b"strange", b"a\xff'b"))
        await it.one.heard("INVITE")
        (came,) = await noted(it)
        assert (came.what, came.sip_call_id) == (TALK[0], "a\ufffd'b")


async def test_notes_outlive_a_killed_kamailio_and_a_hang_up_after_its_restart_is_noted(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite, _, inside = await talking(it)
        await it.edge.kamailio.kill()
        await it.edge.kamailio.start()
        await hangs_up(it.one, inside, it.carrier)
        assert await story(it) == [*TALK, AloneLost(), AloneEnded(Side.CALLED)]
        assert (await noted(it))[-1].sip_call_id == invite.header("Call-ID")


def run_sql(it: EdgeOffice, command: str) -> None:
    with closing(sqlite3.connect(tables.notes_file(it.edge.kamailio.plan.folder))) as base, base:
        base.execute(command)


@contextmanager
def locked(it: EdgeOffice) -> Iterator[None]:
    with closing(sqlite3.connect(tables.notes_file(it.edge.kamailio.plan.folder))) as base:
        base.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(it: EdgeOffice) -> Iterator[None]:
    """A disk that takes nothing, as far as Kamailio can tell."""
    run_sql(it, "CREATE TRIGGER full BEFORE INSERT ON note BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    yield
    run_sql(it, "DROP TRIGGER full")


def waited_s(since_ns: int, *everybody: RawUa) -> float:
    """Return for how long all of these waited for the edge: the times before what came, not before what they sent."""
    seen = [(message.at_ns, True) for one in everybody for message in one.came if message.at_ns > since_ns]
    seen += [(message.at_ns, False) for one in everybody for message in one.sent if message.at_ns > since_ns]
    return sum(at_ns - before_ns for (before_ns, _), (at_ns, came) in pairwise(sorted(seen)) if came) / 1e9


@pytest.mark.parametrize("trouble", [locked, full])
async def test_a_file_that_takes_nothing_stops_no_call_and_notes_are_written_when_it_does(
    tmp_path: Path, trouble: object
) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        began_ns = time.time_ns()
        with trouble(it):  # type: ignore[operator]  # a case of the parameters
            invite, outside, _ = await talking(it)
            await hangs_up(it.carrier, outside, it.one)
            assert waited_s(began_ns, it.carrier, it.one, it.two) < 1.0
            assert await story(it) == []
        later = calls_in(it)
        it.one.reply(await it.one.heard("INVITE"), 486, "Busy")

        async def written() -> bool:
            return len(await noted(it)) >= 5

        await until(written, "what waited is written")
        assert await story(it, invite) == [*TALK, AloneEnded(Side.CALLER)]
        assert [note.sip_call_id for note in await noted(it)] == [invite.header("Call-ID")] * 4 + [
            later.header("Call-ID")
        ]


async def test_the_core_ends_a_talk_that_the_edge_connected(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite, _, _ = await talking(it)
        core = await it.core_returns()
        ending = asyncio.create_task(core.end_alone(invite.header("Call-ID")))
        for side in (it.one, it.carrier):
            side.reply(await side.heard("BYE"), 200)
        await ending
        await it.edge.heard(CallNoted)
        assert set(await story(it, invite)) == {*TALK, AloneEnded(Side.BOX)}


async def test_the_core_ends_a_call_that_the_edge_lets_ring(tmp_path: Path) -> None:
    async with edge_office(tmp_path) as it:
        invite = calls_in(it)
        await it.edge.client.hand_back(await it.edge.heard(IncomingCall))
        it.one.reply(await it.one.heard("INVITE"), 180)
        await it.carrier.answered(invite.header("Call-ID"), 180)
        await it.edge.client.end_alone(invite.header("Call-ID"))
        await it.carrier.answered(invite.header("Call-ID"), 503)
        await it.one.heard("CANCEL")
        assert await story(it, invite) == [TALK[0], AloneRinging("101"), AloneEnded(Side.BOX)]
