"""The tables of agents with their queries. Used in the database's threads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from peewee import BigAutoField, BigIntegerField, BooleanField, IntegerField, TextField

from appliance.agents.types import Colour, Desk, Kind, Seat, Source, StateChange
from appliance.store.base import BaseModel


class KindRow(BaseModel):
    """A kind of state that the office has made or changed."""

    key = TextField(primary_key=True)
    ko = TextField()
    en = TextField()
    colour = TextField()
    working = BooleanField()
    direct_calls = BooleanField()
    position = IntegerField()
    retired = BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "agent_kind"


class SeatRow(BaseModel):
    """Where a person is who has signed in."""

    account = IntegerField(primary_key=True)
    extension = TextField(null=True, unique=True)
    since_ms = BigIntegerField()
    session = TextField()
    chosen = BooleanField()
    lost_to = TextField()

    class Meta:
        """Name of the table."""

        table_name = "agent_seat"


class DeskRow(BaseModel):
    """A desk as it is now; who sits there is in the table of seats."""

    extension = TextField(primary_key=True)
    kind = TextField()
    since_ms = BigIntegerField()
    until_ms = BigIntegerField()
    why = TextField()
    source = TextField()
    who = TextField()
    missed = IntegerField()
    free_since_ms = BigIntegerField()
    talks = IntegerField()
    day = TextField()

    class Meta:
        """Name of the table."""

        table_name = "agent_desk"


class ChangeRow(BaseModel):
    """One line of the history of desks."""

    id = BigAutoField()
    at_ms = BigIntegerField()
    extension = TextField()
    account = IntegerField()
    login = TextField()
    from_kind = TextField()
    to_kind = TextField()
    why = TextField()
    source = TextField()
    who = TextField()

    class Meta:
        """Name of the table."""

        table_name = "agent_change"


@dataclass(frozen=True)
class Stored:
    """Everything in the tables but the history."""

    kinds: tuple[Kind, ...]
    seats: tuple[Seat, ...]
    desks: tuple[Desk, ...]


def load() -> Stored:
    """Read everything."""
    seats = tuple(
        Seat(row.account, row.extension or "", row.since_ms, row.session, row.chosen, row.lost_to)
        for row in SeatRow.select()
    )
    sitting = {seat.extension: seat.user for seat in seats if seat.extension}
    desks = tuple(_desk_of(row, sitting.get(row.extension, 0)) for row in DeskRow.select())
    return Stored(tuple(_kind_of(row) for row in KindRow.select()), seats, desks)


def _kind_of(row: KindRow) -> Kind:
    return Kind(row.key, row.ko, row.en, Colour(row.colour), row.working, row.direct_calls, row.position, row.retired)


_KIND_COLUMNS = tuple(one.name for one in fields(Kind) if one.name != "built_in")
_DESK_COLUMNS = tuple(one.name for one in fields(Desk) if one.name != "user")


def _desk_of(row: DeskRow, user: int) -> Desk:
    values = {name: getattr(row, name) for name in _DESK_COLUMNS}
    return Desk(**values | {"source": Source(row.source), "user": user})


def store_kinds(kinds: Iterable[Kind]) -> None:
    """Store kinds as they are now."""
    for kind in kinds:
        _put(KindRow, "key", {name: getattr(kind, name) for name in _KIND_COLUMNS})


def remove_kind(key: str) -> None:
    """Remove a kind that was never used."""
    KindRow.delete().where(KindRow.key == key).execute()


def used_kinds() -> frozenset[str]:
    """Return the kinds that stand anywhere in the history."""
    return frozenset(row.to_kind for row in ChangeRow.select(ChangeRow.to_kind).distinct())


def store_seats(seats: Iterable[Seat], gone: Iterable[int] = ()) -> None:
    """Store where people are now; who has `gone` is nowhere. Phones are let go of before others take them."""
    for user in gone:
        SeatRow.delete().where(SeatRow.account == user).execute()
    for seat in sorted(seats, key=lambda seat: seat.extension):
        values = {"account": seat.user, "extension": seat.extension or None, "since_ms": seat.since_ms}
        more = {"session": seat.session, "chosen": seat.chosen, "lost_to": seat.lost_to}
        _put(SeatRow, "account", values | more)


def store_desks(desks: Iterable[Desk], changes: Iterable[StateChange]) -> None:
    """Store desks as they are now, and the lines of their history."""
    for desk in desks:
        _put(DeskRow, "extension", {name: getattr(desk, name) for name in _DESK_COLUMNS})
    for change in changes:
        ChangeRow.create(
            at_ms=change.at_ms,
            extension=change.extension,
            account=change.user,
            login=change.login,
            from_kind=change.from_kind,
            to_kind=change.to_kind,
            why=change.why,
            source=change.source,
            who=change.who,
        )


def remove_desk(extension: str) -> None:
    """Forget how a desk is; its history stays."""
    DeskRow.delete().where(DeskRow.extension == extension).execute()


def changes(from_ms: int, to_ms: int, extension: str, before_id: int, limit: int) -> Sequence[StateChange]:
    """Return lines of the history, the newest first; 0 and "" mean any."""
    rows = ChangeRow.select().order_by(ChangeRow.id.desc()).limit(limit)
    if from_ms:
        rows = rows.where(ChangeRow.at_ms >= from_ms)
    if to_ms:
        rows = rows.where(ChangeRow.at_ms < to_ms)
    if extension:
        rows = rows.where(ChangeRow.extension == extension)
    if before_id:
        rows = rows.where(ChangeRow.id < before_id)
    return tuple(_change_of(row) for row in rows)


def _change_of(row: ChangeRow) -> StateChange:
    return StateChange(
        row.id,
        row.at_ms,
        row.extension,
        row.account,
        row.login,
        row.from_kind,
        row.to_kind,
        row.why,
        Source(row.source),
        row.who,
    )


def _put(model: type[BaseModel], key: str, values: dict[str, Any]) -> None:
    """Insert a row, or change the one with this key."""
    others = {name: value for name, value in values.items() if name != key}
    target = [getattr(model, key)]
    model.insert(**values).on_conflict(conflict_target=target, update=others).execute()
