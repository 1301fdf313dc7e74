"""For which desk each panic button on the box is."""

from typing import Any

import peewee

READABLE_FROM = 1


class BoxButton(peewee.Model):
    """A button that was given a desk."""

    button = peewee.TextField(primary_key=True)
    desk = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "box_button"


def up(migrator: Any, db: peewee.Database) -> None:
    """Create the table."""
    with db.bind_ctx((BoxButton,)):
        db.create_tables((BoxButton,))
