"""Gathers from the features what lamps tell of. Asks memory only, and never waits."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.analog.service import Analog, AnalogLine, CardCondition, Condition
from appliance.callbacks.service import Callbacks
from appliance.calls.call import CallView, Direction, State
from appliance.calls.service import Calls
from appliance.core.health import Health, Level, Report
from appliance.hours.service import Hours
from appliance.indicators.types import Facts
from appliance.lines.service import Lines

_LEFT_ALONE = Condition.EXCLUDED
_TRUNK = "trunk "
_ORDER = (Level.OK, Level.DEGRADED, Level.FAILED)


class Sources:
    """Where the facts are."""

    def __init__(
        self, calls: Calls, callbacks: Callbacks, hours: Hours, lines: Lines, analog: Analog, health: Health
    ) -> None:
        self._calls = calls
        self._callbacks = callbacks
        self._hours = hours
        self._lines = lines
        self._analog = analog
        self._health = health

    def facts(self) -> Facts:
        """Return how everything is now."""
        live = self._calls.live()
        reports = self._reports()
        up = [report.level is Level.OK for report in reports if report.part.startswith(_TRUNK)]
        devices = [one.connected for one in self._analog.devices() if one.dialect and one.condition is not _LEFT_ALONE]
        cards = [self._is_heard(line) for line in self._analog.lines() if line.card and line.listens]
        trunks = sum(trunk.enabled for trunk in self._lines.snapshot().trunks)
        return Facts(
            lines=trunks + len(devices) + len(cards),
            lines_up=sum(up) + sum(devices) + sum(cards),
            ringing=sum(_rings(call) for call in live),
            waiting=sum(call.waiting for call in live),
            recording=sum(call.recording == "live" and not call.paused for call in live),
            paused=sum(call.recording == "live" and call.paused for call in live),
            callbacks=sum(self._callbacks.counts().values()),
            overdue=len(self._callbacks.overdue()),
            night=self._hours.night.on,
            worst=_worst(reports),
        )

    def _is_heard(self, line: AnalogLine) -> bool:
        card = self._analog.sound.card(line.card)
        return card is not None and card.condition is CardCondition.HEARD

    def _reports(self) -> tuple[Report, ...]:
        """Return how the parts are, without trunks that were removed or switched off."""
        trunks = {f"{_TRUNK}{trunk.id}" for trunk in self._lines.snapshot().trunks if trunk.enabled}
        return tuple(one for one in self._health.reports() if not one.part.startswith(_TRUNK) or one.part in trunks)


def _rings(call: CallView) -> bool:
    return call.direction is Direction.IN and call.state in (State.ARRIVED, State.RINGING) and not call.waiting


def _worst(reports: Iterable[Report]) -> Level:
    return max((report.level for report in reports), key=_ORDER.index, default=Level.OK)
