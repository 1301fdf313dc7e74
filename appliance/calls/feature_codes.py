"""What can be dialled on a phone beside numbers: the codes as data, and what was meant by what was dialled. Pure.

Every code begins with a star, so that none is ever a number or an extension. `*23#`, which withholds one's number,
belongs to the number that follows it and is not among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MOST_PLACES = 20  # as the setting `calls.parking_places`


class Feature(StrEnum):
    """What a code does."""

    PICK_UP = "pick_up"
    PICK_UP_FROM = "pick_up_from"
    PARK = "park"
    RETRIEVE = "retrieve"
    INTERCOM = "intercom"
    FORWARD_ALWAYS = "forward_always"
    FORWARD_BUSY = "forward_busy"
    FORWARD_NO_ANSWER = "forward_no_answer"
    FORWARDS_OFF = "forwards_off"
    READY = "ready"
    AWAY = "away"
    AFTER_CALL = "after_call"
    LUNCH = "lunch"
    DO_NOT_DISTURB = "do_not_disturb"
    DISTURB_AGAIN = "disturb_again"
    RECORDING_PAUSE = "recording_pause"
    BLOCK_CALLER = "block_caller"
    WARN_CALLER = "warn_caller"
    NIGHT_SWITCH = "night_switch"
    DICTATE = "dictate"


class Parameter(StrEnum):
    """What follows a code. A NUMBER may also be an extension."""

    NONE = "none"
    EXTENSION = "extension"
    PLACE = "place"
    NUMBER = "number"
    STAGE = "stage"
    ANNOUNCEMENT = "announcement"


class Part(StrEnum):
    """Codes that belong together."""

    CALLS = "calls"
    FORWARDS = "forwards"
    STATES = "states"
    OFFICE = "office"


@dataclass(frozen=True)
class FeatureCode:
    """One code."""

    code: str
    feature: Feature
    part: Part
    parameter: Parameter = Parameter.NONE

    @property
    def name(self) -> str:
        """The catalogue key of what it does, in a few words."""
        return f"feature_code.{self.feature}.name"

    @property
    def explanation(self) -> str:
        """The catalogue key of what happens then, in a sentence."""
        return f"feature_code.{self.feature}.explanation"


CODES = (
    FeatureCode("*8", Feature.PICK_UP, Part.CALLS),
    FeatureCode("*8", Feature.PICK_UP_FROM, Part.CALLS, Parameter.EXTENSION),
    FeatureCode("*5", Feature.PARK, Part.CALLS),
    FeatureCode("*5", Feature.RETRIEVE, Part.CALLS, Parameter.PLACE),
    FeatureCode("*80", Feature.INTERCOM, Part.CALLS, Parameter.EXTENSION),
    FeatureCode("*3", Feature.BLOCK_CALLER, Part.CALLS),
    FeatureCode("*3", Feature.WARN_CALLER, Part.CALLS, Parameter.STAGE),
    FeatureCode("*1", Feature.RECORDING_PAUSE, Part.CALLS),
    FeatureCode("*72", Feature.FORWARD_ALWAYS, Part.FORWARDS, Parameter.NUMBER),
    FeatureCode("*74", Feature.FORWARD_BUSY, Part.FORWARDS, Parameter.NUMBER),
    FeatureCode("*75", Feature.FORWARD_NO_ANSWER, Part.FORWARDS, Parameter.NUMBER),
    FeatureCode("*73", Feature.FORWARDS_OFF, Part.FORWARDS),
    FeatureCode("*70", Feature.READY, Part.STATES),
    FeatureCode("*71", Feature.AWAY, Part.STATES),
    FeatureCode("*76", Feature.AFTER_CALL, Part.STATES),
    FeatureCode("*77", Feature.LUNCH, Part.STATES),
    FeatureCode("*78", Feature.DO_NOT_DISTURB, Part.STATES),
    FeatureCode("*79", Feature.DISTURB_AGAIN, Part.STATES),
    FeatureCode("*9", Feature.NIGHT_SWITCH, Part.OFFICE),
    FeatureCode("*6", Feature.DICTATE, Part.OFFICE, Parameter.ANNOUNCEMENT),
)

_FOLLOWS = {
    Parameter.NONE: re.compile(""),
    Parameter.EXTENSION: re.compile(r"[1-9][0-9]{1,3}"),
    Parameter.PLACE: re.compile(r"[1-9]|1[0-9]|20"),
    Parameter.NUMBER: re.compile(r"\+?[0-9]{2,20}"),
    Parameter.ANNOUNCEMENT: re.compile(r"[1-9][0-9]{0,2}"),
    Parameter.STAGE: re.compile(r"[12]"),
}


def match(dialled: str) -> tuple[FeatureCode, str] | None:
    """Return the code that was dialled and what followed it, or None. Of several that fit, the longest counts."""
    digits = re.sub(r"[ -]", "", dialled).removesuffix("#")  # some phones send the key that ends dialling
    fitting = [
        (code, digits.removeprefix(code.code))
        for code in CODES
        if digits.startswith(code.code) and _FOLLOWS[code.parameter].fullmatch(digits.removeprefix(code.code))
    ]
    return max(fitting, key=lambda found: len(found[0].code), default=None)
