"""Telephone numbers as the Korean plan has them: one stored form, one shown form, one dialled form. Knows no feature.

A table of rules rather than a library: the common one refuses or misprints 050X, 1811, 030X and most special numbers.
The stored form is E.164 ("+821055551234") where a rule knows the number, else what came in; it is the key by which
everything else (customers, calls, own numbers) refers to a number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_KEPT = 2048  # the same few numbers are shown to everybody, again and again


class NumberKind(StrEnum):
    """What a number is; its words are the catalogue texts `number.kind.<value>`."""

    MOBILE = "mobile"
    SEOUL = "seoul"
    AREA = "area"
    INTERNET = "internet"
    REPRESENTATIVE = "representative"
    TOLL_FREE = "toll_free"
    SAFE = "safe"
    PREMIUM = "premium"
    UNIFIED = "unified"
    M2M = "m2m"
    PAGER = "pager"
    SPECIAL = "special"
    EMERGENCY = "emergency"
    EXTENSION = "extension"
    INTERNATIONAL = "international"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"
    PAYPHONE = "payphone"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Number:
    """A number in its stored form. `region` is the area code of a fixed line; its name is `number.region.<region>`."""

    stored: str
    kind: NumberKind
    region: str = ""


_AREA = r"0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4])"
_EMERGENCY = r"11[29]"
_SPECIAL = r"1(?:0[01679]|1[0134678]|2[0-35-9]|3[124]|41|8[28])|13\d\d"

# National digits of each kind. The groups are what is written between hyphens. The first rule that fits counts.
_RULES = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        (NumberKind.EMERGENCY, rf"({_AREA})?({_EMERGENCY})"),
        (NumberKind.SPECIAL, rf"({_AREA})?({_SPECIAL})"),
        (NumberKind.REPRESENTATIVE, r"(1[568]\d\d)(\d{4})"),
        (NumberKind.MOBILE, r"(010)(\d{4})(\d{4})"),
        (NumberKind.MOBILE, r"(01[16-9])(\d{3,4})(\d{4})"),
        (NumberKind.SEOUL, r"(02)(\d{3,4})(\d{4})"),
        (NumberKind.AREA, rf"({_AREA})(\d{{3,4}})(\d{{4}})"),
        (NumberKind.INTERNET, r"(070)(\d{4})(\d{4})"),
        (NumberKind.TOLL_FREE, r"(080)(\d{3,4})(\d{4})"),
        (NumberKind.SAFE, r"(050[2-8])(\d{3,4})(\d{4})"),
        (NumberKind.PREMIUM, r"(060)(\d{3,4})(\d{4})"),
        (NumberKind.UNIFIED, r"(030\d)(\d{3,4})(\d{4})"),
        (NumberKind.M2M, r"(012)(\d{4})(\d{4})"),
        (NumberKind.PAGER, r"(015)(\d{3,4})(\d{4})"),
    )
)

_RAW_KINDS = (NumberKind.EMERGENCY, NumberKind.SPECIAL)  # these have no E.164 form
_REGIONAL = (NumberKind.SEOUL, NumberKind.AREA)

_NO_NUMBER = {
    NumberKind.WITHHELD: ("", "p", "anonymous", "restricted", "private", "withheld"),
    NumberKind.UNAVAILABLE: ("o", "unavailable", "unknown"),
    NumberKind.PAYPHONE: ("c", "payphone"),
}
_WORDS = {word: kind for kind, words in _NO_NUMBER.items() for word in words}

_SCHEME = re.compile(r"^(?:sips?:|tel:)+", re.IGNORECASE)
_WITHHOLD_CODE = re.compile(r"^(?:\*23#)+")  # dialled before a number to withhold one's own
_SEPARATORS = re.compile(r"[\s()\-./]+")
_COUNTRY = re.compile(
    r"1|7|2(?:[07]|[1-69]\d)|3(?:[0-469]|[578]\d)|4(?:[013-9]|2\d)|5(?:[1-8]|[09]\d)"
    r"|6(?:[0-6]|[7-9]\d)|8(?:[1246]|[05]\d|8[06])|9(?:[0-58]|[679]\d)"
)  # the country codes in use, ITU-T E.164 annex
_AREA_BEFORE_REPRESENTATIVE = re.compile(rf"^{_AREA}(?=1[568]\d{{6}}$)")  # 02-1588-1234; no exchange is 15XX
_CARRIER_TO_KOREA = re.compile(r"00[37]\d\d(?=82)")
_CARRIER = re.compile(r"00(?:[12568]|[3-7]\d\d)")  # a Korean carrier's international prefix: 001, 00700


def parse(raw: str, *, area_code: str = "", international_prefixes: tuple[str, ...] = ("00",)) -> Number:
    """Understand a number however it is written: typed, dialled, from a SIP header or a caller-ID box.

    `area_code` ("031") completes 7 or 8 digits dialled without one; give it only for what people dial or type.
    `international_prefixes` is how this trunk writes foreign callers besides "+": with "00", 0086… is China; a
    trunk that has only "008" means Australia's 6… by the same digits.

    Never raises. Without a number (withheld, unavailable, payphone) the stored form is empty; what no rule knows is
    kept as it came. Extensions that equal a special number (101) are told apart by whoever knows the extensions.
    """
    return _understood(raw, area_code, international_prefixes)


@lru_cache(_KEPT)
def _understood(raw: str, area_code: str, international_prefixes: tuple[str, ...]) -> Number:
    text = _tidy(raw)
    if (kind := _WORDS.get(text.casefold())) is not None:
        return Number("", kind)
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) < 7 and not re.fullmatch(r"\+?[0-9]+", text):
        return Number(text, NumberKind.UNKNOWN)  # a name with digits in it ("kim123"), a feature code ("*8")
    if text.startswith("+"):
        return _of_country(digits) or Number(text, NumberKind.UNKNOWN)
    found = _from_abroad(digits, international_prefixes) or _korean(digits, area_code)
    if found is None and digits.startswith("82") and len(digits) >= 10:
        found = _korean(digits[2:])
    if found is None and len(digits) <= 5:
        found = Number(digits, NumberKind.EXTENSION)
    return found or Number(text, NumberKind.UNKNOWN)


def show(number: str) -> str:
    """Return a number (stored form, or as it came) as people write it: 010-5555-1234, 1588-1234, +81 3 1234 5678."""
    return _shown(number)


@lru_cache(_KEPT)
def _shown(number: str) -> str:
    known = parse(number)
    if known.kind is NumberKind.INTERNATIONAL:
        return _show_foreign(known.stored[1:])
    found = _match(_national(known.stored))
    return "-".join(part for part in found[1].groups() if part) if found else known.stored


def dial(stored: str, e164: bool, international_prefix: str = "00") -> str:
    """Return what a trunk is to be sent: national digits, or +82… when the trunk wants E.164.

    Emergency and special numbers are sent as they are. Foreign numbers without E.164 get `international_prefix`.
    """
    if e164 or not stored.startswith("+"):
        return stored
    if stored.startswith("+82"):
        return _national(stored)
    return international_prefix + stored[1:]


def last8(stored: str) -> str:
    """Return the last eight digits, by which a number written differently may still be found; "" where that misleads.

    Representative numbers are eight digits without a subscriber, and a foreign number must not find a Korean one.
    """
    number = parse(stored)
    digits = re.sub(r"[^0-9]", "", _national(number.stored))
    if number.kind in (NumberKind.REPRESENTATIVE, NumberKind.INTERNATIONAL) or len(digits) < 8:
        return ""
    return digits[-8:]


def is_emergency(digits: str) -> bool:
    """Tell whether this is 112 or 119, also when dialled with an area code (02-119)."""
    return parse(digits).kind is NumberKind.EMERGENCY


def _tidy(raw: str) -> str:
    """Take off what is no part of a number: URI scheme and host, "(0)", *23#, spaces and hyphens."""
    text = unicodedata.normalize("NFKC", raw).strip()
    text = re.split("[@;]", _SCHEME.sub("", text))[0]
    return _WITHHOLD_CODE.sub("", _SEPARATORS.sub("", text.replace("(0)", "")))


