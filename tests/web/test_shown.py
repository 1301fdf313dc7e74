"""What all tabs of a person show: one tab that comes and is told everything leaves no other behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from appliance.access.types import Role, User
from appliance.calls.call import CallView
from appliance.calls.events import CallChanged
from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.tasks import Tasks
from appliance.services import Services
from web.announcements import Announcements
from web.call_bar_live import CallBars
from web.live import Hello, Live, Person
from web.live_customers import LiveCustomers
from web.live_feed import News
from web.painter import Painter
from web.shown import Shown

pytestmark = pytest.mark.unit

HANEUL = Person(User(1, "haneul", "김하늘", Role.AGENT), "ko")


@dataclass
class Tabs:
    """The tabs of one person, as the parts of the panel know them."""

    told: list[object] = field(default_factory=list)
    snapshots: list[Callable[[Person, Hello], Awaitable[Sequence[News]]]] = field(default_factory=list)
    tasks: Tasks = field(default_factory=lambda: Tasks("tabs"))

    def people(self) -> tuple[Person, ...]:
        return (HANEUL,)

    def add_snapshot(self, source: Callable[[Person, Hello], Awaitable[Sequence[News]]]) -> None:
        self.snapshots.append(source)

    def publish(self, _: Person, news: News) -> None:
        self.told.append(news.data["extension"])

    async def one_comes(self) -> object:
        """Let another tab come; return what it is told."""
        (news,) = await self.snapshots[0](HANEUL, Hello())
        return news.data["extension"]


class Customers:
    """Nobody is known."""

    async def meet(self) -> None:
        """There is nobody to ask for."""


async def test_a_tab_that_comes_in_the_same_moment_leaves_no_other_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    at = ["101"]
    monkeypatch.setattr("web.call_bar_live.bar_of", lambda *_: SimpleNamespace(extension=at[0]))
    tabs, bus = Tabs(), Bus()
    services = cast(Services, SimpleNamespace(bus=bus, clock=SystemClock()))
    painter = cast(Painter, SimpleNamespace(paint=lambda *_: ""))
    parts = (cast(Live, tabs), painter, cast(LiveCustomers, Customers()), cast(Announcements, object()))
    bars = CallBars(services, *parts)
    changed = CallChanged(cast(CallView, None))
    bus.publish(changed)
    await _told(tabs, 1)
    at[0] = "102"
    bus.publish(changed)
    assert await tabs.one_comes() == "102"
    await _told(tabs, 2)
    assert tabs.told == ["101", "102"]
    bars.stop()


async def _told(tabs: Tabs, times: int) -> None:
    async with asyncio.timeout(20):
        while len(tabs.told) < times:  # noqa: ASYNC110 - nothing tells that the bars were painted
            await asyncio.sleep(0.005)


def test_only_what_another_tab_may_not_show_yet_is_told_again() -> None:
    shown = Shown[str]()
    assert shown.differs(1, "a")
    shown.all_tabs(1, "a")
    shown.one_tab(1, "a")
    assert not shown.differs(1, "a")
    shown.one_tab(1, "b")
    assert shown.differs(1, "b"), "the others show a"
    assert shown.differs(1, "a"), "and the new one b"
    shown.all_tabs(1, "b")
    shown.keep([2])
    assert shown.differs(1, "b")
