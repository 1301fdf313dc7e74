"""Seats, states of desks and their kinds over the API. Knows the agents' service, and whose seat is meant.

A signed-in user may move themselves; everything about others needs the permission agents.set_others.
"""

from __future__ import annotations

from appliance.access.types import User
from appliance.agents.types import By, DeskView, Kind, KindDraft, Source, StateChange
from appliance.core.errors import InvalidInput, NotFound
from web.api.agent_shapes import (
    ChangeSeen,
    ChangesWanted,
    DeskSeen,
    SeatSeen,
    SeatSent,
    StateKindChange,
    StateKindSent,
    StateSeen,
    StateSent,
)
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import Items
from web.keys import VISITOR

_OTHERS = "agents.set_others"


async def list_agents(asked: Asked) -> Items[DeskSeen]:
    """List all desks: every enabled extension, who sits there and in what state."""
    return Items(tuple(_desk(asked, view) for view in asked.services.agents.desks()))


async def get_agent(asked: Asked, extension: str) -> DeskSeen:
    """Get one desk."""
    return _desk(asked, asked.services.agents.view(extension))


async def set_state(asked: Asked, extension: str, body: StateSent) -> DeskSeen:
    """Put a desk into a state."""
    agents = asked.services.agents
    own = bool(asked.asker.extension) and asked.asker.extension == extension
    if not own:
        asked.asker.must(_OTHERS)
    try:
        view = await agents.choose(extension, body.state, body.why, _by(asked, own))
    except InvalidInput as error:
        raise InvalidInput("state" if error.field == "kind" else error.field, error.key, **error.params) from error
    return _desk(asked, view)


async def sit(asked: Asked, login: str, body: SeatSent) -> SeatSeen:
    """Let a person sit at an extension, or be without a phone. Refused (409) when somebody else sits there.

    A seat that a program or the command line gives lasts until the person signs out or stands up.
    """
    user, own = await _whose(asked, login)
    token = asked.request[VISITOR].token if own else ""
    by = _by(asked, own)
    await asked.services.agents.sit(user, body.extension, by, token=token, take_over=body.take_over)
    return SeatSeen(user.login, asked.services.agents.extension_of(user))


async def stand(asked: Asked, login: str) -> None:
    """Let a person go on without a phone."""
    user, own = await _whose(asked, login)
    await asked.services.agents.stand(user, _by(asked, own))


async def list_changes(asked: Asked, query: ChangesWanted) -> Items[ChangeSeen]:
    """List the history of desks, the newest first; `next_cursor` is the `before` of the next page."""
    found = await asked.services.agents.changes(
        query.from_ms, query.to_ms, query.extension, query.before, query.limit + 1
    )
    page = found[: query.limit]
    return Items(tuple(_change(asked, line) for line in page), str(page[-1].id) if len(found) > len(page) else "")


async def list_states(asked: Asked) -> Items[StateSeen]:
    """List the kinds of states in their order, retired ones too."""
    states = asked.services.agents.states
    used = await states.used()
    return Items(tuple(_state(kind, at, kind.key in used) for at, kind in enumerate(states.all(), start=1)))


async def add_state(asked: Asked, body: StateKindSent) -> StateSeen:
    """Add a kind of state. No two may be called alike."""
    states = asked.services.agents.states
    draft = KindDraft(body.ko, body.en, body.colour, body.working, body.direct_calls)
    made = await states.add(draft, body.key)
    if body.place:
        await states.move(made.key, body.place)
    return await _found(asked, made.key)


async def change_state(asked: Asked, state: str, body: StateKindChange) -> StateSeen:
    """Change a kind of state; what is left out stays. Those of the box keep their texts."""
    states, fields = asked.services.agents.states, given(body)
    place, retired = fields.pop("place", None), fields.pop("retired", None)
    before = await _found(asked, state)
    if fields:
        told = {name: fields.get(name, getattr(before, name)) for name in KindDraft.__dataclass_fields__}
        await states.change(state, KindDraft(**told))
    if retired is not None:
        await states.retire(state, retired)
    if place is not None:
        await states.move(state, place)
    return await _found(asked, state)


async def remove_state(asked: Asked, state: str) -> None:
    """Remove a kind of state that was never used; a used one can only be retired (409)."""
    await asked.services.agents.states.remove(state)


async def _whose(asked: Asked, login: str) -> tuple[User, bool]:
    """Return whose seat is meant, and whether it is the asker's own."""
    principal = asked.asker.principal
    if isinstance(principal, User) and principal.login == login:
        return principal, True
    asked.asker.must(_OTHERS)
    return await asked.services.access.user_by_login(login), False


def _by(asked: Asked, own: bool) -> By:
    return By(Source.AGENT if own else Source.ADMIN, asked.asker.name, asked.asker.address)


def _desk(asked: Asked, view: DeskView) -> DeskSeen:
    language, now = asked.asker.language, asked.services.agents.availability(view.extension)
    return DeskSeen(
        extension=view.extension,
        name=view.name,
        login=view.login,
        person=view.person,
        state=view.kind.key,
        text=view.kind.named(language),
        colour=view.kind.colour,
        since_ms=view.since_ms,
        until_ms=view.until_ms,
        why=view.reason(language),
        by=view.source,
        who=view.who,
        registered=view.registered,
        group_calls=now.group_calls,
        direct_calls=now.direct_calls,
        free_since_ms=now.free_since_ms,
        calls_today=now.calls_today,
    )


def _change(asked: Asked, line: StateChange) -> ChangeSeen:
    return ChangeSeen(
        id=line.id,
        at_ms=line.at_ms,
        extension=line.extension,
        login=line.login,
        from_state=line.from_kind,
        to_state=line.to_kind,
        why=line.reason(asked.asker.language),
        by=line.source,
        who=line.who,
    )


async def _found(asked: Asked, key: str) -> StateSeen:
    for seen in (await list_states(asked)).items:
        if seen.key == key:
            return seen
    raise NotFound("agents.no_such_kind")


def _state(kind: Kind, place: int, used: bool) -> StateSeen:
    return StateSeen(
        key=kind.key,
        ko=kind.named("ko"),
        en=kind.named("en"),
        colour=kind.colour,
        working=kind.working,
        group_calls=kind.group_calls,
        direct_calls=kind.direct_calls,
        place=place,
        retired=kind.retired,
        built_in=kind.built_in,
        used=used,
    )
