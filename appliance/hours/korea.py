"""The public holidays of Korea, computed: lunar ones, substitute ones, elections. They are copied into the store.

The rules (관공서의 공휴일에 관한 규정, as amended on 2026-04-30) are the library's business; days that are decided
on short notice (임시공휴일) are entered by the office, or come with a newer release.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import date

import msgspec

from appliance.core.errors import Unavailable
from appliance.hours.types import Holiday

COMMAND = (sys.executable, "-m", "appliance.hours.korea")
SECONDS = 120.0  # two, on a slow processor that has just started
_NICENESS = 15


def computed_apart(years: Iterable[int]) -> tuple[Holiday, ...]:
    """Return the public holidays of some years; blocks. Raises Unavailable.

    They are computed in a process of its own: the library takes 17 MB, which nothing but its end gives back.
    """
    try:
        command = (*COMMAND, *map(str, years))
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=SECONDS)  # noqa: S603 - our own
        return msgspec.json.decode(done.stdout, type=tuple[Holiday, ...])
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as error:
        raise Unavailable("hours.holidays_not_computed") from error


def holidays_of(years: Iterable[int]) -> tuple[Holiday, ...]:
    """Return the public holidays of some years. Loads the library, and blocks."""
    from holidays import country_holidays

    wanted = tuple(years)
    korean = country_holidays("KR", years=wanted, language="ko")
    english = country_holidays("KR", years=wanted, language="en_US")
    return tuple(_holiday(day, korean[day], english.get(day) or korean[day]) for day in sorted(korean))


def _holiday(day: date, korean: str, english: str) -> Holiday:
    return Holiday(day, _tidy(korean), _tidy(english))


def _tidy(name: str) -> str:
    return name.replace("신정연휴", "신정").replace(" 대체 휴일", " 대체공휴일").replace("; ", " · ")


def main() -> None:
    """Print the holidays of the years that are given, as JSON; everything else on the machine goes first."""
    os.nice(_NICENESS)
    sys.stdout.buffer.write(msgspec.json.encode(holidays_of(map(int, sys.argv[1:]))))


if __name__ == "__main__":
    main()
