"""The tables of analog lines and devices. Plain objects go in and out."""

from __future__ import annotations

from dataclasses import asdict

from peewee import SQL, BigAutoField, BigIntegerField, BooleanField, IntegerField, TextField

from appliance.analog.types import AnalogLine, DeviceChoice, LineDraft
from appliance.core.errors import NotFound
from appliance.store.base import BaseModel
from hw.api import Memory


class LineRow(BaseModel):
    """A telephone line that a caller-ID device watches."""

    id = BigAutoField()
    name = TextField()
    number = TextField()
    area_code = TextField()
    ring_group = TextField()
    device = TextField()
    channel = IntegerField()
    tells = BooleanField()
    prefix = TextField(default="")
    dials = BooleanField(default=True)
    card = TextField(default="")
    side = IntegerField(default=1)
    gain_db = IntegerField(default=0)
    recorded = TextField(default="automatic")
    listens = BooleanField(default=False)

    class Meta:
        """The table's name and index: a device's channel is one line."""

        table_name = "analog_line"
        indexes = ((("device", "channel"), True),)


class DeviceRow(BaseModel):
    """What the admin wants of a device."""

    device = TextField(primary_key=True)
    excluded = BooleanField()
    by_hand = BooleanField()
    dialect = TextField()
    speed = IntegerField()
    ask = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        """The table's name."""

        table_name = "analog_device"


class MemoryRow(BaseModel):
    """What is known of a device from before."""

    device = TextField(primary_key=True)
    dialect = TextField()
    speed = IntegerField()
    lines = IntegerField()
    info = TextField()
    hooks = BooleanField()
    answers = BooleanField()
    refused = IntegerField()
    mended = IntegerField()
    mended_ms = BigIntegerField()
    title = TextField()

    class Meta:
        """The table's name."""

        table_name = "analog_device_memory"


def lines() -> tuple[AnalogLine, ...]:
    """Return every line, the oldest first."""
    return tuple(_line(row) for row in LineRow.select().order_by(LineRow.id))


def line_at(device: str, channel: int, name: str) -> AnalogLine:
    """Return the line at a device's channel; made if it is new."""
    row = LineRow.get_or_none((LineRow.device == device) & (LineRow.channel == channel))
    if row is None:
        row = LineRow.create(
            name=name, number="", area_code="", ring_group="", device=device, channel=channel, tells=False
        )
    return _line(row)


def change(line: int, draft: LineDraft) -> AnalogLine:
    """Change what is said of a line. Raises NotFound."""
    row = LineRow.get_or_none(LineRow.id == line)
    if row is None:
        raise NotFound("devices.no_such_line")
    _fill(row, draft)
    row.save()
    return _line(row)


def add(device: str, channel: int, draft: LineDraft) -> AnalogLine:
    """Make a line that no device has told of."""
    row = LineRow(device=device, channel=channel, tells=False)
    _fill(row, draft)
    row.save(force_insert=True)
    return _line(row)


def _fill(row: LineRow, draft: LineDraft) -> None:
    row.name, row.number, row.area_code, row.ring_group = draft.name, draft.number, draft.area_code, draft.group
    row.prefix, row.dials = draft.prefix, draft.dials
    row.card, row.side, row.gain_db = draft.card, draft.side, draft.gain_db
    row.recorded, row.listens = draft.recorded, draft.listens


def tells(line: int) -> None:
    """Note that a line's device tells of handsets."""
    LineRow.update(tells=True).where(LineRow.id == line).execute()


def remove(line: int) -> None:
    """Forget a line; if its device is heard again, it is a new one."""
    LineRow.delete().where(LineRow.id == line).execute()


def choices() -> tuple[DeviceChoice, ...]:
    """Return what is wanted of devices."""
    rows = DeviceRow.select().order_by(DeviceRow.device)
    return tuple(DeviceChoice(row.device, row.excluded, row.by_hand, row.dialect, row.speed, row.ask) for row in rows)


def choose(choice: DeviceChoice) -> tuple[DeviceChoice, ...]:
    """Keep what is wanted of a device; returns what is wanted of all of them with this, and nothing that came later."""
    DeviceRow.delete().where(DeviceRow.device == choice.device).execute()
    if choice != DeviceChoice(choice.device):
        DeviceRow.create(
            device=choice.device,
            excluded=choice.excluded,
            by_hand=choice.by_hand,
            dialect=choice.dialect,
            speed=choice.speed,
            ask=choice.ask,
        )
    return choices()


def memories() -> dict[str, Memory]:
    """Return what is known of each device."""
    return {
        row.device: Memory(
            row.dialect,
            row.speed,
            row.lines,
            row.info,
            row.hooks,
            row.answers,
            row.refused,
            row.mended,
            row.mended_ms,
            row.title,
        )
        for row in MemoryRow.select()
    }


def remember(device: str, memory: Memory) -> None:
    """Keep what is known of a device."""
    MemoryRow.delete().where(MemoryRow.device == device).execute()
    if memory != Memory():
        MemoryRow.create(device=device, **asdict(memory))


def _line(row: LineRow) -> AnalogLine:
    return AnalogLine(
        id=row.id,
        name=row.name,
        number=row.number,
        area_code=row.area_code,
        group=row.ring_group,
        device=row.device,
        channel=row.channel,
        tells=row.tells,
        prefix=row.prefix,
        dials=row.dials,
        card=row.card,
        side=row.side,
        gain_db=row.gain_db,
        recorded=row.recorded,
        listens=row.listens,
    )
