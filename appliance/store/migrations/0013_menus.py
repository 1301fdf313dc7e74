"""Voice menus with their versions, what leads to them, and what callers say of where they want to be called back."""

from typing import Any

import peewee

READABLE_FROM = 1


class VoiceMenu(peewee.Model):
    """A voice menu; `version` is the one that callers hear (0: none yet), `draft` a tree that is being worked on."""

    id = peewee.TextField(primary_key=True)
    label = peewee.TextField()
    version = peewee.IntegerField()
    draft = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "voice_menu"


class VoiceMenuVersion(peewee.Model):
    """How a menu was from a moment on: its tree as JSON, and who made it so."""

    menu = peewee.TextField()
    version = peewee.IntegerField()
    at_ms = peewee.BigIntegerField()
    made_by = peewee.TextField()
    label = peewee.TextField()
    tree = peewee.TextField()

    class Meta:
        """Name of the table; a menu has each version once."""

        table_name = "voice_menu_version"
        primary_key = peewee.CompositeKey("menu", "version")


TABLES = [VoiceMenu, VoiceMenuVersion]


def _text() -> peewee.TextField:
    return peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])


def _yes_or_no(usual: bool) -> peewee.BooleanField:
    return peewee.BooleanField(default=usual, constraints=[peewee.SQL(f"DEFAULT {str(usual).upper()}")])


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of menus, and add columns to calls, callbacks, numbers and the block list."""
    migrator.migrate(
        migrator.add_column("phone_call", "menu_path", _text()),
        migrator.add_column("phone_call", "callback_number", _text()),
        migrator.add_column("phone_call", "callback_sure", _yes_or_no(True)),
        migrator.add_column("phone_call", "test", _yes_or_no(False)),
        migrator.add_column("callback", "menu", _text()),
        migrator.add_column("callback", "sure", _yes_or_no(True)),
        migrator.add_column("callback_ask", "caller", _text()),
        migrator.add_column("callback_ask", "menu", _text()),
        migrator.add_column("callback_ask", "sure", _yes_or_no(True)),
        migrator.add_column("own_number", "menu", _text()),
        migrator.add_column("abuse_block", "menu", _text()),
    )
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
