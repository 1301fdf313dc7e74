"""The tables of lines with their queries. Used in the database's threads only.

Every change returns what is stored after it, so that memory is never behind the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peewee import BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField, fn

from appliance.calls.ports import Overflow, OverflowKind, Strategy
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.lines.forwards import models as forwards
from appliance.lines.types import Extension, LinesSnapshot, OwnNumber, RingGroup, Trunk
from appliance.store.base import BaseModel


class ExtensionRow(BaseModel):
    """An extension and what its phones prove themselves with."""

    number = TextField(primary_key=True)
    name = TextField()
    shown_number = TextField()
    may_call_out = BooleanField()
    enabled = BooleanField()
    ha1 = TextField()
    may_forward_out = BooleanField()
    pickup_group = TextField()

    class Meta:
        """Name of the table."""

        table_name = "extension"


class TrunkRow(BaseModel):
    """A SIP trunk; its password is encrypted."""

    id = TextField(primary_key=True)
    position = IntegerField()
    name = TextField()
    kind = TextField()
    host = TextField()
    port = IntegerField()
    transport = TextField()
    username = TextField()
    auth_username = TextField()
    realm = TextField()
    password = TextField()
    expires = IntegerField()
    addresses = TextField()
    trusted = BooleanField()
    called_from = TextField()
    international_prefixes = TextField()
    dial_e164 = BooleanField()
    main_number = TextField()
    channels = IntegerField()
    enabled = BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "trunk"


class GroupRow(BaseModel):
    """Phones that answer together."""

    id = TextField(primary_key=True)
    label = TextField()
    everyone = BooleanField()
    ring_seconds = IntegerField()
    strategy = TextField()
    rounds = IntegerField()
    queue = BooleanField()
    queue_seconds = IntegerField()
    queue_limit = IntegerField()
    announce_seconds = IntegerField()
    offers_callback = BooleanField()
    music = TextField()
    overflow_kind = TextField()
    overflow_target = TextField()

    class Meta:
        """Name of the table."""

        table_name = "ring_group"


class MemberRow(BaseModel):
    """An extension in a group."""

    ring_group = ForeignKeyField(GroupRow, on_delete="CASCADE", lazy_load=False)
    extension = ForeignKeyField(ExtensionRow, on_delete="CASCADE", lazy_load=False)
    position = IntegerField()
    priority = IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "ring_group_member"
        primary_key = CompositeKey("ring_group", "extension")


class NumberRow(BaseModel):
    """One of the office's own numbers."""

    number = TextField(primary_key=True)
    label = TextField()
    trunk = ForeignKeyField(TrunkRow, on_delete="RESTRICT", lazy_load=False)
    ring_group = ForeignKeyField(GroupRow, on_delete="RESTRICT", lazy_load=False)
    may_be_shown = BooleanField()
    menu = TextField(default="")

    class Meta:
        """Name of the table."""

        table_name = "own_number"


@dataclass(frozen=True)
class Stored:
    """Everything in the tables. `ha1` by extension; `passwords` by trunk, encrypted."""

    lines: LinesSnapshot
    ha1: dict[str, str]
    passwords: dict[str, str]


_LISTS = ("addresses", "international_prefixes")


def load() -> Stored:
    """Read all lines."""
    extensions = tuple(ExtensionRow.select().order_by(ExtensionRow.number))
    trunks = tuple(TrunkRow.select().order_by(TrunkRow.position, TrunkRow.id))
    snapshot = LinesSnapshot(
        extensions=tuple(_extension_of(row) for row in extensions),
        trunks=tuple(_trunk_of(row) for row in trunks),
        numbers=tuple(
            OwnNumber(row.number, row.label, str(row.trunk), str(row.ring_group), row.may_be_shown, row.menu)
            for row in NumberRow.select().order_by(NumberRow.number)
        ),
        groups=_groups(),
        forwards=forwards.load(),
    )
    return Stored(snapshot, {r.number: r.ha1 for r in extensions}, {r.id: r.password for r in trunks})


def _extension_of(row: ExtensionRow) -> Extension:
    return Extension(**{name: getattr(row, name) for name in Extension.__dataclass_fields__})


_GROUP_COLUMNS = tuple(
    name for name in RingGroup.__dataclass_fields__ if name not in ("id", "members", "priorities", "overflow")
)


