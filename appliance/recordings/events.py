"""What recordings tell the rest of the core, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.recordings.recording import State


@dataclass(frozen=True)
class RecordingReady:
    """The recording of a call has come to another state: it is being joined, is ready, or could not be made."""

    call_id: str
    state: State
