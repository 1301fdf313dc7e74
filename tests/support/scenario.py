"""Scenarios as data: a TOML file says who has which phone and, line by line, what people do and what they must notice.

    title = "A colleague is asked first"
    phones = ["101", "102"]
    group = { strategy = "order", members = ["101", "102"] }
    steps = '''
    customer calls
    101 rings
    101 answers
    customer hears 101
    desk 101 consult 102
    '''

The first word of a line is who: a person outside ("customer", "another": they call in; "outside": is called), an
extension's phone, "desk" for what somebody does in the panel, or "log" for what the call log must say afterwards.
`Cast` has one method for each verb. Everybody speaks with a tone of their own, so that who hears whom is heard.
"""

from __future__ import annotations

import asyncio
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Behaviour
from tests.support.office import Office, hears, until
from web.api.client import Refused

TONES = {
    "customer": 700,
    "another": 600,
    "customer2": 850,
    "outside": 500,
    "101": 1000,
    "102": 1250,
    "103": 1500,
    "104": 1750,
    "105": 2000,
    "106": 2250,
}
_RINGBACK = 480
_LISTEN_S, _HEARD_MS = 0.25, 250
_LOUD, _FAINT = 1500.0, 60.0  # amplitude; everybody speaks with 8000
_PATIENCE_S = 20.0
_LONGEST_WORDS_S = 20.0
_SPEECH = ({"music"}, {"ringback"})  # speech has a little of everything

_PARAMETER = {
    "transfer": "to",
    "consult": "to",
    "park": "place",
    "digits": "digits",
    "play": "announcement",
    "monitor": "watch",
    "warn": "stage",
}
_WHOLE = ("park", "warn")

SETTINGS: dict[str, Any] = {"calls.transfer_return_seconds": 20, "calls.park_return_seconds": 60}

GROUP: dict[str, Any] = {
    "members": ["101", "102"],
    "priorities": {},
    "everyone": False,
    "strategy": "all",
    "ring_seconds": 20,
    "rounds": 1,
    "queue": False,
    "queue_seconds": 60,
    "queue_limit": 0,
    "announce_seconds": 0,
    "offers_callback": False,
    "overflow": {"kind": "hang_up"},
}


@dataclass(frozen=True)
class Scenario:
    """One file."""

    title: str
    steps: tuple[str, ...]
    group: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    forwards: tuple[dict[str, Any], ...] = ()


def load(file: Path) -> Scenario:
    """Read a scenario."""
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    lines = (line.partition("#")[0].strip() for line in content["steps"].splitlines())
    return Scenario(
        content["title"],
        tuple(line for line in lines if line),
        content.get("group", {}),
        content.get("settings", {}),
        tuple(content.get("forwards", ())),
    )


