"""Korean numbers: every class, every spelling a line, a phone or a person gives, and there and back again."""

from __future__ import annotations

import random

import pytest

from appliance.core.numbers import NumberKind as Kind
from appliance.core.numbers import dial, is_emergency, last8, parse, show
from appliance.i18n.catalog import LANGUAGES, text

pytestmark = pytest.mark.unit

# National digits, kind, shown, stored, region.
CLASSES = [
    ("01055551234", Kind.MOBILE, "010-5555-1234", "+821055551234", ""),
    ("0111234567", Kind.MOBILE, "011-123-4567", "+82111234567", ""),
    ("01612345678", Kind.MOBILE, "016-1234-5678", "+821612345678", ""),
    ("0191234567", Kind.MOBILE, "019-123-4567", "+82191234567", ""),
    ("021234567", Kind.SEOUL, "02-123-4567", "+8221234567", "02"),
    ("0221234567", Kind.SEOUL, "02-2123-4567", "+82221234567", "02"),
    *(
        (f"{area}5551234", Kind.AREA, f"{area}-555-1234", f"+82{area[1:]}5551234", area)
        for area in [
            "031",
            "032",
            "033",
            "041",
            "042",
            "043",
            "044",
            "051",
            "052",
            "053",
            "054",
            "055",
            "061",
            "062",
            "063",
            "064",
        ]
    ),
    ("03180001234", Kind.AREA, "031-8000-1234", "+823180001234", "031"),
    ("07012345678", Kind.INTERNET, "070-1234-5678", "+827012345678", ""),
    ("15881234", Kind.REPRESENTATIVE, "1588-1234", "+8215881234", ""),
    ("16441234", Kind.REPRESENTATIVE, "1644-1234", "+8216441234", ""),
    ("18111234", Kind.REPRESENTATIVE, "1811-1234", "+8218111234", ""),
    ("0801234567", Kind.TOLL_FREE, "080-123-4567", "+82801234567", ""),
    ("08012345678", Kind.TOLL_FREE, "080-1234-5678", "+828012345678", ""),
    ("05051234567", Kind.SAFE, "0505-123-4567", "+825051234567", ""),
    ("050812345678", Kind.SAFE, "0508-1234-5678", "+8250812345678", ""),
    ("0601234567", Kind.PREMIUM, "060-123-4567", "+82601234567", ""),
    ("03031234567", Kind.UNIFIED, "0303-123-4567", "+823031234567", ""),
    ("030312345678", Kind.UNIFIED, "0303-1234-5678", "+8230312345678", ""),
    ("01212345678", Kind.M2M, "012-1234-5678", "+821212345678", ""),
    ("01512345678", Kind.PAGER, "015-1234-5678", "+821512345678", ""),
    *((digits, Kind.EMERGENCY, digits, digits, "") for digits in ("112", "119")),
    *(
        (digits, Kind.SPECIAL, digits, digits, "")
        for digits in [
            "100",
            "101",
            "106",
            "109",
            "110",
            "111",
            "113",
            "114",
            "116",
            "117",
            "118",
            "120",
            "122",
            "125",
            "131",
            "132",
            "182",
            "188",
            "1330",
            "1393",
        ]
    ),
    ("031120", Kind.SPECIAL, "031-120", "031120", ""),
    ("02114", Kind.SPECIAL, "02-114", "02114", ""),
    ("02119", Kind.EMERGENCY, "02-119", "02119", ""),
]


@pytest.mark.parametrize(("digits", "kind", "shown", "stored", "region"), CLASSES)
def test_each_class_is_known_shown_stored_and_dialled(
    digits: str, kind: Kind, shown: str, stored: str, region: str
) -> None:
    number = parse(digits)
    assert (number.kind, number.stored, number.region) == (kind, stored, region)
    assert show(digits) == show(stored) == shown
    assert dial(stored, e164=False) == digits
    assert dial(stored, e164=True) == stored


@pytest.mark.parametrize(("digits", "kind", "shown", "stored", "region"), CLASSES)
def test_shown_and_stored_forms_are_understood_again(
    digits: str, kind: Kind, shown: str, stored: str, region: str
) -> None:
    assert parse(shown) == parse(stored) == parse(digits)


