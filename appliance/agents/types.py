"""Seats, desks and their states as plain frozen objects. Knows no table and no call.

A desk is an extension, with or without a person. Moments are milliseconds since 1970, UTC; 0 = has not happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.i18n.catalog import text

READY = "ready"
AFTER_CALL = "after_call"
AWAY = "away"
LUNCH = "lunch"
TRAINING = "training"
MEETING = "meeting"
DND = "dnd"
OFFLINE = "offline"
NOT_ANSWERING = "not_answering"  # only the box puts a desk into it
REST = "rest"  # after a caller was terminated; only the box puts a desk into it, and only who sits there ends it early


class Colour(StrEnum):
    """The palette of states; the panel has one shade of each for light and one for dark pages."""

    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    VIOLET = "violet"
    PINK = "pink"
    RED = "red"
    ORANGE = "orange"
    AMBER = "amber"
    GREY = "grey"


class Source(StrEnum):
    """Who changes a state: whoever sits there, somebody else, the box itself, or a code dialled on the phone."""

    AGENT = "agent"
    ADMIN = "admin"
    BOX = "box"
    PHONE = "phone"


@dataclass(frozen=True)
class By:
    """Who does something: a login, "key:<name>" or "box" as `who`, and from which address, for the access log."""

    source: Source
    who: str = ""
    address: str = ""


THE_BOX = By(Source.BOX)

# The box's own words for why a desk changed; their texts are `agents.why.<word>`. Whatever else stands there was typed.
WORDS = frozenset(
    {
        "sat_down",
        "stood_up",
        "signed_out",
        "taken_over",
        "user_disabled",
        "extension_gone",
        "talk_over",
        "asked",
        "time_over",
        "unregistered",
        "registered",
        "missed_refused",
        "missed_no_answer",
        "missed_unreachable",
        "protected",
    }
)


@dataclass(frozen=True)
class Kind:
    """A kind of state. Those of the box have their texts in the catalogue, an office's own bring theirs."""

    key: str
    ko: str = ""
    en: str = ""
    colour: Colour = Colour.BLUE
    working: bool = True
    direct_calls: bool = False
    position: int = 0
    retired: bool = False
    built_in: bool = False

    @property
    def group_calls(self) -> bool:
        """Whether calls of groups are given to such a desk."""
        return self.key == READY

    def named(self, language: str) -> str:
        """Return what the kind is called."""
        if self.built_in:
            return text(language, f"agents.kind.{self.key}")
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True)
class KindDraft:
    """What an admin says of a kind. One of the two texts may be left out: then it is the other one."""

    ko: str
    en: str
    colour: Colour = Colour.BLUE
    working: bool = True
    direct_calls: bool = False


@dataclass(frozen=True)
class Seat:
    """Where a person is who has signed in: at an extension, or without a phone ("").

    `session` names the session in which they sat down ("" = somebody else put them there); `chosen` is False when
    they sat down by themselves at the phone of their profile. `lost_to` is who took the phone over, until it is seen.
    """

    user: int
    extension: str
    since_ms: int
    session: str = ""
    chosen: bool = True
    lost_to: str = ""


@dataclass(frozen=True)
class Desk:
    """A desk as it is kept: `user` is who sits there (0 = nobody).

    `until_ms`: when the state ends by itself. `why` is a word of the box's own, or what a person said; `missed` counts
    offers missed in a row; `talks` are those with callers of groups on `day`, a day in the office's time zone.
    """

    extension: str
    user: int = 0
    kind: str = READY
    since_ms: int = 0
    until_ms: int = 0
    why: str = ""
    source: Source = Source.BOX
    who: str = ""
    missed: int = 0
    free_since_ms: int = 0
    talks: int = 0
    day: str = ""


@dataclass(frozen=True)
class DeskView:
    """A desk as screens and programs are shown it. `name` is the extension's, `person` and `login` whoever sits there.

    `asked`: a talk has just ended, and the person is asked whether they are ready.
    """

    extension: str
    name: str
    user: int
    login: str
    person: str
    kind: Kind
    since_ms: int
    until_ms: int
    why: str
    source: Source
    who: str
    asked: bool
    registered: bool

    def reason(self, language: str) -> str:
        """Return why the desk is in this state, in words; empty when nobody said so."""
        return _in_words(self.why, language)


@dataclass(frozen=True)
class StateChange:
    """One line of the history of desks: from this moment on a desk had another kind, or another person.

    The lines of an extension lie end to end, so that times are summed from them; one in which only the person changes
    has the same kind twice. `user` is whose time begins (0 = nobody's).
    """

    id: int
    at_ms: int
    extension: str
    user: int
    login: str
    from_kind: str
    to_kind: str
    why: str
    source: Source
    who: str

    def reason(self, language: str) -> str:
        """Return why it changed, in words."""
        return _in_words(self.why, language)


def _in_words(why: str, language: str) -> str:
    return text(language, f"agents.why.{why}") if why in WORDS else why
