"""What everybody is reminded of on every page: calls they promised that are due, callbacks that have waited too long,
and how many there are to be done, beside the menu. Follows the bus; pushed to whom it has changed for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from appliance.access.permissions import allowed
from appliance.access.types import User
from appliance.callbacks.events import CallbacksChanged, CallbacksOverdue
from appliance.recalls.events import RecallsChanged, RecallsDue
from appliance.recalls.types import Recall
from appliance.services import Services
from appliance.store.settings import SettingsChanged
from web.gathering import Gathering
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.painter import Painter
from web.shown import Shown

MOST_SHOWN = 3


@dataclass(frozen=True)
class Strip:
    """The reminders of one person: recalls that are due, and how many callbacks are older than so many hours."""

    due: tuple[Recall, ...]
    more: int
    overdue: int
    hours: int
    newest: int  # of the overdue ones: hidden reminders come back when there is another


class Reminders:
    """Paints the reminders and counts of whoever they have changed for."""

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._shown = Shown[tuple[Strip, Mapping[str, int]]]()
        self._gathering = Gathering(services.clock, self._push)
        bus = services.bus
        kinds = {
            CallbacksChanged: "callbacks",
            CallbacksOverdue: "overdue",
            RecallsChanged: "recalls",
            RecallsDue: "recalls",
            SettingsChanged: "settings",
        }
        self._ends = [bus.subscribe(kind, self._marking(name)) for kind, name in kinds.items()]
        live.add_snapshot(self._snapshot)

    def _marking(self, name: str) -> Callable[[object], None]:
        return lambda _: self._gathering.mark(name)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        self._gathering.stop()

    def counts(self, user: User) -> Mapping[str, int]:
        """Return what stands beside the entries of the menu, by icon: callbacks to be done, recalls that are due."""
        waiting = self._services.callbacks.waiting() if allowed(user, "callbacks.work") else ()
        due = self._services.recalls.due(user.login) if allowed(user, "recalls.work") else ()
        return {"callbacks": len(waiting), "recalls": len(due)}

    def strip(self, user: User) -> Strip:
        """Return what a person is reminded of now."""
        due = self._services.recalls.due(user.login) if allowed(user, "recalls.work") else ()
        assigns = allowed(user, "callbacks.assign")
        late = self._services.callbacks.overdue() if allowed(user, "callbacks.work") else ()
        mine = [one for one in late if assigns or one.assignee in ("", user.login)]
        return Strip(
            due=due[:MOST_SHOWN],
            more=max(0, len(due) - MOST_SHOWN),
            overdue=len(mine),
            hours=int(self._services.settings.get("callbacks.remind_hours")),
            newest=max((one.id for one in mine), default=0),
        )

    def _push(self, changed: set[str]) -> None:
        people = self._live.people()
        self._shown.keep(person.user.id for person in people)
        for person in people:
            for kind in ("callbacks", "recalls"):
                if kind in changed and allowed(person.user, f"{kind}.work"):
                    self._live.publish(person, News(Topic.CALLBACKS, kind, {}))
            now = self._now(person)
            if self._shown.differs(person.user.id, now):
                self._shown.all_tabs(person.user.id, now)
                self._live.publish(person, self._painted(person, *now))

    def _now(self, person: Person) -> tuple[Strip, Mapping[str, int]]:
        return self.strip(person.user), self.counts(person.user)

    def _painted(self, person: Person, strip: Strip, counts: Mapping[str, int]) -> News:
        html = self._painter.paint(person, "reminders/_strip.html", strip)
        return News(Topic.POP, "reminders", {"html": html, "counts": dict(counts)})

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        now = self._now(person)
        self._shown.one_tab(person.user.id, now)
        return (self._painted(person, *now),)
