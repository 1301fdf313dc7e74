"""From one state of a call to the next: what the voice has to do. Pure; the only place where orders are made.

Who hears whom follows from the parties' rooms. Orders name their legs and repeating them is harmless, so after a
restart the orders from nothing to the call's state bring the world to where the call is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

from appliance.calls import dictation
from appliance.calls.live_call import CALLER_LEG, DictationStep, LiveCall
from appliance.calls.parties import Party, Reply, Role, Room, Watch
from sip import api

Pair = tuple[str, str]
_OURS = (Role.DESK, Role.ASKED)


@dataclass(frozen=True)
class Sound:
    """Who hears whom, as the voice knows it."""

    bridges: frozenset[Pair] = frozenset()
    together: frozenset[Pair] = frozenset()  # those of the bridges whose legs end together
    listens: frozenset[Pair] = frozenset()  # (ear, mouth)
    held: dict[str, str] = field(default_factory=dict)  # leg → its music
    muted: frozenset[str] = frozenset()
    unrecorded: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()  # recorded as silence
    plays: dict[str, api.Play] = field(default_factory=dict)


def sound_of(call: LiveCall) -> Sound:
    """Return who hears whom in a call."""
    parties = tuple(_as_heard(call, party) for party in call.parties if party.hears)
    bridges = frozenset(
        pair for room in (Room.TALK, Room.ASIDE) for pair in _pairs(party for party in parties if _is_in(party, room))
    )
    return Sound(
        bridges=bridges,
        together=bridges if len(call.parties) == 2 and len(call.talkers) == 2 and call.playing is None else frozenset(),
        listens=frozenset(_listens(parties)),
        held={party.leg: call.search.music if call.search else "" for party in parties if party.room is Room.MUSIC},
        muted=frozenset(party.leg for party in parties if party.muted or _is_cut(call, party)),
        unrecorded=frozenset(party.leg for party in call.parties if not _is_recorded(call, party)),
        blank=frozenset(party.leg for party in call.parties) if call.paused else frozenset(),
        plays=_plays(call),
    )


def _as_heard(call: LiveCall, party: Party) -> Party:
    """Return a party where it is heard now: whoever is told something apart hears nobody, and nobody hears them.

    In a call that ends so, nobody hears anybody. The rooms stay as they are: after a warning all is as before.
    """
    playing = call.playing
    if playing is None or not playing.apart or not (call.terminating or party.leg in playing.legs):
        return party
    return replace(party, room=Room.NOWHERE)


def _is_cut(call: LiveCall, party: Party) -> bool:
    """Whether what somebody of ours says is not to be recorded either: they talk to nobody while the caller is told."""
    if call.playing is None or not call.playing.apart or party.role not in _OURS:
        return False
    return call.terminating or sum(one.role in _OURS for one in call.talkers) == 1


def _is_in(party: Party, room: Room) -> bool:
    """Whether a party talks in a room: a supervisor only when they barged in."""
    return party.room is room and (party.role is not Role.MONITOR or party.watch is Watch.BARGE)


def _pairs(parties: Iterator[Party]) -> Iterator[Pair]:
    return combinations(sorted(party.leg for party in parties), 2)


def _listens(parties: tuple[Party, ...]) -> Iterator[Pair]:
    """A supervisor who has not barged in hears everybody who talks; one who whispers is heard by the desks."""
    talking = [party for party in parties if party.role is not Role.MONITOR and party.room in (Room.TALK, Room.ASIDE)]
    for monitor in parties:
        if monitor.role is not Role.MONITOR or monitor.watch is Watch.BARGE:
            continue
        yield from ((monitor.leg, party.leg) for party in talking)
        if monitor.watch is Watch.WHISPER:
            yield from ((party.leg, monitor.leg) for party in talking if party.role is Role.DESK)


def _is_recorded(call: LiveCall, party: Party) -> bool:
    """A talk that none of ours takes part in is not ours to record (Protection of Communications Secrets Act, art. 3).

    A supervisor who only listens or whispers is no part of the talk. Of whoever speaks an announcement only that is.
    """
    if dictation.is_for(call):
        return call.dictation is not None and call.dictation.step is DictationStep.SPEAKING
    if party.role is Role.MONITOR:
        return party.watch is Watch.BARGE
    return len(call.talkers) < 2 or not all(one.outside for one in call.people)


def _plays(call: LiveCall) -> dict[str, api.Play]:
    ringing = {f"ringback-{called}": ear for ear, called in _hear_it_ring(call)}
    plays = {name: api.Play(name, api.RINGBACK, (ear,)) for name, ear in ringing.items()}
    if (playing := call.playing) is not None:
        legs = tuple(leg for leg in playing.legs if (party := call.party(leg)) is not None and party.hears)
        if legs:
            told = next((leg for leg in legs if leg in call.far_legs), "") if playing.kept else ""
            plays[playing.play] = api.Play(playing.play, playing.file, legs, kept=playing.kept, sent_to=told)
    return plays


def _hear_it_ring(call: LiveCall) -> Iterator[Pair]:
    """Yield who stands alone in a room and who is called to it: an answered leg is given no 180 any more."""
    for room in (Room.TALK, Room.ASIDE):
        here = [party for party in call.people if party.room is room]
        hearing = [party for party in here if party.hears]
        ringing = next((party.leg for party in here if party.rings and not party.hears), None)
        if ringing is not None and len(hearing) == 1 and hearing[0].is_up:
            yield hearing[0].leg, ringing


# ------------------------------------------------------------------------------------------ from state to state


def orders(before: LiveCall | None, after: LiveCall) -> tuple[api.Order, ...]:
    """Return what the voice must do so that the world is as `after` says; None: nothing was done yet."""
    old, new = sound_of(before) if before is not None else Sound(), sound_of(after)
    known = frozenset(party.leg for party in before.parties) if before is not None else frozenset()
    return (
        *_expected(known, after),
        *_replies(before, after),
        *_originated(before, after),
        *_recorded(old, new),
        *_parted(old, new, after),
        *_joined(old, new),
        *_played(old, new),
        *_ended(before, after),
    )


def _expected(known: frozenset[str], after: LiveCall) -> Iterator[api.Order]:
    return (api.Expect(party.leg, party.sip_call_id) for party in _new(known, after) if party.sip_call_id)


def _new(known: frozenset[str], after: LiveCall) -> Iterator[Party]:
    return (party for party in after.parties if party.leg not in known)


def _replies(before: LiveCall | None, after: LiveCall) -> Iterator[api.Order]:
    for party in after.parties:
        was = before.party(party.leg) if before is not None else None
        if party.reply is (was.reply if was is not None else Reply.NONE):
            continue
        if party.reply is Reply.RINGING:
            yield api.Ring(party.leg)
        elif party.reply is Reply.EARLY:
            yield api.EarlyMedia(party.leg)
        elif party.reply is Reply.ANSWERED:
            yield api.Answer(party.leg)


def _have_room(call: LiveCall) -> tuple[Party, ...]:
    """Return whom the voice can call now: legs on their way out still take room there."""
    return call.parties[: max(0, api.MOST_LEGS - len(call.ending))]


def _originated(before: LiveCall | None, after: LiveCall) -> Iterator[api.Order]:
    known = {party.leg for party in _have_room(before)} if before is not None else frozenset()
    for party in _have_room(after):
        if party.target is None or party.leg in known:
            continue
        caller = after.party(CALLER_LEG)
        rings = caller is not None and caller.reply in (Reply.NONE, Reply.RINGING) and party.room is Room.TALK
        yield api.Originate(
            party.leg,
            party.target,
            party.shown,
            rings=CALLER_LEG if rings else "",
            answers_itself=party.answers_itself,
        )


def _recorded(old: Sound, new: Sound) -> Iterator[api.Order]:
    yield from (api.Blank(leg) for leg in sorted(new.blank - old.blank))
    yield from (api.Unblank(leg) for leg in sorted(old.blank - new.blank))
    yield from (api.Record(leg, on=False) for leg in sorted(new.unrecorded - old.unrecorded))
    yield from (api.Record(leg, on=True) for leg in sorted(old.unrecorded - new.unrecorded))


def _parted(old: Sound, new: Sound, after: LiveCall) -> Iterator[api.Order]:
    """Those who would end together must be parted before one of them is let go, if the other is to stay."""
    here = frozenset(party.leg for party in after.parties)
    there = here | {ending.leg for ending in after.ending}
    for pair in sorted(old.bridges - new.bridges):
        let_go = pair in old.together and not here.isdisjoint(pair) and there.issuperset(pair)
        if let_go or here.issuperset(pair):
            yield api.Unbridge(*pair)
    for ear, mouth in sorted(old.listens - new.listens):
        if {ear, mouth} <= here:
            yield api.Unlisten(ear, mouth)
    yield from (api.Retrieve(leg) for leg in sorted((old.held.keys() - new.held.keys()) & here))
    yield from (api.Unmute(leg) for leg in sorted((old.muted - new.muted) & here))


def _joined(old: Sound, new: Sound) -> Iterator[api.Order]:
    """Bridges are given again when they begin or cease to end together: Unbridge takes that back."""
    yield from (api.Mute(leg) for leg in sorted(new.muted - old.muted))
    yield from (api.Hold(*held) for held in sorted(new.held.items() - old.held.items()))
    for one, other in sorted((old.together - new.together) & new.bridges & old.bridges):
        yield api.Unbridge(one, other)
    changed = (new.bridges - old.bridges) | (new.bridges & (new.together ^ old.together))
    for one, other in sorted(changed):
        yield api.Bridge(one, other, end_together=(one, other) in new.together)
    yield from (api.Listen(ear, mouth) for ear, mouth in sorted(new.listens - old.listens))


def _played(old: Sound, new: Sound) -> Iterator[api.Order]:
    for name in sorted(old.plays.keys() - new.plays.keys()):
        yield api.StopPlay(name)
    for name in sorted(new.plays.keys() - old.plays.keys()):
        yield new.plays[name]


def _ended(before: LiveCall | None, after: LiveCall) -> Iterator[api.Order]:
    known = before.ending if before is not None else ()
    return (api.Hangup(end.leg, end.code, end.reason) for end in after.ending if end not in known)
