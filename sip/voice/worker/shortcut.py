"""The way past the mixer: has the relay carry the plain talk of two legs, and takes their sound back. Knows no order.

The worker lends its sockets once the talk has settled (both far sides are heard, so that it is known where they are)
and sleeps. Before anything else may happen to the legs, `leave` must be called: it returns when pjsua has its sockets
again and the next packet it sends follows the last one of the relay. A relay that is gone, or does not answer at once,
is done without.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import msgspec
import pjsua2 as pj

from sip.api import Quality
from sip.voice.lent import RelayedLeg
from sip.voice.protocol import FromRelay, GiveBack, Given, Kept, Look, Seen, Take
from sip.voice.worker.leg import Leg
from sip.voice.worker.media import Recorder
from sip.voice.worker.stream import LentStream, NotLendable, Position

log = logging.getLogger(__name__)

SETTLES_AFTER_S = 0.4
SETTLES_AGAIN_AFTER_S = 1.5
RETURNS_AT_MOST = 4  # by the relay's own wish: a talk of that kind is the mixer's
LOOKS_WITHIN_S = 0.5  # when nobody waits for sound: a busy relay is no dead one
_LONGEST = 4096
_FRAME = 160
_FRAMES_PER_SECOND = 50
_decoder = msgspec.json.Decoder(FromRelay)


class Way(Enum):
    """Who carries the sound."""

    MIXER = auto()
    RELAY = auto()
    ONLY_MIXER = auto()


@dataclass
class _Loan:
    """One leg while it is lent."""

    leg: Leg
    stream: LentStream
    position: Position


class Shortcut:
    """The one relayed talk of this process."""

    def __init__(
        self,
        path: str,
        answers_s: float,
        recorder: Recorder,
        hurry: Callable[[int], None],
        kept: Callable[[], None],
    ) -> None:
        """`path` is the relay's socket, empty for none; `hurry` moves frames through the mixer at once.

        The relay must give the sound back within `answers_s`. `kept` hears that the files the relay wrote are complete.
        """
        self._path = path
        self._answers_s = answers_s
        self._recorder = recorder
        self._hurry = hurry
        self._kept = kept
        self._way = Way.MIXER if path else Way.ONLY_MIXER
        self._pair: tuple[Leg, Leg] | None = None
        self._since_s = 0.0
        self._settles_s = SETTLES_AFTER_S
        self._returns = 0
        self._relay: socket.socket | None = None
        self._loans: tuple[_Loan, ...] = ()
        self._lent_at_s = 0.0

    @property
    def taken(self) -> bool:
        """Whether the sound is in the relay's hands."""
        return self._way is Way.RELAY

    @property
    def waits(self) -> bool:
        """Whether a talk is about to be lent."""
        return self._way is Way.MIXER and self._pair is not None

    def descriptors(self) -> list[int]:
        """Return what must be watched: call `hear` when it can be read."""
        return [self._relay.fileno()] if self._relay is not None else []

    # ---------------------------------------------------------------------------------------------- lending

    def consider(self, pair: tuple[Leg, Leg] | None) -> None:
        """Lend the talk of these two when it has settled; `pair` is None while there is no plain talk."""
        if self._way is not Way.MIXER:
            return
        now_s = time.monotonic()
        if pair is None or pair != self._pair:
            self._pair, self._since_s = pair, now_s
        elif now_s - self._since_s >= self._settles_s:
            self._since_s = now_s
            self._settles_s = SETTLES_AGAIN_AFTER_S
            self._try(pair)

    def _try(self, pair: tuple[Leg, Leg]) -> None:
        try:
            self._lend(pair)
        except NotLendable as error:
            log.debug("not relayed: %s", error)
        except (OSError, pj.Error) as error:
            log.warning("no relay: %s", error)
            self._take_back({})
            self._kept()

    def _lend(self, pair: tuple[Leg, Leg]) -> None:
        self._lent_at_s = 0.0
        streams = [leg.lendable() for leg in pair]
        for leg, stream in zip(pair, streams, strict=True):
            leg.relay_leg(stream.position, "")  # everything is known that the relay must know
        relay = self._connected()
        self._hurry(max(_waiting_frames(leg) for leg in pair))
        self._loans = tuple(_Loan(leg, stream, stream.position) for leg, stream in zip(pair, streams, strict=True))
        lent = [descriptor for loan in self._loans for descriptor in loan.stream.lend()]
        for leg in pair:
            leg.lent()
        if not self._recorder.lend([leg.name for leg in pair], lambda: self._hurry(1)):
            raise OSError("a recording is not closed")
        one, other = (loan.leg.relay_leg(loan.position, self._file(loan.leg)) for loan in self._loans)
        socket.send_fds(relay, [msgspec.json.encode(Take((one, other)))], lent)
        self._way = Way.RELAY
        self._lent_at_s = time.monotonic()

    def _file(self, leg: Leg) -> str:
        recording = self._recorder.current(leg.name)
        return str(recording.path) if recording is not None else ""

    def _connected(self) -> socket.socket:
        if self._relay is None:
            relay = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            relay.settimeout(self._answers_s)
            try:
                relay.connect(self._path)
            except OSError:
                relay.close()
                raise
            self._relay = relay
        return self._relay

    # ------------------------------------------------------------------------------------------ taking back

    def leave(self) -> None:
        """Have the sound back in this process. Does nothing when it is."""
        if self._way is not Way.RELAY or self._relay is None:
            return
        given: Given | None = None
        with contextlib.suppress(OSError):
            self._relay.settimeout(self._answers_s)
            self._relay.send(msgspec.json.encode(GiveBack()))
            while given is None and (message := self._receive()) is not None:
                given = message if isinstance(message, Given) else None
        self._returned(given)
        if given is None:
            self._kept()

    def hear(self) -> None:
        """Take what the relay says."""
        self._take_in(self._receive())

    def look(self) -> dict[str, Quality]:
        """Return what the relay has counted of each leg so far, without taking anything back; nothing, if it has none.

        It may give the sound back in that very moment.
        """
        if self._way is not Way.RELAY or self._relay is None:
            return {}
        with contextlib.suppress(OSError):  # then nothing comes
            self._relay.settimeout(LOOKS_WITHIN_S)
            self._relay.send(msgspec.json.encode(Look()))
        while self._way is Way.RELAY:
            match self._receive():
                case Seen(legs):
                    return {leg.leg: leg.quality for leg in legs}
                case other:
                    self._take_in(other)
        return {}

    def _take_in(self, message: FromRelay | None) -> None:
        match message:
            case Given() as given:
                log.debug("the relay gives back: %s", given.why)
                self._returned(given)
                self._returns += 1
                if self._returns >= RETURNS_AT_MOST:
                    self._way = Way.ONLY_MIXER
            case Kept():
                self._kept()
            case Seen():
                pass  # it crossed a Given
            case None:
                self._returned(None)
                self._kept()

    def _receive(self) -> FromRelay | None:
        """Return the next message; None: the relay is gone, or as good as that, and is forgotten."""
        if self._relay is None:
            return None
        with contextlib.suppress(OSError, msgspec.DecodeError):
            if packet := self._relay.recv(_LONGEST):
                message: FromRelay = _decoder.decode(packet)
                return message
        self._relay.close()
        self._relay = None
        return None

    def _returned(self, given: Given | None) -> None:
        if self._way is Way.RELAY:
            self._way = Way.MIXER
            self._since_s = time.monotonic()
            self._take_back({leg.leg: leg for leg in given.legs} if given is not None else {})

    def _take_back(self, relayed: dict[str, RelayedLeg]) -> None:
        for loan in self._loans:
            last = relayed.get(loan.leg.name)
            loan.leg.given_back(last)
            sequence, timestamp = (last.sequence, last.timestamp) if last is not None else self._guess(loan.position)
            loan.stream.take_back()
            loan.stream.go_on_from(sequence, timestamp)
        self._loans = ()
        self._recorder.given_back()

    def _guess(self, position: Position) -> tuple[int, int]:
        """Return what a relay that told nothing must have sent last, or a little more."""
        frames = int((time.monotonic() - self._lent_at_s) * _FRAMES_PER_SECOND) + 2 if self._lent_at_s else 0
        return (position.sequence + frames) & 0xFFFF, (position.timestamp + frames * _FRAME) & 0xFFFFFFFF


def _waiting_frames(leg: Leg) -> int:
    """Return how many frames of what the far side said have not been mixed yet."""
    statistics = leg.getStreamStat(0)
    return int(statistics.jbuf.size)
