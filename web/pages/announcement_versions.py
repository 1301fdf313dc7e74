"""Earlier versions of an announcement: heard, and brought back."""

from __future__ import annotations

from aiohttp import web

from appliance.announcements.service import Announcements
from appliance.core.errors import NotFound
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.sessions import actor
from web.sounds import WAV, sound_response


async def sound(request: web.Request) -> web.FileResponse:
    """Send the sound of a version, so that a browser may jump in it."""
    announcement, version = _which(request)
    return sound_response(_service(request).version_path(announcement, version), WAV)


async def bring_back(request: web.Request) -> web.Response:
    """Let an announcement be what it was."""
    announcement, version = _which(request)
    form = await Form.read(request)
    by = actor(request).who

    async def work() -> str:
        await _service(request).bring_back(announcement, version, by)
        tell(request, "announcements.brought_back", version=version)
        return f"/announcements/{announcement}"

    done = await submit(request, form, work)
    if done is None:
        raise NotFound("announcements.no_such_version")
    return done


def _which(request: web.Request) -> tuple[str, int]:
    version = request.match_info["version"]
    if not (version.isascii() and version.isdecimal() and len(version) < 9):
        raise NotFound("announcements.no_such_version")
    return request.match_info["announcement"], int(version)


def _service(request: web.Request) -> Announcements:
    return request.app[SERVICES].announcements
