"""What becomes of the keys that a caller presses while the box speaks to them. Pure; knows no leg and no sound.

A dialogue is a step of a voice menu, or the one in which a caller says where they want to be called back. What comes of
a key, of silence, or of words that are read back is one `Move`: more to hear, or an end. Every way ends, because each
repetition counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.calls.happenings import Asked, CallbackAsked
from appliance.calls.requests import Goal
from appliance.core import numbers
from appliance.core.numbers import NumberKind

SECOND_KEY_S = 3  # for the next digit of an extension
NEXT_DIGIT_S = 6  # of a telephone number
DECIDE_S = 6  # to press 1 or 2
READ_WITHIN_S = 10  # to have a number spoken
TRIES = 3
SILENT_TRIES = 2  # whoever presses nothing need not hear it a third time
MOST_DIGITS = 20
LOCAL_DIGITS = 8  # 1588-1234, or a number without its area code; all others begin with 0

KEEP, ANOTHER = "1", "2"
DONE, AFRESH = "#", "*"

END = Goal("end", "")

# Whom the office can call back: neither 112 nor what costs extra, and no number abroad that somebody else pays.
_CALLABLE = frozenset(
    {
        NumberKind.MOBILE,
        NumberKind.SEOUL,
        NumberKind.AREA,
        NumberKind.INTERNET,
        NumberKind.REPRESENTATIVE,
        NumberKind.TOLL_FREE,
        NumberKind.SAFE,
        NumberKind.UNIFIED,
    }
)


class Stage(StrEnum):
    """Where a dialogue is."""

    CHOICE = "choice"  # a step of a menu
    OFFER = "offer"  # this number, or another?
    NUMBER = "number"  # it is keyed in
    READING = "reading"  # it is being spoken, to be read back
    CONFIRM = "confirm"  # is it right?


@dataclass(frozen=True)
class Dialogue:
    """A dialogue between two keys. `asked` or `noting` is what it is about."""

    stage: Stage
    asked: Asked | None = None
    noting: CallbackAsked | None = None
    typed: str = ""
    tries: int = 1
    number: str = ""  # keyed in and found to be one, stored form
    read: str = ""  # the file that reads it back


@dataclass(frozen=True)
class Hear:
    """The caller hears these files, then has `seconds` for the next key. `read`: a number is to be spoken first."""

    after: Dialogue
    files: tuple[str, ...]
    seconds: int
    read: str = ""


@dataclass(frozen=True)
class Go:
    """The call goes on there; nobody there: `back`."""

    to: Goal
    back: Goal | None = None


@dataclass(frozen=True)
class Note:
    """The caller is to be called back: at `number`, "" = where they call from. `sure`: they have said so."""

    number: str
    sure: bool


@dataclass(frozen=True)
class Stay:
    """Nothing changes by that key."""


@dataclass(frozen=True)
class Nobody:
    """There is no number to call back."""


Move = Hear | Go | Note | Nobody | Stay


# ------------------------------------------------------------------------------------------------------ a menu's step


def ask(asked: Asked) -> Move:
    """Begin a step of a menu."""
    if not asked.files and not asked.keys and not asked.extensions:
        return _on(asked)
    seconds = asked.seconds if asked.keys or asked.extensions else 0
    return Hear(Dialogue(Stage.CHOICE, asked), asked.files, seconds)


def _on(asked: Asked) -> Go:
    return Go(asked.otherwise or END, asked.unanswered)


def _chosen(dialogue: Dialogue, asked: Asked, typed: str) -> Move:
    """Return what was chosen by keys after which no more are waited for."""
    if (to := asked.keys.get(typed)) is not None:
        return Go(to)
    if typed in asked.extensions.split():
        return Go(Goal("extension", typed), Goal("menu", asked.step))
    return _mistaken(dialogue, asked)


def _choice(dialogue: Dialogue, asked: Asked, key: str) -> Move:
    if not asked.keys and not asked.extensions:  # an announcement is heard to its end
        return Stay()
    typed = dialogue.typed + key
    if any(number.startswith(typed) and number != typed for number in asked.extensions.split()):
        return Hear(replace(dialogue, typed=typed), (), SECOND_KEY_S)
    return _chosen(dialogue, asked, typed)


def _mistaken(dialogue: Dialogue, asked: Asked) -> Move:
    if dialogue.tries >= asked.tries:
        return Go(asked.mistaken or asked.otherwise or END)
    files = (asked.wrong, *asked.files) if asked.wrong else asked.files
    return Hear(replace(dialogue, typed="", tries=dialogue.tries + 1), files, asked.seconds)


def _choice_late(dialogue: Dialogue, asked: Asked) -> Move:
    if dialogue.typed:
        return _chosen(dialogue, asked, dialogue.typed)
    if dialogue.tries >= asked.tries or not (asked.keys or asked.extensions):
        return _on(asked)
    return Hear(replace(dialogue, tries=dialogue.tries + 1), asked.files, asked.seconds)


# ------------------------------------------------------------------------------------------------- to be called back


def offer(noting: CallbackAsked) -> Move:
    """Begin to ask a caller where they want to be called back. Whoever hides their number must key one in."""
    files = tuple(file for file in noting.greeting if file)
    if noting.own:
        return Hear(Dialogue(Stage.OFFER, noting=noting), (*files, noting.offer), DECIDE_S)
    return Hear(Dialogue(Stage.NUMBER, noting=noting), (*files, noting.enter), NEXT_DIGIT_S)


def left_with(dialogue: Dialogue | None) -> Move:
    """Return what is kept of a caller who says no more: their own number if it is known, else what they keyed in."""
    noting = dialogue.noting if dialogue is not None else None
    if noting is None:
        return Nobody()
    if noting.own:
        return Note("", sure=False)
    return Note(dialogue.number, sure=False) if dialogue is not None and dialogue.number else Nobody()


def _offered(dialogue: Dialogue, noting: CallbackAsked, key: str) -> Move:
    if key == KEEP:
        return Note("", sure=True)
    if key == ANOTHER:
        return Hear(Dialogue(Stage.NUMBER, noting=noting), (noting.enter,), NEXT_DIGIT_S)
    return _once_more(dialogue, (noting.wrong, noting.offer), DECIDE_S, TRIES)


def _once_more(dialogue: Dialogue, files: tuple[str, ...], seconds: int, most: int) -> Move:
    if dialogue.tries >= most:
        return left_with(dialogue)
    again = replace(dialogue, typed="", tries=dialogue.tries + 1)
    return Hear(again, tuple(file for file in files if file), seconds)


def _digit(dialogue: Dialogue, noting: CallbackAsked, key: str) -> Move:
    if key == DONE:
        return _entered(dialogue, noting)
    if key == AFRESH:
        return _once_more(dialogue, (noting.enter,), NEXT_DIGIT_S, TRIES)
    typed = dialogue.typed + key
    if len(typed) > MOST_DIGITS:
        return _entered(dialogue, noting)
    return Hear(replace(dialogue, typed=typed), (), NEXT_DIGIT_S)


def _entered(dialogue: Dialogue, noting: CallbackAsked) -> Move:
    number = numbers.parse(dialogue.typed, area_code=noting.area_code)
    as_dialled = dialogue.typed.startswith("0") or len(dialogue.typed) <= LOCAL_DIGITS
    if number.kind not in _CALLABLE or not as_dialled:
        return _once_more(dialogue, (noting.bad, noting.enter), NEXT_DIGIT_S, TRIES)
    reading = replace(dialogue, stage=Stage.READING, typed="", number=number.stored, read="")
    return Hear(reading, (), READ_WITHIN_S, read=number.stored)


def read_back(dialogue: Dialogue, file: str) -> Move:
    """The number was spoken: the caller hears it, and says whether it is right."""
    noting = dialogue.noting
    if noting is None or dialogue.stage is not Stage.READING:
        return Stay()
    files = tuple(one for one in (file, noting.confirm) if one)
    return Hear(replace(dialogue, stage=Stage.CONFIRM, read=file), files, DECIDE_S)


def _confirmed(dialogue: Dialogue, noting: CallbackAsked, key: str) -> Move:
    if key == KEEP:
        return Note(dialogue.number, sure=True)
    if key == ANOTHER:
        afresh = replace(dialogue, stage=Stage.NUMBER, number="")
        return _once_more(afresh, (noting.enter,), NEXT_DIGIT_S, TRIES)
    return _once_more(dialogue, (noting.wrong, dialogue.read, noting.confirm), DECIDE_S, TRIES)


def _callback_late(dialogue: Dialogue, noting: CallbackAsked) -> Move:
    if dialogue.stage is Stage.OFFER:
        return _once_more(dialogue, (noting.offer,), DECIDE_S, SILENT_TRIES)
    if dialogue.stage is Stage.READING:
        return read_back(dialogue, "")
    if dialogue.stage is Stage.CONFIRM:
        return _once_more(dialogue, (dialogue.read, noting.confirm), DECIDE_S, TRIES)
    if dialogue.typed:  # not everybody finds the hash key
        return _entered(dialogue, noting)
    return _once_more(dialogue, (noting.enter,), NEXT_DIGIT_S, TRIES)


# ----------------------------------------------------------------------------------------------------------- for all


def pressed(dialogue: Dialogue, key: str) -> Move:
    """A key was pressed."""
    if dialogue.asked is not None:
        return _choice(dialogue, dialogue.asked, key)
    noting = dialogue.noting
    assert noting is not None  # noqa: S101 - a dialogue is about one or the other
    if dialogue.stage is Stage.OFFER:
        return _offered(dialogue, noting, key)
    if dialogue.stage is Stage.NUMBER:
        return _digit(dialogue, noting, key)
    return _confirmed(dialogue, noting, key) if dialogue.stage is Stage.CONFIRM else Stay()


def late(dialogue: Dialogue) -> Move:
    """No key came in time."""
    if dialogue.asked is not None:
        return _choice_late(dialogue, dialogue.asked)
    assert dialogue.noting is not None  # noqa: S101 - a dialogue is about one or the other
    return _callback_late(dialogue, dialogue.noting)
