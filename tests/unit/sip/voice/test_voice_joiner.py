"""Who hears whom, as a set of wires."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip import api
from sip.voice.worker.joiner import MUSIC, SILENCE, Joiner, Kind, Plug, Wire

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
    joiner.held["a"] = ""
    assert heard_by(joiner, A) == {MUSIC}
    assert heard_by(joiner, B) == set()
    joiner.held.pop("a", None)
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


def test_a_muted_leg_is_heard_by_nobody_and_no_recorder_but_hears_and_is_sent_silence() -> None:
    joiner = bridged()
    joiner.recorded.add("a")
    joiner.listens.add(("b", "a"))
    joiner.muted.add("a")
    assert heard_by(joiner, B) == set()
    assert heard_by(joiner, A) == {B}
    assert [wire.source.kind for wire in joiner.wires() if wire.sink == Plug(Kind.RECORDER, "a")] == [Kind.SILENCE]


def test_who_listens_hears_and_is_not_heard() -> None:
    joiner = bridged()
    joiner.legs.add("c")
    joiner.listens |= {("c", "a"), ("c", "b")}
    assert heard_by(joiner, Plug(Kind.LEG, "c")) == {A, B}
    assert heard_by(joiner, A) == {B}


def test_a_whisper_reaches_one_side_only() -> None:
    joiner = bridged()
    joiner.legs.add("c")
    joiner.listens.add(("b", "c"))
    assert heard_by(joiner, B) == {A, Plug(Kind.LEG, "c")}
    assert heard_by(joiner, A) == {B}


def test_whoever_is_on_hold_is_not_listened_to_and_hears_no_whisper() -> None:
    joiner = bridged()
    joiner.legs.add("c")
    joiner.listens |= {("c", "a"), ("a", "c")}
    joiner.held["a"] = ""
    assert heard_by(joiner, Plug(Kind.LEG, "c")) == set()
    assert heard_by(joiner, A) == {MUSIC}


SPOILS: tuple[Callable[[Joiner], None], ...] = (
    lambda joiner: joiner.muted.add("a"),
    lambda joiner: joiner.listens.add(("a", "b")),
    lambda joiner: joiner.held.update(a=""),
    lambda joiner: joiner.holding.add("b"),
    lambda joiner: joiner.legs.add("c"),
    lambda joiner: joiner.plays.update(p=("a",)),
)


@pytest.mark.parametrize("spoil", SPOILS)
def test_only_a_talk_of_two_with_nothing_else_is_plain(spoil: Callable[[Joiner], None]) -> None:
    joiner = bridged()
    assert joiner.plain_talk() == ("a", "b")
    spoil(joiner)
    assert joiner.plain_talk() is None


def test_a_replacement_stands_where_the_leg_stood_without_its_holds() -> None:
    joiner = bridged()
    joiner.bridge("a", "b", end_together=True)
    joiner.legs |= {"c", "n"}
    joiner.listens.add(("c", "a"))
    joiner.plays["p"] = ("a",)
    joiner.holding.add("a")
    joiner.held["b"] = ""
    joiner.replace("a", "n")
    joiner.forget("a")
    assert heard_by(joiner, Plug(Kind.LEG, "n")) == {Plug(Kind.PLAY, "p")}
    assert heard_by(joiner, Plug(Kind.LEG, "c")) == {Plug(Kind.LEG, "n")}
    joiner.held.pop("b", None)
    assert heard_by(joiner, B) == {Plug(Kind.LEG, "n")}
    assert joiner.ends_with("n") == {"b"}
    assert joiner.ends_with("a") == set()


def asked() -> Joiner:
    """The far side of b has asked for a transfer, and n is called for it."""
    joiner = bridged()
    joiner.bridge("a", "b", end_together=True)
    joiner.legs.add("n")
    joiner.heirs["b"] = "n"
    return joiner


def test_a_transfer_is_not_spoilt_by_who_asked_for_it_and_goes_at_once() -> None:
    joiner = asked()
    assert joiner.ends_with("b") == set()
    joiner.forget("b")
    assert joiner.ends_with("a") == {"n"}
    assert joiner.ends_with("n") == {"a"}
    joiner.part("a", "b")
    assert joiner.ends_with("n") == set()


def test_a_transfer_that_comes_to_nothing_leaves_everything_as_it_was() -> None:
    joiner = asked()
    assert joiner.ends_with("n") == set()
    joiner.forget("n")
    assert joiner.ends_with("b") == {"a"}
    assert joiner.ends_with("a") == {"b"}


def test_who_waits_for_a_group_hears_its_own_music() -> None:
    joiner = bridged()
    joiner.obey(api.Hold("a", "/sounds/waltz.wav"))
    assert Wire(Plug(Kind.MUSIC, "/sounds/waltz.wav"), Plug(Kind.LEG, "a")) in joiner.wires()
    joiner.obey(api.Hold("a"))
    assert Wire(Plug(Kind.MUSIC), Plug(Kind.LEG, "a")) in joiner.wires()


def test_what_is_played_can_be_recorded_as_it_is_played_and_nothing_of_the_talk_is_in_it() -> None:
    joiner = Joiner(legs={"caller", "called"})
    joiner.obey(api.Bridge("caller", "called"))
    joiner.plays["notice"] = ("caller",)
    joiner.recorded |= {"caller", "notice"}
    into = {wire.source for wire in joiner.wires() if wire.sink == Plug(Kind.RECORDER, "notice")}
    assert into == {SILENCE, Plug(Kind.PLAY, "notice")}
    heard = {wire.source for wire in joiner.wires() if wire.sink == Plug(Kind.RECORDER, "caller")}
    assert heard == {SILENCE, Plug(Kind.LEG, "caller")}


def test_what_a_leg_is_sent_goes_to_its_track_whatever_it_is() -> None:
    joiner = bridged()
    joiner.plays["notice"] = ("a", "b")
    joiner.recorded.add("notice-sent")
    joiner.sent["notice-sent"] = "a"
    track = Plug(Kind.RECORDER, "notice-sent")

    assert heard_by(joiner, track) == heard_by(joiner, A) == {Plug(Kind.PLAY, "notice"), B}
    joiner.part("a", "b")
    assert heard_by(joiner, track) == {Plug(Kind.PLAY, "notice")}
    joiner.replace("a", "replace-1")
    assert joiner.sent_to("replace-1") == ("notice-sent",)
    joiner.forget("replace-1")
    assert (heard_by(joiner, track), joiner.recorded) == (set(), set())
