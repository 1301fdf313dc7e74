"""Events inside the core."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from appliance.core.bus import Bus

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Rang:
    """An event."""

    phone: str


@dataclass(frozen=True)
class RangTwice(Rang):
    """A more special event."""


class Unrelated:
    """Another event."""


def test_everyone_who_listens_for_an_event_hears_it_in_the_order_of_subscription() -> None:
    bus = Bus()
    heard: list[object] = []
    bus.subscribe(Rang, lambda event: heard.append(("first", event.phone)))
    bus.subscribe(Rang, lambda event: heard.append(("second", event.phone)))
    bus.publish(Rang("101"))
    assert heard == [("first", "101"), ("second", "101")]


def test_a_listener_hears_special_kinds_of_its_event_and_no_others() -> None:
    bus = Bus()
    heard: list[object] = []
    bus.subscribe(Rang, heard.append)
    bus.publish(RangTwice("101"))
    bus.publish(Unrelated())
    assert heard == [RangTwice("101")]


def test_a_listener_that_fails_is_logged_and_the_others_still_hear(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    heard: list[object] = []

    def fail(_: Rang) -> None:
        raise RuntimeError("broken")

    bus.subscribe(Rang, fail)
    bus.subscribe(Rang, heard.append)
    bus.publish(Rang("101"))
    assert heard == [Rang("101")]
    assert "listener of Rang failed" in caplog.text


def test_who_unsubscribed_hears_nothing_more_and_may_say_so_twice() -> None:
    bus = Bus()
    heard: list[object] = []
    end = bus.subscribe(Rang, heard.append)
    bus.subscribe(Rang, heard.append)
    end()
    end()
    bus.publish(Rang("101"))
    assert heard == [Rang("101")]


def test_listeners_may_come_and_go_while_an_event_is_delivered() -> None:
    bus = Bus()
    heard: list[object] = []

    def once(event: Rang) -> None:
        heard.append(event)
        end()
        bus.subscribe(Rang, heard.append)

    end = bus.subscribe(Rang, once)
    bus.publish(Rang("101"))
    bus.publish(Rang("102"))
    assert heard == [Rang("101"), Rang("102")]
