"""The block list: who does not get through, why, until when; taken back and put back; out and in as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from appliance.abuse.service import Block, BlockDraft, BlockKind
from appliance.calls.ports import BlockAction
from appliance.core.errors import InvalidInput
from web.account import current_user
from web.announcements import Choice, OfficeAnnouncements
from web.forms import Form, small_number, submit, tell
from web.keys import SERVICES
from web.noting import noted
from web.render import render
from web.sounds import CSV
from web.uploads import read_with_file

_FIELDS = ("kind", "pattern", "reason", "until", "action", "announcement", "menu")
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """An entry; `over` when its last day has passed."""

    block: Block
    over: bool


@dataclass(frozen=True)
class ListPage:
    """The page `blocks/list.html`. `gone` are the entries that were taken back last."""

    rows: tuple[Row, ...]
    gone: tuple[Block, ...]
    refused: int
    menus: Mapping[str, str]


@dataclass(frozen=True)
class EditPage:
    """The form for a new entry."""

    form: Form
    sounds: tuple[Choice, ...]
    menus: Mapping[str, str]


@dataclass(frozen=True)
class ImportPage:
    """The form for a file."""

    form: Form


async def show(request: web.Request) -> web.Response:
    """Show the block list."""
    services = request.app[SERVICES]
    now, blocks = services.clock.now_ms(), services.abuse.blocks.all()
    rows = tuple(Row(one, bool(one.until_ms) and one.until_ms <= now) for one in blocks)
    gone = await services.abuse.blocks.taken_back(20)
    return render(
        request, "blocks/list.html", ListPage(rows, gone, sum(one.hits for one in blocks), services.abuse.menus())
    )


async def show_add(request: web.Request) -> web.Response:
    """Show the form; a number may be in the address."""
    fresh = {"kind": BlockKind.NUMBER.value, "action": BlockAction.ANNOUNCEMENT.value}
    return _edit(request, Form.of(fresh | {"pattern": request.query.get("number", "")[:30]}))


async def add(request: web.Request) -> web.Response:
    """Add an entry."""
    form, abuse = await Form.read(request), request.app[SERVICES].abuse
    kind = BlockKind(form.choice("kind", tuple(BlockKind)))
    action = BlockAction(form.choice("action", tuple(BlockAction)))

    async def work() -> str:
        sound = form.text("announcement") if action is BlockAction.ANNOUNCEMENT else ""
        until = abuse.until(form.text("until"))
        draft = BlockDraft(kind, form.text("pattern"), form.text("reason"), action, sound, until, form.text("menu"))
        await abuse.blocks.add(draft, current_user(request).login)
        tell(request, "abuse.blocked_now")
        return "/blocks"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form)


def _edit(request: web.Request, form: Form) -> web.Response:
    sounds = OfficeAnnouncements(request.app[SERVICES].announcements).choices()
    return render(
        request, "blocks/edit.html", EditPage(form, sounds, request.app[SERVICES].abuse.menus()), status=form.status
    )


async def remove(request: web.Request) -> web.Response:
    """Take an entry back."""
    form, blocks = await Form.read(request), request.app[SERVICES].abuse.blocks

    async def work() -> str:
        await blocks.remove(_id(request), current_user(request).login)
        tell(request, "abuse.unblocked_now")
        return "/blocks"

    return await submit(request, form, work) or await show(request)


async def restore(request: web.Request) -> web.Response:
    """Undo that an entry was taken back."""
    form, blocks = await Form.read(request), request.app[SERVICES].abuse.blocks

    async def work() -> str:
        await blocks.restore(_id(request))
        tell(request, "abuse.blocked_now")
        return "/blocks"

    return await submit(request, form, work) or await show(request)


def _id(request: web.Request) -> int:
    return small_number(request.match_info["block"]) or 0


async def export(request: web.Request) -> web.Response:
    """Send the block list as a file."""
    headers = {"Content-Disposition": 'attachment; filename="blocks.csv"', "Cache-Control": "private, no-store"}
    await noted(request, "blocks_exported")
    text = request.app[SERVICES].abuse.exported()
    return web.Response(text=text, content_type=CSV, charset="utf-8", headers=headers)


async def show_import(request: web.Request) -> web.Response:
    """Show the form for a file."""
    return render(request, "blocks/import.html", ImportPage(Form()))


class _Text:
    """Keeps a small file in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    async def add(self, piece: bytes) -> None:
        """Take these bytes. Raises InvalidInput when it is too much."""
        self.data += piece
        if len(self.data) > _LARGEST:
            raise InvalidInput("file", "abuse.import_too_large")

    async def flush(self) -> None:
        """Nothing is left to do."""


async def take(request: web.Request) -> web.Response:
    """Add the entries of a file, all or none."""
    taken = _Text()
    form, name = await read_with_file(request, "file", taken)
    if not name:
        form.fail("file", "form.required")

    async def work() -> str:
        try:
            text = taken.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInput("file", "abuse.import_not_text") from error
        added = await request.app[SERVICES].abuse.imported(text, current_user(request).login)
        tell(request, "abuse.imported", n=added)
        return "/blocks"

    done = await submit(request, form, work, known=("file",), renamed={"pattern": "file", "reason": "file"})
    return done or render(request, "blocks/import.html", ImportPage(form), status=form.status)
