"""How a search finds a customer while somebody is still typing. Pure; knows no table.

Every ending of a name, company or number is a term ("홍길동": 홍길동, 길동, 동), so that whatever somebody types is the
beginning of a term, and one range of an index holds all that fit. Terms are UTF-8 bytes: their order is the order of
the characters on every database.

Hangul is typed letter by letter: on the way to 길 the field holds ㄱ and 기, so the last syllable stands for all that
it can still become. Initials alone (ㅎㄱㄷ) find names too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import numbers

_LONGEST = 24  # characters of a term: more tell nothing apart
_SHORTEST_NUMBER = 3

# Unicode, chapter 3.12: syllables are initial × vowel × final, in this order, from U+AC00.
_FIRST_SYLLABLE, _LAST_SYLLABLE = ord("가"), ord("힣")
_FINALS = 28
_VOWELS_AND_FINALS = 21 * _FINALS
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"

_NUMBER_QUERY = re.compile(r"[+(]?[0-9][0-9 ().+-]*")


@dataclass(frozen=True)
class Span:
    """A range of terms: from `low` up to but without `high`."""

    low: bytes
    high: bytes

    def holds(self, term: bytes) -> bool:
        """Say whether a term lies in the range."""
        return self.low <= term < self.high


def fold(text: str) -> str:
    """Return the letters and digits of `text` in the form in which they are compared: ㈜대한 → 주대한, AB → ab."""
    same = "".join(c if "ㄱ" <= c <= "ㆎ" else unicodedata.normalize("NFKC", c) for c in text)
    return "".join(c for c in unicodedata.normalize("NFC", same).casefold() if c.isalnum())


def terms_of(name: str, company: str, stored_numbers: Iterable[str]) -> frozenset[bytes]:
    """Return every term under which a customer is found."""
    found = set(_endings(fold(name))) | set(_endings(fold(company))) | set(_endings(_initials(fold(name))))
    for number in stored_numbers:
        found.update(_endings(number_digits(number), _SHORTEST_NUMBER))
    return frozenset(term.encode() for term in found)


def number_digits(stored: str) -> str:
    """Return the digits of a number as people know it: national, or with the country code."""
    return re.sub(r"[^0-9]", "", numbers.show(stored))


def spans(query: str) -> tuple[Span, ...]:
    """Return one range for each word of a query; a customer must have a term in every one. Empty: nothing to find."""
    text = query.strip()
    if _NUMBER_QUERY.fullmatch(text):
        digits = re.sub(r"[^0-9]", "", text)
        words = ["0" + digits[2:] if text.startswith("+82") else digits]
    else:
        words = [fold(word) for word in text.split()]
    return tuple(_span(word[:_LONGEST]) for word in dict.fromkeys(words) if word)


def _endings(text: str, shortest: int = 1) -> list[str]:
    return [text[start : start + _LONGEST] for start in range(len(text) - shortest + 1)]


def _initials(folded: str) -> str:
    """Return the initials of a name that is all Hangul: 홍길동 → ㅎㄱㄷ; of others nothing."""
    codes = [ord(c) for c in folded]
    if not all(_FIRST_SYLLABLE <= code <= _LAST_SYLLABLE for code in codes):
        return ""
    return "".join(_INITIALS[(code - _FIRST_SYLLABLE) // _VOWELS_AND_FINALS] for code in codes)


def _span(word: str) -> Span:
    head, last = word[:-1], ord(word[-1])
    low, high = last, last + 1
    if head and not _is_initials(head) and word[-1] in _INITIALS:
        low = _FIRST_SYLLABLE + _INITIALS.index(word[-1]) * _VOWELS_AND_FINALS
        high = low + _VOWELS_AND_FINALS
    elif _FIRST_SYLLABLE <= last <= _LAST_SYLLABLE and (last - _FIRST_SYLLABLE) % _FINALS == 0:
        high = last + _FINALS
    return Span((head + chr(low)).encode(), (head + chr(high)).encode())


def _is_initials(text: str) -> bool:
    return all(c in _INITIALS for c in text)
