"""One set of expectations of `sip.api.Voice`, for the fake and for real workers: what the core may rely on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from sip import api
from sip.errors import NoWorker, VoiceUnavailable
from sip.voice.client import VoiceClient
from sip.voice.fake import FakeVoice
from tests.support.raw_ua import Message
from tests.support.talk import ONE, ORIGINATE, Far, agent_of, caller_of, replaces
from tests.support.voice import VoiceUnderTest, voice_in

pytestmark = pytest.mark.sip

F = TypeVar("F")


class World(Protocol):
    """The caller, the agent's phone, and whoever kills processes."""

    async def lease(self, *opening: api.Order) -> api.Lease: ...
    async def arrive(self) -> None: ...
    async def ring(self) -> None: ...
    async def pick_up(self) -> None: ...
    async def refuse(self, code: int) -> None: ...
    async def caller_goes(self) -> None: ...
    async def agent_goes(self) -> None: ...
    async def press(self, digit: str) -> None: ...
    async def agent_refers(self, target: str) -> None: ...
    async def transfer_is_refused(self, code: int) -> None: ...
    async def caller_is_replaced(self) -> str: ...
    async def another_calls(self, sip_call_id: str) -> None: ...
    async def lose(self) -> None: ...


class FakeWorld:
    """The outside world that the fake brings along."""

    def __init__(self, voice: FakeVoice) -> None:
        self.voice = voice

    async def lease(self, *opening: api.Order) -> api.Lease:
        return await self.voice.lease(api.ConversationPlan(ONE, opening=opening))

    async def arrive(self) -> None:
        self.voice.arrive(ONE)

    async def ring(self) -> None:
        self.voice.ring(ONE, "agent", "101")

    async def pick_up(self) -> None:
        self.voice.pick_up(ONE, "agent", "101")

    async def refuse(self, code: int) -> None:
        self.voice.hang_up(ONE, "agent", code)

    async def caller_goes(self) -> None:
        self.voice.hang_up(ONE, "caller")

    async def agent_goes(self) -> None:
        self.voice.hang_up(ONE, "agent")

    async def press(self, digit: str) -> None:
        self.voice.press(ONE, "caller", digit)

    async def agent_refers(self, target: str) -> None:
        self.voice.ask_transfer(ONE, "agent", target)

    async def transfer_is_refused(self, code: int) -> None:
        self.voice.hang_up(ONE, "refer-1", code)

    async def caller_is_replaced(self) -> str:
        self.voice.replace_leg(ONE, "caller", "replacing@office")
        return "replacing@office"

    async def another_calls(self, sip_call_id: str) -> None:
        self.voice.arrive(ONE, sip_call_id)

    async def lose(self) -> None:
        self.voice.lose(ONE)


