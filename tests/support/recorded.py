"""A finished call with its tracks on the disk, as call control hands it to recordings."""

from __future__ import annotations

from pathlib import Path

from appliance.calls.call import CallView, Direction, Ender, Result, State, Track
from appliance.calls.events import CallRecorded
from tests.support.sound import tone, write_wav

STARTED_MS = 1_795_000_000_000
CALLER_TONE = 440
AGENT_TONE = 1000
SENT_TONE = 2000


def call(call_id: str) -> CallView:
    """Return an answered call."""
    return CallView(
        id=call_id,
        direction=Direction.IN,
        state=State.ENDED,
        caller_number="+821055551234",
        caller_name="",
        presentation="shown",
        called_number="+8221234567",
        trunk="1",
        number="+8221234567",
        group="main",
        extensions=("101",),
        extension="101",
        started_ms=STARTED_MS,
        ringing_ms=STARTED_MS,
        answered_ms=STARTED_MS,
        ended_ms=STARTED_MS + 2000,
        result=Result.ANSWERED,
        cause="",
        ended_by=Ender.CALLER,
    )


def recorded(folder: Path, call_id: str = "call-1", seconds: float = 2) -> CallRecorded:
    """Write a call's tracks below the data folder, as the voice does, and return what call control says of them."""
    home = folder / "voice" / call_id
    if not home.exists():
        write_wav(home / "caller.wav", tone(CALLER_TONE, seconds))
        write_wav(home / "agent.wav", tone(AGENT_TONE, seconds - 0.5))
        cut_off = write_wav(home / "notice-1-sent.wav", tone(SENT_TONE, 0.5)).read_bytes()
        (home / "notice-1-sent.wav").write_bytes(bytes(44) + cut_off[44:])  # its worker was killed
        (home / "facts.jsonl").write_text("{}\n")
    return CallRecorded(
        call(call_id),
        str(home),
        (Track("caller", str(home / "caller.wav"), STARTED_MS, 0),),
        (Track("agent", str(home / "agent.wav"), STARTED_MS + 500, 0),),
        (Track("notice-1-sent", str(home / "notice-1-sent.wav"), STARTED_MS + 700, 0),),
    )
