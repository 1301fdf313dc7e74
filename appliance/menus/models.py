"""The tables of voice menus, and what is asked of them. Plain objects go in and out."""

from __future__ import annotations

import msgspec
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField

from appliance.core.errors import Conflict, NotFound
from appliance.menus.types import Menu, Step, Version
from appliance.store.base import BaseModel

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Step)


class MenuRow(BaseModel):
    """A voice menu; `version` is the one that callers hear (0: none yet), `draft` a tree that is being worked on."""

    id = TextField(primary_key=True)
    label = TextField()
    version = IntegerField()
    draft = TextField()

    class Meta:
        """The table's name."""

        table_name = "voice_menu"


class VersionRow(BaseModel):
    """How a menu was from a moment on."""

    menu = TextField()
    version = IntegerField()
    at_ms = BigIntegerField()
    made_by = TextField()
    label = TextField()
    tree = TextField()

    class Meta:
        """The table's name; a menu has each version once."""

        table_name = "voice_menu_version"
        primary_key = CompositeKey("menu", "version")


def written(root: Step) -> str:
    """Return a tree as it is stored."""
    return _encoder.encode(root).decode()


def load() -> dict[str, Menu]:
    """Return all menus by their id, in the order of their names."""
    return {row.id: _menu(row) for row in MenuRow.select().order_by(MenuRow.label, MenuRow.id)}


def _menu(row: MenuRow) -> Menu:
    current = VersionRow.get_or_none((VersionRow.menu == row.id) & (VersionRow.version == row.version))
    draft = _decoder.decode(row.draft) if row.draft else None
    return Menu(row.id, row.label, row.version, _decoder.decode(current.tree) if current is not None else None, draft)


def add(menu: str, label: str, draft: Step) -> dict[str, Menu]:
    """Add a menu that nobody hears yet. Raises Conflict."""
    if MenuRow.get_or_none(MenuRow.id == menu) is not None:
        raise Conflict("menus.id_taken", field="id")
    MenuRow.insert(id=menu, label=label, version=0, draft=written(draft)).execute()
    return load()


def draft(menu: str, root: Step | None) -> dict[str, Menu]:
    """Keep what is being worked on; None: nothing is any more. Raises NotFound."""
    row = _row(menu)
    row.draft = written(root) if root is not None else ""
    row.save()
    return load()


def rename(menu: str, label: str) -> dict[str, Menu]:
    """Give a menu another name. Raises NotFound."""
    row = _row(menu)
    row.label = label
    row.save()
    return load()


def publish(menu: str, label: str, root: Step, by: str, at_ms: int) -> dict[str, Menu]:
    """Make a tree the one that callers hear. Raises NotFound."""
    row = _row(menu)
    newest = VersionRow.select().where(VersionRow.menu == menu).order_by(VersionRow.version.desc()).first()
    row.version, row.label, row.draft = (newest.version if newest is not None else 0) + 1, label, ""
    row.save()
    version = {"menu": menu, "version": row.version, "at_ms": at_ms, "made_by": by}
    VersionRow.insert(**version, label=label, tree=written(root)).execute()
    return load()


def remove(menu: str) -> dict[str, Menu]:
    """Remove a menu with its versions. Raises NotFound."""
    _row(menu)
    VersionRow.delete().where(VersionRow.menu == menu).execute()
    MenuRow.delete().where(MenuRow.id == menu).execute()
    return load()


def versions(menu: str) -> tuple[Version, ...]:
    """Return how a menu was, the newest first."""
    rows = VersionRow.select().where(VersionRow.menu == menu).order_by(VersionRow.version.desc())
    return tuple(
        Version(row.menu, row.version, row.at_ms, row.made_by, row.label, _decoder.decode(row.tree)) for row in rows
    )


def _row(menu: str) -> MenuRow:
    row = MenuRow.get_or_none(MenuRow.id == menu)
    if row is None:
        raise NotFound("menus.not_found")
    return row