class RealWorld:
    """Raw phones around a real worker. What the worker asks of them they do."""

    def __init__(self, voice: VoiceUnderTest, stack: AsyncExitStack) -> None:
        self._voice = voice
        self._stack = stack
        self._caller: Far | None = None
        self._agent: Far | None = None
        self._invite: Message | None = None
        self._out: Message | None = None

    @property
    def caller(self) -> Far:
        assert self._caller is not None
        return self._caller

    @property
    def agent(self) -> Far:
        assert self._agent is not None
        return self._agent

    async def lease(self, *opening: api.Order) -> api.Lease:
        plan = api.ConversationPlan(ONE, opening=opening)
        self._caller = await self._stack.enter_async_context(caller_of(self._voice, plan))
        self._agent = await self._stack.enter_async_context(agent_of(self._voice, self._caller))
        contact = f"w{self._caller.ua.edge[1]}"
        return api.Lease(ONE, contact, str(self._voice.folder / ONE))

    async def arrive(self) -> None:
        self._invite = self.caller.ua.request("INVITE", "sip:box@127.0.0.1", body=self.caller.sound.sdp())

    async def _caller_is_up(self) -> None:
        assert self._invite is not None
        if self.caller.dialog is None:
            ok = await self.caller.ua.answered(self._invite.header("Call-ID"), 200)
            self.caller.dialog = self.caller.ua.dialog_of_answer(self._invite, ok)
            self.caller.sound.speak_to(ok.body)
            self.caller.within("ACK")

    async def _agent_is_called(self) -> Message:
        if self._out is None:
            self._out = await self.agent.ua.heard("INVITE")
        return self._out

    async def ring(self) -> None:
        self.agent.ua.reply(await self._agent_is_called(), 180, headers={"X-Soribox-Extension": "101"})

    async def pick_up(self) -> None:
        out = await self._agent_is_called()
        ok = self.agent.ua.reply(out, 200, headers={"X-Soribox-Extension": "101"}, body=self.agent.sound.sdp())
        self.agent.dialog = self.agent.ua.dialog_of_call(out, ok)
        await self.agent.ua.heard("ACK")
        await self._caller_is_up()

    async def refuse(self, code: int) -> None:
        self.agent.ua.reply(await self._agent_is_called(), code)

    async def caller_goes(self) -> None:
        await self._caller_is_up()
        self.caller.within("BYE")

    async def agent_goes(self) -> None:
        self.agent.within("BYE")

    async def press(self, digit: str) -> None:
        await self._caller_is_up()
        self.caller.sound.press(digit)

    async def agent_refers(self, target: str) -> None:
        refer = self.agent.within("REFER", {"Refer-To": f"<sip:{target}@127.0.0.1>"})
        assert (await self.agent.ua.answered(refer.header("Call-ID"))).code == 202

    async def transfer_is_refused(self, code: int) -> None:
        self.agent.ua.reply(await self.agent.ua.heard("INVITE"), code)

    async def caller_is_replaced(self) -> str:
        """A call comes that takes the place of the caller's."""
        invite = self.caller.ua.request("INVITE", "sip:x@127.0.0.1", {"Replaces": replaces(self.caller)}, self._sdp())
        ok = await self.caller.ua.answered(invite.header("Call-ID"), 200)
        self.caller.ua.within(self.caller.ua.dialog_of_answer(invite, ok), "ACK")
        self.caller.ua.reply(await self.caller.ua.heard("BYE"), 200)
        return invite.header("Call-ID")

    async def another_calls(self, sip_call_id: str) -> None:
        self.caller.ua.request("INVITE", "sip:x@127.0.0.1", {"Call-ID": sip_call_id}, self._sdp())

    def _sdp(self) -> str:
        return self.caller.sound.sdp()

    async def lose(self) -> None:
        assert self._voice.process is not None
        await self._voice.stop_keeper(signal.SIGKILL)
        self._voice.start_keeper()


class Core:
    """Hears everything, as the core would."""

    def __init__(self, voice: api.Voice, world: World) -> None:
        self.voice = voice
        self.world = world
        self.told: list[api.Told] = []
        self._unseen: list[api.Told] = []
        self._came = asyncio.Event()

    def hear(self, told: api.Told) -> None:
        if told.number <= len(self.told):
            return  # told again
        self.told.append(told)
        self._unseen.append(told)
        self._came.set()

    async def heard(self, kind: type[F], wanted: Callable[[F], bool] = lambda _: True) -> F:
        async with asyncio.timeout(20):
            while True:
                for told in self._unseen:
                    if isinstance(told.fact, kind) and wanted(told.fact):
                        self._unseen.remove(told)
                        return told.fact
                self._came.clear()
                await self._came.wait()

    async def order(self, *orders: api.Order) -> None:
        await self.voice.order(ONE, *orders)


@pytest.fixture(params=["fake", "real"])
async def core(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Core]:
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            fake = FakeVoice()
            core = Core(fake, FakeWorld(fake))
        else:
            under_test = await stack.enter_async_context(voice_in(tmp_path / "data", stop_seconds=0.2))
            await under_test.client.stop()
            client = VoiceClient(tmp_path / "data" / "run" / "voice.sock")
            under_test.client = client
            core = Core(client, RealWorld(under_test, stack))
        await core.voice.start(core.hear, lambda state: None)
        stack.push_async_callback(core.voice.stop)
        yield core


