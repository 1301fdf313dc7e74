"""What an office sets in the panel: declared here, stored in the database, read from memory. Knows no feature.

Settings that must be known before the database opens are in `appliance.config`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput
from appliance.store import models
from appliance.store.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")


class By(Enum):
    """Who changes a setting: the office as it likes, only whoever owns the machine, or only the box itself."""

    OFFICE = "office"
    OWNER = "owner"
    BOX = "box"


@dataclass(frozen=True)
class Declared:
    """One setting: its key, its default (whose type is its type), the catalogue key of its help, its rule.

    `error` is the catalogue text for a value that `valid` refuses, filled with the numbers that `between` names. `by`
    is who may change it from outside.
    """

    key: str
    default: str | bool | int
    help: str
    valid: Callable[[Any], bool] = lambda value: True
    error: str = "store.setting.wrong"
    by: By = By.OFFICE
    between: tuple[int, int] | None = None


def _whole(key: str, default: int, least: int, most: int) -> Declared:
    """Declare a whole number from `least` to `most`."""
    valid = range(least, most + 1).__contains__
    return Declared(key, default, f"store.setting.{key}", valid, "store.setting.not_between", between=(least, most))


@dataclass(frozen=True)
class SettingsChanged:
    """These settings have new values, and they are stored."""

    keys: frozenset[str]


def _language(value: str) -> bool:
    return value in ("ko", "en")


def _time_zone(value: str) -> bool:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def _area_code(value: str) -> bool:
    return re.fullmatch(r"02|0[3-6]\d", value) is not None


def _recording_format(value: str) -> bool:
    return value in ("lossless", "small")


def _after_call(value: str) -> bool:
    return value in ("ready", "timed", "asked")


def _up_to_an_hour(value: int) -> bool:
    return 1 <= value <= 3600


def _short(value: str) -> bool:
    return len(value) <= 60 and value.isprintable()


DECLARED = {
    setting.key: setting
    for setting in (
        Declared("office.name", "", "store.setting.office.name", _short, "store.setting.too_long"),
        Declared("office.language", "ko", "store.setting.office.language", _language),
        Declared(
            "office.time_zone", "Asia/Seoul", "store.setting.office.time_zone", _time_zone, "store.setting.no_such_zone"
        ),
        Declared("office.area_code", "02", "store.setting.office.area_code", _area_code, "store.setting.no_such_area"),
        Declared("recordings.format", "lossless", "store.setting.recordings.format", _recording_format),
        _whole("calls.line_silence_seconds", 60, 0, 3600),
        _whole("calls.line_silence_db", 50, 20, 90),
        Declared("agents.after_call", "ready", "store.setting.agents.after_call", _after_call),
        Declared("agents.after_call_seconds", 30, "store.setting.agents.after_call_seconds", _up_to_an_hour),
        Declared("agents.unregistered_seconds", 5, "store.setting.agents.unregistered_seconds", _up_to_an_hour),
        Declared("agents.missed_offers", 2, "store.setting.agents.missed_offers", lambda value: 0 <= value <= 20),
        _whole("announcements.versions", 5, 0, 50),
        _whole("calls.parking_places", 5, 1, 20),
        _whole("calls.park_return_seconds", 120, 10, 3600),
        _whole("calls.transfer_return_seconds", 25, 5, 300),
        _whole("calls.forward_hops", 3, 1, 10),
        _whole("calls.warned_days", 90, 1, 3650),
        _whole("calls.long_notice_minutes", 0, 0, 600),
        _whole("calls.long_end_minutes", 0, 0, 600),
        _whole("agents.rest_minutes", 10, 0, 240),
        _whole("evidence.keep_days", 1095, 1, 36500),
        Declared("calls.callback_keys", True, "store.setting.calls.callback_keys"),
        Declared("calls.warned_apart", True, "store.setting.calls.warned_apart"),
        Declared("calls.monitor_shown", True, "store.setting.calls.monitor_shown"),
        Declared("calls.pickup_across_groups", False, "store.setting.calls.pickup_across_groups"),
        Declared("hours.in_force", False, "store.setting.hours.in_force"),
        Declared("callbacks.from_missed", True, "store.setting.callbacks.from_missed"),
        Declared("callbacks.from_abandoned", True, "store.setting.callbacks.from_abandoned"),
        Declared("callbacks.done_by_talk", True, "store.setting.callbacks.done_by_talk"),
        _whole("callbacks.remind_hours", 4, 0, 240),
        Declared("office.set_up", False, "store.setting.office.set_up", by=By.BOX),
        Declared("office.demo", False, "store.setting.office.demo", by=By.OWNER),
    )
}


class Settings:
    """The settings as they are now. `open` first; then `get` never waits."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._values: dict[str, Any] = {key: setting.default for key, setting in DECLARED.items()}

    async def open(self) -> None:
        """Read what is stored. Settings of another release are left alone."""
        for key, value in (await self._database.read(models.stored)).items():
            if key in DECLARED:
                self._values[key] = json.loads(value)

    def get(self, key: str) -> Any:
        """Return the value of a declared setting; it has the type of its default."""
        return self._values[key]

    def all(self) -> dict[str, Any]:
        """Return every setting by key."""
        return dict(self._values)

    async def changed_ms(self, key: str) -> int:
        """Return when a setting was stored last; 0 when it has never been: it has its default."""
        return await self._database.read(lambda: models.changed_ms(key))

    async def set(self, /, **values: Any) -> None:
        """Store new values, given as `**{"office.name": "..."}`; all of them or none. Publishes SettingsChanged.

        Raises InvalidInput naming the setting that cannot have its value.
        """
        await self.set_with(lambda: None, values)

    async def set_with(self, work: Callable[[], T], values: Mapping[str, Any]) -> T:
        """Store new values and do `work` in the same transaction; return what it returns."""
        checked = await check(values)
        as_json = {key: json.dumps(value, ensure_ascii=False) for key, value in checked.items()}
        now = self._clock.now_ms()

        def store() -> T:
            done = work()
            models.store(as_json, now)
            return done

        result = await self._database.write(store)
        changed = frozenset(key for key, value in checked.items() if self._values[key] != value)
        self._values |= checked
        if changed:
            self._bus.publish(SettingsChanged(changed))
        return result


async def check(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they would be stored. Raises InvalidInput naming the setting that cannot have its value."""

    def check_all() -> dict[str, Any]:
        return {key: _checked(key, value) for key, value in values.items()}

    return await asyncio.to_thread(check_all)  # looking a time zone up reads files


def _checked(key: str, value: object) -> Any:
    setting = DECLARED.get(key)
    if setting is None:
        raise InvalidInput(key, "store.setting.unknown", name=key)
    if isinstance(value, str):
        value = value.strip()
    # A bool is an int to Python, not to us.
    if type(value) is not type(setting.default) or not setting.valid(value):
        params = dict(zip(("least", "most"), setting.between or (), strict=False))
        raise InvalidInput(key, setting.error, **params)
    return value
