"""The table of settings. Used by `settings.py` alone."""

from __future__ import annotations

from collections.abc import Mapping

from peewee import BigIntegerField, TextField

from appliance.store.base import BaseModel


class SettingRow(BaseModel):
    """What the office has set, as JSON."""

    name = TextField(primary_key=True)
    value = TextField()
    changed_ms = BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "setting"


def stored() -> dict[str, str]:
    """Return every stored setting as JSON text."""
    return {row.name: row.value for row in SettingRow.select()}


def store(values: Mapping[str, str], now_ms: int) -> None:
    """Store settings given as JSON text."""
    for name, value in values.items():
        (
            SettingRow.insert(name=name, value=value, changed_ms=now_ms)
            .on_conflict(
                conflict_target=[SettingRow.name],
                update={SettingRow.value: value, SettingRow.changed_ms: now_ms},
            )
            .execute()
        )


def changed_ms(name: str) -> int:
    """Return when a setting was stored last; 0 for one that is not stored."""
    row = SettingRow.get_or_none(SettingRow.name == name)
    return int(row.changed_ms) if row is not None else 0