def _groups() -> tuple[RingGroup, ...]:
    members: dict[str, dict[str, int]] = {}
    for row in MemberRow.select().order_by(MemberRow.ring_group, MemberRow.position):
        members.setdefault(str(row.ring_group), {})[str(row.extension)] = row.priority
    return tuple(_group_of(row, members.get(row.id, {})) for row in GroupRow.select().order_by(GroupRow.id))


def _group_of(row: GroupRow, members: dict[str, int]) -> RingGroup:
    values = {name: getattr(row, name) for name in _GROUP_COLUMNS}
    return RingGroup(
        id=row.id,
        members=tuple(members),
        priorities={member: priority for member, priority in members.items() if priority != 1},
        overflow=Overflow(OverflowKind(row.overflow_kind), row.overflow_target),
        **{**values, "strategy": Strategy(row.strategy)},
    )


def _trunk_of(row: TrunkRow) -> Trunk:
    values = {name: getattr(row, name) for name in Trunk.__dataclass_fields__}
    return Trunk(**{**values, **{name: tuple(json.loads(values[name])) for name in _LISTS}})


def _trunk_columns(trunk: Trunk) -> dict[str, Any]:
    values = {name: getattr(trunk, name) for name in Trunk.__dataclass_fields__ if name != "id"}
    return {**values, **{name: json.dumps(values[name]) for name in _LISTS}}


def _require_ends_of_extension(extension: Extension) -> None:
    if extension.shown_number and NumberRow.get_or_none(NumberRow.number == extension.shown_number) is None:
        raise InvalidInput("shown_number", "lines.not_our_number")
    if extension.pickup_group and GroupRow.get_or_none(GroupRow.id == extension.pickup_group) is None:
        raise InvalidInput("pickup_group", "lines.no_such_group")


def add_extension(extension: Extension, ha1: str) -> Stored:
    """Add an extension. Raises Conflict, InvalidInput."""
    if ExtensionRow.get_or_none(ExtensionRow.number == extension.number):
        raise Conflict("lines.extension_exists", field="number")
    _require_ends_of_extension(extension)
    forwards.forget(extension.number)
    ExtensionRow.create(ha1=ha1, **vars(extension))
    return load()


def change_extension(extension: Extension) -> Stored:
    """Change everything of an extension but its number and password. Raises NotFound, InvalidInput."""
    _require_ends_of_extension(extension)
    columns = {name: value for name, value in vars(extension).items() if name != "number"}
    _must_hit(ExtensionRow.update(**columns).where(ExtensionRow.number == extension.number), "lines.no_such_extension")
    return load()


def set_ha1(number: str, ha1: str) -> Stored:
    """Give an extension another password. Raises NotFound."""
    _must_hit(ExtensionRow.update(ha1=ha1).where(ExtensionRow.number == number), "lines.no_such_extension")
    return load()


def remove_extension(number: str) -> Stored:
    """Remove an extension, also from its groups. Raises NotFound, Conflict when a group would be left empty."""
    for group in GroupRow.select().join(MemberRow).where(MemberRow.extension == number, ~GroupRow.everyone):
        if MemberRow.select().where(MemberRow.ring_group == group.id).count() == 1:
            raise Conflict("lines.last_in_group", group=group.label)
    _must_hit(ExtensionRow.delete().where(ExtensionRow.number == number), "lines.no_such_extension")
    forwards.forget(number)
    return load()


def add_trunk(trunk: Trunk, password: str) -> Stored:
    """Add a trunk, as the least preferred. Raises Conflict."""
    if TrunkRow.get_or_none(TrunkRow.id == trunk.id):
        raise Conflict("lines.trunk_exists", field="id")
    last = TrunkRow.select(fn.MAX(TrunkRow.position)).scalar()
    position = 0 if last is None else int(last) + 1
    TrunkRow.create(id=trunk.id, position=position, password=password, **_trunk_columns(trunk))
    return load()


def change_trunk(trunk: Trunk, password: str | None) -> Stored:
    """Change a trunk; its password only when one is given. Raises NotFound."""
    columns = _trunk_columns(trunk)
    if password is not None:
        columns["password"] = password
    _must_hit(TrunkRow.update(**columns).where(TrunkRow.id == trunk.id), "lines.no_such_trunk")
    return load()


def prefer_trunk(trunk_id: str) -> Stored:
    """Put a trunk before all others. Raises NotFound."""
    first = TrunkRow.select(fn.MIN(TrunkRow.position)).scalar()
    position = 0 if first is None else int(first) - 1
    _must_hit(TrunkRow.update(position=position).where(TrunkRow.id == trunk_id), "lines.no_such_trunk")
    return load()


