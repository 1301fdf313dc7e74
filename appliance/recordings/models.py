"""The table of recordings, and everything that is asked of it. Plain objects go in and out.

A row is written before anything is done with a call's tracks, and says all that is needed to do it: after a crash
nobody else is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from peewee import BigIntegerField, BlobField, CompositeKey, TextField

from appliance.recordings.recording import Happening, Recording, Sent, State, step
from appliance.recordings.work import Failure, Made, NotMade, Source
from appliance.store.base import BaseModel


class RecordingRow(BaseModel):
    """One recording. `tracks` and `source` (the conversation's folder) are empty when the folder is gone."""

    phone_call = TextField(primary_key=True)
    state = TextField()
    failure = TextField()
    path = TextField()
    source = TextField()
    tracks = TextField()
    duration_ms = BigIntegerField()
    size = BigIntegerField()
    sha256 = TextField()
    caller_peaks = BlobField()
    agent_peaks = BlobField()
    left_out = TextField()
    noted_ms = BigIntegerField()
    ready_ms = BigIntegerField()
    started_ms = BigIntegerField(default=0)  # its first sample; 0: a release noted it that did not say

    class Meta:
        """Name of the table; what is not finished is looked for at every start."""

        table_name = "recording"
        indexes = ((("source",), False),)


class SentRow(BaseModel):
    """What a caller was sent while they were told something. `source`: where the voice left it; "": it is safe."""

    phone_call = TextField()
    name = TextField()
    started_ms = BigIntegerField()
    source = TextField()
    path = TextField()
    duration_ms = BigIntegerField()
    size = BigIntegerField()
    sha256 = TextField()

    class Meta:
        """Name of the table; a call has one track of a name."""

        table_name = "recording_sent"
        primary_key = CompositeKey("phone_call", "name")


@dataclass(frozen=True)
class Errand:
    """What is to be done for a recording that is not finished. `path` also says in which format it shall be kept."""

    call: str
    state: State
    failure: str
    path: str
    source: str
    left: tuple[Source, ...]
    right: tuple[Source, ...]
    left_out: bool

    @property
    def may_clean(self) -> bool:
        """Whether the conversation's folder holds nothing any more that is not safe elsewhere."""
        done = self.state is State.READY and not self.left_out
        return bool(self.source) and (done or self.failure == Failure.NO_SOUND)


def note(errand: Errand, sent: Iterable[tuple[Sent, str]], now_ms: int) -> bool:
    """Write down what is to be done; `sent` with where each lies. False: it was written down before."""
    if RecordingRow.get_or_none(RecordingRow.phone_call == errand.call):
        return False
    for one, source in sent:
        SentRow.insert(source=source, **_sent_columns(one)).execute()
    RecordingRow.insert(
        phone_call=errand.call,
        state=errand.state.value,
        failure="",
        path=errand.path,
        source=errand.source,
        tracks=json.dumps([[asdict(track) for track in side] for side in (errand.left, errand.right)]),
        duration_ms=0,
        size=0,
        sha256="",
        caller_peaks=b"",
        agent_peaks=b"",
        left_out="",
        noted_ms=now_ms,
        ready_ms=0,
        started_ms=min((track.started_ms for track in (*errand.left, *errand.right)), default=0),
    ).execute()
    return True


def unfinished() -> tuple[str, ...]:
    """Return the calls whose tracks are still where the voice left them, the oldest first."""
    rows = RecordingRow.select(RecordingRow.phone_call).where(RecordingRow.source != "")
    return tuple(row.phone_call for row in rows.order_by(RecordingRow.noted_ms))


def errand(call_id: str) -> Errand | None:
    """Return what is to be done for a call, or None when it has no recording."""
    row = RecordingRow.get_or_none(RecordingRow.phone_call == call_id)
    if row is None:
        return None
    left, right = (tuple(Source(**track) for track in side) for side in json.loads(row.tracks))
    state = State(row.state)
    return Errand(call_id, state, row.failure, row.path, row.source, left, right, bool(row.left_out))


def _sent_columns(sent: Sent) -> dict[str, Any]:
    return {"phone_call" if name == "call" else name: value for name, value in asdict(sent).items()}


def sent_unfinished(call_id: str) -> tuple[tuple[Sent, str], ...]:
    """Return what a caller was sent and is not safe yet, with where it lies."""
    waiting = SentRow.select().where((SentRow.phone_call == call_id) & (SentRow.source != ""))
    return tuple((_sent(row), row.source) for row in waiting.order_by(SentRow.started_ms))


def sent_kept(sent: Sent) -> None:
    """Note that the file of what a caller was sent is safe."""
    mine = (SentRow.phone_call == sent.call) & (SentRow.name == sent.name)
    SentRow.update(source="", **_sent_columns(sent)).where(mine).execute()


def sent_in(call_id: str) -> tuple[Sent, ...]:
    """Return what the caller of a call was sent, in order, as far as it is safe."""
    safe = SentRow.select().where((SentRow.phone_call == call_id) & (SentRow.sha256 != ""))
    return tuple(_sent(row) for row in safe.order_by(SentRow.started_ms, SentRow.name))


def _sent(row: Any) -> Sent:
    return Sent(row.phone_call, row.name, row.started_ms, row.path, row.duration_ms, row.size, row.sha256)


def try_again(call_id: str) -> State:
    """Note that a recording is being made again. Returns the state it is in now."""
    return _move(call_id, Happening.TRIED_AGAIN, failure="")


def made(done: Made, path: str, now_ms: int) -> State:
    """Note that the file at `path` is safe. Returns the state the recording is in now."""
    caller, agent = done.peaks
    return _move(
        done.call,
        Happening.MADE,
        path=path,
        duration_ms=done.duration_ms,
        size=done.size,
        sha256=done.sha256,
        caller_peaks=caller,
        agent_peaks=agent,
        left_out="\n".join(done.left_out),
        ready_ms=now_ms,
    )


def not_made(outcome: NotMade) -> State:
    """Note why there is no file. Returns the state the recording is in now."""
    return _move(outcome.call, Happening.NOT_MADE, failure=outcome.failure.value)


def _move(call_id: str, happening: Happening, **columns: Any) -> State:
    before = State(RecordingRow.get_by_id(call_id).state)
    after = step(before, happening)
    if after is not before:
        RecordingRow.update(state=after.value, **columns).where(RecordingRow.phone_call == call_id).execute()
    return after


def cleaned(call_id: str) -> None:
    """Note that the conversation's folder is gone."""
    mine = RecordingRow.phone_call == call_id
    RecordingRow.update(source="", tracks="[[], []]").where(mine).execute()


def find(call_id: str) -> Recording | None:
    """Return the recording of a call with its waveform, or None."""
    row = RecordingRow.get_or_none(RecordingRow.phone_call == call_id)
    return _recording(row, (bytes(row.caller_peaks), bytes(row.agent_peaks))) if row else None


def many(call_ids: Iterable[str]) -> dict[str, Recording]:
    """Return the recordings of some calls, without waveforms."""
    shown = (
        RecordingRow.phone_call,
        RecordingRow.state,
        RecordingRow.failure,
        RecordingRow.path,
        RecordingRow.duration_ms,
        RecordingRow.size,
        RecordingRow.sha256,
        RecordingRow.started_ms,
    )
    rows = RecordingRow.select(*shown).where(RecordingRow.phone_call.in_(list(call_ids)))
    return {row.phone_call: _recording(row, (b"", b"")) for row in rows}


def _recording(row: Any, peaks: tuple[bytes, bytes]) -> Recording:
    return Recording(
        call=row.phone_call,
        state=State(row.state),
        duration_ms=row.duration_ms,
        size=row.size,
        sha256=row.sha256,
        peaks=peaks,
        path=row.path,
        failure=row.failure,
        started_ms=row.started_ms,
    )
