"""The tables of lines with their queries. Used in the database's threads only.

Every change returns what is stored after it, so that memory is never behind the database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from peewee import BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField, fn

from appliance.core.errors import Conflict, InvalidInput, NotFound
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
    """Phones that ring together."""

    id = TextField(primary_key=True)
    label = TextField()
    everyone = BooleanField()
    ring_seconds = IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "ring_group"


class MemberRow(BaseModel):
    """An extension in a group."""

    ring_group = ForeignKeyField(GroupRow, on_delete="CASCADE", lazy_load=False)
    extension = ForeignKeyField(ExtensionRow, on_delete="CASCADE", lazy_load=False)
    position = IntegerField()

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
    numbers = NumberRow.select().order_by(NumberRow.number)
    members: dict[str, list[str]] = {}
    for row in MemberRow.select().order_by(MemberRow.ring_group, MemberRow.position):
        members.setdefault(str(row.ring_group), []).append(str(row.extension))
    groups = GroupRow.select().order_by(GroupRow.id)
    snapshot = LinesSnapshot(
        extensions=tuple(Extension(r.number, r.name, r.shown_number, r.may_call_out, r.enabled) for r in extensions),
        trunks=tuple(_trunk_of(row) for row in trunks),
        numbers=tuple(OwnNumber(r.number, r.label, str(r.trunk), str(r.ring_group)) for r in numbers),
        groups=tuple(
            RingGroup(r.id, r.label, r.everyone, tuple(members.get(r.id, ())), r.ring_seconds) for r in groups
        ),
    )
    return Stored(snapshot, {r.number: r.ha1 for r in extensions}, {r.id: r.password for r in trunks})


def _trunk_of(row: TrunkRow) -> Trunk:
    values = {name: getattr(row, name) for name in Trunk.__dataclass_fields__}
    return Trunk(**{**values, **{name: tuple(json.loads(values[name])) for name in _LISTS}})


def _trunk_columns(trunk: Trunk) -> dict[str, Any]:
    values = {name: getattr(trunk, name) for name in Trunk.__dataclass_fields__ if name != "id"}
    return {**values, **{name: json.dumps(values[name]) for name in _LISTS}}


def _require_own(number: str) -> None:
    if number and NumberRow.get_or_none(NumberRow.number == number) is None:
        raise InvalidInput("shown_number", "lines.not_our_number")


def add_extension(extension: Extension, ha1: str) -> Stored:
    """Add an extension. Raises Conflict, InvalidInput."""
    if ExtensionRow.get_or_none(ExtensionRow.number == extension.number):
        raise Conflict("lines.extension_exists", field="number")
    _require_own(extension.shown_number)
    ExtensionRow.create(ha1=ha1, **vars(extension))
    return load()


def change_extension(extension: Extension) -> Stored:
    """Change everything of an extension but its number and password. Raises NotFound, InvalidInput."""
    _require_own(extension.shown_number)
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
    NumberRow.create(number=number.number, label=number.label, trunk=number.trunk, ring_group=number.group)
    return load()


def change_number(number: OwnNumber) -> Stored:
    """Change label, trunk and group of a number. Raises NotFound, InvalidInput."""
    _require_ends(number)
    columns = {"label": number.label, "trunk": number.trunk, "ring_group": number.group}
    _must_hit(NumberRow.update(**columns).where(NumberRow.number == number.number), "lines.no_such_number")
    return load()


def remove_number(number: str) -> Stored:
    """Remove a number; extensions that showed it show their trunk's own from now on. Raises NotFound."""
    _must_hit(NumberRow.delete().where(NumberRow.number == number), "lines.no_such_number")
    ExtensionRow.update(shown_number="").where(ExtensionRow.shown_number == number).execute()
    return load()


def add_group(group: RingGroup) -> Stored:
    """Add a ring group. Raises Conflict, InvalidInput."""
    if GroupRow.get_or_none(GroupRow.id == group.id):
        raise Conflict("lines.group_exists", field="id")
    GroupRow.create(id=group.id, label=group.label, everyone=group.everyone, ring_seconds=group.ring_seconds)
    _set_members(group)
    return load()


def change_group(group: RingGroup) -> Stored:
    """Change a ring group and who is in it. Raises NotFound, InvalidInput."""
    columns = {"label": group.label, "everyone": group.everyone, "ring_seconds": group.ring_seconds}
    _must_hit(GroupRow.update(**columns).where(GroupRow.id == group.id), "lines.no_such_group")
    MemberRow.delete().where(MemberRow.ring_group == group.id).execute()
    _set_members(group)
    return load()


def _set_members(group: RingGroup) -> None:
    known = {row.number for row in ExtensionRow.select(ExtensionRow.number)}
    for position, member in enumerate(group.members):
        if member not in known:
            raise InvalidInput("members", "lines.no_such_member", number=member)
        MemberRow.create(ring_group=group.id, extension=member, position=position)


def remove_group(group_id: str) -> Stored:
    """Remove a ring group. Raises NotFound, Conflict while numbers lead to it."""
    if NumberRow.select().where(NumberRow.ring_group == group_id).exists():
        raise Conflict("lines.group_in_use")
    _must_hit(GroupRow.delete().where(GroupRow.id == group_id), "lines.no_such_group")
    return load()


def _must_hit(query: Any, key: str) -> None:
    if query.execute() == 0:
        raise NotFound(key)
