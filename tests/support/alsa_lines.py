"""Telephone lines without a sound card: ALSA's `file` plug-in reads from a pipe, and what is said goes into it.

lines = AlsaLines(folder, "line")     # ALSA knows a card "line" from now on, for whoever gets `lines.environment`
await lines.say("line", left, right)  # as fast as it is spoken
"""

from __future__ import annotations

import asyncio
import os
from array import array
from pathlib import Path

from hw.sound.api import RATE

PIECE = RATE // 20


class AlsaLines:
    """Cards in ALSA's own settings; each is plugged in as long as its pipe is there."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = folder / "asound.conf"
        self._pipes: dict[str, int] = {}
        self.environment = {"ALSA_CONFIG_PATH": str(self._settings)}
        cards = "".join(self._card(name) for name in names)
        self._settings.write_text("pcm.!null { type null }\n" + cards, encoding="utf-8")
        for name in names:
            self.plug_in(name)

    def _card(self, name: str) -> str:
        source = f'file "/dev/null" infile "{self.folder / name}" format raw'
        return f'pcm.{name} {{ type file slave.pcm null {source} hint {{ show on description "{name} (USB)" }} }}\n'

    def plug_in(self, name: str) -> None:
        """Let a card be there."""
        if not (self.folder / name).exists():
            os.mkfifo(self.folder / name)
        self._pipes[name] = os.open(self.folder / name, os.O_RDWR | os.O_NONBLOCK)

    def pull_out(self, name: str) -> None:
        """Let a card go away: nothing more is read from it, and it cannot be opened again."""
        (self.folder / name).unlink()
        os.close(self._pipes.pop(name))
        for program in self.recorders(name):
            os.kill(program, 9)  # the plug-in does not notice, as the driver of a real card does

    def recorders(self, name: str) -> list[int]:
        """Return the processes that take sound from one of these cards; others' cards may be called the same."""
        settings = f"ALSA_CONFIG_PATH={self._settings}".encode()
        return [program for program in _recorders(name) if settings in _words(program, "environ")]

    def close(self) -> None:
        """Let all cards go away."""
        for name in tuple(self._pipes):
            self.pull_out(name)

    async def say(self, name: str, left: array[int], right: array[int] | None = None) -> None:
        """Let sound come in on the first two channels of a card, at the pace of speech."""
        both = array("h", bytes(4 * len(left)))
        both[0::2] = left
        both[1::2] = right if right is not None else array("h", bytes(2 * len(left)))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for first in range(0, len(left), PIECE):
            self._write(name, both[2 * first : 2 * (first + PIECE)].tobytes())
            due = asyncio.Event()
            loop.call_at(begun + (first + PIECE) / RATE, due.set)
            await due.wait()

    def _write(self, name: str, data: bytes) -> None:
        try:
            os.write(self._pipes[name], data)
        except BlockingIOError:
            return  # nobody listens: a card forgets what it was told


def _recorders(name: str) -> list[int]:
    """Return the processes of this machine that take sound from a card of this name."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        words = _words(int(process.name), "cmdline")
        if words[0].endswith(b"arecord") and name.encode() in words:
            found.append(int(process.name))
    return found


def _words(program: int, what: str) -> list[bytes]:
    try:
        return Path("/proc", str(program), what).read_bytes().split(b"\0")
    except OSError:  # gone, or not ours to see
        return [b""]
