"""Calls as evidence: kept, let go, exported with a reason; and the page that says whether a package is genuine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.calls.call import CallView, State
from appliance.evidence.service import LARGEST_MB, Kept, Key, Verdict
from appliance.i18n.catalog import LANGUAGES
from appliance.recordings.service import Sent
from appliance.services import Services
from web.account import current_user
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.live import Person
from web.noting import noted
from web.pages.call_access import seen_call
from web.render import render
from web.sessions import actor
from web.sounds import sound_response
from web.uploads import read_with_file

ZIP = "application/zip"


@dataclass(frozen=True)
class EvidencePart:
    """The part `calls/evidence.html` of a call's page; `people` are names by login."""

    kept: Kept
    sent: tuple[Sent, ...]
    people: dict[str, str]


@dataclass(frozen=True)
class ReasonPage:
    """A page that asks for a reason: to export, to keep, or to let go."""

    form: Form
    call: str
    kept: Kept
    languages: tuple[str, ...] = LANGUAGES


@dataclass(frozen=True)
class VerifyPage:
    """The page `evidence/verify.html`; `verdict` None: nothing was sent yet. `file` is what was sent."""

    form: Form
    key: Key
    verdict: Verdict | None = None
    file: str = ""
    largest: int = LARGEST_MB


async def evidence_for(services: Services, person: Person, call: CallView) -> EvidencePart | None:
    """Return the part of a call's page; None for whoever may not, and while the call goes on."""
    if call.state is not State.ENDED or not call.answered_ms or not allowed(person.user, "evidence.export"):
        return None
    evidence = services.evidence
    people = {user.login: user.name for user in await services.access.users()}
    kept, sent = await evidence.of_call(call.id), await services.recordings.sent(call.id)
    return EvidencePart(kept, sent, people)


async def show_export(request: web.Request) -> web.Response:
    """Ask what an export is for."""
    language = request.app[SERVICES].settings.get("office.language")
    return await _ask(request, "evidence/export.html", Form.of({"language": language}))


async def export(request: web.Request) -> web.Response:
    """Make a package."""
    form, call = await Form.read(request), await seen_call(request)
    reason, language = form.required("reason", "evidence.reason_needed"), form.choice("language", LANGUAGES)

    async def work() -> None:
        login = current_user(request).login
        await request.app[SERVICES].evidence.export(call.id, login, reason, language)
        await noted(request, "evidence_exported", call.id)
        tell(request, "evidence.exported")

    return await _done(request, form, call, work) or await _ask(request, "evidence/export.html", form)


async def show_keep(request: web.Request) -> web.Response:
    """Ask why a call is to be kept."""
    return await _ask(request, "evidence/keep.html", Form())


async def keep(request: web.Request) -> web.Response:
    """Keep a call until it is released."""
    form, call = await Form.read(request), await seen_call(request)
    reason = form.required("reason", "evidence.reason_needed")

    async def work() -> None:
        await request.app[SERVICES].evidence.keep(call.id, current_user(request).login, reason)
        await noted(request, "evidence_kept", call.id)
        tell(request, "evidence.kept_now")

    return await _done(request, form, call, work) or await _ask(request, "evidence/keep.html", form)


async def show_release(request: web.Request) -> web.Response:
    """Ask why a call is no longer to be kept."""
    return await _ask(request, "evidence/release.html", Form())


async def release(request: web.Request) -> web.Response:
    """Let a call go."""
    form, call = await Form.read(request), await seen_call(request)
    reason = form.required("reason", "evidence.reason_needed")

    async def work() -> None:
        await request.app[SERVICES].evidence.release(call.id, current_user(request).login, reason)
        await noted(request, "evidence_released", call.id)
        tell(request, "evidence.released_now")

    return await _done(request, form, call, work) or await _ask(request, "evidence/release.html", form)


async def download(request: web.Request) -> web.FileResponse:
    """Send a package; that it was asked for is in the access log first."""
    services, call = request.app[SERVICES], await seen_call(request)
    made, path = await services.evidence.package(call.id, request.match_info["export"])
    await services.access.note(actor(request), "evidence_downloaded", call.id)
    return sound_response(path, ZIP, made.file)


async def show_verify(request: web.Request) -> web.Response:
    """Ask for a package."""
    return render(request, "evidence/verify.html", VerifyPage(Form(), await request.app[SERVICES].evidence.key()))


async def check(request: web.Request) -> web.Response:
    """Say whether a package is genuine."""
    evidence = request.app[SERVICES].evidence
    verdict = None
    async with evidence.incoming() as incoming:
        form, name = await read_with_file(request, "file", incoming)
        if not form.errors and not incoming.size:
            form.fail("file", "evidence.file_needed")
        if not form.errors:
            verdict = await evidence.verified(incoming.path)
    page = VerifyPage(form, await evidence.key(), verdict, name)
    return render(request, "evidence/verify.html", page, status=form.status)


async def _ask(request: web.Request, template: str, form: Form) -> web.Response:
    call = await seen_call(request)
    kept = await request.app[SERVICES].evidence.of_call(call.id)
    return render(request, template, ReasonPage(form, call.id, kept), status=form.status)


async def _done(
    request: web.Request, form: Form, call: CallView, work: Callable[[], Awaitable[None]]
) -> web.Response | None:
    async def go() -> str:
        await work()
        return f"/calls/{call.id}"  # without a place in it: the browser would not load it anew

    return await submit(request, form, go, known=("reason",))
