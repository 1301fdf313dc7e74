"""Cards without a machine for them: they say what they are told to say. Chosen where the real ones would be.

They keep the same promises as ALSA's; its outside world are `say`, `miss`, `pull_out` and `plug_in`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from hw.sound.api import CardCondition, CardFound, Told


@dataclass
class FakeStream:
    """A fake card that is open."""

    told: Told
    channels: int
    closed: bool = False

    async def close(self) -> None:
        """Let go of the card."""
        self.closed = True


@dataclass
class FakeCards:
    """The fake cards; those in `cards` (name: what it is called) are plugged in."""

    cards: dict[str, str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    streams: dict[str, FakeStream] = field(default_factory=dict)

    async def found(self) -> tuple[CardFound, ...]:
        """Return the cards that are plugged in."""
        return tuple(CardFound(name, title) for name, title in self.cards.items())

    async def open(self, name: str, channels: int, told: Told) -> FakeStream:
        """Begin to take sound from a card."""
        stream = FakeStream(told, channels)
        if name in self.cards and name not in self.busy:
            self.streams[name] = stream
        else:
            stream.closed = True
            told.lost(CardCondition.BUSY if name in self.busy else CardCondition.GONE)
        return stream

    def say(self, name: str, *channels: array[int]) -> None:
        """Let samples come in, equally many on each channel; what has no samples is silent."""
        stream = self.streams.get(name)
        if stream is None or stream.closed:
            return
        together = array("h", bytes(2 * len(channels[0]) * stream.channels))
        for at, samples in enumerate(channels[: stream.channels]):
            together[at :: stream.channels] = samples
        stream.told.sound(together.tobytes())

    def miss(self, name: str) -> None:
        """Let sound be lost because nobody had time for it."""
        self.streams[name].told.overrun()

    def plug_in(self, name: str, title: str = "") -> None:
        """Let a card appear."""
        self.cards[name] = title

    def pull_out(self, name: str) -> None:
        """Let a card go away."""
        self.cards.pop(name, None)
        stream = self.streams.pop(name, None)
        if stream is not None and not stream.closed:
            stream.closed = True
            stream.told.lost(CardCondition.GONE)
