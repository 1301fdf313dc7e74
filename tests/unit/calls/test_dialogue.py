"""What becomes of keys: every sequence of them ends somewhere, and what is noted is what the caller said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.calls import dialogue
from appliance.calls.dialogue import Dialogue, Go, Hear, Move, Nobody, Note, Stay
from appliance.calls.happenings import Asked, CallbackAsked
from appliance.calls.requests import Goal

pytestmark = pytest.mark.unit

MENU = Asked(
    "shop/s1",
    "메인 메뉴",
    ("welcome.wav",),
    {"1": Goal("menu", "shop/s2"), "2": Goal("group", "main")},
    extensions="101 102 2001",
    wrong="wrong.wav",
    otherwise=Goal("group", "late"),
    mistaken=Goal("group", "wrong"),
)
ASKED = CallbackAsked(
    "main", ("closed.wav",), "offer", "enter", "wrong", "bad", "confirm", "thanks", "sorry", own=True, area_code="02"
)
HIDDEN = CallbackAsked(
    "main", ("closed.wav",), "offer", "enter", "wrong", "bad", "confirm", "thanks", "sorry", own=False, area_code="02"
)
LATE, SPOKEN = "late", "spoken"


def walk(move: Move, *happens: str) -> Move:
    """Return what it comes to when keys are pressed, nobody presses one in time, or a number was spoken."""
    for one in happens:
        if isinstance(move, Hear):
            then = _after(move.after, one)
            move = move if isinstance(then, Stay) else then
    return move


def _after(at: Dialogue, one: str) -> Move:
    if one == LATE:
        return dialogue.late(at)
    return dialogue.read_back(at, "read.wav") if one == SPOKEN else dialogue.pressed(at, one)


@given(some.lists(some.sampled_from([*"0123456789*#ABCD", LATE, SPOKEN]), max_size=40), some.sampled_from("abc"))
def test_every_sequence_of_keys_ends_somewhere(happens: list[str], which: str) -> None:
    begun = {"a": dialogue.ask(MENU), "b": dialogue.offer(ASKED), "c": dialogue.offer(HIDDEN)}[which]
    ended = walk(begun, *happens, *[LATE] * 12)
    assert isinstance(ended, Go | Note | Nobody), ended


@pytest.mark.parametrize(
    ("keys", "goes"),
    [
        (["1"], Goal("menu", "shop/s2")),
        (["2", LATE], Goal("group", "main")),  # 2 may be the beginning of 2001
        (["2", "0", "0", "1"], Goal("extension", "2001")),
        (["9", "9", "9"], Goal("group", "wrong")),
        ([LATE, LATE, LATE], Goal("group", "late")),
        (["9", LATE, "1", LATE], Goal("menu", "shop/s2")),
    ],
)
def test_a_menu_leads_where_its_keys_say(keys: list[str], goes: Goal) -> None:
    if keys[0] == "1":
        keys = ["1", LATE]  # 1 may be the beginning of 101
    move = walk(dialogue.ask(MENU), *keys)
    assert isinstance(move, Go)
    assert move.to == goes


def test_whoever_dials_somebody_who_is_not_there_is_back_in_the_menu() -> None:
    assert walk(dialogue.ask(MENU), *"101") == Go(Goal("extension", "101"), Goal("menu", "shop/s1"))


def test_after_a_wrong_key_the_caller_is_told_so_and_hears_the_menu_again() -> None:
    move = walk(dialogue.ask(MENU), "9")
    assert isinstance(move, Hear)
    assert move.files == ("wrong.wav", "welcome.wav")


@pytest.mark.parametrize(
    ("keys", "noted"),
    [
        ("1", Note("", sure=True)),
        ("201012345678#S1", Note("+821012345678", sure=True)),
        ("2010*01099998888#S1", Note("+821099998888", sure=True)),
        ("2112#01012345678#S1", Note("+821012345678", sure=True)),  # nobody is called back at 112
        ("2111111111#01012345678#S1", Note("+821012345678", sure=True)),  # keys that make no number by chance
        ("25551234#S1", Note("+8225551234", sure=True)),
        ("2025551234#S1", Note("+8225551234", sure=True)),
        ("201012345678#S201099998888#S1", Note("+821099998888", sure=True)),
        ("201012345678L" + "S1", Note("+821012345678", sure=True)),
        ("LLL", Note("", sure=False)),
        ("201012345678#SLLL", Note("", sure=False)),
    ],
)
def test_what_is_noted_is_what_the_caller_said(keys: str, noted: Note) -> None:
    said = [{"L": LATE, "S": SPOKEN}.get(key, key) for key in keys]
    assert walk(dialogue.offer(ASKED), *said) == noted


def test_a_hidden_number_must_be_keyed_in() -> None:
    first = dialogue.offer(HIDDEN)
    assert isinstance(first, Hear)
    assert first.files == ("closed.wav", "enter")
    assert walk(first, *"01012345678#", SPOKEN, "1") == Note("+821012345678", sure=True)
    assert walk(first, LATE, LATE, LATE) == Nobody()
