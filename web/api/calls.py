"""Calls, their timelines and their recordings over the API. Knows the services of calls and recordings.

Whoever may not see all calls sees those in which their own extension rang or talked.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields
from functools import partial

from aiohttp import web
from msgspec import structs

from appliance.calls.call import CallView, Direction
from appliance.calls.service import CallFilter
from appliance.core.errors import NotFound
from appliance.i18n.catalog import text
from appliance.recordings.recording import Recording
from web.api.address import PREFIX
from web.api.call_shapes import QualitySeen
from web.api.operation import Asked
from web.api.shapes import (
    CallRecorded,
    CallSeen,
    CallsWanted,
    CustomerNamed,
    Items,
    RecordingSeen,
    StepSeen,
)
from web.call_words import Names
from web.listens import LISTENS
from web.quality_words import sentence
from web.sounds import sound_response


async def list_calls(asked: Asked, query: CallsWanted) -> Items[CallSeen]:
    """List calls, the newest first, a page at a time."""
    wanted = structs.asdict(query)
    cursor, limit = wanted.pop("cursor"), wanted.pop("limit")
    if not asked.asker.may("calls.see_all"):
        wanted["extension"] = asked.asker.extension or "nobody"
    page = await asked.services.calls.search(CallFilter(**wanted), cursor, limit)
    return Items(await filled(asked, page.calls), page.next_cursor)


async def get_call(asked: Asked, call: str) -> CallSeen:
    """Get one call."""
    found = await asked.services.calls.call(call)
    own, talked = asked.asker.extension, (part.extension for part in found.parts)
    if not asked.asker.may("calls.see_all") and not (own and own in (found.extension, *found.extensions, *talked)):
        raise NotFound("call.not_found")
    return (await filled(asked, (found,)))[0]


async def filled(asked: Asked, calls: tuple[CallView, ...]) -> tuple[CallSeen, ...]:
    """Fill in what call control does not know: how each call's recording is, and which customer it was with."""
    services, may_see = asked.services, asked.asker.may("customers.see")
    outside = {call.id: call.far_number for call in calls if may_see and call.direction is not Direction.INTERNAL}
    recordings, customers = await asyncio.gather(
        services.recordings.many([call.id for call in calls]), services.customers.for_numbers(outside.values())
    )
    seen = []
    for call in calls:
        told = {one.name: getattr(call, one.name) for one in fields(call)}
        if call.id in recordings:
            told["recording"] = str(recordings[call.id].state)
        known = customers.get(outside.get(call.id, ""))
        seen.append(CallSeen(**told, customer=CustomerNamed(known.id, known.name, known.company) if known else None))
    return tuple(seen)


async def get_timeline(asked: Asked, call: str) -> Items[StepSeen]:
    """Get everything that happened in a call, in order."""
    await get_call(asked, call)
    steps = await asked.services.calls.timeline(call)
    language = asked.asker.language
    return Items(tuple(StepSeen(step.at_ms, step.key, text(language, step.key, **step.params)) for step in steps))


async def get_quality(asked: Asked, call: str) -> QualitySeen:
    """Get loss, jitter, round trip and mean opinion score of every leg: measured now, or kept from when it ended."""
    await get_call(asked, call)
    quality = await asked.services.calls.quality(call)
    found, language = quality.verdict, asked.asker.language
    if found is None:
        return QualitySeen(quality.live, quality.legs)
    names = Names.of(asked.services.lines.snapshot())
    return QualitySeen(quality.live, quality.legs, found.key, sentence(found, names, partial(text, language)))


async def list_recordings(asked: Asked, query: CallsWanted) -> Items[CallRecorded]:
    """List the recordings of calls, the newest first, a page of calls at a time."""
    page = await list_calls(asked, query)
    found = await asked.services.recordings.many([call.id for call in page.items])
    items = tuple(CallRecorded(call, _seen(found[call.id])) for call in page.items if call.id in found)
    return Items(items, page.next_cursor)


async def get_recording(asked: Asked, call: str) -> RecordingSeen:
    """Get what is known of a call's recording."""
    return _seen(await _recording(asked, call))


async def get_audio(asked: Asked, call: str) -> web.FileResponse:
    """Get a recording's sound: caller left, agent right. Ranges are served; each listening is logged.

    It is FLAC or Opus in Ogg, as the office had set when the call ended; `Content-Type` says which.
    """
    await _recording(asked, call)
    sound = await asked.services.recordings.audio(call)
    listens = asked.request.app[LISTENS]
    await listens.note(asked.asker.actor, asked.asker.identity, call, "recording_downloaded")
    return sound_response(sound.path, sound.content_type)


async def _recording(asked: Asked, call: str) -> Recording:
    await get_call(asked, call)
    found = await asked.services.recordings.for_call(call)
    if found is None:
        raise NotFound("api.no_recording")
    return found


def _seen(recording: Recording) -> RecordingSeen:
    ready = recording.state == "ready"
    return RecordingSeen(
        call=recording.call,
        state=str(recording.state),
        duration_ms=recording.duration_ms,
        size=recording.size,
        sha256=recording.sha256,
        file=recording.file if ready else "",
        audio=f"{PREFIX}/calls/{recording.call}/recording/audio" if ready else "",
    )
