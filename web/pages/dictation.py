"""An announcement is spoken at one's own phone: where it begins, and a page that shows how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.announcements.for_calls import NEW
from appliance.announcements.service import Announcement
from appliance.core.errors import Conflict
from web.dictation import STEPS, Progress, dictate_code, progress_of
from web.forms import Form, submit
from web.keys import SERVICES
from web.pages.live_view import person_of
from web.render import render
from web.sessions import actor


@dataclass(frozen=True)
class RecordPage:
    """The form for a new one, or for one that is there; `extension` is the phone that will ring, "" for none."""

    form: Form
    announcement: Announcement | None
    extension: str
    code: str


@dataclass(frozen=True)
class ProgressPage:
    """How far it is."""

    progress: Progress
    steps: tuple[str, ...] = STEPS


async def show_new(request: web.Request) -> web.Response:
    """Ask how a new announcement is to be called, and say what will happen."""
    return _form(request, Form.of(), None)


async def show_again(request: web.Request) -> web.Response:
    """Say what will happen when an announcement is recorded anew."""
    return _form(request, Form.of(), _found(request))


async def begin_new(request: web.Request) -> web.Response:
    """Call one's own phone for a new announcement."""
    form = await Form.read(request)
    name = form.required("name", "announcements.name_needed")

    async def work() -> str:
        free = request.app[SERVICES].announcements.free_name(name)
        return await _begin(request, NEW + free, dictate_code(None))

    return await submit(request, form, work, known=("name",)) or _form(request, form, None)


async def begin_again(request: web.Request) -> web.Response:
    """Call one's own phone for an announcement that is there."""
    form, found = await Form.read(request), _found(request)

    async def work() -> str:
        return await _begin(request, found.id, dictate_code(found))

    return await submit(request, form, work) or _form(request, form, found)


async def show(request: web.Request) -> web.Response:
    """Show how far the recording in a call is."""
    return render(request, "announcements/recording.html", await _progress(request))


async def part(request: web.Request) -> web.Response:
    """The same alone, for a page that is to be true again."""
    return render(request, "announcements/_progress.html", await _progress(request))


async def _progress(request: web.Request) -> ProgressPage:
    return ProgressPage(await progress_of(request.app[SERVICES], request.match_info["call"]))


async def _begin(request: web.Request, announcement: str, code: str) -> str:
    extension = _own(request)
    if not extension:
        raise Conflict("announcements.no_phone")
    call = await request.app[SERVICES].calls.desk.dictate(extension, announcement, code, actor(request).who)
    return f"/announcements/recording/{call}"


def _own(request: web.Request) -> str:
    return request.app[SERVICES].agents.extension_of(person_of(request).user)


def _found(request: web.Request) -> Announcement:
    return request.app[SERVICES].announcements.to_record(request.match_info["announcement"])


def _form(request: web.Request, form: Form, found: Announcement | None) -> web.Response:
    page = RecordPage(form, found, _own(request), dictate_code(found) if found is not None else "")
    return render(request, "announcements/record.html", page, status=form.status)
