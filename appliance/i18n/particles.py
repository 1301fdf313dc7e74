"""Korean particles after words that are only known at run time: "{name}을(를)" becomes "최민서를" or "김하늘을".

Pure. A catalogue text writes both forms, and the last sound of what stands before decides. Where it cannot be told
(small Latin letters), both forms stay, as is usual in print.
"""

from __future__ import annotations

import re

_FORMS = {"은(는)": ("은", "는"), "이(가)": ("이", "가"), "을(를)": ("을", "를"), "(으)로": ("으로", "로")}
_BOTH = re.compile(r"([0-9A-Za-z가-힣])([^0-9A-Za-z가-힣\s]*)(은\(는\)|이\(가\)|을\(를\)|\(으\)로)")
_FIRST_SYLLABLE = ord("가")
_FINALS = 28  # a syllable's place modulo this is its final consonant (Unicode 3.12)
_FINAL_L = 8
_CLOSED = frozenset("013678LMNR")  # digits and letters whose Korean names end in a consonant (영, 일, 삼 … 엘, 엠)
_ENDS_IN_L = frozenset("178LR")


def with_particles(text: str) -> str:
    """Return `text` with each double form made the one that fits what stands before it."""
    return _BOTH.sub(_chosen, text)


def _chosen(found: re.Match[str]) -> str:
    last, between, both = found.groups()
    if last.islower() and last.isascii():
        return found.group()
    closed, ends_in_l = _ending(last)
    if both == "(으)로" and ends_in_l:
        closed = False
    return last + between + _FORMS[both][0 if closed else 1]


def _ending(last: str) -> tuple[bool, bool]:
    """Say whether a sound ends in a consonant, and whether that is an L."""
    if last.isascii():
        return last in _CLOSED, last in _ENDS_IN_L
    final = (ord(last) - _FIRST_SYLLABLE) % _FINALS
    return final != 0, final == _FINAL_L
