"""Numbers as they are spoken: places in a row and minutes, in Korean and English. Pure.

Korean counts places with its own numerals up to 99 and minutes with those from Chinese. Written out, since a voice
that reads digits aloud has to guess which is meant.
"""

from __future__ import annotations

_MOST = 999

_KOREAN_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_KOREAN_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_CHINESE = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")

_KOREAN_DIGITS = ("공", *_CHINESE[1:])  # on the telephone the zero is a "공"

_ENGLISH = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def place(language: str, number: int) -> str:
    """Return which place in a row this is: "세 번째" or "third". From 1 on; beyond 999 in digits."""
    if not 1 <= number <= _MOST:
        return f"{number}번째" if language == "ko" else f"{number}th"
    return f"{_korean_place(number)} 번째" if language == "ko" else _ordinal(english(number))


def minutes(language: str, number: int) -> str:
    """Return a number of minutes as it is counted: "십오" or "fifteen"."""
    if not 1 <= number <= _MOST:
        return str(number)
    return chinese(number) if language == "ko" else english(number)


def digits(language: str, number: str) -> str:
    """Return a number read digit by digit, as telephone numbers are: "공일공", "zero one zero"."""
    known = _KOREAN_DIGITS if language == "ko" else _ENGLISH
    return ("" if language == "ko" else " ").join(known[int(digit)] for digit in number if digit.isdecimal())


def chinese(number: int) -> str:
    """Return a number from 1 to 999 in the numerals that Korean has from Chinese: "백이십삼"."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    return _many(hundreds, "백") + _many(tens, "십") + _CHINESE[ones]


def _many(count: int, unit: str) -> str:
    """One ten is "십", not "일십"."""
    return (_CHINESE[count] if count > 1 else "") + unit if count else ""


def _korean_place(number: int) -> str:
    """Return the numeral before "번째": the first is "첫", the twentieth "스무", the twenty-first "스물한"."""
    if number == 1:
        return "첫"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    numeral = "스무" if rest == 20 else _KOREAN_TENS[tens] + _KOREAN_ONES[ones]
    return _many(hundreds, "백") + numeral


def english(number: int) -> str:
    """Return a number from 1 to 999 in English words: "one hundred twenty-three"."""
    hundreds, rest = divmod(number, 100)
    words = [f"{_ENGLISH[hundreds]} hundred"] if hundreds else []
    if rest:
        words.append(_below_hundred(rest))
    return " ".join(words)


def _below_hundred(number: int) -> str:
    if number < len(_ENGLISH):
        return _ENGLISH[number]
    tens, ones = divmod(number, 10)
    return f"{_ENGLISH_TENS[tens]}-{_ENGLISH[ones]}" if ones else _ENGLISH_TENS[tens]


def _ordinal(words: str) -> str:
    """Turn "twenty-one" into "twenty-first": only the last word changes."""
    at = max(words.rfind(" "), words.rfind("-")) + 1
    before, last = words[:at], words[at:]
    if last in _IRREGULAR:
        return before + _IRREGULAR[last]
    return before + (last[:-1] + "ieth" if last.endswith("y") else last + "th")
