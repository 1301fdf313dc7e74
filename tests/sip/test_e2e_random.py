"""People press whatever they like, whenever they like: afterwards nothing is stuck, nothing rings, the log is right.

Hypothesis draws what everybody does; phones, callers, edge and workers are real. `SORIBOX_ORDERS=5000` plays longer.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulators.sip_call import Call
from tests.support.office import Office, office, until
from tests.support.scenario import Cast
from web.api.client import Refused

pytestmark = pytest.mark.sip

PHONES = ("101", "102", "103", "104")
_STEPS = 40
_ORDERS = int(os.environ.get("SORIBOX_ORDERS", "600"))
_LEGAL = range(400, 500)  # a refusal in words; anything above would be a fault of the box

phones = st.sampled_from(PHONES)
places = st.integers(1, 3)
targets = st.sampled_from((*PHONES, "01022223333", "777", ""))
buttons = st.sampled_from(
    (
        "answer",
        "refuse",
        "hang-up",
        "hold",
        "retrieve",
        "mute",
        "turn",
        "join",
        "complete",
        "take-back",
        "park",
        "fetch",
    )
)
aimed = st.sampled_from(("transfer", "consult"))
watches = st.sampled_from(("listen", "whisper", "barge"))
codes = st.sampled_from(("*8", "*8101", "*5", "*51", "*52", "*80102", "*78", "*79"))


class Crowd(RuleBasedStateMachine):
    """Everybody in the office and outside."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    desk: ClassVar[Office]

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[Call] = []
        self.lines: list[Call] = []
        self.run(self._begin())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one thing."""
        self.loop.run_until_complete(asyncio.wait_for(work, 60))

    async def _begin(self) -> None:
        self.before = {row["id"] for row in await self.desk.calls(200)}
        for phone in PHONES:  # whoever was not to be disturbed is there again
            self.lines.append(self.desk.phones[phone].call("*79"))

    # -------------------------------------------------------------------------------------------------- outside

    @rule()
    def somebody_calls(self) -> None:
        self.run(self._somebody_calls())

    async def _somebody_calls(self) -> None:
        if sum(not call.over for call in self.outside) < 3:
            self.outside.append(self.desk.call_in(f"0105555{len(self.outside):04d}"))

    @rule(which=st.integers(0, 5))
    def a_caller_hangs_up(self, which: int) -> None:
        self.run(self._hang_up([call for call in self.outside if not call.over], which))

    @rule(which=st.integers(0, 5), keys=st.sampled_from("1#"))
    def a_caller_presses_a_key(self, which: int, keys: str) -> None:
        up = [call for call in self.outside if call.up and not call.over]
        if up:
            self.run(_now(lambda: up[which % len(up)].dial(keys)))

    # --------------------------------------------------------------------------------------------------- phones

    @rule(phone=phones)
    def a_phone_answers(self, phone: str) -> None:
        ringing = [c for c in self.desk.phones[phone].calls if not c.over and not c.up and not c.code and c.came_in]
        if ringing:
            self.run(_now(ringing[-1].answer))

    @rule(phone=phones)
    def a_phone_refuses(self, phone: str) -> None:
        ringing = [c for c in self.desk.phones[phone].calls if not c.over and not c.up and not c.code and c.came_in]
        if ringing:
            self.run(_now(lambda: ringing[0].refuse(486)))

    @rule(phone=phones, which=st.integers(0, 3))
    def a_phone_hangs_up(self, phone: str, which: int) -> None:
        self.run(self._hang_up([call for call in self.desk.phones[phone].calls if call.up and not call.over], which))

    @rule(phone=phones, number=targets)
    def a_phone_dials(self, phone: str, number: str) -> None:
        if number:
            self.run(self._dial(phone, number))

    @rule(phone=phones, code=codes)
    def a_phone_dials_a_code(self, phone: str, code: str) -> None:
        self.run(self._dial(phone, code))

    async def _dial(self, phone: str, number: str) -> None:
        if sum(not call.over for call in self.desk.phones[phone].calls) < 2:
            self.lines.append(self.desk.phones[phone].call(number))

    @rule(phone=phones, on=st.booleans())
    def a_phone_holds(self, phone: str, on: bool) -> None:
        up = [call for call in self.desk.phones[phone].calls if call.up and not call.over]
        if up:
            self.run(_now(up[-1].hold if on else up[-1].resume))

    @rule(phone=phones, number=targets, together=st.booleans())
    def a_phone_transfers(self, phone: str, number: str, together: bool) -> None:
        up = [call for call in self.desk.phones[phone].calls if call.up and not call.over]
        if up and number:
            other = up[0] if together and len(up) > 1 else None
            self.run(_now(lambda: up[-1].refer(number, other)))

    # --------------------------------------------------------------------------------------------------- panels

    @rule(phone=phones, button=buttons, twice=st.booleans())
    def a_button_is_pressed(self, phone: str, button: str, twice: bool) -> None:
        self.run(self._press(phone, button, {}, twice))

    @rule(phone=phones, button=aimed, to=targets, twice=st.booleans())
    def a_call_is_sent_on(self, phone: str, button: str, to: str, twice: bool) -> None:
        self.run(self._press(phone, button, {"to": to}, twice))

    @rule(phone=phones, watch=watches)
    def a_supervisor_listens(self, phone: str, watch: str) -> None:
        self.run(self._press(phone, "monitor", {"watch": watch}, False))

    @rule(phone=phones, to=targets)
    def a_number_is_clicked(self, phone: str, to: str) -> None:
        self.run(self._ask("/desk/dial", {"extension": phone, "to": to}))

    async def _press(self, phone: str, button: str, more: dict[str, Any], twice: bool) -> None:
        seen = await self.desk.box.ask("GET", f"/desks/{phone}/calls")
        ids = [one["call"]["id"] for one in seen["calls"]]
        if button in ("fetch", "monitor") or not ids:
            ids = [row["id"] for row in (*seen["parked"], *await self.desk.calls(5)) if row["state"] != "ended"]
        if not ids:
            return
        asked = [self._ask(f"/calls/{ids[0]}/{button}", {"extension": phone} | more) for _ in range(1 + twice)]
        await asyncio.gather(*asked)

    async def _ask(self, path: str, body: dict[str, Any]) -> None:
        try:
            await self.desk.box.ask("POST", path, body)
        except Refused as refused:
            self._must_be_said_in_words(path, refused)

    def _must_be_said_in_words(self, path: str, refused: Refused) -> None:
        assert refused.status in _LEGAL, f"{path}: {refused.status} {refused.message}\n{self.desk.box.log()[-4000:]}"

    # ---------------------------------------------------------------------------------------------------- time

    @rule(hundredths=st.integers(0, 30))
    def time_passes(self, hundredths: int) -> None:
        self.run(_wait(hundredths / 100))

    # ------------------------------------------------------------------------------------------------- at the end

    def teardown(self) -> None:
        self.run(self._everybody_goes_home())

    async def _everybody_goes_home(self) -> None:
        agents = (*self.desk.phones.values(), self.desk.carrier)

        def every() -> list[Call]:
            return [call for agent in agents for call in agent.calls if not call.over]

        async def quiet() -> bool:
            for call in every():
                await self._leave(call)
            rows = await self.desk.calls(200)
            live = [row for row in rows if row["state"] != "ended"]
            return not live and not every()

        try:
            await until(quiet, "nothing goes on any more", 20)
        except AssertionError as error:
            calls = [(call.agent.user, call.call_id, call.marks) for call in every()]
            live = [row for row in await self.desk.calls(200) if row["state"] != "ended"]
            raise AssertionError(f"{error}\n{calls}\n{live}\n{self.desk.box.log()[-8000:]}") from None
        for row in await self._rows():
            the_row_is_right(row)
        for agent in agents:
            agent.calls.clear()
            while not agent.arrived.empty():
                agent.arrived.get_nowait()

    async def _rows(self) -> list[dict[str, Any]]:
        """Return the calls of this example, when all are over: the last that gave up may get their rows just now."""
        rows: list[dict[str, Any]] = []

        async def over() -> bool:
            rows[:] = [row for row in await self.desk.calls(200) if row["id"] not in self.before]
            return all(row["state"] == "ended" for row in rows)

        await until(over, "every row says that its call is over")
        return rows

    async def _leave(self, call: Call) -> None:
        if call.up:
            call.hang_up()
        elif call.came_in and not call.code:
            call.refuse(480)
        elif not call.came_in and not call.code:
            call.cancel()
        await asyncio.sleep(0.02)

    async def _hang_up(self, calls: list[Call], which: int) -> None:
        if calls:
            await self._leave(calls[which % len(calls)])


def the_row_is_right(row: dict[str, Any]) -> None:
    """Assert what must be true of every row, whatever happened."""
    assert row["state"] == "ended", row
    assert row["result"] not in ("open", "lost"), row
    assert row["ended_ms"] >= row["answered_ms"], row
    assert row["ended_ms"] >= row["started_ms"], row
    assert not row["parties"], row
    for part in row["parts"]:
        assert part["to_ms"], row
        assert row["started_ms"] <= part["from_ms"] <= part["to_ms"] <= row["ended_ms"], row
    assert not row["place"], row


async def _now(work: Callable[[], None]) -> None:
    work()


async def _wait(seconds: float) -> None:
    await asyncio.sleep(seconds)


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[type[Crowd]]:
    """The crowd in an office of its own, with a loop that lives from one step to the next."""
    loop = asyncio.new_event_loop()
    opened = office(tmp_path, *PHONES, conversations=16)
    with ExitStack() as stack:
        stack.callback(loop.close)
        Crowd.loop, Crowd.desk = loop, loop.run_until_complete(opened.__aenter__())
        stack.callback(lambda: loop.run_until_complete(opened.__aexit__(None, None, None)))
        group = {"members": ["101", "102", "103"], "queue": True, "queue_seconds": 30, "strategy": "longest_idle"}
        short = {"calls.transfer_return_seconds": 5, "calls.park_return_seconds": 10}
        loop.run_until_complete(Cast(Crowd.desk).furnish(group, short | {"calls.pickup_across_groups": True}))
        yield Crowd


def test_whatever_people_press_nothing_is_stuck_and_the_log_is_right(crowd: type[Crowd]) -> None:
    how = settings(
        max_examples=max(1, _ORDERS // _STEPS),
        stateful_step_count=_STEPS,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a call that went wrong cannot be played again from its beginning
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(crowd, settings=how)
