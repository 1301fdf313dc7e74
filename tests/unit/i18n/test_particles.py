"""Korean particles follow the word that is filled in."""

from __future__ import annotations

import pytest

from appliance.i18n.catalog import text
from appliance.i18n.particles import with_particles

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("최민서을(를) 저장", "최민서를 저장"),
        ("김하늘을(를) 저장", "김하늘을 저장"),
        ("“대표회선”을(를) 추가", "“대표회선”을 추가"),
        ("내선 김하늘 (101)이(가) 받았습니다", "내선 김하늘 (101)이 받았습니다"),
        ("내선 102이(가)", "내선 102가"),
        ("내선 103(으)로", "내선 103으로"),
        ("내선 101(으)로", "내선 101로"),
        ("서울(으)로", "서울로"),
        ("부산(으)로", "부산으로"),
        ("제주(으)로", "제주로"),
        ("KT은(는)", "KT는"),
        ("SM은(는)", "SM은"),
        ("soribox.local을(를)", "soribox.local을(를)"),  # who knows how it is read
        ("전화(수신)이(가)", "전화(수신)이"),
        ("합계(원)", "합계(원)"),
    ],
)
def test_the_form_fits_the_last_sound(written: str, read: str) -> None:
    assert with_particles(written) == read


def test_texts_of_the_panel_use_it() -> None:
    assert (
        text("ko", "timeline.arrived_internal", extension="101", number="102")
        == "내선 101에서 내선 102로 전화를 걸었습니다"
    )