class Cast:
    """Everybody in a scenario, and the calls that they have."""

    def __init__(self, desk: Office) -> None:
        self._desk = desk
        self._lines: dict[str, list[Call]] = {}
        self._sounds = {name: audio.tone(hertz) for name, hertz in TONES.items()}
        self._row: dict[str, Any] = {}

    # ---------------------------------------------------------------------------------------------------- the play

    async def play(self, scenario: Scenario) -> None:
        """Do and look at everything that the scenario says. Raises AssertionError naming the line."""
        await self.furnish(scenario.group, scenario.settings, scenario.forwards)
        await self.do(*scenario.steps)

    async def do(self, *steps: str) -> None:
        """Do and look at these. Raises AssertionError naming the line."""
        for number, step in enumerate(steps, start=1):
            try:
                await self._step(step)
            except Exception as error:
                raise AssertionError(f"step {number}, “{step}”: {error!r}\n{await self._seen()}") from error

    async def furnish(
        self,
        group: dict[str, Any],
        settings: dict[str, Any] | None = None,
        forwards: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Make the office what a story needs, and leave nothing of the one before it."""
        ask = self._desk.box.ask
        for phone in self._desk.phones.values():  # registrations of long ago run out
            await self._desk.registered(phone)
        for row in await self._desk.calls(20):  # of a story before this one that went wrong
            if row["state"] != "ended":
                await ask("POST", f"/calls/{row['id']}/hang-up", {})
        self._desk.seen |= {row["id"] for row in await self._desk.calls(50)}
        for name, agent in (*self._desk.phones.items(), ("outside", self._desk.carrier)):
            agent.behaviour, agent.sound = Behaviour(), self._sounds[name]
            while not agent.arrived.empty():
                agent.arrived.get_nowait()
        await ask("PATCH", f"/groups/{await self._group()}", GROUP | group)
        await ask("PATCH", "/settings", SETTINGS | (settings or {}))
        for kept in (await ask("GET", "/forwards"))["items"]:
            await ask("DELETE", f"/forwards/{kept['owner']}/{kept['id']}")
        for forward in forwards:
            owner = forward["owner"]
            await ask("PUT", f"/forwards/{owner}", {key: forward[key] for key in forward if key != "owner"})

    async def _step(self, step: str) -> None:
        who, verb, *rest = step.split()
        if who == "desk":
            await self._in_the_panel(verb, rest[0], rest[1:])
            return
        if who == "log":
            await self._log(verb, rest)
            return
        words = [verb, *rest]
        for length in range(len(words), 0, -1):
            work = getattr(self, "_" + "_".join(words[:length]), None)
            if work is not None:
                await work(who, words[length:])
                return
        raise AssertionError(f"nobody knows how one {verb}")

    async def _seen(self) -> str:
        rows = await self._desk.calls(5)
        return f"{rows}\n{self._desk.box.log()[-6000:]}"

    def _line(self, who: str) -> Call:
        """Return the newest call of somebody that is not over."""
        return next(call for call in reversed(self._lines[who]) if not call.over)

    # ------------------------------------------------------------------------------------------------ what people do

    async def _calls(self, who: str, rest: list[str]) -> None:
        """A person outside calls the office (from a number), a phone calls a number or a code."""
        if who in self._desk.phones:
            call = self._desk.phones[who].call(rest[0])
        else:
            call = self._desk.call_in(rest[0] if rest else "01055551234")
        self._lines.setdefault(who, []).append(call)

    async def _rings(self, who: str, rest: list[str]) -> None:
        """Somebody's phone rings; `rest` is the number that it shows."""
        agent = self._desk.carrier if who == "outside" else self._desk.phones[who]
        call = await agent.next_call(_PATIENCE_S + 7)
        self._lines.setdefault(who, []).append(call)
        if rest:
            assert call.shown == rest[0], f"it shows {call.shown}"

    async def _is_asked_to_answer(self, who: str, rest: list[str]) -> None:
        """The phone is asked to answer by itself."""
        asked = self._line(who).request
        assert "answer-after=0" in asked.get("call-info"), asked.headers

    async def _answers(self, who: str, rest: list[str]) -> None:
        call = self._line(who)
        call.answer(self._sounds[who])
        await call.answered()

    async def _sends_early_sound(self, who: str, rest: list[str]) -> None:
        self._line(who).early_media(self._sounds[who])

    async def _refuses(self, who: str, rest: list[str]) -> None:
        self._line(who).refuse(int(rest[0]) if rest else 486)

    async def _hears_ringing(self, who: str, rest: list[str]) -> None:
        await self._line(who).ringing()

    async def _is_answered(self, who: str, rest: list[str]) -> None:
        call = self._line(who)
        await call.answered()
        call.speak(self._sounds[who])

    async def _is_refused(self, who: str, rest: list[str]) -> None:
        call = self._lines[who][-1]
        await call.ended()
        assert call.code == int(rest[0]), call.code

    async def _hangs_up(self, who: str, rest: list[str]) -> None:
        call = self._line(who)
        (call.hang_up if call.up else call.cancel)()
        await call.ended()

    async def _falls_silent(self, who: str, rest: list[str]) -> None:
        """Somebody's newest call ends without their doing."""
        await self._lines[who][-1].ended(_PATIENCE_S + 5)

    async def _holds(self, who: str, rest: list[str]) -> None:
        self._line(who).hold()

    async def _resumes(self, who: str, rest: list[str]) -> None:
        self._line(who).resume()

    async def _presses(self, who: str, rest: list[str]) -> None:
        self._line(who).dial(rest[0])

    async def _heard_keys(self, who: str, rest: list[str]) -> None:
        call = self._line(who)

        async def heard() -> bool:
            return call.stream.heard.digits.endswith(rest[0])

        await until(heard, f"{who} heard {rest[0]}", _PATIENCE_S)

    async def _transfers_to(self, who: str, rest: list[str]) -> None:
        """Press the phone's own transfer key."""
        self._line(who).refer(rest[0])

    async def _connects(self, who: str, rest: list[str]) -> None:
        """Have the phone bring its two calls together: the one of before is given to the newest one's far side."""
        first, second = [call for call in self._lines[who] if not call.over][-2:]
        first.refer(rest[0], second)

    async def _does_not_ring(self, who: str, rest: list[str]) -> None:
        assert self._desk.phones[who].arrived.empty()

    # ---------------------------------------------------------------------------------------------- what people hear

    async def _hears(self, who: str, rest: list[str]) -> None:
        """Exactly these are heard: names, or "music", "ringback", "nothing"."""
        wanted = {word for word in rest if word != "and"}
        due, heard = time.monotonic() + _PATIENCE_S, set[str]()
        voices = {TONES[word]: self._line(who).stream.heard.tone_ms(TONES[word]) for word in wanted & TONES.keys()}
        while heard != wanted:
            assert time.monotonic() < due, f"{who} hears {heard or 'nothing'}"
            heard = await self._listen(self._line(who))
        for hertz, before in voices.items():  # who stalled as they spoke: a recording has no more than was said
            await hears(self._line(who), hertz, before + _HEARD_MS)

    async def _is_told(self, who: str, rest: list[str]) -> None:
        """Somebody speaks whose voice is no tone of ours, and nobody beside them."""
        due, heard = time.monotonic() + _PATIENCE_S, set[str]()
        while heard not in _SPEECH:
            assert time.monotonic() < due, f"{who} hears {heard or 'nothing'}"
            heard = await self._listen(self._line(who))

    async def _hears_it_out(self, who: str, rest: list[str]) -> None:
        """The announcement comes to its end."""
        due, heard = time.monotonic() + _LONGEST_WORDS_S, {"music"}
        while heard in _SPEECH:
            assert time.monotonic() < due, f"{who} still hears it"
            heard = await self._listen(self._line(who))

    async def _can_speak(self) -> None:
        """Wait until the box has spoken what it says to callers who do not behave."""

        async def spoken() -> bool:
            said = (await self._desk.box.ask("GET", "/wordings"))["items"]
            return all(one["announcement"] for one in said)

        await until(spoken, "the box has spoken its own announcements", 60)

    async def _listen(self, call: Call) -> set[str]:
        before = len(call.stream.heard.payload)
        await asyncio.sleep(_LISTEN_S)
        samples = audio.decode(bytes(call.stream.heard.payload[before:]), call.stream.heard.codec)
        heard = {name for name, hertz in TONES.items() if audio.strength(samples, hertz) > _LOUD}
        if heard or not samples:
            return heard or {"nothing"}
        if audio.strength(samples, _RINGBACK) > _FAINT:
            return {"ringback"}
        return {"music"} if max(samples) > _FAINT else {"nothing"}

    # ------------------------------------------------------------------------------------------------- in the panel

    async def _in_the_panel(self, extension: str, verb: str, rest: list[str]) -> None:
        """Press a button at a desk. The call is the one of the desk, or with "fetch" and "monitor" a colleague's."""
        body: dict[str, Any] = {"extension": extension}
        if verb == "dial":
            await self._desk.box.ask("POST", "/desk/dial", body | {"to": rest[0]})
            return
        if "cannot" in rest:
            at = rest.index("cannot")
            with pytest.raises(Refused) as refused:
                await self._press(extension, verb, rest[:at], body, can=False)
            assert refused.value.error == rest[at + 1], refused.value.error
            return
        await self._press(extension, verb, rest, body)

    async def _press(
        self, extension: str, verb: str, rest: list[str], body: dict[str, Any], *, can: bool = True
    ) -> None:
        at = rest.pop(0) if verb in ("fetch", "monitor") else extension
        if rest:
            body |= {_PARAMETER[verb]: int(rest[0]) if verb in _WHOLE else rest[0]}
        if verb in ("warn", "terminate"):
            await self._can_speak()
        if verb == "transfer-to-group":
            verb, body = "transfer", body | {"to": await self._group(), "kind": "group"}
        call = await self._call_at(at, verb.replace("-", "_") if can and at == extension else "")
        await self._desk.box.ask("POST", f"/calls/{call}/{verb}", body)

    async def _group(self) -> str:
        return str((await self._desk.box.ask("GET", "/groups"))["items"][0]["id"])

    async def _call_at(self, extension: str, step: str) -> str:
        """Return the call that a desk has, or, with "parked", the one that is parked.

        Waits until the panel offers `step`, if that is given: phones notice a moment before the box that they talk.
        """
        found: list[dict[str, Any]] = []
        parked = extension == "parked"
        desk = next(iter(self._desk.phones)) if parked else extension

        async def there() -> bool:
            seen = await self._desk.box.ask("GET", f"/desks/{desk}/calls")
            here = [one["call"] for one in seen["calls"] if not step or step in one["can"]]
            found[:] = seen["parked"] if parked else here
            return bool(found)

        await until(there, f"a call at {extension}", _PATIENCE_S)
        return str(found[0]["id"])

    # -------------------------------------------------------------------------------------------------- in the log

    async def _next_row(self) -> None:
        """Take the call that began next, and wait until it is over, its recording included."""
        fresh: list[dict[str, Any]] = []

        async def began() -> bool:
            fresh[:] = [row for row in await self._desk.calls(20) if row["id"] not in self._desk.seen]
            return bool(fresh)

        await until(began, "a call has a row")
        self._desk.seen.add(fresh[-1]["id"])

        async def over() -> bool:
            self._row = await self._desk.box.ask("GET", f"/calls/{fresh[-1]['id']}")
            settled = not self._row["answered_ms"] or self._row["recording"] in ("ready", "failed")
            return bool(self._row["ended_ms"]) and settled

        await until(over, "the call is over", 20.0)

    async def _log(self, verb: str, rest: list[str]) -> None:
        """Look at the oldest call that was not looked at yet, once it is over; or on at the same one ("also")."""
        if verb == "next":
            await self._next_row()
            return
        row = self._row
        if verb == "parts":
            assert [part["extension"] or part["number"] for part in row["parts"]] == rest, row["parts"]
        elif verb == "recorded":
            left, right = await self._desk.listen(row["id"])
            for side, names in zip((left, right), (word.split("+") for word in rest), strict=True):
                for name in names:
                    assert audio.tone_ms(side, TONES[name]) > 200, name
        else:
            assert str(row[verb]) == " ".join(rest), f"{verb} is {row[verb]!r}"
