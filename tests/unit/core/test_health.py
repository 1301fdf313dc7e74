"""How the parts of the box are."""

from __future__ import annotations

import pytest

from appliance.core.health import Health, Level, Report

pytestmark = pytest.mark.unit


class Office:
    """A box's health, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000
        self.health = Health(lambda: self.now)
        self.changes: list[Report] = []
        self.health.on_change(self.changes.append)


def test_a_part_that_never_reported_is_not_listed() -> None:
    assert Office().health.reports() == ()


def test_the_worst_comes_first() -> None:
    health = Office().health
    health.report("disk", Level.OK, "disk.ok")
    health.report("edge", Level.FAILED, "edge.gone")
    health.report("clock", Level.DEGRADED, "clock.off")
    assert [report.part for report in health.reports()] == ["edge", "clock", "disk"]


def test_saying_the_same_again_changes_nothing() -> None:
    office = Office()
    office.health.report("disk", Level.OK, "disk.ok", free_gb=7)
    office.now = 2000
    office.health.report("disk", Level.OK, "disk.ok", free_gb=7)
    assert (
        office.changes == list(office.health.reports()) == [Report("disk", Level.OK, "disk.ok", {"free_gb": 7}, 1000)]
    )


def test_new_details_are_news_but_the_trouble_is_as_old_as_before() -> None:
    office = Office()
    office.health.report("disk", Level.FAILED, "disk.full", free_gb=1)
    office.now = 2000
    office.health.report("disk", Level.FAILED, "disk.full", free_gb=0)
    assert [(report.params, report.since_ms) for report in office.changes] == [
        ({"free_gb": 1}, 1000),
        ({"free_gb": 0}, 1000),
    ]


def test_another_level_begins_now() -> None:
    office = Office()
    office.health.report("edge", Level.FAILED, "edge.gone")
    office.now = 2000
    office.health.report("edge", Level.OK, "edge.ok")
    assert [report.since_ms for report in office.health.reports()] == [2000]


def test_a_part_that_was_removed_is_forgotten_and_may_be_forgotten_twice() -> None:
    health = Office().health
    health.report("trunk 1", Level.OK, "trunk.ok")
    health.forget("trunk 1")
    health.forget("trunk 1")
    assert health.reports() == ()