@pytest.mark.parametrize(
    ("raw", "stored", "shown"),
    [
        # The research file's vectors.
        ("01055551234", "+821055551234", "010-5555-1234"),
        ("0311234567", "+82311234567", "031-123-4567"),
        ("05051234567", "+825051234567", "0505-123-4567"),
        ("050512345678", "+8250512345678", "0505-1234-5678"),
        ("18111234", "+8218111234", "1811-1234"),
        ("0215881234", "+8215881234", "1588-1234"),
        ("1055551234", "+821055551234", "010-5555-1234"),
        ("212345678", "+82212345678", "02-1234-5678"),
        ("00700821055551234", "+821055551234", "010-5555-1234"),
        ("00181312345678", "+81312345678", "+81 3 1234 5678"),
        # Rule 1: only digits and a leading + count.
        (" 010-5555.1234 ", "+821055551234", "010-5555-1234"),
        ("(02) 1234-5678", "+82212345678", "02-1234-5678"),
        ("+82 (0)10-5555-1234", "+821055551234", "010-5555-1234"),
        ("*23#01055551234", "+821055551234", "010-5555-1234"),
        ("０１０−５５５５−１２３４", "+821055551234", "010-5555-1234"),
        ("sip:01055551234@192.0.2.1:5060;user=phone", "+821055551234", "010-5555-1234"),
        ("tel:+82-10-5555-1234", "+821055551234", "010-5555-1234"),
        # Rule 2: country codes and international prefixes.
        ("+821055551234", "+821055551234", "010-5555-1234"),
        ("+8201055551234", "+821055551234", "010-5555-1234"),
        ("821055551234", "+821055551234", "010-5555-1234"),
        ("8215881234", "+8215881234", "1588-1234"),
        ("+8215881234", "+8215881234", "1588-1234"),
        ("00821055551234", "+821055551234", "010-5555-1234"),
        ("001821055551234", "+821055551234", "010-5555-1234"),
        ("00345821055551234", "+821055551234", "010-5555-1234"),
        ("+82-31-120", "031120", "031-120"),
        ("+82112", "112", "112"),
        ("+12125551234", "+12125551234", "+1 212-555-1234"),
        ("0012125551234", "+12125551234", "+1 212-555-1234"),
        ("+8613812345678", "+8613812345678", "+86 138 1234 5678"),
        ("0070081312345678", "+81312345678", "+81 3 1234 5678"),
        # Rule 3: a lost leading 0.
        ("311234567", "+82311234567", "031-123-4567"),
        ("7012345678", "+827012345678", "070-1234-5678"),
        # Rule 4: an area code before a representative number.
        ("03116441234", "+8216441234", "1644-1234"),
        # Rule 5: what no rule knows is kept.
        ("1234567", "1234567", "1234567"),
        ("kim123", "kim123", "kim123"),
        ("*8", "*8", "*8"),
        ("+999", "+999", "+999"),
    ],
)
def test_every_spelling_becomes_one_stored_and_one_shown_form(raw: str, stored: str, shown: str) -> None:
    assert parse(raw).stored == stored
    assert show(raw) == show(stored) == shown


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        *((word, Kind.WITHHELD) for word in ("P", "anonymous", "Anonymous", "restricted", "private", "")),
        ("sip:anonymous@anonymous.invalid", Kind.WITHHELD),
        *((word, Kind.UNAVAILABLE) for word in ("O", "unavailable", "unknown", "Unknown")),
        *((word, Kind.PAYPHONE) for word in ("C", "payphone")),
    ],
)
def test_a_caller_without_number_has_a_kind_and_nothing_stored(raw: str, kind: Kind) -> None:
    number = parse(raw)
    assert (number.kind, number.stored) == (kind, "")
    assert show(number.stored) == ""


@pytest.mark.parametrize("digits", ["0", "7", "201", "2001", "54321"])
def test_up_to_five_digits_that_no_rule_knows_are_an_extension(digits: str) -> None:
    number = parse(digits)
    assert (number.kind, number.stored) == (Kind.EXTENSION, digits)


def test_the_same_digits_mean_another_country_on_a_trunk_with_another_prefix() -> None:
    assert parse("008613812345678").stored == "+8613812345678"
    assert parse("008613812345678", international_prefixes=("008",)).stored == "+613812345678"
    assert parse("008613812345678", international_prefixes=("001", "00")).stored == "+8613812345678"


def test_a_foreign_number_is_dialled_with_the_prefix_of_the_trunk() -> None:
    assert dial("+81312345678", e164=True) == "+81312345678"
    assert dial("+81312345678", e164=False) == "0081312345678"
    assert dial("+81312345678", e164=False, international_prefix="001") == "00181312345678"


def test_a_local_number_is_completed_with_the_office_area_code() -> None:
    assert parse("5551234", area_code="031").stored == "+82315551234"
    assert parse("80001234", area_code="031").stored == "+823180001234"
    assert parse("21234567", area_code="02").stored == "+82221234567"
    assert parse("2123456", area_code="02").region == "02"


@pytest.mark.parametrize("dialled", ["15881234", "119", "101", "01055551234", "0311234567"])
def test_the_area_code_changes_nothing_that_is_complete(dialled: str) -> None:
    assert parse(dialled, area_code="051") == parse(dialled)


@pytest.mark.parametrize("dialled", ["112", "119", "02-119", "031112", "+82119", "*23#112"])
def test_emergency_numbers_are_emergencies_however_they_are_dialled(dialled: str) -> None:
    assert is_emergency(dialled)


@pytest.mark.parametrize("dialled", ["113", "1120", "01001120119", "21190000", "", "911"])
def test_nothing_else_is_an_emergency(dialled: str) -> None:
    assert not is_emergency(dialled)


def test_the_last_eight_digits_find_subscribers_only() -> None:
    assert last8("+821055551234") == last8("55551234") == "55551234"
    assert last8("+8221234567") == "21234567"
    for without in ("+8215881234", "+12125551234", "101", "119", "031120", "1234567", ""):
        assert last8(without) == ""


def test_whatever_comes_in_its_stored_form_is_stable() -> None:
    chance = random.Random(20)
    for _ in range(20_000):
        raw = "".join(chance.choices("0123456789+*#-() ab", k=chance.randint(0, 18)))
        stored = parse(raw).stored
        if stored:
            assert parse(stored).stored == stored
            assert parse(show(stored)).stored == stored
            assert parse(stored, area_code="02").stored in (stored, parse("02" + stored).stored)


def test_every_korean_number_survives_each_way_of_writing_it() -> None:
    chance = random.Random(21)
    for digits, kind, *_ in CLASSES:
        tail = "".join(chance.choices("0123456789", k=4))
        number = parse(digits[:-4] + tail if len(digits) > 6 else digits)
        national = dial(number.stored, e164=False)
        assert number.kind is kind
        if number.stored.startswith("+"):
            ways = [number.stored, number.stored[1:], "00" + number.stored[1:], show(number.stored)]
            assert {parse(way) for way in [*ways, national, "00700" + number.stored[1:]]} == {number}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_region_has_its_words(language: str) -> None:
    keys = [f"number.kind.{kind}" for kind in Kind]
    keys += [f"number.region.{region}" for *_, region in CLASSES if region]
    assert all(text(language, key) != key for key in keys)
