"""Which analog lines there are: read once, every change durable before it shows. Knows no device and no call."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from appliance.analog import models
from appliance.analog.line_checks import checked
from appliance.analog.types import AnalogLine, DevicesChanged, LineDraft
from appliance.core.bus import Bus
from appliance.core.errors import InvalidInput, NotFound
from appliance.i18n.catalog import text
from appliance.lines.service import Lines
from appliance.store.database import Database
from appliance.store.settings import Settings

SIMULATED = "simulator"
"""The `device` of trials."""
SOUND_ONLY = "sound:"
"""With this begins the `device` of a line that no device watches."""


class LineBook:
    """The lines as they are now."""

    def __init__(self, database: Database, settings: Settings, bus: Bus, office: Lines) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._office = office
        self._lines: dict[int, AnalogLine] = {}
        self._saying = asyncio.Lock()  # what is said of a line is checked against the others: one after the other

    async def open(self) -> None:
        """Read them."""
        self._lines = {one.id: one for one in await self._database.read(models.lines)}

    def all(self) -> tuple[AnalogLine, ...]:
        """Return every line."""
        return tuple(self._lines.values())

    def line(self, line: int) -> AnalogLine:
        """Return one line. Raises NotFound."""
        if line not in self._lines:
            raise NotFound("devices.no_such_line")
        return self._lines[line]

    async def change(self, line: int, draft: LineDraft) -> AnalogLine:
        """Change what is said of a line. Raises NotFound, InvalidInput."""
        async with self._saying:
            return await self._change(line, draft)

    async def add(self, draft: LineDraft) -> AnalogLine:
        """Make a line that a sound card hears and no device watches. Raises InvalidInput. Twice is once."""
        async with self._saying:
            same = self._added_before(draft)
            return await (self._add(draft) if same is None else self._change(same.id, draft))

    async def _change(self, line: int, draft: LineDraft) -> AnalogLine:
        kept = self._checked(draft, self.line(line))
        return self._put(await self._database.write(lambda: models.change(line, kept)))

    async def _add(self, draft: LineDraft) -> AnalogLine:
        kept = self._checked(draft)
        if not kept.card:
            raise InvalidInput("card", "devices.no_card_chosen")
        device = f"{SOUND_ONLY}{secrets.token_hex(4)}"
        return self._put(await self._database.write(lambda: models.add(device, 1, kept)))

    async def remove(self, line: int) -> None:
        """Forget a line. One that is not there is fine."""
        await self._database.write(lambda: models.remove(line))
        self._lines.pop(line, None)
        self._bus.publish(DevicesChanged())

    async def at(self, device: str, channel: int) -> AnalogLine:
        """Return the line on a channel of a device; a new one has a name until it is given another."""
        for line in self._lines.values():
            if (line.device, line.channel) == (device, channel):
                return line
        if device == SIMULATED:  # a trial leaves no line behind
            return self.trial(channel)
        name = self._name(channel)
        return self._put(await self._database.write(lambda: models.line_at(device, channel, name)))

    def trial(self, channel: int) -> AnalogLine:
        """Return the line of a trial, which is not kept."""
        return AnalogLine(-channel, self._name(channel), "", "", "", SIMULATED, channel)

    async def tells(self, line: AnalogLine) -> None:
        """Note that a line's device tells of handsets."""
        if not line.tells and line.id > 0:
            await self._database.write(lambda: models.tells(line.id))
            if (now := self._lines.get(line.id)) is not None:  # it may have been changed or removed meanwhile
                self._lines[line.id] = replace(now, tells=True)

    def _added_before(self, draft: LineDraft) -> AnalogLine | None:
        """Return the line that was made of the same draft; one that a device watches never was."""
        added = (one for one in self._lines.values() if draft.card and one.device.startswith(SOUND_ONLY))
        wanted = (draft.card, draft.side, draft.name.strip())
        return next((one for one in added if (one.card, one.side, one.name) == wanted), None)

    def _name(self, channel: int) -> str:
        return text(str(self._settings.get("office.language")), "devices.line_name", n=channel)

    def _put(self, line: AnalogLine) -> AnalogLine:
        self._lines[line.id] = line
        self._bus.publish(DevicesChanged())
        return line

    def _checked(self, draft: LineDraft, line: AnalogLine | None = None) -> LineDraft:
        others = tuple(one for one in self._lines.values() if line is None or one.id != line.id)
        return checked(draft, others, {one.id for one in self._office.snapshot().groups})
