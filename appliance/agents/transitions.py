"""What becomes of a desk when something happens: functions from a desk to a desk. Pure; knows no clock and no table.

A desk without a person is ready, or not to be disturbed by a code dialled on its phone; nothing else happens to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.agents.types import AFTER_CALL, DND, NOT_ANSWERING, OFFLINE, READY, REST, THE_BOX, By, Desk, Source

Step = Callable[[Desk], Desk]

UNREGISTERED = "unregistered"
ASKED = "asked"
WITHOUT_A_PERSON = (READY, DND)


@dataclass(frozen=True)
class AfterCall:
    """What follows a talk: `mode` is "ready", "timed" or "asked"; `seconds` holds for "timed"."""

    mode: str
    seconds: int


@dataclass(frozen=True)
class Talk:
    """A talk that has ended. `day` is the day in the office's time zone; `internal`: with a colleague."""

    ended_ms: int
    day: str
    of_group: bool
    internal: bool


def became(desk: Desk, kind: str, now_ms: int, why: str, by: By = THE_BOX, until_ms: int = 0) -> Desk:
    """Return the desk in another state."""
    after = replace(
        desk, kind=kind, since_ms=now_ms, until_ms=until_ms, why=why, source=by.source, who=by.who, missed=0
    )
    return replace(after, free_since_ms=now_ms) if kind == READY else after


def chosen(desk: Desk, kind: str, now_ms: int, why: str, by: By) -> Desk:
    """Somebody puts the desk into a state. The same one again makes it last: it ends no more by itself."""
    if not desk.user and kind not in WITHOUT_A_PERSON:
        return desk
    if desk.kind == kind:
        return replace(desk, until_ms=0, why=why, source=by.source, who=by.who)
    return became(desk, kind, now_ms, why, by)


def sat_down(desk: Desk, user: int, now_ms: int, by: By) -> Desk:
    """A person takes the desk. What the phone itself was told stays until they choose otherwise."""
    if desk.kind == DND and desk.source is Source.PHONE:
        return replace(desk, user=user, since_ms=now_ms)
    why = "taken_over" if desk.user and desk.user != user else "sat_down"
    return became(replace(desk, user=user), READY, now_ms, why, by)


def stood_up(desk: Desk, now_ms: int, why: str, by: By) -> Desk:
    """The desk is left."""
    if desk.kind == DND and desk.source is Source.PHONE:
        return replace(desk, user=0, since_ms=now_ms)
    return became(replace(desk, user=0), READY, now_ms, why, by)


def talk_over(desk: Desk, talk: Talk, after: AfterCall) -> Desk:
    """A talk has ended. Work on it follows only if the desk was taking calls, and never a word with a colleague."""
    talks = (desk.talks if desk.day == talk.day else 0) + int(talk.of_group)
    free = replace(desk, free_since_ms=talk.ended_ms, missed=0, talks=talks, day=talk.day)
    lasting = desk.kind == AFTER_CALL and not desk.until_ms and desk.source is not Source.BOX
    taking_calls = desk.kind in (READY, AFTER_CALL) and not lasting
    if not desk.user or talk.internal or not taking_calls or after.mode == "ready":
        return free
    if after.mode == "timed":
        until = talk.ended_ms + after.seconds * 1000
        return became(free, AFTER_CALL, talk.ended_ms, "talk_over", until_ms=until)
    return became(free, AFTER_CALL, talk.ended_ms, ASKED)


def time_over(desk: Desk, now_ms: int) -> Desk:
    """The time of a state is over, exactly when it was to end, also if nobody was there to see it."""
    if not desk.until_ms or desk.until_ms > now_ms:
        return desk
    return became(desk, READY, desk.until_ms, "time_over")


def offer_taken(desk: Desk) -> Desk:
    """A call was taken: misses of before count no more."""
    return replace(desk, missed=0)


def offer_missed(desk: Desk, now_ms: int, limit: int, why: str) -> Desk:
    """A call was offered in vain; `limit` of them in a row (0 = any number) and nobody is thought to be there."""
    if not desk.user or desk.kind != READY:
        return desk
    if not limit or desk.missed + 1 < limit:
        return replace(desk, missed=desk.missed + 1)
    return became(desk, NOT_ANSWERING, now_ms, why)


def protected(desk: Desk, now_ms: int, until_ms: int) -> Desk:
    """Whoever sits there had to end a call with somebody who did not behave, and rests."""
    if not desk.user or desk.kind == OFFLINE:
        return desk
    return became(desk, REST, now_ms, "protected", until_ms=until_ms)


def unregistered(desk: Desk, now_ms: int) -> Desk:
    """The phone is away for longer than a moment."""
    return became(desk, NOT_ANSWERING, now_ms, UNREGISTERED) if desk.user and desk.kind == READY else desk


def registered_again(desk: Desk, now_ms: int) -> Desk:
    """The phone is back; that helps only if its being away was the reason."""
    waited = desk.kind == NOT_ANSWERING and desk.why == UNREGISTERED
    return became(desk, READY, now_ms, "registered") if waited else desk
