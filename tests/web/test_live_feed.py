"""Numbered frames: a reconnect misses nothing, a tab that does not read is dropped, nobody waits."""

from __future__ import annotations

import json

import pytest

from web.live_feed import KEPT_FRAMES, TAB_BACKLOG, Feed, News, Tab, Topic, wanted

pytestmark = pytest.mark.web


def news(text: str, topic: Topic = Topic.POP) -> News:
    return News(topic, "told", {"text": text})


def tab(*topics: Topic) -> tuple[Tab, list[str]]:
    happened: list[str] = []
    return Tab(frozenset(topics), lambda: happened.append("woken"), lambda: happened.append("dropped")), happened


def test_frames_are_numbered_and_reach_the_tabs_that_want_them() -> None:
    feed = Feed()
    pops, _ = tab(Topic.POP)
    everything, _ = tab(Topic.POP, Topic.VIEW)
    feed.tabs |= {pops, everything}
    feed.publish(news("a"))
    feed.publish(news("b", Topic.VIEW))
    assert [json.loads(told.text)["n"] for told in everything.backlog] == [1, 2]
    assert [json.loads(told.text)["text"] for told in pops.backlog] == ["a"]


def test_a_reconnect_gets_exactly_what_it_missed() -> None:
    feed = Feed()
    for text in "abc":
        feed.publish(news(text))
    missed = feed.missed(feed.epoch, 1)
    assert missed is not None
    assert [json.loads(told.text)["text"] for told in missed] == ["b", "c"]
    assert feed.missed(feed.epoch, 3) == ()


def test_whoever_was_away_too_long_or_before_a_restart_gets_everything_afresh() -> None:
    feed = Feed()
    for _ in range(KEPT_FRAMES + 2):
        feed.publish(news("x"))
    assert feed.missed(feed.epoch, 1) is None
    assert feed.missed(feed.epoch, 2) is not None
    assert feed.missed("another life", KEPT_FRAMES) is None
    assert feed.missed(feed.epoch, KEPT_FRAMES + 100) is None


def test_a_tab_that_does_not_read_is_dropped_once_and_costs_nothing_more() -> None:
    feed = Feed()
    slow, happened = tab(Topic.POP)
    feed.tabs.add(slow)
    for _ in range(TAB_BACKLOG + 50):
        feed.publish(news("x"))
    assert happened.count("dropped") == 1
    assert not slow.backlog


def test_unknown_topics_are_ignored() -> None:
    assert wanted(["view", "nonsense", 7]) == {Topic.POP, Topic.VIEW}
