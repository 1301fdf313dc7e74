"""Callers who are warned and terminated in a whole box: announcements that are tones, and what really was heard when.

await says_tones(desk, folder)
told = await terminated(desk)          # a talk, ended from the panel by 101
told.cut_ms, told.announcement_ms      # from the press to what the caller's phone received
told = await panicked(desk)            # the same by the panic button on the box's (simulated) pins
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.cli.connection import core_socket
from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.support.announcing import made
from tests.support.office import PHONE_TONE, Office, hears
from web.api.client import Client

WARNING_TONE, LAST_TONE = 1600, 2200  # hertz
WARNING_MS, LAST_MS = 1000, 1500
PANIC_MS = 1000  # for so long the button is held
_LOUD = 1000.0
_PACKET = 160  # samples


async def says_tones(desk: Office, folder: Path) -> None:
    """Let the office's own announcements, which are tones, stand for the box's."""
    await uploaded(desk, folder, "warning", WARNING_TONE, WARNING_MS)
    await uploaded(desk, folder, "last", LAST_TONE, LAST_MS)
    for wording, name in (("abuse_1", "warning"), ("abuse_2", "warning"), ("abuse_3", "last")):
        await is_said(desk, wording, name)


async def uploaded(desk: Office, folder: Path, name: str, hertz: int, ms: int) -> None:
    """Make an announcement of the office that is a tone."""
    file = await asyncio.to_thread(made, folder / f"{name}.wav", f"sine=f={hertz}:d={ms / 1000}")
    async with Client(core_socket(desk.box.config), "en") as client:
        await client.send("POST", "/announcements/upload", file, {"name": name})


async def is_said(desk: Office, wording: str, name: str) -> None:
    """Let an announcement stand for what the box says."""
    for language in ("ko", "en"):
        await desk.box.ask("PUT", f"/wordings/{wording}", {"language": language, "announcement": name})


@dataclass(frozen=True)
class Told:
    """A call that was terminated: both ends, and when the button was pressed or held long enough (ns since 1970)."""

    caller: Call
    phone: Call
    pressed_ns: int

    @property
    def cut_ms(self) -> float:
        """How long after the press the caller's phone still received the agent."""
        heard = [at for at in _packets(self.caller, PHONE_TONE) if at > self.pressed_ns]
        return max(heard, default=self.pressed_ns) / 1e6 - self.pressed_ns / 1e6

    @property
    def announcement_ms(self) -> float:
        """How long after the press its first sample of the announcement came."""
        return (next(_packets(self.caller, LAST_TONE)) - self.pressed_ns) / 1e6

    @property
    def last_heard_ns(self) -> int:
        """When its last sample of the announcement came."""
        return max(_packets(self.caller, LAST_TONE))

    @property
    def phone_heard_ms(self) -> float:
        """How long after the press the agent's phone still received the caller."""
        heard = [at for at in _packets(self.phone, 700) if at > self.pressed_ns]
        return max(heard, default=self.pressed_ns) / 1e6 - self.pressed_ns / 1e6


def _packets(call: Call, hertz: int) -> Iterator[int]:
    """Yield when each packet came in which a tone is heard."""
    heard, samples = call.stream.heard, call.stream.heard.samples
    for at, arrived in enumerate(heard.arrivals):
        if audio.strength(samples[at * _PACKET : (at + 1) * _PACKET], hertz) > _LOUD:
            yield arrived


async def talks(desk: Office) -> tuple[Call, Call, str]:
    """Let a customer call and 101 answer, and both be heard; returns both ends and the call."""
    caller = desk.call_in()
    phone = await desk.phones["101"].next_call()
    phone.answer()
    await caller.answered()
    caller.speak(desk.carrier.sound)
    await hears(caller, PHONE_TONE, 200)
    await hears(phone, 700, 200)
    return caller, phone, str((await desk.talking("101"))["id"])


async def terminated(desk: Office) -> Told:
    """Let 101 end a talk by the block button, and wait until both phones have fallen silent."""
    caller, phone, call = await talks(desk)
    async with Client(core_socket(desk.box.config), "en") as panel:
        await panel.ask("GET", "/health")  # it is connected now: what a connection takes is no part of the press
        pressed = time.time_ns()
        await panel.ask("POST", f"/calls/{call}/terminate", {"extension": "101", "reason": "abuse"})
    return await _silent(caller, phone, pressed)


async def panicked(desk: Office) -> Told:
    """Let 101 end a talk by a panic button of the box's pins; counts from when its contact was closed for a second."""
    caller, phone, _ = await talks(desk)
    press = await desk.box.ask("POST", "/indicators/press", {"button": "panic", "desk": "101"})
    assert press["result"] == "ended", press
    return await _silent(caller, phone, (press["pressed_ms"] + PANIC_MS) * 1_000_000)


async def _silent(caller: Call, phone: Call, pressed: int) -> Told:
    await caller.ended()
    await phone.ended()
    return Told(caller, phone, pressed)
