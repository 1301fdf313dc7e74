"""The tables of incidents, blocks and wordings, and what is asked of them. Used in the database's threads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import BigAutoField, BigIntegerField, Case, IntegerField, TextField, fn

from appliance.abuse.types import Block, BlockKind, Count, Incident
from appliance.calls.ports import BlockAction
from appliance.core.errors import NotFound
from appliance.store.base import BaseModel

_END = 3


class IncidentRow(BaseModel):
    """One warning, or the end of a call."""

    id = BigAutoField()
    phone_call = TextField()
    at_ms = BigIntegerField()
    number = TextField()
    stage = IntegerField()
    reason = TextField()
    extension = TextField()
    login = TextField()
    made_by = TextField()
    said = TextField()
    seen_ms = BigIntegerField()

    class Meta:
        """The table's name and indexes: a caller's newest are asked for, and a warning is noted once."""

        table_name = "abuse_incident"
        indexes = ((("phone_call", "at_ms", "stage"), True), (("number", "at_ms"), False), (("at_ms",), False))


class BlockRow(BaseModel):
    """An entry of the block list; one that was taken back stays, for the record."""

    id = BigAutoField()
    kind = TextField()
    pattern = TextField()
    reason = TextField()
    action = TextField()
    announcement = TextField()
    made_by = TextField()
    since_ms = BigIntegerField()
    until_ms = BigIntegerField()
    removed_ms = BigIntegerField()
    removed_by = TextField()
    hits = IntegerField()
    last_ms = BigIntegerField()
    menu = TextField(default="")

    class Meta:
        """The table's name and index."""

        table_name = "abuse_block"
        indexes = ((("removed_ms",), False),)


class WordingRow(BaseModel):
    """The office's own announcement in the place of one of the box's."""

    id = TextField(primary_key=True)
    announcement = TextField()

    class Meta:
        """The table's name."""

        table_name = "abuse_wording"


# Incidents


def note(incident: Incident) -> Incident | None:
    """Note an incident; None when it was noted before."""
    known = (IncidentRow.phone_call == incident.call) & (IncidentRow.at_ms == incident.at_ms)
    if IncidentRow.get_or_none(known & (IncidentRow.stage == incident.stage)) is not None:
        return None
    row = IncidentRow.create(
        phone_call=incident.call,
        at_ms=incident.at_ms,
        number=incident.number,
        stage=incident.stage,
        reason=incident.reason,
        extension=incident.extension,
        login=incident.login,
        made_by=incident.by,
        said=incident.said,
        seen_ms=0,
    )
    return _incident(row)


def since(from_ms: int) -> tuple[Incident, ...]:
    """Return the incidents from a moment on, the oldest first."""
    rows = IncidentRow.select().where(IncidentRow.at_ms >= from_ms).order_by(IncidentRow.at_ms, IncidentRow.id)
    return tuple(_incident(row) for row in rows)


def search(number: str, login: str, before: int, limit: int) -> tuple[Incident, ...]:
    """Return incidents, the newest first, with ids below `before`; 0 and "" mean any."""
    rows = IncidentRow.select().order_by(IncidentRow.id.desc()).limit(limit)
    if number:
        rows = rows.where(IncidentRow.number == number)
    if login:
        rows = rows.where(IncidentRow.login == login)
    if before:
        rows = rows.where(IncidentRow.id < before)
    return tuple(_incident(row) for row in rows)


def counts(by_caller: bool, from_ms: int, limit: int) -> tuple[Count, ...]:
    """Return how often each agent, or each caller, was part of incidents since a moment; the most ended calls first."""
    who = (
        IncidentRow.number
        if by_caller
        else Case(None, [(IncidentRow.login != "", IncidentRow.login)], IncidentRow.extension)
    )
    ended = fn.SUM(Case(None, [(IncidentRow.stage == _END, 1)], 0))
    rows = (
        IncidentRow.select(who.alias("who"), fn.COUNT(IncidentRow.id).alias("every"), ended.alias("ended"))
        .where(IncidentRow.at_ms >= from_ms)
        .group_by(who)
        .order_by(ended.desc(), fn.COUNT(IncidentRow.id).desc())
        .limit(limit)
    )
    return tuple(Count(name, every - over, over) for name, every, over in rows.tuples().execute())


