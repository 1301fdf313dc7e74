"""Who hears whom, as a set of wires."""

from __future__ import annotations

import pytest

from sip.voice.worker.joiner import MUSIC, Joiner, Kind, Plug, Wire

pytestmark = pytest.mark.unit

A, B = Plug(Kind.LEG, "a"), Plug(Kind.LEG, "b")


def bridged() -> Joiner:
    joiner = Joiner(legs={"a", "b"})
    joiner.bridge("a", "b")
    return joiner


def heard_by(joiner: Joiner, sink: Plug) -> set[Plug]:
    return {wire.source for wire in joiner.wires() if wire.sink == sink and wire.source.kind is not Kind.SILENCE}


def test_bridged_legs_hear_each_other() -> None:
    assert heard_by(bridged(), A) == {B}
    assert heard_by(bridged(), B) == {A}


def test_every_leg_gets_packets_even_when_nobody_speaks_to_it() -> None:
    assert {wire.sink for wire in Joiner(legs={"a"}).wires()} == {A}


def test_a_held_leg_hears_music_and_its_partner_nothing() -> None:
    joiner = bridged()
    joiner.held.add("a")
    assert heard_by(joiner, A) == {MUSIC}
    assert heard_by(joiner, B) == set()
    joiner.held.discard("a")
    assert heard_by(joiner, A) == {B}


def test_the_partner_of_a_far_side_that_holds_us_hears_music() -> None:
    joiner = bridged()
    joiner.holding.add("b")
    assert heard_by(joiner, A) == {MUSIC}
    assert heard_by(joiner, B) == {A}


def test_a_prompt_is_heard_by_its_legs_over_what_they_hear_already() -> None:
    joiner = bridged()
    joiner.plays["p"] = ("a",)
    assert heard_by(joiner, A) == {B, Plug(Kind.PLAY, "p")}
    assert heard_by(joiner, B) == {A}


def test_a_recorder_hears_its_leg_only() -> None:
    joiner = bridged()
    joiner.recorded.add("a")
    assert heard_by(joiner, Plug(Kind.RECORDER, "a")) == {A}


def test_nothing_leads_to_a_leg_that_is_gone() -> None:
    joiner = bridged()
    joiner.plays["p"] = ("a", "b")
    joiner.recorded.add("a")
    joiner.forget("a")
    assert not [wire for wire in joiner.wires() if A in wire]
    assert Wire(Plug(Kind.PLAY, "p"), B) in joiner.wires()


def test_parting_strangers_changes_nothing() -> None:
    joiner = bridged()
    joiner.part("a", "c")
    assert heard_by(joiner, A) == {B}
