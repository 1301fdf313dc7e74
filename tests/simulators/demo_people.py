"""The people of `./box demo`: agents at their phones (baresip) and callers (SIPp). They only use the telephone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from tests.simulators import audio
from tests.simulators.baresip import Account, Baresip
from tests.simulators.demo_office import AGENTS, CALLERS_SAY, STRANGERS, Agent, customers
from tests.simulators.sipp import Caller, Sipp
from tests.support.kamailio import free_ports

SPEECH_SECONDS = 40


class Outcome(Enum):
    """How a call goes."""

    CALLER_ENDS = auto()
    AGENT_ENDS = auto()
    GIVES_UP = auto()
    REJECTED = auto()


@dataclass(frozen=True)
class Plan:
    """One call that will come: `number` empty = withheld."""

    number: str
    outcome: Outcome
    talk_s: float


def plans(chance: random.Random, every: float) -> Iterator[Plan]:
    """Yield calls without end: the first three are answered, later every fifth is not."""
    known = [customer.number for customer in customers()]
    outcomes = (Outcome.CALLER_ENDS, Outcome.AGENT_ENDS, Outcome.CALLER_ENDS, Outcome.GIVES_UP, Outcome.AGENT_ENDS)
    later = (*outcomes, *outcomes[:3], Outcome.REJECTED, Outcome.CALLER_ENDS)
    at = 0
    while True:
        number = "" if at % 7 == 2 else chance.choice(STRANGERS if at % 3 == 1 else known)
        yield Plan(number, later[at % len(later)], min(20.0, max(2.0, chance.uniform(0.6, 1.4) * every)))
        at += 1


class Desk:
    """An agent and their phone. What the agent does with a call is arranged before it comes, by the caller's number."""

    def __init__(self, agent: Agent, phone: Baresip, chance: random.Random) -> None:
        self.agent, self.phone = agent, phone
        self.arranged: dict[str, Plan] = {}
        self._chance = chance
        self._tasks: set[asyncio.Task[None]] = set()
        phone.on_event = self._hear

    def _hear(self, event: dict[str, Any]) -> None:
        if event.get("type") == "CALL_INCOMING":
            task = asyncio.create_task(self._act(str(event.get("peeruri")), str(event.get("id"))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _act(self, peer: str, call: str) -> None:
        number = peer.partition(":")[2].partition("@")[0]
        plan = self.arranged.get(number) or self.arranged.get("")
        if plan is None or plan.outcome is Outcome.GIVES_UP:
            return
        await asyncio.sleep(self._chance.uniform(1.0, 3.0))
        if any(event.get("type") == "CALL_CLOSED" and event.get("id") == call for event in self.phone.events):
            return  # the colleague was quicker, or the caller has gone
        if plan.outcome is Outcome.REJECTED:
            self.phone.command("hangup")
            return
        self.phone.command("accept")
        if plan.outcome is Outcome.AGENT_ENDS:
            await asyncio.sleep(plan.talk_s)
            self.phone.command("hangup")

    async def leave(self) -> None:
        """Switch the phone off."""
        for task in self._tasks:
            task.cancel()
        await self.phone.stop()


async def open_desks(folder: Path, passwords: dict[str, str], edge: tuple[str, int], seed: int) -> list[Desk]:
    """Switch all agents' phones on and wait until they are registered. When one is not, all are switched off again."""
    desks: list[Desk] = []
    try:
        for at, agent in enumerate(AGENTS):
            sound = await asyncio.to_thread(
                audio.speech, folder / f"{agent.login}.wav", agent.says, agent.voice, SPEECH_SECONDS
            )
            account = Account(agent.extension, passwords[agent.extension], *edge, name=agent.name)
            phone = Baresip(folder / f"phone-{agent.extension}", account, sound)
            desks.append(Desk(agent, phone, random.Random(seed + at)))
            await phone.start(free_ports(1)[0])
    except BaseException:
        for desk in desks:
            await desk.leave()
        raise
    return desks


def record_callers(folder: Path) -> list[Path]:
    """Have the callers' sentences spoken, once; return the files SIPp streams."""
    files = []
    for at, (voice, text) in enumerate(CALLERS_SAY):
        file = folder / f"caller-{at}.alaw"
        if not file.exists():
            spoken = audio.speech(folder / f"caller-{at}.wav", text, voice, SPEECH_SECONDS)
            audio.raw_alaw(file, audio.read_wav(spoken))
        files.append(file)
    return files


async def place(plan: Plan, desks: list[Desk], sipp: Sipp, number: str, edge: tuple[str, int]) -> None:
    """Make one call from beginning to end."""
    shown = plan.number or "anonymous"
    for desk in desks:
        desk.arranged[shown] = plan
    ends_itself = plan.outcome is not Outcome.AGENT_ENDS
    talk_ms = int((plan.talk_s if ends_itself else plan.talk_s + 10) * 1000)
    scenario = "give_up" if plan.outcome is Outcome.GIVES_UP else "call"
    try:
        await sipp.call(number, edge, Caller(plan.number), talk_ms, scenario)
        await sipp.done(talk_ms / 1000 + 60)
    finally:
        await sipp.stop()
