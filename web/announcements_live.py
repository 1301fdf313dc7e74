"""Tells pages of announcements to look again when one has changed, or its recording has gone on. Follows the bus."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.access.permissions import allowed
from appliance.announcements.service import AnnouncementsChanged
from appliance.calls.call import CallView
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.core.bus import Unsubscribe
from appliance.services import Services
from web.live import Hello, Live, Person
from web.live_feed import News, Topic

ANNOUNCEMENTS, DICTATION = "announcements", "dictation"


class AnnouncementsLive:
    """Says that something has changed; whoever shows it asks for it (`data-refresh-on`)."""

    def __init__(self, services: Services, live: Live) -> None:
        self._live = live
        bus = services.bus
        self._ends: tuple[Unsubscribe, ...] = (
            bus.subscribe(AnnouncementsChanged, lambda _: self._tell(ANNOUNCEMENTS)),
            bus.subscribe(CallArrived, lambda event: self._call(event.call)),
            bus.subscribe(CallChanged, lambda event: self._call(event.call)),
            bus.subscribe(CallEnded, lambda event: self._call(event.call)),
        )
        live.add_snapshot(self._snapshot)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()

    def _call(self, call: CallView) -> None:
        if call.dictates:
            self._tell(DICTATION)

    def _tell(self, region: str) -> None:
        for person in self._live.people():
            if allowed(person.user, "announcements.play"):
                self._live.publish(person, _look_again(region))

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        """What was missed may be anything: look again."""
        return (_look_again(ANNOUNCEMENTS), _look_again(DICTATION))


def _look_again(region: str) -> News:
    return News(Topic.POP, "region", {"region": region, "html": ""})
