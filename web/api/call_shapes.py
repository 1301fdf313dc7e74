"""What goes over the API about how well a call is heard."""

from __future__ import annotations

from msgspec import Struct

from appliance.calls.quality import LegReport


class QualitySeen(Struct, frozen=True):
    """How well those in a call hear each other; `live`: up to now. `who` of a leg is an extension, "" is the line.

    `key` and `text` say what was wrong and on whose side; empty: nobody had a reason to complain, or nothing is known.
    """

    live: bool
    legs: tuple[LegReport, ...]
    key: str = ""
    text: str = ""