async def test_an_answered_call_tells_its_story_in_order(core: Core) -> None:
    lease = await core.world.lease()
    assert lease.conversation == ONE
    assert lease.folder.endswith(ONE)
    await core.world.arrive()
    assert (await core.heard(api.LegArrived)).leg == "caller"
    await core.order(api.Ring("caller"), ORIGINATE)
    await core.world.ring()
    assert (await core.heard(api.LegProgress)).extension == "101"
    await core.order(api.Answer("caller"), api.Bridge("caller", "agent"))
    await core.world.pick_up()
    up = {fact.leg: fact for fact in [await core.heard(api.LegAnswered), await core.heard(api.LegAnswered)]}
    assert up["agent"].extension == "101"
    await core.world.caller_goes()
    ended = await core.heard(api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == ("caller", 200, True)
    await core.world.agent_goes()
    assert (await core.heard(api.LegEnded)).leg == "agent"
    await core.heard(api.ConversationEnded)
    assert [told.number for told in core.told] == list(range(1, len(core.told) + 1))
    assert {told.conversation for told in core.told} == {ONE}
    recorded = {told.fact.leg for told in core.told if isinstance(told.fact, api.RecordingClosed)}
    assert recorded == {"caller", "agent"}


async def test_recording_begins_before_the_answer_is_told_and_its_file_has_no_folder(core: Core) -> None:
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.order(api.Answer("caller"), ORIGINATE)
    await core.world.pick_up()
    await core.heard(api.LegAnswered, lambda fact: fact.leg == "caller")
    kinds = [type(told.fact) for told in core.told if getattr(told.fact, "leg", "") == "caller"]
    assert kinds.index(api.RecordingStarted) < kinds.index(api.LegAnswered)
    started = await core.heard(api.RecordingStarted, lambda fact: fact.leg == "caller")
    assert started.file == "caller.wav"


async def test_a_refusal_keeps_its_code_and_the_name_of_its_leg_is_used_up(core: Core) -> None:
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.order(ORIGINATE)
    await core.world.refuse(486)
    ended = await core.heard(api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == ("agent", 486, True)
    await core.order(ORIGINATE, api.Hangup("agent"), api.Hangup("caller", 486))
    ended = await core.heard(api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == ("caller", 486, False)
    await core.heard(api.ConversationEnded)


async def test_legs_that_end_together_need_no_core_to_do_so(core: Core) -> None:
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.order(ORIGINATE, api.Answer("caller"), api.Bridge("caller", "agent", end_together=True))
    await core.world.pick_up()
    await core.heard(api.LegAnswered, lambda fact: fact.leg == "agent")
    await core.world.caller_goes()
    first, second = await core.heard(api.LegEnded), await core.heard(api.LegEnded)
    assert (first.leg, first.by_far) == ("caller", True)
    assert (second.leg, second.by_far) == ("agent", False)
    await core.heard(api.ConversationEnded)


async def test_keys_are_told(core: Core) -> None:
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.order(api.Answer("caller"))
    await core.world.press("9")
    assert await core.heard(api.DigitHeard) == api.DigitHeard("caller", "9")


async def test_an_order_for_a_leg_that_is_not_there_fails_and_says_so(core: Core) -> None:
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.order(api.Bridge("caller", "nobody"))
    assert (await core.heard(api.OrderFailed)).order == "Bridge"


async def test_what_a_conversation_opens_with_needs_no_core(core: Core) -> None:
    await core.world.lease(ORIGINATE, api.Answer("caller"))
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.world.pick_up()
    up = {(await core.heard(api.LegAnswered)).leg, (await core.heard(api.LegAnswered)).leg}
    assert up == {"caller", "agent"}


async def talk(core: Core) -> None:
    """Bring both legs up and join them."""
    await core.world.lease(ORIGINATE, api.Answer("caller"), api.Bridge("caller", "agent", end_together=True))
    await core.world.arrive()
    await core.world.pick_up()
    await core.heard(api.LegAnswered)
    await core.heard(api.LegAnswered)


async def test_a_transfer_that_a_phone_asks_for_is_told_and_may_fail_without_harm(core: Core) -> None:
    await talk(core)
    await core.world.agent_refers("103")
    asked = await core.heard(api.TransferAsked)
    assert (asked.leg, asked.new_leg, asked.target, asked.replaces) == ("agent", "refer-1", "103", "")
    assert asked.sip_call_id
    await core.world.transfer_is_refused(486)
    ended = await core.heard(api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == ("refer-1", 486, True)
    await core.world.agent_goes()
    assert [(await core.heard(api.LegEnded)).leg for _ in range(2)] == ["agent", "caller"]


async def test_who_asked_for_a_transfer_may_go_and_nobody_is_left_in_silence(core: Core) -> None:
    await talk(core)
    await core.world.agent_refers("103")
    await core.heard(api.TransferAsked)
    await core.world.agent_goes()
    assert (await core.heard(api.LegEnded)).leg == "agent"
    await core.world.transfer_is_refused(480)
    assert [(await core.heard(api.LegEnded)).leg for _ in range(2)] == ["refer-1", "caller"]
    await core.heard(api.ConversationEnded)


async def test_a_leg_that_is_replaced_ends_and_the_other_stands_in_its_bridges(core: Core) -> None:
    await talk(core)
    sip_call_id = await core.world.caller_is_replaced()
    assert await core.heard(api.LegReplaced) == api.LegReplaced("caller", "replace-1", sip_call_id)
    answered = await core.heard(api.LegAnswered)
    assert (answered.leg, answered.sip_call_id) == ("replace-1", sip_call_id)
    ended = await core.heard(api.LegEnded)
    assert (ended.leg, ended.code, ended.by_far) == ("caller", 200, False)
    assert (await core.heard(api.RecordingStarted, lambda fact: fact.leg == "replace-1")).file == "replace-1.wav"
    await core.world.agent_goes()
    assert [(await core.heard(api.LegEnded)).leg for _ in range(2)] == ["agent", "replace-1"]


async def test_an_expected_call_becomes_its_leg(core: Core) -> None:
    await talk(core)
    await core.order(api.Expect("pickup", "picked@up"))
    await core.heard(api.LegArrived)
    await core.world.another_calls("picked@up")
    assert await core.heard(api.LegArrived) == api.LegArrived("pickup", "picked@up")
    await core.order(api.Answer("pickup"), api.Hangup("pickup"))


async def test_a_leg_that_is_hung_up_before_it_comes_has_ended_and_does_not_come_any_more(core: Core) -> None:
    await talk(core)
    await core.order(api.Expect("pickup", "picked@up"), api.Hangup("pickup", 480))
    assert (await core.heard(api.LegEnded)).leg == "pickup"
    await core.order(api.Expect("pickup", "picked@up"), api.Hangup("agent"))
    assert (await core.heard(api.LegEnded)).leg == "agent"


async def test_recording_is_stopped_and_begun_again_by_order(core: Core) -> None:
    await talk(core)
    await core.heard(api.RecordingStarted, lambda fact: fact.leg == "agent")
    stop, begin = api.Record("agent", False), api.Record("agent", True)
    await core.order(stop, stop)
    assert (await core.heard(api.RecordingClosed)).file == "agent.wav"
    await core.order(begin, begin)
    assert (await core.heard(api.RecordingStarted, lambda fact: fact.leg == "agent")).file == "agent.2.wav"
    await core.order(stop)
    assert (await core.heard(api.RecordingClosed)).file == "agent.2.wav"


async def test_orders_for_the_call_bar_need_their_legs_unless_they_end_something(core: Core) -> None:
    await talk(core)
    ends = (api.Unmute("x"), api.Unlisten("x", "y"), api.Retrieve("x"), api.Unbridge("x", "y"), api.Record("x", False))
    await core.order(*ends, api.Mute("agent"), api.Listen("caller", "agent"), api.Unmute("agent"))
    await core.order(api.Mute("x"), api.Listen("agent", "x"), api.Record("x", True))
    assert [(await core.heard(api.OrderFailed)).order for _ in range(3)] == ["Mute", "Listen", "Record"]


async def test_the_figures_of_legs_with_sound_are_told_while_a_call_goes_on(core: Core) -> None:
    with pytest.raises(NoWorker):
        await core.voice.measure("nobody")
    await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    assert await core.voice.measure(ONE) == ()
    await core.order(api.Answer("caller"), ORIGINATE, api.Bridge("caller", "agent"))
    await core.world.pick_up()
    await core.heard(api.LegAnswered)
    await core.heard(api.LegAnswered)
    measured = await core.voice.measure(ONE)
    assert {leg.leg for leg in measured} == {"caller", "agent"}
    assert all(leg.quality.lost == 0 for leg in measured)


async def test_a_lost_conversation_ends_with_that_fact(core: Core) -> None:
    lease = await core.world.lease()
    await core.world.arrive()
    await core.heard(api.LegArrived)
    await core.world.lose()
    assert (await core.heard(api.ConversationLost)).sip_contact == lease.contact


async def test_orders_for_unknown_conversations_are_ignored(core: Core) -> None:
    await core.voice.order("nobody", api.Hangup("caller"))
    await core.voice.acknowledge("nobody", 3)
    await core.world.lease()


async def test_without_a_link_leases_and_orders_fail_and_the_state_says_so(core: Core) -> None:
    await core.voice.stop()
    assert not core.voice.state().connected
    with pytest.raises(VoiceUnavailable):
        await core.voice.lease(api.ConversationPlan(ONE))
    with pytest.raises(VoiceUnavailable):
        await core.voice.order(ONE, api.Hangup("caller"))
    with pytest.raises(VoiceUnavailable):
        await core.voice.measure(ONE)
    await core.voice.acknowledge(ONE, 1)


async def test_the_fake_refuses_leases_with_a_reason() -> None:
    fake = FakeVoice(limit=1)
    await fake.start(lambda told: None, lambda state: None)
    await fake.lease(api.ConversationPlan("one"))
    with pytest.raises(NoWorker):
        await fake.lease(api.ConversationPlan("two"))
