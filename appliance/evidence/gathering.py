"""Collects what a package says of a call from the features that know it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from appliance import __version__
from appliance.access.service import Access
from appliance.calls.call import CallView, State
from appliance.calls.service import Calls
from appliance.core.errors import Conflict, Unavailable
from appliance.core.numbers import show
from appliance.crm.service import Customers
from appliance.evidence.dossier import CallFacts, Dossier, Line, Source, Told
from appliance.evidence.types import ClockState, Key
from appliance.i18n.catalog import text
from appliance.lines.service import Lines
from appliance.recordings.recording import State as RecordingState
from appliance.recordings.service import Recordings
from appliance.store.settings import Settings

_NEVER_READY = ("no_sound", "unreadable")  # the package says that there is no recording


@dataclass(frozen=True)
class Asked:
    """Who wants a package of what call, why, in which language ("": the office's), named how."""

    id: str
    call: str
    by: str
    reason: str
    language: str
    at_ms: int


@dataclass(frozen=True)
class Sources:
    """The features that know something of a call."""

    calls: Calls
    recordings: Recordings
    lines: Lines
    customers: Customers
    access: Access
    settings: Settings


async def gather(know: Sources, asked: Asked, key: Key, now: ClockState, then: ClockState | None) -> Dossier:
    """Return all that is to be said. Raises NotFound, Conflict while the call goes on, Unavailable."""
    call = await know.calls.call(asked.call)
    if call.state is not State.ENDED:
        raise Conflict("evidence.goes_on")
    language = asked.language or str(know.settings.get("office.language"))
    people = {user.login: user.name or user.login for user in await know.access.users()}
    extensions = {one.number: f"{one.name} ({one.number})" for one in know.lines.snapshot().extensions if one.name}
    words = partial(text, language)
    return Dossier(
        id=asked.id,
        made_ms=asked.at_ms,
        made_by=people.get(asked.by, asked.by),
        reason=asked.reason,
        language=language,
        office=str(know.settings.get("office.name")),
        software=__version__,
        zone=str(know.settings.get("office.time_zone")),
        clock=now,
        clock_then=then,
        key=key,
        call=await _facts(know, call, extensions),
        told=tuple(
            Told(
                one.at_ms,
                one.stage,
                one.reason,
                extensions.get(one.extension, one.extension),
                people.get(one.by, one.by),
                one.name,
            )
            for one in call.warned
        ),
        timeline=tuple(
            Line(step.at_ms, step.key, words(step.key, **step.params)) for step in await know.calls.timeline(call.id)
        ),
        sources=await _sounds(know.recordings, call.id, call.answered_ms or call.started_ms),
    )


async def _facts(know: Sources, call: CallView, extensions: dict[str, str]) -> CallFacts:
    customer = await know.customers.for_number(call.far_number)
    lines = {number.number: number.label for number in know.lines.snapshot().numbers}
    label = lines.get(call.number, "")
    return CallFacts(
        id=call.id,
        direction=str(call.direction),
        number=show(call.far_number) if call.far_number else "",
        presentation=str(call.presentation),
        customer=(customer.name or customer.company) if customer is not None else "",
        line=" ".join(filter(None, (show(call.number) if call.number else "", f"({label})" if label else ""))),
        agent=" → ".join(
            dict.fromkeys(extensions.get(part.extension, part.extension) for part in call.parts if part.extension)
        ),
        started_ms=call.started_ms,
        answered_ms=call.answered_ms,
        ended_ms=call.ended_ms,
        result=str(call.result),
        cause=call.cause,
        ended_by=str(call.ended_by),
    )


async def _sounds(recordings: Recordings, call: str, began_ms: int) -> tuple[Source, ...]:
    """Return where the sounds lie. A call without a recording has none; one that may still get one must wait."""
    recording = await recordings.for_call(call)
    if recording is None:
        return ()
    if recording.state is not RecordingState.READY and recording.failure not in _NEVER_READY:
        raise Unavailable(f"recordings.failure.{recording.failure}" if recording.failure else "evidence.not_ready")
    sent = tuple(
        Source(str(recordings.file(one.path)), "announcement", one.started_ms, one.duration_ms, one.sha256)
        for one in await recordings.sent(call)
    )
    if recording.state is not RecordingState.READY:
        return sent
    path, started_ms = str(recordings.file(recording.path)), recording.started_ms or began_ms
    return (Source(path, "recording", started_ms, recording.duration_ms, recording.sha256), *sent)
