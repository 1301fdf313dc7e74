"""The kinds of states: those of the box, and what an office may make of them. Pure; knows no table.

An office may change colour, order, what counts as work and direct calls of every kind, and put those away that it does
not use. Texts of the box's own kinds stay, since their meaning is built in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from appliance.agents.types import (
    AFTER_CALL,
    AWAY,
    DND,
    LUNCH,
    MEETING,
    NOT_ANSWERING,
    OFFLINE,
    READY,
    REST,
    TRAINING,
    Colour,
    Kind,
    KindDraft,
)
from appliance.core.errors import Conflict, InvalidInput
from appliance.i18n.catalog import LANGUAGES

MOST = 30
_LONGEST = 30  # characters: it stands in the call bar
_STEP = 10
_TAKEN = frozenset({"add", "settings"})  # pages of the panel stand beside the kinds'

MAY_BE_RETIRED = frozenset({AWAY, LUNCH, TRAINING, MEETING})


def _built_in(key: str, place: int, colour: Colour, *, working: bool, direct_calls: bool) -> Kind:
    return Kind(key, colour=colour, working=working, direct_calls=direct_calls, position=place * _STEP, built_in=True)


BUILT_IN = (
    _built_in(READY, 1, Colour.GREEN, working=True, direct_calls=True),
    _built_in(AFTER_CALL, 2, Colour.BLUE, working=True, direct_calls=True),
    _built_in(AWAY, 3, Colour.AMBER, working=False, direct_calls=True),
    _built_in(LUNCH, 4, Colour.ORANGE, working=False, direct_calls=False),
    _built_in(TRAINING, 5, Colour.VIOLET, working=True, direct_calls=False),
    _built_in(MEETING, 6, Colour.TEAL, working=True, direct_calls=False),
    _built_in(DND, 7, Colour.RED, working=True, direct_calls=False),
    _built_in(OFFLINE, 8, Colour.GREY, working=False, direct_calls=False),
    _built_in(NOT_ANSWERING, 9, Colour.PINK, working=False, direct_calls=False),
    _built_in(REST, 10, Colour.TEAL, working=True, direct_calls=False),
)


def merged(stored: Iterable[Kind]) -> dict[str, Kind]:
    """Return all kinds in their order: the box's as the office has changed them, and the office's own."""
    rows = {kind.key: kind for kind in stored}
    known = {kind.key: kind for kind in BUILT_IN}
    changed = (replace(rows.pop(key, kind), built_in=True, ko="", en="") for key, kind in known.items())
    everything = sorted((*changed, *rows.values()), key=lambda kind: (kind.position, kind.key))
    return {kind.key: kind for kind in everything}


def may_be_chosen(kind: Kind) -> bool:
    """Say whether people may put a desk into this state."""
    return not kind.retired and kind.key not in (NOT_ANSWERING, REST)


def added(kinds: dict[str, Kind], draft: KindDraft, key: str = "") -> Kind:
    """Return a new kind, the last in the order. Raises InvalidInput, Conflict."""
    if len(kinds) >= MOST:
        raise Conflict("agents.too_many_kinds", most=MOST)
    made = _changed(kinds, Kind("", position=max(k.position for k in kinds.values()) + _STEP), draft)
    if key and (not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", key) or key in _TAKEN):
        raise InvalidInput("key", "agents.bad_key")
    if key in kinds:
        raise Conflict("agents.kind_exists", field="key")
    return replace(made, key=key or _key(made.en, kinds))


def changed(kinds: dict[str, Kind], kind: Kind, draft: KindDraft) -> Kind:
    """Return a kind as an admin wants it. Raises InvalidInput, Conflict."""
    if kind.built_in:
        for language, text in (("ko", draft.ko), ("en", draft.en)):
            if text and text != kind.named(language):
                raise InvalidInput(language, "agents.name_stays")
        if kind.key == READY and not draft.direct_calls:
            raise InvalidInput("direct_calls", "agents.ready_takes_calls")
        return replace(kind, colour=draft.colour, working=draft.working, direct_calls=draft.direct_calls)
    return _changed(kinds, kind, draft)


def _changed(kinds: dict[str, Kind], kind: Kind, draft: KindDraft) -> Kind:
    ko, en = _line(draft.ko), _line(draft.en)
    if not (ko or en):
        raise InvalidInput("ko", "agents.no_text")
    wanted = {"ko": ko or en, "en": en or ko}
    for language in LANGUAGES:
        if len(wanted[language]) > _LONGEST or not wanted[language].isprintable():
            raise InvalidInput(language, "agents.text_too_long", most=_LONGEST)
        for other in kinds.values():
            if other.key != kind.key and _same(other.named(language), wanted[language]):
                raise Conflict("agents.kind_retired" if other.retired else "agents.kind_exists", field=language)
    return replace(
        kind,
        ko=wanted["ko"],
        en=wanted["en"],
        colour=draft.colour,
        working=draft.working,
        direct_calls=draft.direct_calls,
    )


def moved(kinds: dict[str, Kind], key: str, place: int) -> dict[str, Kind]:
    """Return all kinds with `key` at `place` (1 = first), each with its new position."""
    others = [kind for kind in kinds.values() if kind.key != key]
    at = min(max(place, 1), len(kinds)) - 1
    ordered = (*others[:at], kinds[key], *others[at:])
    return {kind.key: replace(kind, position=(number + 1) * _STEP) for number, kind in enumerate(ordered)}


def _line(entered: str) -> str:
    return " ".join(entered.split())


def _same(one: str, other: str) -> bool:
    return one.replace(" ", "").casefold() == other.replace(" ", "").casefold()


def _key(text: str, kinds: dict[str, Kind]) -> str:
    """Return a key that speaks for the kind in programs and in the history, where the text can be told in ASCII."""
    base = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:24]
    if not re.match(r"[a-z]", base) or base in _TAKEN:
        base = f"own_{base}".rstrip("_")
    taken = (base, *(f"{base}_{number}" for number in range(2, MOST + 2)))
    return next(key for key in taken if key not in kinds)
