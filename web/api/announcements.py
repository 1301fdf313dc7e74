"""Announcements over the API. Knows their service."""

from __future__ import annotations

from aiohttp import web

from appliance.announcements.service import Announcement, Draft
from web.api.address import PREFIX
from web.api.announcement_shapes import (
    AnnouncementChange,
    AnnouncementSeen,
    AnnouncementSent,
    AnnouncementUploaded,
    UseSeen,
)
from web.api.lines import given
from web.api.operation import Asked, Sent
from web.api.shapes import Items
from web.sounds import WAV, sound_response


async def list_announcements(asked: Asked) -> Items[AnnouncementSeen]:
    """List the announcements: the office's own, then those that are built in."""
    return Items(tuple(_seen(asked, one) for one in asked.services.announcements.list()))


async def get_announcement(asked: Asked, sound: str) -> AnnouncementSeen:
    """Get one announcement."""
    return _seen(asked, asked.services.announcements.get(sound))


async def speak_announcement(asked: Asked, body: AnnouncementSent) -> AnnouncementSeen:
    """Add an announcement that is spoken from text."""
    draft = Draft(body.name, body.language, body.music, body.text, body.speed)
    return _seen(asked, await asked.services.announcements.speak(draft))


async def upload_announcement(asked: Asked, query: AnnouncementUploaded, body: Sent) -> AnnouncementSeen:
    """Add an announcement from a sound file, which is the body. Any common format; it is kept as 8 kHz mono WAV."""
    announcements, draft = asked.services.announcements, Draft(query.name, query.language, query.music)
    async with announcements.incoming() as incoming:
        await incoming.take(body.pieces)
        return _seen(asked, await announcements.upload(draft, incoming.path))


async def change_announcement(asked: Asked, sound: str, body: AnnouncementChange) -> AnnouncementSeen:
    """Change an announcement; what is left out stays."""
    announcements = asked.services.announcements
    draft = _draft(announcements.get(sound), **given(body))
    return _seen(asked, await announcements.change(sound, draft))


async def replace_audio(asked: Asked, sound: str, body: Sent) -> AnnouncementSeen:
    """Put another sound file in the place of an uploaded one; whatever uses the announcement goes on using it."""
    announcements = asked.services.announcements
    draft = _draft(announcements.get(sound))
    async with announcements.incoming() as incoming:
        await incoming.take(body.pieces)
        return _seen(asked, await announcements.change(sound, draft, incoming.path))


async def remove_announcement(asked: Asked, sound: str) -> None:
    """Remove an announcement. Refused while something plays it, and for those that are built in."""
    await asked.services.announcements.remove(sound)


async def get_audio(asked: Asked, sound: str) -> web.FileResponse:
    """Get an announcement's sound. Ranges are served."""
    return sound_response(asked.services.announcements.path(sound), WAV)


def _draft(found: Announcement, **changed: object) -> Draft:
    kept = {"name": found.name, "language": found.language, "music": found.music}
    said = {"text": found.text, "speed": found.speed}
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
    )
