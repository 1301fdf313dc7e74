"""What the hardware tells the rest of the box, in plain types. Knows no device, no port and no feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zlib import crc32


class FrameKind(StrEnum):
    """What a caller-ID reader can say of a telephone line."""

    RING = "ring"  # somebody calls; who, or why that is not known
    OFF_HOOK = "off_hook"  # the handset was picked up
    ON_HOOK = "on_hook"  # the handset was put down
    DIALLED = "dialled"  # the device has finished dialling
    REFUSED = "refused"  # it could not dial, or nobody was reached; `name` says why
    DEVICE = "device"  # the device says what it is


class Presentation(StrEnum):
    """Whether there is a number, and if not, why."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    PAYPHONE = "payphone"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Frame:
    """One message of a device. `channel` counts its lines from 1, 0 is the whole device; `number` is as it came."""

    kind: FrameKind
    channel: int = 0
    number: str = ""
    presentation: Presentation = Presentation.SHOWN
    name: str = ""
    raw: bytes = b""


class Condition(StrEnum):
    """How a port is. The panel's light: green for CONNECTED, amber for all that may become it."""

    OPENING = "opening"
    PROBING = "probing"  # asked what it is
    LISTENING = "listening"  # open; nothing has been understood yet
    CONNECTED = "connected"  # a device was understood on it
    BUSY = "busy"  # another program has it, or we may not open it
    GONE = "gone"  # was here and is unplugged
    EXCLUDED = "excluded"  # the admin wants it left alone
    NOT_ASKED = "not_asked"  # it does not look like one of ours, and nothing is written to it; `why` says how so
    SILENT = "silent"  # was connected; its cable is out, or it does not answer any more


@dataclass(frozen=True)
class PortFound:
    """A serial port of this machine. `device` is the same wherever its plug is put, as far as the device tells."""

    path: str
    device: str
    title: str = ""
    usb: bool = False
    vendor: int = 0  # of USB; 0: not known
    product: int = 0
    maker: str = ""


class Reason(StrEnum):
    """Why a device was not asked what it is, or why it is silent."""

    KNOWN = "known"  # its USB identity is that of something else; `kind` says of what
    TALKS = "talks"  # it talks by itself in another language
    UNANSWERED = "unanswered"  # it was asked as often as is polite, and did not answer
    UNPLUGGED = "unplugged"  # the port's control lines say that nothing is plugged into it
    MUTE = "mute"  # it answered before and does not now


class Trouble(StrEnum):
    """What a device may suffer from."""

    MISSED = "missed"  # others told of calls on its line, and it did not
    UNANSWERED = "unanswered"  # it has answered before, and does not now
    BROKEN = "broken"  # most of what it says cannot be read
    HUNG = "hung"  # its port takes no bytes, or cannot even be opened or closed


class Cure(StrEnum):
    """What can be done for a device, the gentlest first."""

    RESET = "reset"  # set up again, as when it was met
    REOPEN = "reopen"  # its port closed and opened, with the control lines dropped between
    POWER = "power"  # its USB port without power for a moment


@dataclass(frozen=True)
class Healing:
    """How a device's mending stands.

    `trouble` None: it is well. `trying` is the cure that was begun last, `resting` says that all were tried in vain and
    it is left in peace until the next round. `mended` counts the troubles that went away, `mended_ms` is when last.
    `rounds` are those since it was well for long, `last_ms` is when the last cure was begun.
    """

    trouble: Trouble | None = None
    trying: Cure | None = None
    resting: bool = False
    mended: int = 0
    mended_ms: int = 0
    rounds: int = 0
    last_ms: int = 0


@dataclass(frozen=True)
class Memory:
    """What is known of a device from before. `refused`: how often it was asked what it is and did not answer."""

    dialect: str = ""
    speed: int = 0
    lines: int = 0
    info: str = ""
    hooks: bool = False
    answers: bool = False
    refused: int = 0
    mended: int = 0
    mended_ms: int = 0
    title: str = ""


@dataclass(frozen=True)
class LastFrame:
    """What was heard last: when (milliseconds since 1970, UTC), what it was, and its bytes."""

    at_ms: int
    kind: FrameKind
    channel: int
    raw: bytes


@dataclass(frozen=True)
class DeviceState:
    """One port and what is on it. `lines` is the highest channel that was heard; `info` is what the device says."""

    device: str
    path: str
    title: str
    condition: Condition
    dialect: str = ""
    speed: int = 0
    lines: int = 0
    info: str = ""
    hooks: bool = False  # whether it tells when handsets are picked up and put down
    dials: bool = False  # whether devices that speak so can dial
    frames: tuple[LastFrame, ...] = ()  # the newest first
    why: Reason | None = None  # it is not asked, or silent
    kind: str = ""  # what it is by its USB identity, when that is not ours: "gps", "ups"
    answers: bool = False  # it says what it is when it is asked
    refused: int = 0  # how often it was asked and did not answer
    losses: int = 0  # how often its port went away since the start
    healing: Healing = Healing()

    @property
    def id(self) -> str:
        """A short name for addresses and commands."""
        return f"{crc32(self.device.encode()):08x}"

    @property
    def connected(self) -> bool:
        """Whether calls on it will be seen."""
        return self.condition is Condition.CONNECTED


@dataclass(frozen=True)
class Heard:
    """A frame, and from which device it came when."""

    device: str
    frame: Frame
    at_ms: int


class DialState(StrEnum):
    """How far a device has come with dialling a number."""

    SENDING = "sending"  # the order is on its way to the device
    DIALLING = "dialling"
    LIFT = "lift"  # the number is dialled: whoever wants to talk lifts the handset
    DONE = "done"  # the telephone has the call, or nothing more will be told of it
    FAILED = "failed"


class DialEnd(StrEnum):
    """Why dialling has come to its end."""

    NOTHING = ""  # it has not
    LIFTED = "lifted"
    NOT_TOLD = "not_told"  # the device does not tell of handsets, or is gone since
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NO_DIALTONE = "no_dialtone"
    NO_CARRIER = "no_carrier"
    ERROR = "error"  # the device did not understand, or did not take the order
    SILENT = "silent"  # it has said nothing
    NOT_LIFTED = "not_lifted"
    CANCELLED = "cancelled"
    AWAY = "away"  # it was pulled out


@dataclass(frozen=True)
class Dialled:
    """What has become of a number that a device was to dial on a channel."""

    device: str
    channel: int
    state: DialState
    end: DialEnd
    at_ms: int


@dataclass(frozen=True)
class Wish:
    """What the admin has chosen for a device: its dialect and speed ("" and 0: found out), and that it may be asked."""

    dialect: str = ""
    speed: int = 0
    ask: bool = False


@dataclass(frozen=True)
class Wanted:
    """What the admin wants: ports named by hand, devices left alone, what was chosen for devices; and what is known."""

    extra: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    known: Mapping[str, Wish] = field(default_factory=dict)
    memories: Mapping[str, Memory] = field(default_factory=dict)
