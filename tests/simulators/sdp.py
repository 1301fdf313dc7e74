"""Session descriptions (RFC 4566) as small as a desk phone's: one audio stream. Knows no socket."""

from __future__ import annotations

import re
from dataclasses import dataclass

CODECS = {"PCMU": 0, "PCMA": 8}
TELEPHONE_EVENT = 101


@dataclass(frozen=True)
class Session:
    """What one side said: where it takes audio, in which codec, and whether it sends at all."""

    address: str
    port: int
    codec: str
    direction: str = "sendrecv"
    events: int = TELEPHONE_EVENT  # payload type of RFC 4733 events; 0 = none


def write(
    address: str,
    port: int,
    codecs: tuple[str, ...],
    direction: str = "sendrecv",
    version: int = 1,
    events: int = TELEPHONE_EVENT,
) -> str:
    """Return an offer or answer with these codecs and telephone events (an answer takes the offer's type for them)."""
    types = " ".join(str(CODECS[codec]) for codec in codecs)
    lines = [
        "v=0",
        f"o=- 20 {version} IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {types} {events}",
        *(f"a=rtpmap:{CODECS[codec]} {codec}/8000" for codec in codecs),
        f"a=rtpmap:{events} telephone-event/8000",
        f"a=fmtp:{events} 0-15",
        "a=ptime:20",
        f"a={direction}",
    ]
    return "\r\n".join(lines) + "\r\n"


def read(text: str, wanted: tuple[str, ...] = ("PCMU", "PCMA")) -> Session:
    """Read an offer or answer; the codec is the first of theirs that we want. Raises ValueError without one."""
    connection = re.search(r"(?m)^c=IN IP4 (\S+)", text)
    media = re.search(r"(?m)^m=audio (\d+) \S+ ([\d ]+)", text)
    if connection is None or media is None:
        raise ValueError("no audio in the session description")
    names = {str(number): name for name, number in CODECS.items() if name in wanted}
    codecs = [names[number] for number in media[2].split() if number in names]
    if not codecs:
        raise ValueError("no codec in common")
    direction = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)", text)
    events = re.search(r"(?m)^a=rtpmap:(\d+) telephone-event/8000", text)
    return Session(
        connection[1],
        int(media[1]),
        codecs[0],
        direction[1] if direction else "sendrecv",
        int(events[1]) if events else 0,
    )
