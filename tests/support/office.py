"""A whole box with an office around it: phones that are registered, a carrier that is known by its address.

    async with office(tmp_path, "101", "102") as desk:
        call = desk.carrier.call("0212345678", caller="sip:01055551234@carrier.example")
        ringing = await desk.phones["101"].next_call()
        row = await desk.finished(1)         # the newest call, over and with its recording ready
        left, right = await desk.listen(row["id"])

Phones are at 127.0.0.1, the carrier at 127.0.0.2: the edge knows the carrier by that address alone.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.launcher import edge_plan
from sip.edge.link import Link
from sip.edge.render import secret
from sip.errors import EdgeUnavailable
from tests.simulators import audio
from tests.simulators.carrier import Carrier
from tests.simulators.rtp import RtpHub
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Refused, UserAgent
from tests.support.box import Box, free_config
from tests.support.sockets import holds, relay_among
from tests.support.sound import listen
from web.api.client import Unreachable

NUMBER = "0212345678"
ADMIN, PASSWORD = "boss", "a quiet morning at the desk"
CARRIER_ADDRESS = "127.0.0.2"
CARRIER_TONE, PHONE_TONE = 700, 1000  # hertz
_SETTLED = ("ready", "failed")


@dataclass
class Office:
    """The box and everybody around it."""

    box: Box
    hub: RtpHub
    carrier: Carrier
    trunk: str
    phones: dict[str, UserAgent] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    _carrier_port: int = 0

    def __post_init__(self) -> None:
        self._carrier_port = self.carrier.port

    @property
    def carrier_port(self) -> int:
        """Where the carrier is called, also when it is not there."""
        return self._carrier_port

    @property
    def edge(self) -> tuple[str, int]:
        """Where SIP goes."""
        return "127.0.0.1", self.box.config.sip_port

    def close(self) -> None:
        """All phones are unplugged."""
        for phone in self.phones.values():
            phone.close()

    async def add_extension(self, number: str) -> str:
        """Make an extension; return its password."""
        made = await self.box.ask("POST", "/extensions", {"number": number, "name": f"Agent {number}"})
        self.passwords[number] = made["password"]
        return str(made["password"])

    async def add_phone(self, number: str, transport: str = "udp") -> UserAgent:
        """Make an extension if needed, and a phone that is registered on it."""
        if number not in self.passwords:
            await self.add_extension(number)
        phone = await UserAgent.open(self.hub, number, self.passwords[number], self.edge, transport=transport)
        phone.sound = audio.tone(PHONE_TONE)
        self.phones[number] = phone
        await self.registered(phone)
        return phone

    async def registered(self, phone: UserAgent) -> None:
        """Register a phone and wait until the core knows."""

        async def accepted() -> bool:
            try:
                return bool(await phone.register())
            except Refused:  # a new password takes a few milliseconds to the edge; a phone tries again, too
                return False

        await until(accepted, f"{phone.user} may register")

        async def known() -> bool:
            seen = await self.box.ask("GET", f"/extensions/{phone.user}")
            return any(str(phone.port) in one["address"] for one in seen["phones"])

        await until(known, f"the core knows {phone.user}")

    async def edge_knows(self, extension: str) -> None:
        """Wait until the edge would ring an extension without the core; a phone may register a moment earlier."""
        plan = edge_plan(self.box.config)
        link = Link(plan.control_port, lambda: secret(plan.run_folder), lambda _: None, _nothing, lambda: None)

        async def told() -> bool:
            with suppress(EdgeUnavailable):
                found = await link.call("htable.get", "fallback", "ring")
                return extension in str(found["item"]["value"]).split("+")
            return False

        link.start()
        try:
            await until(told, f"the edge knows {extension}")
        finally:
            await link.stop()

    async def set_up(self) -> None:
        """Do what the first page does, as people who are in a hurry."""
        code = (await self.box.ask("GET", "/set-up"))["code"]
        first = {"code": code, "login": ADMIN, "name": "관리자", "password": PASSWORD}
        await self.box.ask("POST", "/set-up", first | {"office_name": "소리상사"})

    async def add_agent(self, login: str, extension: str, language: str = "ko") -> str:
        """Add a person at a phone; return the address that signs them in, once."""
        person = {"login": login, "name": login, "extension": extension, "language": language, "password": PASSWORD}
        await self.box.ask("POST", "/users", person)
        return str((await self.box.ask("POST", f"/users/{login}/sign-in-link"))["address"])

    def worker_of(self, call: Call) -> int:
        """Return the process that holds a caller's conversation: it has the UDP port to which the caller sends."""
        assert call.far is not None
        relay, port = self.relay(), call.far.port
        found = (pid for pid in self.box.workers() if pid != relay and holds(pid, port))
        return next(found)

    def relay(self) -> int | None:
        """Return the relay's process, if it runs."""
        return relay_among(self.box.workers(), self.box.config.run_folder)

    def call_in(self, caller: str = "01055551234", **how: Any) -> Call:
        """Call the office from outside."""
        return self.carrier.call(NUMBER, caller=f"sip:{caller}@carrier.example", **how)

    async def calls(self, count: int = 50) -> list[dict[str, Any]]:
        """Return the newest rows of the call log, the newest first."""
        found = await self.box.ask("GET", "/calls", query={"limit": count})
        return list(found["items"])

    async def finished(self, count: int, within: float = 20.0) -> list[dict[str, Any]]:
        """Wait until `count` calls are over, recordings included; return them, the newest first."""
        rows: list[dict[str, Any]] = []

        async def over() -> bool:
            rows[:] = await self.calls(200)
            return len([row for row in rows if _is_over(row)]) >= count

        try:
            await until(over, f"{count} calls are over", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{rows}\n{self.box.log()}") from None
        return rows

    async def logged(self, count: int, state: str = "ended", within: float = 20.0, **so: str) -> list[dict[str, Any]]:
        """Wait until the log has as many calls that are in this state, and `so`; return them, the newest first."""
        rows: list[dict[str, Any]] = []

        async def there() -> bool:
            with suppress(Unreachable):  # the core may be on its way back
                found = await self.calls(200)
                rows[:] = [row for row in found if (so | {"state": state}).items() <= row.items()]
            return len(rows) >= count

        await until(there, f"{count} calls are {state}", within)
        return rows

    async def talking(self, extension: str) -> dict[str, Any]:
        """Wait until the box knows that an extension talks; return the row of its call.

        Both phones may hear each other a moment before: only then a button can be pressed.
        """
        return (await self.logged(1, "talking", extension=extension))[0]

    async def callback(self, number: str) -> dict[str, Any]:
        """Wait until a number is noted to be called back, which follows the end of its call; return the note."""
        found: list[dict[str, Any]] = []

        async def noted() -> bool:
            items = (await self.box.ask("GET", "/callbacks"))["items"]
            found[:] = [one for one in items if one["number"] == number]
            return bool(found)

        await until(noted, f"{number} is to be called back")
        return found[0]

    async def next_row(self, within: float = 20.0) -> dict[str, Any]:
        """Wait until a call that was not asked for before is over, recording included; return its row."""
        found: list[dict[str, Any]] = []

        async def over() -> bool:
            fresh = [row for row in await self.calls(20) if row["id"] not in self.seen and _is_over(row)]
            found[:] = fresh[-1:]
            return bool(found)

        try:
            await until(over, "a call is over", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await self.calls(5)}\n{self.box.log()}") from None
        self.seen.add(found[0]["id"])
        return found[0]

    async def listen(self, call_id: str) -> tuple[array[int], array[int]]:
        """Return what was recorded: the caller's side and the agent's side, at 8000 Hz."""
        found = sorted(self.box.config.folder.glob(f"recordings/**/{call_id}.*"))
        assert found, f"no recording of {call_id}"
        return await asyncio.to_thread(listen, found[0])


async def _nothing() -> None:
    """What is done when a link of ours is up."""


def _is_over(row: dict[str, Any]) -> bool:
    return bool(row["ended_ms"]) and (not row["answered_ms"] or row["recording"] in _SETTLED)


async def hears(call: Call, hertz: int, milliseconds: int) -> None:
    """Wait until a phone has heard a tone for as long."""

    async def heard() -> bool:
        return call.stream.heard.tone_ms(hertz) >= milliseconds

    await until(heard, f"{call.agent.user} hears {hertz} Hz for {milliseconds} ms")


async def says(milliseconds: int, *calls: Call) -> None:
    """Wait until each of these has sent so much more sound, however long that takes on this machine."""
    wanted = [call.stream.sent + milliseconds // 20 for call in calls]

    async def said() -> bool:
        return all(call.stream.sent >= count for call, count in zip(calls, wanted, strict=True))

    await until(said, f"{milliseconds} ms are spoken")


async def until(true: Callable[[], Any], what: str, within: float = 20.0) -> None:
    """Wait until something the box tells only when asked is so; fail naming it."""
    due = time.monotonic() + within
    while not await true():
        assert time.monotonic() < due, f"waited {within:.0f} s until {what}"
        await asyncio.sleep(0.03)


@asynccontextmanager
async def office(
    folder: Path,
    *extensions: str,
    trunk: dict[str, Any] | None = None,
    before: Callable[[Config], Coroutine[Any, Any, None]] | None = None,
    **settings: Any,
) -> AsyncIterator[Office]:
    """Start a box with these phones registered, a trunk that works, and one number.

    `trunk` are the trunk's further fields; `before` may fill the data folder while the box does not run yet.
    """
    box = Box(free_config(folder / "var", **settings))
    hub = RtpHub()
    async with AsyncExitStack() as stack:
        if before is not None:
            await before(box.config)
        stack.push_async_callback(box.stop)
        await box.start()
        stack.callback(hub.close)
        edge = ("127.0.0.1", box.config.sip_port)
        carrier = await Carrier.open(hub, NUMBER, "carriers-own-secret", edge, address=CARRIER_ADDRESS)
        stack.callback(carrier.close)
        carrier.sound = audio.tone(CARRIER_TONE)
        desk = Office(box, hub, carrier, "")
        stack.callback(desk.close)
        await add_trunk(desk, **(trunk or {}))
        for extension in extensions:
            await desk.add_phone(extension)
        yield desk


async def add_trunk(desk: Office, **fields: Any) -> None:
    """Tell the box of the carrier and the number, and wait until the carrier has answered."""
    trunk = {"name": "Carrier", "kind": "address", "host": CARRIER_ADDRESS, "port": desk.carrier.port}
    made = await desk.box.ask("POST", "/trunks", trunk | {"main_number": NUMBER} | fields)
    desk.trunk = made["id"]
    await desk.box.ask("POST", "/numbers", {"number": NUMBER, "trunk": desk.trunk, "label": "Main"})

    async def works() -> bool:
        seen = await desk.box.ask("GET", f"/trunks/{desk.trunk}")
        return bool(seen["status"]) and seen["status"]["state"] in ("reachable", "registered")

    await until(works, "the trunk works")
