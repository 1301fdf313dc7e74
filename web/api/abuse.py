"""Callers who do not behave, over the API: incidents, the block list, and what is said. Knows the feature's service.

A warning or the end of a call is a step at a desk: `desk.py`.
"""

from __future__ import annotations

from enum import StrEnum

from aiohttp import web
from msgspec import Struct

from appliance.abuse.service import Block, BlockDraft, BlockKind, Count, Incident
from appliance.calls.ports import BlockAction
from appliance.core.errors import InvalidInput
from web.api.operation import Asked, Sent
from web.api.shapes import Items, Limit, Request, Whole
from web.sounds import CSV

_LARGEST_FILE = 1024 * 1024


class CountsBy(StrEnum):
    """Whose counts: those of agents, or of callers."""

    AGENT = "agent"
    CALLER = "caller"


class IncidentsWanted(Request, frozen=True):
    """Which incidents, the newest first. `number` in stored form, `login` of an agent; empty means any."""

    number: str = ""
    login: str = ""
    before: Whole = 0
    limit: Limit = 50


class CountsWanted(Request, frozen=True):
    """Whose counts, of how many days."""

    by: CountsBy = CountsBy.AGENT
    days: Whole = 30


class BlockSent(Request, frozen=True):
    """Whom to block: a number as people write it, how numbers begin, or who withholds theirs.

    `until` is the last day ("2026-12-31"; empty: for ever); an `announcement` (an id; empty: the box's own) is heard
    unless the action is "busy".
    """

    kind: BlockKind = BlockKind.NUMBER
    number: str = ""
    reason: str = ""
    until: str = ""
    action: BlockAction = BlockAction.ANNOUNCEMENT
    announcement: str = ""
    menu: str = ""  # the id of the voice menu that they hear, with the action "menu"


class Imported(Struct, frozen=True):
    """How many entries are new."""

    added: int


class WordingSeen(Struct, frozen=True):
    """What is said: `chosen` is the office's own announcement in its place, `text` what is spoken, if it is."""

    name: str
    language: str
    chosen: str
    announcement: str
    text: str


class WordingSent(Request, frozen=True):
    """Which announcement stands for a wording; empty: the box's own again."""

    language: str = "ko"
    announcement: str = ""


async def list_incidents(asked: Asked, query: IncidentsWanted) -> Items[Incident]:
    """List warnings and ended calls, the newest first; `before` is the id of the last one of the page before."""
    wanted = (query.number, query.login, query.before, query.limit)
    return Items(await asked.services.abuse.register.search(*wanted))


async def list_counts(asked: Asked, query: CountsWanted) -> Items[Count]:
    """Count warnings and ended calls of each agent, or of each caller."""
    by_caller = query.by is CountsBy.CALLER
    return Items(await asked.services.abuse.register.counts(by_caller=by_caller, days=query.days))


async def list_blocks(asked: Asked) -> Items[Block]:
    """List the entries of the block list, the newest first; some may have run out."""
    return Items(asked.services.abuse.blocks.all())


async def add_block(asked: Asked, body: BlockSent) -> Block:
    """Block callers. Refused for emergency services and the office's own numbers."""
    abuse = asked.services.abuse
    until = abuse.until(body.until)
    draft = BlockDraft(body.kind, body.number, body.reason, body.action, body.announcement, until, body.menu)
    return await abuse.blocks.add(draft, asked.asker.name)


async def remove_block(asked: Asked, block: int) -> None:
    """Take an entry back. It stays in the record and can be restored."""
    await asked.services.abuse.blocks.remove(block, asked.asker.name)


async def restore_block(asked: Asked, block: int) -> Block:
    """Undo that an entry was taken back."""
    return await asked.services.abuse.blocks.restore(block)


async def import_blocks(asked: Asked, body: Sent) -> Imported:
    """Add the entries of a CSV file (UTF-8), all or none; those that are there already are left out."""
    sent = bytearray()
    async for piece in body.pieces:
        sent += piece
        if len(sent) > _LARGEST_FILE:
            raise InvalidInput("file", "abuse.import_too_large")
    try:
        text = sent.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("file", "abuse.import_not_text") from error
    return Imported(await asked.services.abuse.imported(text, asked.asker.name))


async def export_blocks(asked: Asked) -> web.Response:
    """Get the block list as a CSV file."""
    return web.Response(text=asked.services.abuse.exported(), content_type=CSV, charset="utf-8")


async def list_wordings(asked: Asked) -> Items[WordingSeen]:
    """List what callers are told, by reason and stage, in each language."""
    return Items(
        tuple(
            WordingSeen(
                one.name,
                one.language,
                one.chosen,
                one.played.id if one.played is not None else "",
                one.played.text if one.played is not None else "",
            )
            for one in asked.services.abuse.wordings.all()
        )
    )


async def choose_wording(asked: Asked, wording: str, body: WordingSent) -> Items[WordingSeen]:
    """Let an announcement of the office stand for one of the box's."""
    await asked.services.abuse.choose_wording(wording, body.language, body.announcement)
    return await list_wordings(asked)
