"""Whom the search calls next: facts in, decision out. Pure; knows no database, no socket, no clock.

A search has a goal: a group, an extension or somebody outside. From step to step it asks here again, with whom it has
tried. Groups follow their strategy among the desks that are free (ready, registered, not engaged); when nobody is, the
caller waits if the group has a queue, and else the group's overflow decides. Forwarding is the same search with
another goal; `most_hops` keeps two that point at each other from going on for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from appliance.calls.happenings import Announced, Asked, CallbackAsked, CallbackNoted, NobodyLeft, Offered, Queued
from appliance.calls.live_call import Search
from appliance.calls.ports import Forward, ForwardWhen, Group, Member, OverflowKind, Phone, Strategy
from appliance.calls.requests import Goal
from appliance.calls.situation import Situation
from appliance.calls.ways_out import way_out
from sip.api import Extensions, Identity

DIRECT_RING_SECONDS = 45
OUTSIDE_RING_SECONDS = 60
BUSY = "call.cause.busy"
NOBODY_REGISTERED = "call.cause.nobody_registered"
NOBODY_FREE = "call.cause.nobody_free"
BLOCKED = "call.cause.blocked"
BLOCKED_GOAL = "blocked"  # nobody: the caller hears why they do not get through
TOO_MANY_HOPS = "call.cause.forwarded_too_often"
NO_TRUNK = "call.cause.no_trunk"

_ONWARD = (OverflowKind.GROUP, OverflowKind.EXTENSION, OverflowKind.OUTSIDE, OverflowKind.MENU)

_OFFERED = "callback"  # stands for the file that whoever asks here knows

MENU_ENDED = "call.cause.menu_ended"
NO_MENU = "call.cause.no_menu"

Found = Offered | Queued | Announced | Asked | CallbackNoted | CallbackAsked | NobodyLeft


def next_step(search: Search, shown: Identity, situation: Situation, *, waited_ms: int = 0) -> Found:
    """Return what the search does now. `shown` is what phones of ours display; `waited_ms` since the call began."""
    if search.hops > situation.most_hops:
        return NobodyLeft(TOO_MANY_HOPS)
    if search.goal.kind == "group":
        return _group(search, shown, situation, waited_ms)
    if search.goal.kind == "tone":
        return Announced(search.goal.target, "")
    if search.goal.kind == "announcement":
        return Announced(search.goal.target, search.goal.target)
    if search.goal.kind == "callback":  # whose people call back, the call knows
        return CallbackNoted("", search.goal.target)
    if search.goal.kind == BLOCKED_GOAL:
        return Announced(search.goal.target, search.goal.target)
    if search.goal.kind == "menu":
        return _menu(search.goal.target, situation)
    if search.goal.kind == "end":
        return NobodyLeft(MENU_ENDED)
    if search.goal.kind == "extension":
        return _extension(search, shown, situation, waited_ms)
    return _outside(search, situation)


def _menu(target: str, situation: Situation) -> Found:
    """Return what is heard at a step of a menu; when it is gone, the menu has changed and is heard from its top."""
    step = situation.menu(target) or situation.menu(target.partition("/")[0])
    if step is None:
        return NobodyLeft(NO_MENU)
    return Asked(
        step.id,
        step.name,
        (step.announcement,) if step.announcement else (),
        dict(step.keys),
        " ".join(situation.directory.phones) if step.dials else "",
        step.seconds,
        step.tries,
        otherwise=step.otherwise,
        mistaken=step.mistaken,
        unanswered=step.unanswered,
    )


# --------------------------------------------------------------------------------------------------------- groups


def _group(search: Search, shown: Identity, situation: Situation, waited_ms: int) -> Found:
    group = situation.directory.groups.get(search.goal.target)
    if group is None:
        return NobodyLeft(NOBODY_REGISTERED)
    members = group.members or tuple(Member(phone) for phone in group.phones)
    together = group.strategy is Strategy.ALL
    free = [member for member in members if situation.is_free_for_group(member.extension, together=together)]
    untried = [member for member in free if member.extension not in search.tried]
    round_ = search.round
    if free and not untried and _may_go_round(group, round_):
        untried, round_, search = free, round_ + 1, replace(search, tried=())
    if untried and not _waited_long_enough(group, waited_ms):
        phones = _CHOICES[group.strategy](untried, group, situation)
        return Offered(
            Extensions(phones),
            shown,
            group.ring_seconds,
            search.goal,
            (*search.tried, *phones),
            round_,
            search.hops,
            extension=phones[0] if len(phones) == 1 else "",
        )
    return _nobody_free(search, group, shown, situation, waited_ms)


def _waited_long_enough(group: Group, waited_ms: int) -> bool:
    """Whether a caller has been looked after for as long as a group with a queue does that."""
    return group.queue and waited_ms >= group.queue_seconds * 1000


def _may_go_round(group: Group, round_: int) -> bool:
    return group.rounds == 0 or round_ < group.rounds


def _nobody_free(search: Search, group: Group, shown: Identity, situation: Situation, waited_ms: int) -> Found:
    room = not group.queue_limit or search.waiting or situation.waiting.get(group.name, 0) < group.queue_limit
    left_ms = group.queue_seconds * 1000 - waited_ms
    if group.queue and room and left_ms > 0:
        return Queued(
            search.goal,
            max(1, left_ms // 1000),
            group.announce_seconds,
            search.hops,
            _OFFERED if group.offers_callback else "",
            group.music,
        )
    if group.overflow.kind in _ONWARD:
        goal = Goal(group.overflow.kind.value, group.overflow.target)
        onward = Search(goal, hops=search.hops + 1, since_ms=search.since_ms)
        return next_step(onward, shown, situation, waited_ms=waited_ms)
    if group.overflow.kind is OverflowKind.ANNOUNCEMENT:
        return Announced(group.overflow.target, group.overflow.target)
    if group.overflow.kind is OverflowKind.CALLBACK:
        return CallbackNoted(group.name)
    return NobodyLeft("" if search.tried else _why_nobody(group, situation))


def _why_nobody(group: Group, situation: Situation) -> str:
    """Say why a group that was never tried takes no call: its desks talk, or nobody is there."""
    if not any(phone in situation.registered for phone in group.phones):
        return NOBODY_REGISTERED
    return BUSY if any(phone in situation.talking for phone in group.phones) else NOBODY_FREE


def _first_tier(members: Iterable[Member]) -> list[Member]:
    known = list(members)
    best = min(member.priority for member in known)
    return [member for member in known if member.priority == best]


def _all(members: list[Member], group: Group, situation: Situation) -> tuple[str, ...]:
    return tuple(member.extension for member in _first_tier(members))


def _in_order(members: list[Member], group: Group, situation: Situation) -> tuple[str, ...]:
    return (_first_tier(members)[0].extension,)


def _round_robin(members: list[Member], group: Group, situation: Situation) -> tuple[str, ...]:
    """The next after whom the group offered a call last, in the order of the group."""
    order = [member.extension for member in (group.members or ())] or list(group.phones)
    last = situation.last_offered.get(group.name, "")
    start = order.index(last) + 1 if last in order else 0
    turn = {phone: place for place, phone in enumerate((*order[start:], *order[:start]))}
    return (min(_first_tier(members), key=lambda member: turn[member.extension]).extension,)


def _longest_idle(members: list[Member], group: Group, situation: Situation) -> tuple[str, ...]:
    tier = _first_tier(members)
    return (min(tier, key=lambda member: situation.desks(member.extension).free_since_ms).extension,)


def _fewest_calls(members: list[Member], group: Group, situation: Situation) -> tuple[str, ...]:
    def calls(member: Member) -> tuple[int, int]:
        desk = situation.desks(member.extension)
        return desk.calls_today, desk.free_since_ms

    return (min(_first_tier(members), key=calls).extension,)


_CHOICES: dict[Strategy, Callable[[list[Member], Group, Situation], tuple[str, ...]]] = {
    Strategy.ALL: _all,
    Strategy.ORDER: _in_order,
    Strategy.ROUND_ROBIN: _round_robin,
    Strategy.LONGEST_IDLE: _longest_idle,
    Strategy.FEWEST_CALLS: _fewest_calls,
}


# ------------------------------------------------------------------------------------------------------ extensions


def _extension(search: Search, shown: Identity, situation: Situation, waited_ms: int) -> Found:
    number = search.goal.target
    phone = situation.directory.phones.get(number)
    if phone is None:
        return NobodyLeft(NOBODY_REGISTERED)
    if number in search.tried:
        return _forwarded(search, phone, ForwardWhen.NO_ANSWER, shown, situation, waited_ms) or NobodyLeft()
    always = _forwarded(search, phone, ForwardWhen.ALWAYS, shown, situation, waited_ms)
    if always is not None:
        return always
    if number not in situation.registered:
        away = _forwarded(search, phone, ForwardWhen.UNREACHABLE, shown, situation, waited_ms)
        return away or NobodyLeft(NOBODY_REGISTERED)
    if number in situation.talking or not situation.desks(number).direct_calls:
        busy = _forwarded(search, phone, ForwardWhen.BUSY, shown, situation, waited_ms)
        return busy or NobodyLeft(BUSY if number in situation.talking else NOBODY_FREE)
    late = _rule(phone.forwards, ForwardWhen.NO_ANSWER, situation)
    return Offered(
        Extensions((number,)),
        shown,
        late.after_seconds if late is not None else DIRECT_RING_SECONDS,
        search.goal,
        (*search.tried, number),
        search.round,
        search.hops,
        extension=number,
    )


def _rule(forwards: Iterable[Forward], when: ForwardWhen, situation: Situation) -> Forward | None:
    fitting = (rule for rule in forwards if rule.when is when)
    return next((rule for rule in fitting if rule.schedule is None or rule.schedule.holds(situation.now)), None)


def _forwarded(
    search: Search, phone: Phone, when: ForwardWhen, shown: Identity, situation: Situation, waited_ms: int
) -> Found | None:
    rule = _rule(phone.forwards, when, situation)
    if rule is None:
        return None
    inside = rule.target in situation.directory.phones
    if not inside and not (phone.may_forward_out and phone.may_call_out):
        return None
    onward = Search(Goal("extension" if inside else "outside", rule.target), search.tried, hops=search.hops + 1)
    return next_step(onward, shown, situation, waited_ms=waited_ms)


# --------------------------------------------------------------------------------------------------------- outside


def _outside(search: Search, situation: Situation) -> Found:
    """Call somebody outside for the caller. They see a number of ours: the caller's own is not ours to show."""
    number = search.goal.target
    if number in search.tried:
        return NobodyLeft()
    way = way_out(situation, number, "")
    if way is None:
        return NobodyLeft(NO_TRUNK)
    return Offered(
        way.target,
        way.shown,
        OUTSIDE_RING_SECONDS,
        search.goal,
        (*search.tried, number),
        hops=search.hops,
        number=number,
    )
