"""Every button of the call bar over the API, over real call control: what it does, who may, and that twice is once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession
from blockbuster import BlockBuster

from appliance.access.types import Role
from appliance.cli.command import Words
from appliance.cli.desk import COMMANDS
from appliance.cli.entry import parser
from tests.support.exchange import MAIN_NUMBER, Exchange
from tests.support.guarding import heard_it, says_something
from tests.support.program import Program, program
from web.api.client import Client
from web.api.local import serve_locally
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as opened:
        yield opened


class Desk:
    """A program that acts for one desk."""

    def __init__(self, crm: Program, extension: str) -> None:
        self.crm = crm
        self.extension = extension

    async def does(self, step: str, call: str, status: int = 204, /, **what: Any) -> Any:
        return await self.crm.ask("POST", f"/calls/{call}/{step}", status, {"extension": self.extension} | what)

    async def dials(self, to: str, status: int = 201, **what: Any) -> Any:
        return await self.crm.ask("POST", "/desk/dial", status, {"extension": self.extension, "to": to} | what)

    async def can(self, call: str) -> set[str]:
        told = await self.crm.ask("GET", f"/desks/{self.extension}/calls", 200)
        (found,) = [one for one in told["calls"] if one["call"]["id"] == call]
        assert not {one["step"] for one in found["cannot"]} & set(found["can"])
        return set(found["can"])


async def test_every_step_does_what_it_says_and_twice_is_once(office: Exchange, stack: AsyncExitStack) -> None:
    crm = await program(office, stack)
    haneul, doyun = Desk(crm, "101"), Desk(crm, "102")
    call = await office.call_in()
    assert await haneul.can(call) == {"answer", "refuse", "fetch"}
    await haneul.does("refuse", call)
    await doyun.does("answer", call)
    await office.talks("102")
    await _holds(office, doyun, call)
    await _plays(office, doyun, call)
    await _asks_first(office, haneul, doyun, call)
    await _is_watched(office, crm, call)
    await _parks(office, haneul, doyun, call)
    await _warns(office, doyun, call)
    await doyun.does("hang-up", call)
    await doyun.does("hang-up", call)  # over already
    await office.until(lambda: not office.live())
    assert (await doyun.does("hold", call, 409))["error"] == "call.cannot.over"
    await _dials(office, haneul)
    wanted = {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ == "web.api.desk"}
    assert wanted <= crm.used


def test_who_may_not_play_announcements_may_not_play_them_into_a_call_either() -> None:
    guarded = {one.path: one.permission for one in OPERATIONS if one.handler.__module__ == "web.api.desk"}
    assert guarded["/calls/{call}/play"] == guarded["/calls/{call}/stop-playing"] == "announcements.play"


async def _holds(office: Exchange, desk: Desk, call: str) -> None:
    await desk.does("hold", call)
    await desk.does("hold", call)
    await office.until(lambda: office.caller_hears(call) == {"music"})
    await desk.does("retrieve", call)
    await desk.does("retrieve", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})
    await desk.does("mute", call)
    await office.until(lambda: office.caller_hears(call) == set())
    await desk.does("mute", call, on=False)
    await desk.does("pause-recording", call)
    await desk.does("pause-recording", call)
    assert office.only_call.paused
    await desk.does("pause-recording", call, on=False)
    assert (await desk.does("record", call, 409))["error"] == "call.cannot.record"  # it is on no analog line
    assert [bool(ends) for _, ends in office.only_call.pauses] == [True]
    await office.until(lambda: office.caller_hears(call) == {"102"})
    await desk.does("digits", call, digits="12#")
    assert (await desk.does("digits", call, 422, digits="x"))["field"] == "digits"


async def _plays(office: Exchange, desk: Desk, call: str) -> None:
    assert (await desk.does("play", call, 404, announcement="nothing"))["error"] == "announcements.not_found"
    office.has_announcement("bill", "요금 안내")
    await desk.does("play", call, announcement="bill")
    await office.until(lambda: len(office.caller_hears(call)) == 2)
    await desk.does("stop-playing", call)
    await desk.does("stop-playing", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})


async def _asks_first(office: Exchange, asked: Desk, desk: Desk, call: str) -> None:
    """102 asks 101, turns, joins; asks again, gives up; gives the call to 101, who gives it back."""
    await desk.does("consult", call, to="101")
    await asked.does("answer", call)
    await office.until(lambda: office.hears("101") == {"102"})
    await desk.does("turn", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})
    await desk.does("join", call)
    await office.until(lambda: office.caller_hears(call) == {"101", "102"})
    await asked.does("hang-up", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})
    await desk.does("consult", call, to="101")
    await desk.does("take-back", call)
    await desk.does("consult", call, to="101")
    await asked.does("answer", call)
    await office.until(lambda: office.hears("101") == {"102"})
    await desk.does("complete", call)
    await office.until(lambda: office.caller_hears(call) == {"101"})
    assert (await desk.does("hang-up", call, 409))["error"] == "call.cannot.not_yours"  # a late click ends nothing
    await asked.does("transfer", call, to="102")
    await desk.does("answer", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})


async def _is_watched(office: Exchange, crm: Program, call: str) -> None:
    boss = Desk(crm, "103")
    await boss.does("monitor", call)
    await office.until(lambda: any(p.watch and p.state == "talking" for p in office.only_call.parties))
    await boss.does("monitor", call, watch="barge")
    await office.until(lambda: office.caller_hears(call) == {"102", "103"})
    await boss.does("hang-up", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})
    noted = (await crm.ask("GET", "/access-log?limit=1", 200))["items"][0]
    assert (noted["what"], call in noted["about"]) == ("call_monitored", True)


async def _parks(office: Exchange, other: Desk, desk: Desk, call: str) -> None:
    assert await desk.does("park", call, 200) == {"place": 1}
    await office.until(lambda: office.only_call.place == 1)
    told = await desk.crm.ask("GET", "/desks/102/calls", 200)
    assert [one["place"] for one in told["parked"]] == [1]
    await other.does("fetch", call)
    await office.until(lambda: office.caller_hears(call) == {"101"})
    await other.does("transfer", call, to="main", kind="group")
    await desk.does("answer", call)
    await office.until(lambda: office.caller_hears(call) == {"102"})


async def _warns(office: Exchange, desk: Desk, call: str) -> None:
    await says_something(office)
    await desk.does("warn", call, stage=1, reason="abuse")
    assert (await desk.does("warn", call, 409, stage=2))["error"] == "call.cannot.plays_already"
    await heard_it(office, call, "1차 경고 안내")
    assert (await desk.does("warn", call, 409, stage=3))["error"] == "call.cannot.no_stage"
    assert (await desk.does("warn", call, 422, reason="rude"))["field"] == "reason"
    await desk.does("extend", call, minutes=5)
    assert office.only_call.extra_minutes == 5
    await desk.does("terminate", call, reason="threat")
    await desk.does("terminate", call)
    assert (await desk.does("hold", call, 409))["error"] == "call.cannot.terminating"
    await heard_it(office, call, "협박 종료 안내")
    await office.until(lambda: not office.live())


async def _dials(office: Exchange, desk: Desk) -> None:
    made = await desk.dials("010-5555-1234", shown_number=MAIN_NUMBER)
    assert (await desk.dials("010-5555-1234", 409))["error"] == "call.cannot.you_talk"
    await office.pick_up("outside")
    assert (await office.talks("101")).id == made["call"]
    await desk.does("hang-up", made["call"])
    await office.until(lambda: not office.live())
    assert (await desk.dials("", 422))["field"] == "to"
    assert (await desk.dials("010", 422, shown_number="+8210"))["field"] == "shown_number"


async def test_a_retried_dial_with_its_key_calls_once(office: Exchange, stack: AsyncExitStack) -> None:
    crm = await program(office, stack)
    key = {"Idempotency-Key": "dial-1"}
    body = {"extension": "101", "to": "102"}
    first = await crm.ask("POST", "/desk/dial", 201, body, **key)
    assert await crm.ask("POST", "/desk/dial", 201, body, **key) == first
    assert len(office.live()) == 1


async def test_an_agents_key_acts_for_nobody_and_a_program_names_the_desk(
    office: Exchange, stack: AsyncExitStack
) -> None:
    call = await office.call_in()
    simple, boss = await program(office, stack, Role.AGENT), await program(office, stack)
    assert (await Desk(simple, "101").does("answer", call, 403))["error"] == "api.key_without_desk"
    assert (await Desk(simple, "101").does("monitor", call, 403))["error"] == "api.not_allowed"
    assert (await simple.ask("POST", f"/calls/{call}/hang-up", 403))["error"] == "api.not_allowed"
    assert (await boss.ask("POST", f"/calls/{call}/answer", 422))["field"] == "extension"
    assert (await Desk(boss, "999").does("answer", call, 404))["error"] == "call.no_such_extension"


async def test_an_agent_acts_where_they_sit_and_picks_up_in_their_groups(
    office: Exchange, stack: AsyncExitStack
) -> None:
    crm = await program(office, stack)
    key = await office.services.access.add_key("x", Role.AGENT)
    assert key.secret
    session = crm.session
    signed_in = await office.sign_in("haneul")
    user = await office.services.access.user_by_login("haneul")
    await office.services.agents.sit_by_itself(user, signed_in.token)
    cookie = f"__Host-soribox-{office.services.config.https_port}={signed_in.token}"
    headers = {"Cookie": cookie, "Origin": office.address}
    call = await office.call_in()

    async def ask(path: str, body: dict[str, Any] | None = None) -> int:
        async with ClientSession(connector=session.connector, connector_owner=False) as browser:
            async with browser.post(f"{office.address}/api/v1{path}", json=body or {}, headers=headers) as answer:
                return answer.status

    assert await ask(f"/calls/{call}/answer", {"extension": "102"}) == 403
    assert await ask(f"/calls/{call}/hang-up") == 403
    assert await ask(f"/calls/{call}/answer") == 204
    await office.talks("101")
    assert await ask(f"/calls/{call}/hang-up", {"extension": "101"}) == 204
    await office.until(lambda: not office.live())
    main = next(group for group in await office.services.lines.groups() if group.id == "main")
    await office.services.lines.change_group(type(main)(main.id, main.label, everyone=False, members=("102",)))
    call = await office.call_in("01055556789", rings_at="102")
    assert await ask(f"/calls/{call}/fetch") == 403
    await office.services.settings.set(**{"calls.pickup_across_groups": True})
    assert await ask(f"/calls/{call}/fetch") == 204
    await office.talks("101")


async def test_the_command_line_does_what_the_bar_does(office: Exchange, blocking_is_an_error: BlockBuster) -> None:
    blocking_is_an_error.deactivate()  # the command line may wait for its own disk
    words = Words("en")
    runner = await serve_locally(office.services, "core.sock")
    async with Client(office.services.config.run_folder / "core.sock", "en") as box:

        async def soribox(line: str) -> Any:
            given = parser(words).parse_args(["call", *line.split()])
            command = next(one for one in COMMANDS if one.words == f"call {line.split()[0]}")
            answer = await command.run(box, given)
            list(command.show(answer, words))  # can be shown
            return answer

        call = (await soribox("dial --extension 101 010-5555-1234"))["call"]
        await office.pick_up("outside")
        await office.talks("101")
        assert "hold" in (await soribox("at 101"))[0]["can"]
        for line in (
            "hold",
            "retrieve",
            "mute",
            "mute --off",
            "pause-recording",
            "pause-recording --off",
            "digits 12#",
            "consult 102",
            "take-back",
            "consult 102",
        ):
            step, _, rest = line.partition(" ")
            await soribox(f"{step} {call} {rest} --extension 101")
        await soribox(f"answer {call} --extension 102")
        await office.until(lambda: office.hears("102") == {"101"})
        for step in ("turn", "join"):
            await soribox(f"{step} {call} --extension 101")
        await soribox(f"hang-up {call} --extension 102")
        await office.until(lambda: office.hears("101") == {"outside"})
        await soribox(f"monitor {call} --watch barge --extension 103")
        await office.until(lambda: "103" in office.hears("101"))
        await soribox(f"hang-up {call} --extension 103")
        assert (await soribox(f"park {call} --parking-place 3 --extension 101"))["place"] == 3
        await soribox(f"fetch {call} --extension 102")
        await office.talks("102")
        await soribox(f"transfer {call} main --target-kind group --extension 102")
        await office.rings("101")
        await soribox(f"refuse {call} --extension 101")
        await soribox(f"hang-up {call}")
        await office.until(lambda: not office.live())
    await runner.cleanup()
