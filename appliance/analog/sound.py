"""Sound cards on analog lines: levels, talks that begin and end by ear, and the files of what is heard.

Whether a line is to be recorded stands in its call; one task brings the files in accord with the calls, whatever has
changed: a call, a card, a line, or the box was killed in the middle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from appliance.analog.hearing import Hearing
from appliance.analog.line_ears import LineEars, may_listen
from appliance.analog.tape import Tape
from appliance.analog.tape_file import mend
from appliance.analog.types import AnalogLine, DevicesChanged, LevelHeard
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.calls.service import Calls, LineTalk
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import SoriboxError
from appliance.core.health import Health, Level
from appliance.core.tasks import Tasks
from appliance.store.settings import Settings
from hw.api import Heard
from hw.sound.api import RATE, Block, CardCondition, CardFound, CardState
from hw.sound.levels import LEAST_DB, amplify, level

log = logging.getLogger(__name__)

PART = "sound"
AUTOMATIC = "automatic"
_FEWEST_CHANNELS = 2
_NOT_HEARD = (CardCondition.GONE, CardCondition.BUSY)


class SoundHardware(Protocol):
    """What is asked of the cards; `hw.sound.cards.Cards` is it."""

    async def found(self) -> tuple[CardFound, ...]:
        """Return every card."""

    def states(self) -> tuple[CardState, ...]:
        """Return the cards that are wanted."""

    async def want(self, channels: Mapping[str, int]) -> None:
        """Listen to these cards, each with so many channels."""

    def rescan(self) -> None:
        """Try the cards that are away now."""

    async def stop(self) -> None:
        """Let go of every card."""


@dataclass(frozen=True)
class Means:
    """What the sound of lines works with: `lines` returns all lines, `heard` is told of callers."""

    settings: Settings
    bus: Bus
    health: Health
    clock: Clock
    calls: Calls
    lines: Callable[[], tuple[AnalogLine, ...]]
    heard: Callable[[Heard], None]


class LineSounds:
    """The sound of all lines as others see it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._cards: SoundHardware | None = None
        self._hearing: dict[int, Hearing] = {}
        self._ears = LineEars(means.heard)
        self._levels: dict[int, LevelHeard] = {}
        self._talks: dict[str, tuple[LineTalk, ...]] = {}  # by line: a second caller may wait while somebody talks
        self._tapes: dict[str, Tape] = {}  # by call
        self._look = asyncio.Event()
        self._tasks = Tasks("line sounds")
        self._ends: list[Callable[[], None]] = []

    def start(self, cards: SoundHardware) -> None:
        """Listen to the lines' cards from now on, and finish what a killed box left."""
        self._cards = cards
        subscribe = self._means.bus.subscribe
        self._ends = [
            subscribe(CallArrived, self._call_changed),
            subscribe(CallChanged, self._call_changed),
            subscribe(CallEnded, self._call_changed),
            subscribe(DevicesChanged, lambda _: self._look.set()),
        ]
        self._look.set()
        self._tasks.start("bring files in accord with calls", self._keep_in_accord())

    async def stop(self) -> None:
        """Let go of the cards. What is being recorded is complete, and goes on after the next start."""
        for end in self._ends:
            end()
        await self._tasks.stop()
        await self._ears.stop()
        if self._cards is not None:
            await self._cards.stop()
        for tape in tuple(self._tapes.values()):
            await tape.close()
        self._tapes.clear()

    # ------------------------------------------------------------------------------------------------- what there is

    async def found(self) -> tuple[CardFound, ...]:
        """Return every sound card of the box."""
        return await self._cards.found() if self._cards is not None else ()

    def card(self, name: str) -> CardState | None:
        """Return how a card is that some line uses."""
        states = self._cards.states() if self._cards is not None else ()
        return next((one for one in states if one.name == name), None)

    def level(self, line: int) -> LevelHeard:
        """Return how loud a line was a moment ago; silent when it is not heard."""
        return self._levels.get(line, LevelHeard(line, LEAST_DB, LEAST_DB, 0))

    def forget(self, line: int) -> None:
        """A line is another, or gone: what was heard of it says nothing any more."""
        self._hearing.pop(line, None)
        self._ears.forget(line)
        self._levels.pop(line, None)

    def rescan(self) -> None:
        """Try the cards that are away now."""
        if self._cards is not None:
            self._cards.rescan()

    # -------------------------------------------------------------------------------------------- what the cards tell

    def changed(self, state: CardState) -> None:
        """Hear that a card is different."""
        if state.condition in _NOT_HEARD:
            for line in self._on(state.name):
                self.forget(line.id)
        self._report()
        self._means.bus.publish(DevicesChanged())

    def heard(self, block: Block) -> None:
        """Hear a block of a card."""
        for line in self._on(block.card):
            if line.side <= len(block.channels):
                self._hear(line, block)

    def _hear(self, line: AnalogLine, block: Block) -> None:
        raw = block.channels[line.side - 1]
        if line.listens and may_listen(line):
            self._ears.hear(line, block.at_ms, raw)
        samples = amplify(raw, line.gain_db)
        now = level(samples)
        before = self._levels.get(line.id)
        clipped = (before.clipped if before is not None else 0) + now.clipped
        self._levels[line.id] = told = LevelHeard(line.id, now.peak_db, now.rms_db, clipped)
        self._means.bus.publish(told)
        hearing = self._hearing.setdefault(line.id, Hearing())
        hearing.take(block.at_ms, samples, loud=now.rms_db > -self._whole("calls.line_silence_db"))
        talks = self._talks.get(str(line.id), ())
        for talk in talks:
            if (tape := self._tapes.get(talk.call)) is not None:
                tape.add(samples)
        if talks:  # what is heard is of those who talk, whoever rings meanwhile
            self._judge(line, next((one for one in talks if one.answered_ms), talks[-1]), hearing, block.at_ms)

    def _judge(self, line: AnalogLine, talk: LineTalk, hearing: Hearing, at_ms: int) -> None:
        """Tell that a talk has begun or ended where only the sound says so."""
        on_lines = self._means.calls.on_lines
        if not talk.answered_ms:
            since = hearing.talk_since(at_ms)
            if talk.rings and since and line.recorded == AUTOMATIC and not talk.tells:
                on_lines.picked_up(talk.line, max(since, talk.started_ms), "sound")
            return
        wait_ms = self._whole("calls.line_silence_seconds") * 1000
        since = hearing.silent_since(talk.answered_ms)
        if wait_ms and at_ms - since >= wait_ms and not talk.over:
            on_lines.put_down(talk.line, since, "silence")

    # ------------------------------------------------------------------------------------------ files follow the calls

    def _call_changed(self, event: CallArrived | CallChanged | CallEnded) -> None:
        if event.call.line:
            self._talks = _by_line(self._means.calls.on_lines.talks())
            self._look.set()

    async def _keep_in_accord(self) -> None:
        while True:
            await self._look.wait()
            self._look.clear()
            try:
                await self._want_cards()
                await self._bring_in_accord()
            except SoriboxError as error:
                log.error("the recordings of lines are not as they should be: %s", error)
            except Exception:  # the border of this task: the next change finds it at work
                log.exception("the recordings of lines are not as they should be")

    async def _want_cards(self) -> None:
        wanted: dict[str, int] = {}
        for line in self._means.lines():
            if line.card:
                wanted[line.card] = max(line.side, _FEWEST_CHANNELS, wanted.get(line.card, 0))
        if self._cards is not None:
            await self._cards.want(wanted)
            self._report()

    async def _bring_in_accord(self) -> None:
        talks = self._means.calls.on_lines.talks()
        self._talks = _by_line(talks)
        by_id = {str(line.id): line for line in self._means.lines()}
        for talk in talks:
            try:
                await self._bring_one_in_accord(talk, by_id.get(talk.line))
            except SoriboxError as error:
                log.error("call %s is not recorded as it should be: %s", talk.call, error)
            except Exception:  # one call must not keep the others from being recorded
                log.exception("call %s is not recorded as it should be", talk.call)

    async def _bring_one_in_accord(self, talk: LineTalk, line: AnalogLine | None) -> None:
        there = line is not None and self._is_heard(line.card)
        tape = self._tapes.get(talk.call)
        if tape is not None:
            tape.paused = talk.paused
            if talk.over or not talk.wanted or not there or tape.failed:
                why = "disk" if tape.failed else "" if talk.over or not talk.wanted else "card"
                await self._close(talk, tape, why)
        elif talk.tape:
            await self._mend(talk)
        elif talk.wanted and there and line is not None:
            await self._begin(talk, line)

    async def _begin(self, talk: LineTalk, line: AnalogLine) -> None:
        """Begin a file; what was heard since the handset was picked up is in it, as far as it is remembered."""
        on_lines, now_ms = self._means.calls.on_lines, self._means.clock.now_ms()
        from_ms = talk.answered_ms if line.recorded == AUTOMATIC and not talk.tapes else now_ms
        hearing = self._hearing.setdefault(line.id, Hearing())
        begin_ms = next((one.at_ms for one in hearing.from_then(from_ms)), now_ms)
        file = f"line-{talk.tapes + 1}.wav"
        folder = await on_lines.tape_begins(talk.call, file, begin_ms)
        if folder is None:
            return
        tape = Tape(folder / file, RATE, self._look.set)
        tape.paused = talk.paused
        for one in hearing.from_then(begin_ms):
            tape.add(one.samples)
        self._tapes[talk.call] = tape

    async def _close(self, talk: LineTalk, tape: Tape, why: str) -> None:
        duration_ms = await tape.close()
        del self._tapes[talk.call]  # now: when we stop in the middle of this, it is waited for there
        await self._means.calls.on_lines.tape_closed(talk.call, tape.file, duration_ms, why)

    async def _mend(self, talk: LineTalk) -> None:
        """Complete a file that was being written when the box was killed; one that nobody can read is given up."""
        on_lines = self._means.calls.on_lines
        try:
            duration_ms = await asyncio.to_thread(mend, on_lines.folder(talk.call) / talk.tape, RATE)
        except OSError as error:
            log.error("the sound of call %s is lost: %s", talk.call, error)
            duration_ms = 0
        await on_lines.tape_closed(talk.call, talk.tape, duration_ms, "killed")

    # --------------------------------------------------------------------------------------------------------- inside

    def _on(self, card: str) -> tuple[AnalogLine, ...]:
        return tuple(line for line in self._means.lines() if line.card == card)

    def _names(self, card: str) -> str:
        return ", ".join(line.name for line in self._on(card))

    def _is_heard(self, card: str) -> bool:
        state = self.card(card) if card else None
        return state is not None and state.condition is CardCondition.HEARD

    def _whole(self, key: str) -> int:
        return int(self._means.settings.get(key))

    def _report(self) -> None:
        states = self._cards.states() if self._cards is not None else ()
        away = next((one for one in states if one.condition in _NOT_HEARD), None)
        if away is not None:
            self._means.health.report(
                PART, Level.DEGRADED, f"health.sound.{away.condition}", name=self._names(away.name)
            )
        elif not states:
            self._means.health.forget(PART)
        else:
            self._means.health.report(PART, Level.OK, "health.sound.ok", n=len(states))


def _by_line(talks: tuple[LineTalk, ...]) -> dict[str, tuple[LineTalk, ...]]:
    lines = {one.line for one in talks}
    return {line: tuple(one for one in talks if one.line == line and not one.over) for line in lines}
