"""The player of a call's recording: its state, its waveform, its sound. Every listen is written into the access log."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.calls.call import CallView, State
from appliance.core.errors import NotAllowed, NotFound
from appliance.services import Services
from web.api.asker import session_of
from web.call_words import Names, may_see
from web.keys import SERVICES, VISITOR
from web.listens import LISTENS
from web.live import Person
from web.pages.live_view import person_of
from web.render import render
from web.sessions import actor
from web.sounds import sound_response


@dataclass(frozen=True)
class Player:
    """What the player shows. `state` is none, live, joining, failed, ready or not_allowed; peaks are base64 bytes."""

    call: str
    state: str
    duration_ms: int = 0
    caller_peaks: str = ""
    agent_peaks: str = ""
    may_download: bool = False
    pauses: tuple[tuple[int, int], ...] = ()  # (from, to) in ms; to 0: up to the end
    together: bool = False  # both are heard on both sides: it was an analog line


@dataclass(frozen=True)
class PlayerPart:
    """The player alone, as the page asks for it when a recording has changed."""

    player: Player


async def player_for(services: Services, person: Person, call: CallView) -> Player:
    """Return the player of a call, as this person may have it."""
    recording = await services.recordings.for_call(call.id)
    if recording is None:
        goes_on = call.recording == "live" and call.state is not State.ENDED
        return Player(call.id, "live" if goes_on else "none")
    if not allowed(person.user, "recordings.listen"):
        return Player(call.id, "not_allowed")
    caller, agent = recording.peaks
    return Player(
        call.id,
        str(recording.state),
        recording.duration_ms,
        base64.b64encode(caller).decode(),
        base64.b64encode(agent).decode(),
        allowed(person.user, "recordings.download"),
        call.pauses,
        bool(call.line) and caller == agent,
    )


async def part(request: web.Request) -> web.Response:
    """Show the player alone."""
    services, person = request.app[SERVICES], person_of(request)
    call = await _call(request, person)
    return render(request, "calls/player.html", PlayerPart(await player_for(services, person, call)))


async def audio(request: web.Request) -> web.StreamResponse:
    """Send the sound. Ranges are answered, so that a browser may seek; whichever piece comes first is noted."""
    services, person = request.app[SERVICES], person_of(request)
    call = await _call(request, person)
    download = "download" in request.query
    if download and not allowed(person.user, "recordings.download"):
        raise NotAllowed("panel.not_allowed")
    sound = await services.recordings.audio(call.id)
    what = "recording_downloaded" if download else "recording_listened"
    await request.app[LISTENS].note(actor(request), session_of(request[VISITOR].token), call.id, what)
    return sound_response(sound.path, sound.content_type, sound.path.name if download else "")


async def _call(request: web.Request, person: Person) -> CallView:
    services = request.app[SERVICES]
    call = await services.calls.call(request.match_info["call"])
    own, names = services.agents.extension_of(person.user), Names.of(services.lines.snapshot())
    if not may_see(person.user, own, call, names):
        raise NotFound("call.not_found")
    return call
