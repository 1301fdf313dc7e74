"""Builds the features of one box and plugs them into each other. Part of the composition root.

`main.py` gives them the real edge and voice; a command that works without the core gives them stand-ins.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from appliance.access.service import Access
from appliance.agents.availability import AgentDesks
from appliance.agents.service import Agents
from appliance.announcements.service import Announcements, Use
from appliance.callbacks.service import Callbacks
from appliance.calls.service import Calls, Wiring
from appliance.config import Config
from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.health import Health
from appliance.crm.lookup import CustomerLookup
from appliance.crm.service import Customers
from appliance.lines.directory import LinesDirectory
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged
from appliance.phones.service import Phones
from appliance.recordings.service import Recordings
from appliance.services import Services
from appliance.store.database import Database
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings, SettingsChanged
from sip.api import Edge, Voice


async def build(config: Config, edge: Edge, voice: Voice, stack: AsyncExitStack) -> Services:
    """Open the database and everything that lives in it; `stack` closes them again. Raises Unavailable."""
    clock, bus = SystemClock(), Bus()
    health = Health(clock.now_ms)
    config.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(config.database_url, health)
    await database.open()
    stack.push_async_callback(database.close)
    settings = Settings(database, bus, clock)
    await settings.open()
    office_time = OfficeTime(settings, bus)
    await office_time.open()
    stack.push_async_callback(office_time.stop)
    access = Access(database, settings, bus, clock, config.folder)
    await access.open()
    announcements = Announcements(database, settings, bus, clock, health, config.folder)
    await announcements.open()
    stack.push_async_callback(announcements.stop)
    lines = Lines(database, settings, bus, config.folder, announcements.ids)
    await lines.open()
    announcements.used_by(lambda sound: tuple(Use("group", one.id, one.label) for one in lines.playing(sound)))
    customers = Customers(database, settings, bus, clock)
    recordings = Recordings(database, settings, bus, clock, health, config.folder)
    phones = Phones(edge, lines, bus, health, clock)
    agents = Agents(database, settings, bus, clock, access, lines, office_time, phones.registered)
    await agents.open()
    stack.push_async_callback(agents.stop)
    directory = LinesDirectory(lines, settings)
    calls = Calls(
        Wiring(
            database=database,
            bus=bus,
            clock=clock,
            edge=edge,
            voice=voice,
            recorder=recordings,
            directory=directory,
            lookup=CustomerLookup(customers),
            prompts=announcements.prompts,
            local=office_time.at,
            voice_folder=config.folder / "voice",
            desks=AgentDesks(agents, bus),
            forwards=directory,
        )
    )
    callbacks = Callbacks(database, bus, clock, calls)
    await callbacks.open()
    for changed in (LinesChanged, SettingsChanged):
        stack.callback(bus.subscribe(changed, lambda _: calls.facts_changed()))
    return Services(
        config=config,
        bus=bus,
        clock=clock,
        health=health,
        settings=settings,
        access=access,
        announcements=announcements,
        lines=lines,
        customers=customers,
        phones=phones,
        agents=agents,
        calls=calls,
        recordings=recordings,
        callbacks=callbacks,
    )
