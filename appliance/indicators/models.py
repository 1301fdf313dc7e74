"""The table of panic buttons that were given a desk. Plain values go in and out."""

from __future__ import annotations

from peewee import TextField

from appliance.store.base import BaseModel


class ButtonRow(BaseModel):
    """For which desk a button is."""

    button = TextField(primary_key=True)
    desk = TextField()

    class Meta:
        """The table's name."""

        table_name = "box_button"


def desks() -> dict[str, str]:
    """Return the desks that were chosen, by button."""
    return {row.button: row.desk for row in ButtonRow.select()}


def choose(button: str, desk: str) -> None:
    """Keep for which desk a button is."""
    ButtonRow.delete().where(ButtonRow.button == button).execute()
    ButtonRow.create(button=button, desk=desk)
