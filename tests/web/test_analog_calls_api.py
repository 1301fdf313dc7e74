"""Calls on analog lines over the API: what is dialled and what refused, who has a call, held against the document."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster

from appliance.calls.call import Result
from appliance.cli.command import Words
from appliance.cli.entry import COMMANDS, parser
from tests.support.exchange import Exchange
from tests.support.line_office import Log, dialling_box, phone_leaves
from tests.support.program import Program, program
from tests.support.serial_line import SerialDevice
from web.api.client import Client
from web.api.local import serve_locally
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web

NUMBER = "010-5555-1234"


@pytest.fixture
def office(office_with_a_line: Exchange) -> Exchange:
    return office_with_a_line


async def dials(crm: Program, status: int, to: str = NUMBER, extension: str = "101", line: int = 1) -> str:
    sent = {"extension": extension, "to": to, "line": line}
    answer = await crm.ask("POST", "/desk/dial", status, sent)
    return str(answer["call"]) if status == 201 else ""


async def test_a_line_dials_what_may_be_dialled_and_says_why_not(office: Exchange, tmp_path: Path) -> None:
    log = Log(office)
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        await dials(crm, 404)  # there is no such line
        box = await stack.enter_async_context(dialling_box(office, tmp_path / "ttyCID"))
        [way] = (await crm.ask("GET", "/desks/101/lines", 200))["items"]
        assert way == {"line": 1, "name": "회선 1", "usual": False}  # the desk has its own phone
        for nonsense in ("", "102", "abc"):
            await dials(crm, 422, nonsense)
        call = await dials(crm, 201)
        assert await dials(crm, 201) == call
        await dials(crm, 409, "02-777-8888")  # the line is in use
        await crm.ask("POST", f"/calls/{call}/hang-up", 204, {"extension": "101"})
        assert (await log.last(Result.CANCELLED)).id == call
        await crm.ask("PATCH", "/analog-lines/1", 422, {"prefix": "nine"})
        await crm.ask("PATCH", "/analog-lines/1", 200, {"prefix": "9,"})
        await crm.ask("PATCH", "/extensions/101", 200, {"may_call_out": False})
        await dials(crm, 403)
        await dials(crm, 201, "119")
        await dials(crm, 409, "119", extension="102")
        await office.until(lambda: len(box.dialled) > 1)
        assert box.dialled == [(1, "01055551234"), (1, "9,119")]
        box.lift()
        box.put_down()
        await log.last(Result.ANSWERED)
        await dials(crm, 201, extension="102")
        await office.until(lambda: box.dialled[2:] == [(1, "9,01055551234")])
        await crm.ask("PATCH", "/analog-lines/1", 200, {"dials": False})
        assert (await crm.ask("GET", "/desks/101/lines", 200))["items"] == []
        await dials(crm, 503)


async def test_without_a_trunk_or_a_phone_the_line_is_taken_unasked(office: Exchange, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        box: SerialDevice = await stack.enter_async_context(dialling_box(office, tmp_path / "ttyCID"))
        await phone_leaves(office)
        await dials(crm, 201, line=0)
        await office.until(lambda: box.dialled == [(1, "01055551234")])
        box.lift()
        box.put_down()
        await office.until(lambda: not office.live())
        await crm.ask("POST", "/desk/dial", 409, {"extension": "101", "to": "102"})  # colleagues are called by phone
        await crm.ask("PATCH", f"/trunks/{office.trunk}", 200, {"enabled": False})
        await dials(crm, 201, extension="102", line=0)
        await office.until(lambda: len(box.dialled) == 2)
        [way] = (await crm.ask("GET", "/desks/102/lines", 200))["items"]
        assert way["usual"]


async def test_who_had_a_call_is_told_once_and_corrected_on_purpose(office: Exchange, tmp_path: Path) -> None:
    log = Log(office)
    async with AsyncExitStack() as stack:
        crm = await program(office, stack)
        box = await stack.enter_async_context(dialling_box(office, tmp_path / "ttyCID"))
        box.ring("01055551234")
        await office.until(office.live)
        path = f"/calls/{office.only_call.id}/line-taken"
        for _ in range(2):
            await crm.ask("POST", path, 204, {"extension": "101"})
        await crm.ask("POST", path, 409, {"extension": "102"})
        box.put_down()
        await log.last(Result.ANSWERED)
        await crm.ask("POST", path, 409, {"extension": "102"})
        await crm.ask("POST", path, 204, {"extension": "102", "instead": True})
        assert (await log.last(Result.ANSWERED)).extension == "102"
        await crm.ask("POST", "/calls/nothing/line-taken", 404, {"extension": "102"})
        for on in (True, True, False, False):
            assert (await crm.ask("POST", "/devices/trial", 200, {"on": on})) == {"on": on}
        await crm.ask("GET", "/desks/101/lines", 200)
        operations = {(o.method, o.path) for o in OPERATIONS if o.handler.__module__ == "web.api.analog_calls"}
        assert operations <= crm.used


async def test_the_command_line_dials_and_says_who_had_a_call(
    office: Exchange, tmp_path: Path, blocking_is_an_error: BlockBuster
) -> None:
    log = Log(office)
    blocking_is_an_error.deactivate()  # the command line may wait for its own disk
    words = Words("en")
    runner = await serve_locally(office.services, "core.sock")
    box = Client(office.services.config.run_folder / "core.sock", "en")
    async with dialling_box(office, tmp_path / "ttyCID") as device, box:

        async def soribox(*line: str) -> Any:
            command = next(one for one in COMMANDS if one.words == " ".join(line[:2]))
            answer = await command.run(box, parser(words).parse_args(list(line)))
            list(command.show(answer, words))  # can be shown
            return answer

        [way] = await soribox("analog-lines", "dials", "--extension", "101")
        number = str(way["line"])
        changed = await soribox("analog-lines", "change", number, "--prefix", "9", "--dials", "yes")
        assert (changed["prefix"], changed["dials"]) == ("9", True)
        await soribox("call", "dial", "--extension", "101", "--line", number, NUMBER)
        await office.until(lambda: device.dialled == [(1, "901055551234")])
        device.lift()
        device.put_down()
        made = await log.last(Result.ANSWERED)
        device.ring("01077778888")
        device.lift()
        device.put_down()
        await office.until(lambda: log.count > 1)
        call = (await log.last(Result.ANSWERED)).id
        assert call != made.id
        await soribox("call", "line-taken", call, "--extension", "102")
        await soribox("call", "line-taken", call, "--extension", "101", "--correct")
        assert (await log.last(Result.ANSWERED)).extension == "101"
        await soribox("simulate", "device")
        await soribox("simulate", "device", "--unplug")
    await runner.cleanup()