def _match(national: str) -> tuple[NumberKind, re.Match[str]] | None:
    for kind, pattern in _RULES:
        if found := pattern.fullmatch(national):
            return kind, found
    return None


def _korean(digits: str, area_code: str = "") -> Number | None:
    """Find the rule for national digits, with the usual damage repaired."""
    if area_code and re.fullmatch(r"[2-9]\d{6,7}", digits):
        digits = area_code + digits
    lost_zero = len(digits) >= 8 and not digits.startswith("0")  # key telephones and +82 drop it
    for attempt in (digits, "0" + digits) if lost_zero else (digits,):
        national = _AREA_BEFORE_REPRESENTATIVE.sub("", attempt)
        if found := _match(national):
            return _number(national, *found)
    return None


def _number(national: str, kind: NumberKind, parts: re.Match[str]) -> Number:
    if kind in _RAW_KINDS:
        return Number(national, kind)
    return Number("+82" + national.removeprefix("0"), kind, parts[1] if kind in _REGIONAL else "")


def _national(stored: str) -> str:
    """Turn +82… into the digits dialled inside Korea; leave everything else alone."""
    if not stored.startswith("+82"):
        return stored
    digits = stored[3:]
    return digits if _match(digits) else "0" + digits


def _of_country(digits: str) -> Number | None:
    """Understand digits that begin with a country code."""
    if digits.startswith("82"):
        rest = digits[2:]
        return _korean(rest) or _korean("0" + rest)  # the second: special numbers with an area code
    country = _COUNTRY.match(digits)
    exact = {"1": r"1[2-9]\d{9}", "7": r"7\d{10}"}.get(country.group() if country else "")
    if country is None or not re.fullmatch(exact or r"\d{8,15}", digits):
        return None
    return Number("+" + digits, NumberKind.INTERNATIONAL)


def _from_abroad(digits: str, prefixes: tuple[str, ...]) -> Number | None:
    """Understand an international prefix: the trunk's own first, then those of Korean carriers.

    A call that comes home through a carrier (00700 82 10…) goes before both: no foreign number has that form.
    """
    if (home := _CARRIER_TO_KOREA.match(digits)) and (found := _of_country(digits[home.end() :])):
        return found
    for prefix in sorted(prefixes, key=len, reverse=True):
        if digits.startswith(prefix) and (found := _of_country(digits.removeprefix(prefix))):
            return found
    carrier = _CARRIER.match(digits)
    return _of_country(digits[carrier.end() :]) if carrier else None


def _show_foreign(digits: str) -> str:
    """Write a foreign number with its country code apart and the rest in fours; North America's 3-3-4."""
    country = _COUNTRY.match(digits)
    code = country.group() if country else ""
    rest = digits[len(code) :]
    if code == "1":
        return f"+1 {rest[:3]}-{rest[3:6]}-{rest[6:]}"
    head = len(rest) % 4
    groups = ([rest[:head]] if head else []) + [rest[i : i + 4] for i in range(head, len(rest), 4)]
    return " ".join([f"+{code}", *groups])
