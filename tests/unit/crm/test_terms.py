"""What is typed finds what is meant, also half way through a syllable."""

from __future__ import annotations

import pytest

from appliance.crm.terms import fold, spans, terms_of

pytestmark = pytest.mark.unit

HONG = terms_of("홍길동", "㈜대한 상사", ("+821012345678", "+8215881234"))


def finds(query: str, terms: frozenset[bytes] = HONG) -> bool:
    """Say whether a query finds a customer with these terms."""
    wanted = spans(query)
    return bool(wanted) and all(any(span.holds(term) for term in terms) for span in wanted)


@pytest.mark.parametrize(
    "query",
    [
        "홍",
        "홍길동",
        "길동",
        "동",
        " 홍길동 ",
        "대한",
        "(주)대한",
        "대한상사",
        "상사",
        "대한 상사",
        "홍길동 대한",
        "상사 홍",
    ],
)
def test_names_and_companies_are_found_by_any_part(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize("query", ["ㅎ", "호", "홍", "홍ㄱ", "홍기", "홍길", "홍길ㄷ", "홍길도", "홍길동"])
def test_a_name_is_found_at_every_stroke_of_typing_it(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize("query", ["ㅎㄱㄷ", "ㄱㄷ", "ㅎㄱ"])
def test_initials_find_names(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize(
    "query",
    [
        "010",
        "010-1234",
        "010-1234-5678",
        "01012345678",
        "+82 10-1234-5678",
        "5678",
        "345",
        "(010) 1234",
        "1588",
        "15881234",
    ],
)
def test_numbers_are_found_by_any_part_however_they_are_written(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize("query", ["", " ", "-", "홍동", "길순", "5679", "홍길동 서울", "ㅎㄷ", "홍ㄴ"])
def test_others_are_not_found(query: str) -> None:
    assert not finds(query)


def test_capitals_width_and_decomposed_letters_make_no_difference() -> None:
    assert fold("ＡＢＣ Ｃｏ．") == "abcco"
    assert fold("\u1112\u1169\u11bc") == fold("홍")
    assert finds("acme", terms_of("", "ACME, Inc.", ()))
    assert finds("müller", terms_of("Mu\u0308ller", "", ()))
