"""The table of forwards with its queries. Used in the database's threads only; knows no other table."""

from __future__ import annotations

from peewee import BooleanField, CompositeKey, IntegerField, TextField

from appliance.calls.ports import Forward, ForwardWhen, Schedule
from appliance.core.errors import Conflict, NotFound
from appliance.lines.types import KeptForward, forward_order
from appliance.store.base import BaseModel

_AT_ALL_TIMES = Schedule(frozenset(), 0, 0)


class ForwardRow(BaseModel):
    """Where an extension's or an own number's calls go on; `owner` is either. No `weekdays`: at all times."""

    owner = TextField()
    id = TextField()
    occasion = TextField()
    target = TextField()
    after_seconds = IntegerField()
    weekdays = TextField()
    from_minute = IntegerField()
    to_minute = IntegerField()
    enabled = BooleanField()

    class Meta:
        """Name of the table; of each kind and schedule there is one."""

        table_name = "call_forward"
        primary_key = CompositeKey("owner", "id")


def load() -> dict[str, tuple[KeptForward, ...]]:
    """Read all forwards, by their owners."""
    kept: dict[str, list[KeptForward]] = {}
    for row in ForwardRow.select().order_by(ForwardRow.owner):
        kept.setdefault(row.owner, []).append(_kept(row))
    return {owner: tuple(sorted(theirs, key=forward_order)) for owner, theirs in kept.items()}


def _kept(row: ForwardRow) -> KeptForward:
    days = frozenset(map(int, row.weekdays))
    hours = Schedule(days, row.from_minute, row.to_minute) if days else None
    return KeptForward(Forward(ForwardWhen(row.occasion), row.target, row.after_seconds, hours), row.enabled)


def put(owner: str, kept: KeptForward, replaces: str | None) -> None:
    """Keep a forward in its place, whatever was there; with `replaces` instead of that one, "" = as a new one.

    Raises NotFound when what it replaces is gone, Conflict when another one has its place.
    """
    if replaces:
        remove(owner, replaces)
    if replaces is not None and ForwardRow.get_or_none(_is(owner, kept.id)):
        raise Conflict("lines.forward_exists", field="when")
    ForwardRow.delete().where(_is(owner, kept.id)).execute()
    forward, hours = kept.forward, kept.forward.schedule or _AT_ALL_TIMES
    ForwardRow.create(
        owner=owner,
        id=kept.id,
        occasion=forward.when.value,
        target=forward.target,
        after_seconds=forward.after_seconds,
        weekdays="".join(str(day) for day in sorted(hours.weekdays)),
        from_minute=hours.from_minute,
        to_minute=hours.to_minute,
        enabled=kept.enabled,
    )


def switch(owner: str, forward: str, enabled: bool) -> None:
    """Switch one forward. Raises NotFound."""
    if ForwardRow.update(enabled=enabled).where(_is(owner, forward)).execute() == 0:
        raise NotFound("lines.no_such_forward")


def switch_off(owner: str, occasions: tuple[ForwardWhen, ...]) -> None:
    """Switch all forwards of these kinds off; they keep their targets."""
    theirs = (ForwardRow.owner == owner) & ForwardRow.occasion.in_([one.value for one in occasions])
    ForwardRow.update(enabled=False).where(theirs).execute()


def remove(owner: str, forward: str) -> None:
    """Remove a forward. Raises NotFound."""
    if ForwardRow.delete().where(_is(owner, forward)).execute() == 0:
        raise NotFound("lines.no_such_forward")


def forget(owner: str) -> None:
    """Remove all forwards of an owner, also of one that was here before: older releases know no forwards."""
    ForwardRow.delete().where(ForwardRow.owner == owner).execute()


def _is(owner: str, forward: str) -> object:
    return (ForwardRow.owner == owner) & (ForwardRow.id == forward)