def unseen() -> int:
    """Return how many ends of calls nobody has looked at."""
    return int(IncidentRow.select().where((IncidentRow.seen_ms == 0) & (IncidentRow.stage == _END)).count())


def see(now_ms: int) -> int:
    """Note that everything was looked at; returns how much was new."""
    return int(IncidentRow.update(seen_ms=now_ms).where(IncidentRow.seen_ms == 0).execute())


def _incident(row: Any) -> Incident:
    return Incident(
        id=row.id,
        call=row.phone_call,
        at_ms=row.at_ms,
        number=row.number,
        stage=row.stage,
        reason=row.reason,
        extension=row.extension,
        login=row.login,
        by=row.made_by,
        said=row.said,
        seen_ms=row.seen_ms,
    )


# The block list


def blocks() -> dict[int, Block]:
    """Return every entry that was not taken back, by its id."""
    return {row.id: _block(row) for row in BlockRow.select().where(BlockRow.removed_ms == 0).order_by(BlockRow.id)}


def block_history(limit: int) -> tuple[Block, ...]:
    """Return the entries that were taken back last."""
    rows = BlockRow.select().where(BlockRow.removed_ms > 0).order_by(BlockRow.removed_ms.desc()).limit(limit)
    return tuple(_block(row) for row in rows)


def add_blocks(made: Iterable[Block]) -> dict[int, Block]:
    """Add entries."""
    for one in made:
        BlockRow.create(
            kind=one.kind.value,
            pattern=one.pattern,
            reason=one.reason,
            action=one.action.value,
            announcement=one.announcement,
            made_by=one.by,
            since_ms=one.since_ms,
            until_ms=one.until_ms,
            removed_ms=0,
            removed_by="",
            hits=0,
            last_ms=0,
            menu=one.menu,
        )
    return blocks()


def remove_block(block: int, by: str, now_ms: int) -> dict[int, Block]:
    """Take an entry back. Raises NotFound."""
    here = (BlockRow.id == block) & (BlockRow.removed_ms == 0)
    if not BlockRow.update(removed_ms=now_ms, removed_by=by).where(here).execute():
        raise NotFound("abuse.no_such_block")
    return blocks()


def restore_block(block: int) -> dict[int, Block]:
    """Undo that an entry was taken back. Raises NotFound."""
    if not BlockRow.update(removed_ms=0, removed_by="").where(BlockRow.id == block).execute():
        raise NotFound("abuse.no_such_block")
    return blocks()


def hit(block: int, at_ms: int) -> dict[int, Block]:
    """Count a call that an entry has turned away."""
    BlockRow.update(hits=BlockRow.hits + 1, last_ms=at_ms).where(BlockRow.id == block).execute()
    return blocks()


def _block(row: Any) -> Block:
    return Block(
        id=row.id,
        kind=BlockKind(row.kind),
        pattern=row.pattern,
        reason=row.reason,
        action=BlockAction(row.action),
        announcement=row.announcement,
        by=row.made_by,
        since_ms=row.since_ms,
        until_ms=row.until_ms,
        removed_ms=row.removed_ms,
        removed_by=row.removed_by,
        hits=row.hits,
        last_ms=row.last_ms,
        menu=row.menu,
    )


# Wordings


def wordings() -> dict[str, str]:
    """Return the announcements that stand for the box's own, by the wording."""
    return {row.id: row.announcement for row in WordingRow.select()}


def set_wording(wording: str, announcement: str) -> dict[str, str]:
    """Let an announcement stand for a wording; "": the box's own again."""
    WordingRow.delete().where(WordingRow.id == wording).execute()
    if announcement:
        WordingRow.create(id=wording, announcement=announcement)
    return wordings()
