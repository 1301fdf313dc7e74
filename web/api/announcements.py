"""Announcements over the API. Knows their service."""

from __future__ import annotations

from aiohttp import web

from appliance.announcements.for_calls import NEW
from appliance.announcements.service import Announcement, Draft, Version
from web.api.address import PREFIX
from web.api.announcement_shapes import (
    AnnouncementChange,
    AnnouncementSeen,
    AnnouncementSent,
    AnnouncementUploaded,
    NewRecording,
    RecordingAt,
    RecordingBegun,
    UseSeen,
    VersionSeen,
)
from web.api.desk import at_desk
from web.api.lines import given
from web.api.operation import Asked, Sent
from web.api.shapes import Items
from web.dictation import dictate_code
from web.sounds import WAV, sound_response


async def list_announcements(asked: Asked) -> Items[AnnouncementSeen]:
    """List the announcements: the office's own, then those that are built in."""
    return Items(tuple(_seen(asked, one) for one in asked.services.announcements.list()))


async def get_announcement(asked: Asked, sound: str) -> AnnouncementSeen:
    """Get one announcement."""
    return _seen(asked, asked.services.announcements.get(sound))


async def speak_announcement(asked: Asked, body: AnnouncementSent) -> AnnouncementSeen:
    """Add an announcement that is spoken from text."""
    draft = Draft(body.name, body.language, body.music, body.text, body.speed, body.voice)
    return _seen(asked, await asked.services.announcements.speak(draft, asked.asker.name))


async def upload_announcement(asked: Asked, query: AnnouncementUploaded, body: Sent) -> AnnouncementSeen:
    """Add an announcement from a sound file, which is the body. Any common format; it is kept as 8 kHz mono WAV."""
    announcements, draft = asked.services.announcements, Draft(query.name, query.language, query.music)
    async with announcements.incoming() as incoming:
        await incoming.take(body.pieces)
        return _seen(asked, await announcements.upload(draft, incoming.path, asked.asker.name))


async def change_announcement(asked: Asked, sound: str, body: AnnouncementChange) -> AnnouncementSeen:
    """Change an announcement; what is left out stays."""
    announcements = asked.services.announcements
    draft = _draft(announcements.get(sound), **given(body))
    return _seen(asked, await announcements.change(sound, draft, by=asked.asker.name))


async def replace_audio(asked: Asked, sound: str, body: Sent) -> AnnouncementSeen:
    """Put another sound file in the place of one that was uploaded or recorded; what it was is kept as a version."""
    announcements = asked.services.announcements
    draft = _draft(announcements.get(sound))
    async with announcements.incoming() as incoming:
        await incoming.take(body.pieces)
        return _seen(asked, await announcements.change(sound, draft, incoming.path, asked.asker.name))


async def remove_announcement(asked: Asked, sound: str) -> None:
    """Remove an announcement. Refused while something plays it, and for those that are built in."""
    await asked.services.announcements.remove(sound)


async def get_audio(asked: Asked, sound: str) -> web.FileResponse:
    """Get an announcement's sound. Ranges are served."""
    return sound_response(asked.services.announcements.path(sound), WAV)


async def list_versions(asked: Asked, sound: str) -> Items[VersionSeen]:
    """List what an announcement was before it was changed, the newest first."""
    return Items(tuple(_version(one) for one in asked.services.announcements.versions(sound)))


async def get_version_audio(asked: Asked, sound: str, version: int) -> web.FileResponse:
    """Get the sound of an earlier version. Ranges are served."""
    return sound_response(asked.services.announcements.version_path(sound, version), WAV)


async def bring_back(asked: Asked, sound: str, version: int) -> AnnouncementSeen:
    """Let an announcement be what it was in a version. What it is now becomes a version."""
    return _seen(asked, await asked.services.announcements.bring_back(sound, version, asked.asker.name))


async def record_announcement(asked: Asked, body: NewRecording) -> RecordingBegun:
    """Record a new announcement at a phone: it is called, and says what to do."""
    name = asked.services.announcements.free_name(body.name)
    return await _record(asked, NEW + name, dictate_code(None), body.extension)


async def record_again(asked: Asked, sound: str, body: RecordingAt) -> RecordingBegun:
    """Record an announcement anew at a phone. What it was is kept as a version."""
    found = asked.services.announcements.to_record(sound)
    return await _record(asked, found.id, dictate_code(found), body.extension)


async def _record(asked: Asked, announcement: str, code: str, wanted: str) -> RecordingBegun:
    at = at_desk(asked, wanted)
    return RecordingBegun(await asked.services.calls.desk.dictate(at, announcement, code, asked.asker.name))


def _version(one: Version) -> VersionSeen:
    return VersionSeen(
        version=one.version,
        at_ms=one.at_ms,
        made_by=one.made_by,
        source=one.source,
        language=one.language,
        text=one.text,
        voice=one.voice,
        speed=one.speed,
        duration_ms=one.duration_ms,
        size=one.size,
        audio=f"{PREFIX}/announcements/{one.announcement}/versions/{one.version}/audio",
    )


def _draft(found: Announcement, **changed: object) -> Draft:
    kept = {"name": found.name, "language": found.language, "music": found.music}
    said = {"text": found.text, "speed": found.speed, "voice": found.voice}
    return Draft(**kept | said | changed)  # type: ignore[arg-type]  # shapes have checked the types


def _seen(asked: Asked, one: Announcement) -> AnnouncementSeen:
    uses = asked.services.announcements.uses(one.id)
    return AnnouncementSeen(
        id=one.id,
        name=one.name,
        source=one.source,
        language=one.language,
        music=one.music,
        text=one.text,
        speed=one.speed,
        duration_ms=one.duration_ms,
        size=one.size,
        changed_ms=one.changed_ms,
        used_by=tuple(UseSeen(use.kind, use.id, use.name) for use in uses),
        audio=f"{PREFIX}/announcements/{one.id}/audio",
        voice=one.voice,
        said=one.said,
        dial=one.dial,
        version=one.version,
        changed_by=one.changed_by,
    )
