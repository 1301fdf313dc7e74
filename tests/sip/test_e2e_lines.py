"""A whole box beside a caller-ID device on a pseudo-terminal: it dials there, and a gateway tells of the same call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.support.office import NUMBER, Office, office, until
from tests.support.serial_line import SerialDevice

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Desk:
    """The office, and the device that is plugged in."""

    office: Office
    device: SerialDevice

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        return await self.office.box.ask(method, path, body)

    async def rows(self) -> list[dict[str, Any]]:
        return list((await self.ask("GET", "/calls"))["items"])

    async def has_line(self) -> bool:
        return bool((await self.ask("GET", "/desks/101/lines"))["items"])

    async def dialled(self) -> bool:
        return self.device.dialled == [(1, "01055551234")]

    async def rings(self) -> bool:
        return any(row["state"] == "ringing" and row["line"] for row in await self.rows())

    async def becomes(self, call: str, state: str) -> dict[str, Any]:
        """Wait until a call is in a state; return its row."""
        row: dict[str, Any] = {}

        async def there() -> bool:
            nonlocal row
            row = await self.ask("GET", f"/calls/{call}")
            return bool(row["state"] == state)

        await until(there, f"the call is {state}")
        return row


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("lines")
    async with office(folder, "101") as around:
        device = SerialDevice(folder / "ttyCID").plug_in()
        made = Desk(around, device)
        await made.ask("POST", "/devices", {"path": str(device.path.readlink())})
        await until(made.has_line, "the device has a line")
        yield made
        device.pull_out()


async def test_the_device_dials_and_the_handset_makes_it_a_call_of_the_desk(desk: Desk) -> None:
    sent = {"extension": "101", "to": "010-5555-1234", "line": 1}
    call = (await desk.ask("POST", "/desk/dial", sent))["call"]
    row = await desk.becomes(call, "ringing")
    assert (row["direction"], row["called_number"], row["line"]) == ("out", "+821055551234", "회선 1")
    await until(desk.dialled, "the device has dialled")
    desk.device.lift()
    assert (await desk.becomes(call, "talking"))["extension"] == "101"
    desk.device.put_down()
    row = await desk.becomes(call, "ended")
    assert (row["result"], row["answered_ms"] > 0) == ("answered", True)
    steps = [step["key"] for step in (await desk.ask("GET", f"/calls/{call}/timeline"))["items"]]
    assert steps == [f"timeline.line_{what}" for what in ("dials", "dialled", "picked_up", "put_down")]


async def test_a_hidden_caller_of_whom_line_and_gateway_tell_is_one_call(desk: Desk) -> None:
    await desk.ask("PATCH", "/analog-lines/1", {"number": NUMBER})
    before = {row["id"] for row in await desk.rows()}
    desk.device.ring("")
    await until(desk.rings, "the line rings")
    caller = desk.office.carrier.call(NUMBER, caller="sip:anonymous@anonymous.invalid", headers=(("Privacy", "id"),))
    await desk.office.phones["101"].next_call()

    async def is_one() -> bool:
        return len([row for row in await desk.rows() if row["id"] not in before]) == 1

    await until(is_one, "the two are one")
    caller.cancel()
    await caller.ended()
    [row] = [row for row in await desk.rows() if row["id"] not in before]
    assert (row["presentation"], row["line"], row["trunk"]) == ("withheld", "", desk.office.trunk)