def remove_trunk(trunk_id: str) -> Stored:
    """Remove a trunk. Raises NotFound, Conflict while numbers use it."""
    if NumberRow.select().where(NumberRow.trunk == trunk_id).exists():
        raise Conflict("lines.trunk_in_use")
    _must_hit(TrunkRow.delete().where(TrunkRow.id == trunk_id), "lines.no_such_trunk")
    return load()


def _require_ends(number: OwnNumber) -> None:
    if TrunkRow.get_or_none(TrunkRow.id == number.trunk) is None:
        raise InvalidInput("trunk", "lines.no_such_trunk")
    if GroupRow.get_or_none(GroupRow.id == number.group) is None:
        raise InvalidInput("group", "lines.no_such_group")


def add_number(number: OwnNumber) -> Stored:
    """Add one of the office's numbers. Raises Conflict, InvalidInput."""
    if NumberRow.get_or_none(NumberRow.number == number.number):
        raise Conflict("lines.number_exists", field="number")
    _require_ends(number)
    forwards.forget(number.number)
    NumberRow.create(number=number.number, **_number_columns(number))
    return load()


def _number_columns(number: OwnNumber) -> dict[str, Any]:
    return {
        "label": number.label,
        "trunk": number.trunk,
        "ring_group": number.group,
        "may_be_shown": number.may_be_shown,
        "menu": number.menu,
    }


def change_number(number: OwnNumber) -> Stored:
    """Change everything of a number but itself. Raises NotFound, InvalidInput."""
    _require_ends(number)
    _must_hit(
        NumberRow.update(**_number_columns(number)).where(NumberRow.number == number.number), "lines.no_such_number"
    )
    return load()


def remove_number(number: str) -> Stored:
    """Remove a number; extensions that showed it show their trunk's own from now on. Raises NotFound."""
    _must_hit(NumberRow.delete().where(NumberRow.number == number), "lines.no_such_number")
    ExtensionRow.update(shown_number="").where(ExtensionRow.shown_number == number).execute()
    forwards.forget(number)
    return load()


def add_group(group: RingGroup) -> Stored:
    """Add a ring group. Raises Conflict, InvalidInput."""
    if GroupRow.get_or_none(GroupRow.id == group.id):
        raise Conflict("lines.group_exists", field="id")
    GroupRow.create(id=group.id, **_group_columns(group))
    _set_members(group)
    return load()


def change_group(group: RingGroup) -> Stored:
    """Change a ring group and who is in it. Raises NotFound, InvalidInput."""
    _must_hit(GroupRow.update(**_group_columns(group)).where(GroupRow.id == group.id), "lines.no_such_group")
    MemberRow.delete().where(MemberRow.ring_group == group.id).execute()
    _set_members(group)
    return load()


def _group_columns(group: RingGroup) -> dict[str, Any]:
    values = {name: getattr(group, name) for name in _GROUP_COLUMNS}
    overflow = {"overflow_kind": group.overflow.kind.value, "overflow_target": group.overflow.target}
    return {**values, **overflow, "strategy": group.strategy.value}


def _set_members(group: RingGroup) -> None:
    known = {row.number for row in ExtensionRow.select(ExtensionRow.number)}
    for position, member in enumerate(group.members):
        if member not in known:
            raise InvalidInput("members", "lines.no_such_member", number=member)
        priority = group.priorities.get(member, 1)
        MemberRow.create(ring_group=group.id, extension=member, position=position, priority=priority)


def remove_group(group_id: str) -> Stored:
    """Remove a ring group. Raises NotFound, Conflict while numbers lead to it."""
    if NumberRow.select().where(NumberRow.ring_group == group_id).exists():
        raise Conflict("lines.group_in_use")
    _must_hit(GroupRow.delete().where(GroupRow.id == group_id), "lines.no_such_group")
    ExtensionRow.update(pickup_group="").where(ExtensionRow.pickup_group == group_id).execute()
    return load()


def with_forwards(owner: str, change: Callable[[], None]) -> Stored:
    """Do a change to the forwards of an extension or an own number. Raises NotFound when there is no such owner."""
    if not (ExtensionRow.get_or_none(ExtensionRow.number == owner) or NumberRow.get_or_none(NumberRow.number == owner)):
        raise NotFound("lines.no_such_owner")
    change()
    return load()


def _must_hit(query: Any, key: str) -> None:
    if query.execute() == 0:
        raise NotFound(key)
