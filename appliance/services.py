"""What the panel and programs are given: every feature's service, in one frozen object that `main.py` builds."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.abuse.service import Abuse
from appliance.access.service import Access
from appliance.agents.service import Agents
from appliance.analog.service import Analog
from appliance.announcements.service import Announcements
from appliance.callbacks.service import Callbacks
from appliance.calls.service import Calls
from appliance.config import Config
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.health import Health
from appliance.crm.service import Customers
from appliance.evidence.service import Evidence
from appliance.hours.service import Hours
from appliance.indicators.service import Indicators
from appliance.lines.service import Lines
from appliance.menus.service import Menus
from appliance.phones.service import Phones
from appliance.recalls.service import Recalls
from appliance.recordings.service import Recordings
from appliance.store.settings import Settings


@dataclass(frozen=True)
class Services:
    """All services of one box."""

    config: Config
    bus: Bus
    clock: Clock
    health: Health
    settings: Settings
    access: Access
    announcements: Announcements
    lines: Lines
    customers: Customers
    phones: Phones
    agents: Agents
    calls: Calls
    recordings: Recordings
    callbacks: Callbacks
    hours: Hours
    abuse: Abuse
    recalls: Recalls
    evidence: Evidence
    menus: Menus
    analog: Analog
    indicators: Indicators
