"""Announcements: heard, uploaded, made from text and heard before they are kept, changed, removed.

Everybody who may play them in a call may hear them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from aiohttp import web

from appliance.announcements.service import Announcement, Announcements, Draft, Source, Use, Version
from appliance.announcements.types import FASTEST, LARGEST_MB, LONGEST_MINUTES, LONGEST_TEXT, SLOWEST
from appliance.announcements.wording import PLACEHOLDERS
from appliance.core.errors import Conflict, InvalidInput, Unavailable
from appliance.i18n.catalog import LANGUAGES, text
from web.announcement_words import named
from web.dictation import dictate_code
from web.forms import Form, submit, tell
from web.keys import SERVICES, VISITOR
from web.render import render
from web.sessions import actor
from web.sounds import WAV, sound_response
from web.uploads import read_with_file

_FIELDS = ("name", "language", "text", "voice", "speed", "sound")
_SPEEDS = ("80", "100", "120", "140")


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    announcement: Announcement
    name: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class ListPage:
    """All announcements: the office's own, and those that are built in."""

    own: tuple[Row, ...]
    built_in: tuple[Row, ...]


@dataclass(frozen=True)
class Placeholder:
    """Something that a text may hold, and what is read aloud for it now."""

    name: str
    said: str


@dataclass(frozen=True)
class EditPage:
    """The form for an announcement; `announcement` is None for a new one, `spoken` says whether it is made of text."""

    form: Form
    announcement: Announcement | None
    spoken: bool
    speeds: tuple[str, ...]
    voices: tuple[str, ...]
    placeholders: tuple[Placeholder, ...] = ()
    versions: tuple[Version, ...] = ()
    code: str = ""
    languages: tuple[str, ...] = LANGUAGES
    largest: int = LARGEST_MB
    longest: int = LONGEST_MINUTES
    longest_text: int = LONGEST_TEXT


@dataclass(frozen=True)
class PreviewPage:
    """A text that was spoken, or why not."""

    form: Form
    key: str


@dataclass(frozen=True)
class RemovePage:
    """Asks before an announcement is removed."""

    form: Form
    announcement: Announcement
    uses: tuple[Use, ...]


async def show(request: web.Request) -> web.Response:
    """Show all announcements."""
    return render(request, "announcements/list.html", _list(request))


async def table(request: web.Request) -> web.Response:
    """Show the office's own announcements alone, for a page that is to be true again."""
    return render(request, "announcements/_table.html", _list(request))


def _list(request: web.Request) -> ListPage:
    announcements, language = _service(request), request[VISITOR].language
    rows = [Row(one, named(language, one), announcements.uses(one.id)) for one in announcements.list()]
    built_in = tuple(row for row in rows if row.announcement.built_in and row.announcement.language == language)
    others = tuple(row for row in rows if row.announcement.built_in and row.announcement.language != language)
    own = tuple(row for row in rows if not row.announcement.built_in)
    return ListPage(own, built_in + others)


async def sound(request: web.Request) -> web.FileResponse:
    """Send an announcement's sound, so that a browser may jump in it."""
    return sound_response(_service(request).path(request.match_info["announcement"]), WAV)


# ------------------------------------------------------------------------------------------------------ new from file


async def show_upload(request: web.Request) -> web.Response:
    """Show the form for a file."""
    return _edit(request, Form.of(), None, spoken=False)


async def upload(request: web.Request) -> web.Response:
    """Add an announcement from a file; without a name it is called like the file."""
    announcements = _service(request)
    async with announcements.incoming() as incoming:
        form, file = await read_with_file(request, "sound", incoming)
        if not form.text("name"):
            form.values["name"] = PurePath(file.replace("\\", "/")).stem[:60]
        draft = _draft(form)
        if not incoming.size:
            form.errors.pop("name", None)  # it would have had the file's
            form.fail("sound", "announcements.file_needed")

        async def work() -> str:
            made = await announcements.upload(draft, incoming.path, by=actor(request).who)
            tell(request, "announcements.added", name=made.name)
            return "/announcements"

        return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None, spoken=False)


# ------------------------------------------------------------------------------------------------------ new from text


