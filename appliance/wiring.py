"""Builds the features of one box and plugs them into each other. Part of the composition root.

`main.py` gives them the real edge and voice; a command that works without the core gives them stand-ins.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from appliance.abuse.service import Abuse
from appliance.access.permissions import allowed
from appliance.access.service import Access
from appliance.agents.availability import AgentDesks
from appliance.agents.service import Agents
from appliance.analog.service import Analog, DevicesChanged
from appliance.announcements.built_in import id_of
from appliance.announcements.for_calls import DictationsForCalls
from appliance.announcements.service import Announcements, Use
from appliance.callbacks.service import Callbacks
from appliance.calls.service import Calls, Wiring
from appliance.config import HOME, Config
from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.errors import NotAllowed
from appliance.core.health import Health
from appliance.crm.lookup import CustomerLookup
from appliance.crm.service import Customers
from appliance.evidence.gathering import Sources
from appliance.evidence.service import Evidence
from appliance.hours.aloud import OfficeAloud
from appliance.hours.for_calls import HoursForCalls
from appliance.hours.service import Hours, HoursChanged
from appliance.indicators.service import Features, Indicators
from appliance.lines.directory import LinesDirectory
from appliance.lines.onward import KnownMenus
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged
from appliance.menus.for_calls import MenusForCalls
from appliance.menus.service import Menus
from appliance.phones.service import Phones
from appliance.recalls.service import Recalls
from appliance.recordings.service import Recordings
from appliance.services import Services
from appliance.store.database import Database
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings, SettingsChanged
from sip.api import Edge, Voice

SPOKEN = HOME / ".spoken"
"""What boxes that run from this folder have spoken, shared."""


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
    announcements, lines, menus = await _led_to(ground, stack)
    customers = Customers(database, settings, bus, clock)
    recordings = Recordings(database, settings, bus, clock, health, config.folder)
    phones = Phones(edge, lines, bus, health, clock)
    agents = Agents(database, settings, bus, clock, access, lines, ground.office_time, phones.registered)
    await agents.open()
    stack.push_async_callback(agents.stop)
    hours = await _hours(ground, lines, announcements, menus, stack)
    opened = HoursForCalls(hours, lines, settings, *_own_announcements(announcements, settings))
    abuse = _abuse(ground, announcements, lines, agents, menus)
    await abuse.open()
    menus.led_to_by(abuse.leading_to)
    directory = LinesDirectory(lines, settings)
    outside = Outside(edge, voice, recordings, directory, customers, announcements, agents, opened, abuse, menus)
    calls = _calls(ground, outside, stack)
    callbacks = Callbacks(database, settings, bus, clock, calls, access, ground.office_time.day)
    await callbacks.open()
    recalls = Recalls(database, settings, bus, clock, access)
    await recalls.open()
    stack.callback(recalls.stop)
    evidence = Evidence(
        database, settings, bus, clock, config.folder, Sources(calls, recordings, lines, customers, access, settings)
    )
    await evidence.open()
    analog = Analog(database, settings, bus, health, calls, lines, clock)
    await analog.open()
    agents.reached_by_line(analog.reaches)
    stack.callback(bus.subscribe(DevicesChanged, lambda _: agents.lines_changed()))
    stack.push_async_callback(analog.stop)
    indicators = await _indicators(ground, Features(calls, callbacks, hours, lines, analog, access), stack)
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
        evidence=evidence,
        menus=menus,
        analog=analog,
        indicators=indicators,
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


async def _led_to(ground: Ground, stack: AsyncExitStack) -> tuple[Announcements, Lines, Menus]:
    """Open what callers are led to and what they hear on the way, each of which knows what uses it."""
    database, settings, bus, clock = ground.database, ground.settings, ground.bus, ground.clock
    folder = ground.config.folder
    announcements = Announcements(database, settings, bus, clock, ground.health, folder, shared=SPOKEN)
    await announcements.open()
    stack.push_async_callback(announcements.stop)
    lines = Lines(database, settings, bus, folder, announcements.ids)
    await lines.open()
    announcements.used_by(lambda sound: tuple(Use("group", one.id, one.label) for one in lines.playing(sound)))
    menus = Menus(database, settings, bus, clock, lines, announcements.ids)
    await menus.open()
    _join_menus(menus, lines, announcements)
    return announcements, lines, menus


async def _indicators(ground: Ground, features: Features, stack: AsyncExitStack) -> Indicators:
    indicators = Indicators(ground.database, ground.settings, ground.bus, ground.clock, ground.health, features)
    await indicators.open()
    stack.push_async_callback(indicators.stop)
    return indicators


async def _hours(
    ground: Ground, lines: Lines, announcements: Announcements, menus: Menus, stack: AsyncExitStack
) -> Hours:
    """Open the office's hours, and join them with what they lead to and with what is said of them."""
    settings, bus = ground.settings, ground.bus
    sounds = announcements.ids
    hours = Hours(ground.database, settings, bus, ground.clock, lines, ground.office_time, sounds, menus.labels)
    await hours.open()
    stack.push_async_callback(hours.stop)
    lines.led_to_by(hours.leading_to)
    menus.led_to_by(hours.leading_to)
    announcements.used_by(lambda sound: tuple(Use("schedule", one.id, one.label) for one in hours.playing(sound)))
    announcements.told_by(OfficeAloud(hours, lines, settings))
    for changed in (LinesChanged, SettingsChanged, HoursChanged):
        stack.callback(bus.subscribe(changed, lambda _: announcements.facts_changed()))
    return hours


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
    menus: Menus


def _join_menus(menus: Menus, lines: Lines, announcements: Announcements) -> None:
    """Let menus, lines and announcements know what of each other is in use."""
    lines.menus_from(lambda: KnownMenus(menus.labels(), menus.onward()))
    lines.led_to_by(menus.leading_to)
    menus.led_to_by(lines.leading_to)
    announcements.used_by(lambda sound: tuple(Use("menu", one.id, one.label) for one in menus.playing(sound)))


def _abuse(ground: Ground, announcements: Announcements, lines: Lines, agents: Agents, menus: Menus) -> Abuse:
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
        menus.labels,
    )


def _may_dictate(agents: Agents, extension: str) -> str:
    """Return who sits at an extension. Raises NotAllowed unless they may change announcements."""
    person = agents.person_at(extension)
    if person is None or not allowed(person, "announcements.manage"):
        raise NotAllowed("announcements.may_not_dictate")
    return person.login


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
            dictations=DictationsForCalls(
                outside.announcements,
                lambda extension: _may_dictate(outside.agents, extension),
            ),
            local=ground.office_time.at,
            voice_folder=ground.config.folder / "voice",
            desks=AgentDesks(outside.agents, ground.bus),
            forwards=outside.directory,
            menus=MenusForCalls(outside.menus),
        )
    )
    for changed in (LinesChanged, SettingsChanged, HoursChanged):
        stack.callback(ground.bus.subscribe(changed, lambda _: calls.facts_changed()))
    return calls
