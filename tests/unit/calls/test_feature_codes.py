"""Codes dialled on a phone: each is understood, none means two things, none is a number."""

from __future__ import annotations

import random
from itertools import product

import pytest

from appliance.calls import feature_codes
from appliance.calls.feature_codes import CODES, MOST_PLACES, Feature, FeatureCode, Parameter, Part, match
from appliance.core import numbers
from appliance.core.numbers import NumberKind
from appliance.i18n.catalog import LANGUAGES, catalogue
from appliance.store.settings import DECLARED

pytestmark = pytest.mark.unit

KEYS = "0123456789*#"


def some(parameter: Parameter, chance: random.Random) -> str:
    """Return something that may follow a code."""
    if parameter is Parameter.EXTENSION:
        return str(chance.randint(10, 9999))
    if parameter is Parameter.PLACE:
        return str(chance.randint(1, MOST_PLACES))
    if parameter is Parameter.NUMBER:
        return chance.choice(("101", "010", "+82", "0016")) + "".join(chance.choices("0123456789", k=8))
    if parameter is Parameter.ANNOUNCEMENT:
        return str(chance.randint(1, 999))
    if parameter is Parameter.STAGE:
        return str(chance.randint(1, 2))
    return ""


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.feature)
def test_every_code_is_understood_with_whatever_may_follow_it(code: FeatureCode) -> None:
    chance = random.Random(code.feature)
    for _ in range(300):
        following = some(code.parameter, chance)
        assert match(code.code + following) == (code, following)
        assert match(f"{code.code} {following}#") == (code, following)


def test_whatever_is_dialled_means_one_thing_at_most() -> None:
    """All of what can be dialled with up to four keys after the star, held against the table itself."""
    fits = feature_codes._FOLLOWS
    for length in range(5):
        for keys in product(KEYS, repeat=length):
            dialled = "*" + "".join(keys)
            meant = [
                (code, dialled[len(code.code) :])
                for code in CODES
                if dialled.startswith(code.code) and fits[code.parameter].fullmatch(dialled[len(code.code) :])
            ]
            assert len(meant) <= 1, dialled
            if not dialled.endswith("#"):
                assert match(dialled) == (meant[0] if meant else None)


def test_no_number_and_no_extension_is_a_code_and_no_code_is_a_number() -> None:
    chance = random.Random(3)
    dialled = [str(number) for number in range(10_000)]
    dialled += ["02-119", "+82 10 1234 5678", "*23#01012345678", "*23#112", "", "*", "#", "**8", "8*"]
    dialled += ["0" + "".join(chance.choices("0123456789", k=10)) for _ in range(500)]
    assert [one for one in dialled if match(one)] == []
    for code in CODES:
        kind = numbers.parse(code.code).kind
        assert kind not in (NumberKind.EMERGENCY, NumberKind.SPECIAL), code.code
        assert not numbers.is_emergency(code.code)


@pytest.mark.parametrize(
    "dialled", ["*72", "*7010", "*80", "*8099999", "*50", "*521", "*6", "*7", "*20", "*72abc", "*8１０１"]
)
def test_what_is_no_code_is_not_understood_as_one(dialled: str) -> None:
    assert match(dialled) is None


def test_a_code_is_taken_whole() -> None:
    def meant(dialled: str) -> tuple[Feature, str] | None:
        found = match(dialled)
        return (found[0].feature, found[1]) if found else None

    assert meant("*8") == (Feature.PICK_UP, "")
    assert meant("*8101") == (Feature.PICK_UP_FROM, "101")
    assert meant("*80101") == (Feature.INTERCOM, "101")
    assert meant("*5") == (Feature.PARK, "")
    assert meant("*53") == (Feature.RETRIEVE, "3")
    assert meant("*3") == (Feature.BLOCK_CALLER, "")
    assert meant("*32") == (Feature.WARN_CALLER, "2")
    assert meant("*33") is None
    assert meant("*72 010-1234-5678") == (Feature.FORWARD_ALWAYS, "01012345678")
    assert meant("*72102") == (Feature.FORWARD_ALWAYS, "102")


def test_every_feature_has_one_code_and_every_code_its_words() -> None:
    assert sorted(code.feature for code in CODES) == sorted(Feature)
    assert {code.part for code in CODES} == set(Part)
    for language in LANGUAGES:
        texts = catalogue(language)
        assert [code.code for code in CODES if not (texts.get(code.name) and texts.get(code.explanation))] == []


def test_there_are_codes_for_as_many_places_as_an_office_may_have() -> None:
    valid = DECLARED["calls.parking_places"].valid
    assert [valid(places) for places in (0, 1, MOST_PLACES, MOST_PLACES + 1)] == [False, True, True, False]