async def show_speak(request: web.Request) -> web.Response:
    """Show the form for a text; `like` fills in what another announcement says."""
    values: dict[str, object] = {"language": request[VISITOR].language, "speed": Draft.speed}
    if like := request.query.get("like"):
        found, language = _service(request).get(like), request[VISITOR].language
        name = text(language, "announcements.copy_name", name=named(language, found))
        values |= {"name": name, "text": found.text, "language": found.language or language}
        values |= {"speed": found.speed, "voice": found.voice}
    return _edit(request, Form.of(values), None, spoken=True)


async def speak(request: web.Request) -> web.Response:
    """Add an announcement from text."""
    form = await Form.read(request)
    draft = _draft(form)

    async def work() -> str:
        made = await _service(request).speak(draft, by=actor(request).who)
        tell(request, "announcements.added", name=made.name)
        return "/announcements"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None, spoken=True)


async def preview(request: web.Request) -> web.Response:
    """Speak what stands in the form, without keeping it."""
    form = await Form.read(request)
    draft, key = _draft(form), ""
    try:
        key = await _service(request).preview(draft.text, draft.language, draft.speed, draft.voice)
    except (InvalidInput, Unavailable) as error:
        form.errors.clear()
        form.fail("", error.key, **error.params)
    return render(request, "announcements/_preview.html", PreviewPage(form, key))


async def preview_sound(request: web.Request) -> web.FileResponse:
    """Send the sound of a preview."""
    return sound_response(_service(request).previewed(request.match_info["key"]), WAV)


# ------------------------------------------------------------------------------------------------- change and remove


async def show_change(request: web.Request) -> web.Response:
    """Show the form for an announcement."""
    found = _found(request)
    names = ("name", "language", "music", "text", "speed", "voice")
    form = Form.of({name: getattr(found, name) for name in names})
    return _edit(request, form, found, spoken=found.source is Source.SPOKEN)


async def change(request: web.Request) -> web.Response:
    """Change an announcement: speak it again, or put another file in its place."""
    found, announcements = _found(request), _service(request)
    async with announcements.incoming() as incoming:
        form, _ = await read_with_file(request, "sound", incoming)
        draft = _draft(form)
        sent = incoming.path if incoming.size else None

        async def work() -> str:
            await announcements.change(found.id, draft, sent, by=actor(request).who)
            tell(request, "panel.saved")
            return "/announcements"

        done = await submit(request, form, work, known=_FIELDS)
        return done or _edit(request, form, found, spoken=found.source is Source.SPOKEN)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before an announcement is removed."""
    found = _found(request)
    page = RemovePage(Form.of(), found, _service(request).uses(found.id))
    return render(request, "announcements/remove.html", page)


async def remove(request: web.Request) -> web.Response:
    """Remove an announcement, unless something plays it."""
    found, form = _found(request), await Form.read(request)

    async def work() -> str:
        await _service(request).remove(found.id)
        tell(request, "announcements.removed", name=found.name)
        return "/announcements"

    page = RemovePage(form, found, _service(request).uses(found.id))
    done = await submit(request, form, work)
    return done or render(request, "announcements/remove.html", page, status=form.status)


def _service(request: web.Request) -> Announcements:
    return request.app[SERVICES].announcements


def _found(request: web.Request) -> Announcement:
    found = _service(request).get(request.match_info["announcement"])
    if found.built_in:
        raise Conflict("announcements.built_in_stays")
    return found


def _draft(form: Form) -> Draft:
    speed = form.whole("speed", SLOWEST, FASTEST) if "speed" in form.values else Draft.speed
    name = form.required("name", "announcements.name_needed")
    return Draft(name, form.text("language"), form.flag("music"), form.text("text"), speed, form.text("voice"))


def _edit(request: web.Request, form: Form, found: Announcement | None, *, spoken: bool) -> web.Response:
    chosen = form.values.get("speed", "")
    speeds = _SPEEDS if chosen in ("", *_SPEEDS) else tuple(sorted({*_SPEEDS, chosen}, key=lambda one: one.zfill(9)))
    announcements = _service(request)
    page = EditPage(
        form,
        found,
        spoken,
        speeds,
        announcements.voices,
        tuple(Placeholder(one, announcements.fact(one, request[VISITOR].language)) for one in PLACEHOLDERS),
        announcements.versions(found.id) if found is not None else (),
        dictate_code(found) if found is not None else "",
    )
    return render(request, "announcements/edit.html", page, status=form.status)
