"""Builds the features of one box and plugs them into each other. Part of the composition root.

`main.py` gives them the real edge and voice; a command that works without the core gives them stand-ins.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from appliance.abuse.service import Abuse
from appliance.access.service import Access
from appliance.agents.availability import AgentDesks
from appliance.agents.service import Agents
from appliance.analog.service import Analog
from appliance.announcements.built_in import id_of
from appliance.announcements.service import Announcements, Use
from appliance.callbacks.service import Callbacks
from appliance.calls.service import Calls, Wiring
from appliance.config import Config
from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.health import Health
from appliance.crm.lookup import CustomerLookup
from appliance.crm.service import Customers
from appliance.hours.for_calls import HoursForCalls
from appliance.hours.service import Hours, HoursChanged
from appliance.lines.directory import LinesDirectory
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged
from appliance.phones.service import Phones
from appliance.recalls.service import Recalls
from appliance.recordings.service import Recordings
from appliance.services import Services
from appliance.store.database import Database
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings, SettingsChanged
from sip.api import Edge, Voice


@dataclass(frozen=True)
class Ground:
    """What every feature stands on."""

    config: Config
    database: Database
    settings: Settings
    bus: Bus
    clock: SystemClock
    health: Health
    office_time: OfficeTime


async def build(config: Config, edge: Edge, voice: Voice, stack: AsyncExitStack) -> Services:
    """Open the database and everything that lives in it; `stack` closes them again. Raises Unavailable."""
    ground = await _ground(config, stack)
    database, settings, bus, clock, health = ground.database, ground.settings, ground.bus, ground.clock, ground.health
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
    agents = Agents(database, settings, bus, clock, access, lines, ground.office_time, phones.registered)
    await agents.open()
    stack.push_async_callback(agents.stop)
    hours = Hours(database, settings, bus, clock, lines, ground.office_time, announcements.ids)
    await hours.open()
    stack.push_async_callback(hours.stop)
    lines.led_to_by(hours.leading_to)
    announcements.used_by(lambda sound: tuple(Use("schedule", one.id, one.label) for one in hours.playing(sound)))
    opened = HoursForCalls(hours, lines, settings, *_own_announcements(announcements, settings))
    abuse = _abuse(ground, announcements, lines, agents)
    await abuse.open()
    directory = LinesDirectory(lines, settings)
    outside = Outside(edge, voice, recordings, directory, customers, announcements, agents, opened, abuse)
    calls = _calls(ground, outside, stack)
    callbacks = Callbacks(database, settings, bus, clock, calls, access, ground.office_time.day)
    await callbacks.open()
    recalls = Recalls(database, settings, bus, clock, access)
    await recalls.open()
    stack.callback(recalls.stop)
    analog = Analog(database, settings, bus, health, calls, lines)
    await analog.open()
    stack.push_async_callback(analog.stop)
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
        hours=hours,
        abuse=abuse,
        recalls=recalls,
        analog=analog,
    )


async def _ground(config: Config, stack: AsyncExitStack) -> Ground:
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
    return Ground(config, database, settings, bus, clock, health, office_time)


def _own_announcements(
    announcements: Announcements, settings: Settings
) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Return what finds one of the box's own in the office's language by its name, and what tells how one is called."""

    def own(name: str) -> str:
        return id_of(name, str(settings.get("office.language")))

    def named(announcement: str) -> str:
        return next((one.name for one in announcements.list() if one.id == announcement), announcement)

    return own, named


@dataclass(frozen=True)
class Outside:
    """What call control works with and does not know."""

    edge: Edge
    voice: Voice
    recordings: Recordings
    directory: LinesDirectory
    customers: Customers
    announcements: Announcements
    agents: Agents
    hours: HoursForCalls
    abuse: Abuse


def _abuse(ground: Ground, announcements: Announcements, lines: Lines, agents: Agents) -> Abuse:
    def login(extension: str) -> str:
        return agents.view(extension).login if agents.is_desk(extension) else ""

    return Abuse(
        ground.database,
        ground.settings,
        ground.bus,
        ground.clock,
        announcements,
        lines,
        login,
        ground.office_time.at,
    )


def _calls(ground: Ground, outside: Outside, stack: AsyncExitStack) -> Calls:
    calls = Calls(
        Wiring(
            database=ground.database,
            bus=ground.bus,
            clock=ground.clock,
            edge=outside.edge,
            voice=outside.voice,
            recorder=outside.recordings,
            directory=outside.directory,
            lookup=CustomerLookup(outside.customers),
            hours=outside.hours,
            prompts=outside.announcements.prompts,
            protection=outside.abuse,
            local=ground.office_time.at,
            voice_folder=ground.config.folder / "voice",
            desks=AgentDesks(outside.agents, ground.bus),
            forwards=outside.directory,
        )
    )
    for changed in (LinesChanged, SettingsChanged, HoursChanged):
        stack.callback(ground.bus.subscribe(changed, lambda _: calls.facts_changed()))
    return calls
