"""Whom the search calls next: strategies, priorities, rounds, queues, overflows and forwards, as pure decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.calls import hunting
from appliance.calls.happenings import Announced, CallbackNoted, NobodyLeft, Offered, Queued
from appliance.calls.live_call import Search
from appliance.calls.ports import (
    Availability,
    Directory,
    Forward,
    ForwardWhen,
    Group,
    Member,
    Overflow,
    OverflowKind,
    Phone,
    Schedule,
    Strategy,
    TrunkRules,
)
from appliance.calls.requests import Goal
from appliance.calls.situation import ANYBODY, Situation
from sip.api import Extensions, Identity, Outside

pytestmark = pytest.mark.unit

CALLER = Identity("01055551234", "정다온")
SALES = Search(Goal("group", "sales"))
PHONES = ("101", "102", "103")
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def sales(**changes: object) -> Group:
    members = tuple(Member(phone) for phone in PHONES)
    group = Group("sales", "Sales", PHONES, 20, members=members)
    return replace(group, **changes)  # type: ignore[arg-type]  # fields by their names


def office(*groups: Group, phones: tuple[Phone, ...] = (), **changes: object) -> Situation:
    known = {phone: Phone(phone, "") for phone in PHONES} | {phone.number: phone for phone in phones}
    directory = Directory(
        phones=known,
        lines={},
        trunks={"kt": TrunkRules("kt", "KT", ("00",), False, "+82212345678", 0)},
        groups={group.name: group for group in groups},
        default_group="sales",
        area_code="02",
    )
    situation = Situation(directory, frozenset(known), frozenset({"kt"}), {}, now=MONDAY_NOON)
    return replace(situation, **changes)  # type: ignore[arg-type]  # fields by their names


def called(found: object) -> tuple[str, ...]:
    """Return whom the search calls."""
    assert isinstance(found, Offered), found
    assert isinstance(found.target, Extensions), found
    return found.target.numbers


def step(search: Search, situation: Situation, *, waited_ms: int = 0) -> hunting.Found:
    return hunting.next_step(search, CALLER, situation, waited_ms=waited_ms)


def after(search: Search, found: object) -> Search:
    """Return the search when those who were called did not answer."""
    assert isinstance(found, Offered)
    return replace(search, goal=found.goal, tried=found.tried, round=found.round, hops=found.hops)


def test_all_together_rings_everybody_who_is_free() -> None:
    busy = office(sales(), talking=frozenset({"102"}))
    assert called(step(SALES, busy)) == ("101", "103")


def test_in_order_each_is_called_once_a_round() -> None:
    situation, search = office(sales(strategy=Strategy.ORDER, rounds=2)), SALES
    order: list[str] = []
    for _ in range(6):
        found = step(search, situation)
        order += called(found)
        search = after(search, found)
    assert order == ["101", "102", "103", "101", "102", "103"]
    assert step(search, situation) == NobodyLeft("")


def test_by_turns_begins_behind_whom_the_last_call_went_to() -> None:
    group = sales(strategy=Strategy.ROUND_ROBIN)
    assert called(step(SALES, office(group, last_offered={"sales": "102"}))) == ("103",)
    assert called(step(SALES, office(group, last_offered={"sales": "103"}))) == ("101",)


def test_who_has_been_free_the_longest_and_who_had_the_fewest_calls() -> None:
    desks = {
        "101": replace(ANYBODY, free_since_ms=3000, calls_today=1),
        "102": replace(ANYBODY, free_since_ms=1000, calls_today=5),
        "103": replace(ANYBODY, free_since_ms=2000, calls_today=2),
    }
    assert called(step(SALES, office(sales(strategy=Strategy.LONGEST_IDLE), desks=desks.__getitem__))) == ("102",)
    assert called(step(SALES, office(sales(strategy=Strategy.FEWEST_CALLS), desks=desks.__getitem__))) == ("101",)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_better_priority_is_tried_first_whatever_the_strategy(strategy: Strategy) -> None:
    members = (Member("101", 2), Member("102", 1), Member("103", 2))
    group = sales(strategy=strategy, members=members)
    found = step(SALES, office(group))
    assert called(found) == ("102",)
    assert "102" not in called(step(after(SALES, found), office(group)))


def test_only_who_is_ready_and_not_called_already_gets_a_call_of_the_group() -> None:
    def desks(extension: str) -> Availability:
        return replace(ANYBODY, group_calls=extension != "101")

    one_by_one = sales(strategy=Strategy.ORDER)
    assert called(step(SALES, office(one_by_one, desks=desks, ringing=frozenset({"102"})))) == ("103",)
    together = sales()
    assert called(step(SALES, office(together, desks=desks, ringing=frozenset({"102"})))) == ("102", "103")


def test_when_nobody_is_free_the_caller_waits_for_the_time_that_is_left() -> None:
    group = sales(queue=True, queue_seconds=60, announce_seconds=20, music="waltz")
    everybody_talks = office(group, talking=frozenset(PHONES))
    found = step(SALES, everybody_talks, waited_ms=15_000)
    assert found == Queued(SALES.goal, 45, 20, 0, "", "waltz")


def test_a_queue_that_is_full_or_over_leads_on() -> None:
    group = sales(queue=True, queue_limit=2, overflow=Overflow(OverflowKind.ANNOUNCEMENT, "sorry"))
    talking = frozenset(PHONES)
    assert step(SALES, office(group, talking=talking, waiting={"sales": 2})) == Announced("sorry", "sorry")
    waits = replace(SALES, waiting=True)
    assert isinstance(step(waits, office(group, talking=talking, waiting={"sales": 2})), Queued)
    assert step(waits, office(group, talking=talking), waited_ms=200_000) == Announced("sorry", "sorry")


def test_who_waited_long_enough_is_not_offered_to_a_desk_that_is_free_again() -> None:
    group = sales(queue=True, queue_seconds=30)
    assert step(SALES, office(group), waited_ms=30_000) == NobodyLeft("call.cause.nobody_free")


@pytest.mark.parametrize(
    ("overflow", "wanted"),
    [
        (Overflow(OverflowKind.EXTENSION, "103"), Extensions(("103",))),
        (Overflow(OverflowKind.OUTSIDE, "+821055556666"), Outside("kt", "01055556666")),
        (Overflow(OverflowKind.GROUP, "help"), Extensions(("103",))),
    ],
)
def test_whom_nobody_serves_goes_on(overflow: Overflow, wanted: object) -> None:
    few = sales(phones=("101",), members=(Member("101"),), overflow=overflow)
    rescue = Group("help", "Help", ("103",), 20, members=(Member("103"),))
    found = step(SALES, office(few, rescue, talking=frozenset({"101"})))
    assert isinstance(found, Offered)
    assert (found.target, found.hops) == (wanted, 1)


def test_a_group_that_calls_back_says_so() -> None:
    group = sales(overflow=Overflow(OverflowKind.CALLBACK))
    assert isinstance(step(SALES, office(group, talking=frozenset(PHONES))), CallbackNoted)


def test_why_nobody_takes_it_is_said() -> None:
    assert step(SALES, office(sales(), registered=frozenset())) == NobodyLeft(hunting.NOBODY_REGISTERED)
    assert step(SALES, office(sales(), talking=frozenset(PHONES))) == NobodyLeft(hunting.BUSY)
    nobody = office(sales(), desks=lambda _: replace(ANYBODY, group_calls=False))
    assert step(SALES, nobody) == NobodyLeft(hunting.NOBODY_FREE)


def forwarding(*rules: Forward, number: str = "101") -> Phone:
    return Phone(number, "", forwards=rules)


DIRECT = Search(Goal("extension", "101"))


def test_an_extension_forwards_always_when_busy_when_away_and_when_nobody_answers() -> None:
    always = office(phones=(forwarding(Forward(ForwardWhen.ALWAYS, "102")),))
    assert called(step(DIRECT, always)) == ("102",)
    busy = office(phones=(forwarding(Forward(ForwardWhen.BUSY, "102")),))
    assert called(step(DIRECT, busy)) == ("101",)
    assert called(step(DIRECT, replace(busy, talking=frozenset({"101"})))) == ("102",)
    away = office(phones=(forwarding(Forward(ForwardWhen.UNREACHABLE, "103")),), registered=frozenset({"103"}))
    assert called(step(DIRECT, away)) == ("103",)
    late = office(phones=(forwarding(Forward(ForwardWhen.NO_ANSWER, "102", after_seconds=12)),))
    first = step(DIRECT, late)
    assert isinstance(first, Offered)
    assert first.seconds == 12
    assert called(step(after(DIRECT, first), late)) == ("102",)


def test_a_forward_holds_in_its_hours_only() -> None:
    weekend = Schedule(frozenset({5, 6}), 0, 0)
    rule = Forward(ForwardWhen.ALWAYS, "102", schedule=weekend)
    assert called(step(DIRECT, office(phones=(forwarding(rule),)))) == ("101",)
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert called(step(DIRECT, office(phones=(forwarding(rule),), now=sunday))) == ("102",)


def test_two_that_forward_to_each_other_end_after_some_hops() -> None:
    there = forwarding(Forward(ForwardWhen.ALWAYS, "102"))
    back = forwarding(Forward(ForwardWhen.ALWAYS, "101"), number="102")
    assert step(DIRECT, office(phones=(there, back))) == NobodyLeft(hunting.TOO_MANY_HOPS)


@pytest.mark.parametrize(
    "forbid", [lambda phone: replace(phone, may_call_out=False), lambda phone: replace(phone, may_forward_out=False)]
)
def test_who_may_not_call_out_may_not_send_calls_out(forbid: Callable[[Phone], Phone]) -> None:
    phone = forwarding(Forward(ForwardWhen.ALWAYS, "+821055556666"))
    allowed = step(DIRECT, office(phones=(phone,)))
    assert isinstance(allowed, Offered)
    assert isinstance(allowed.target, Outside)
    assert called(step(DIRECT, office(phones=(forbid(phone),)))) == ("101",)


def test_who_wants_no_direct_calls_is_forwarded_as_if_busy_or_not_called() -> None:
    def desks(extension: str) -> Availability:
        return replace(ANYBODY, direct_calls=extension != "101")

    assert step(DIRECT, office(desks=desks)) == NobodyLeft(hunting.NOBODY_FREE)
    rule = Forward(ForwardWhen.BUSY, "102")
    assert called(step(DIRECT, office(phones=(forwarding(rule),), desks=desks))) == ("102",)
