"""What `soribox doctor` finds. Knows no place to look."""

from __future__ import annotations

from dataclasses import dataclass, field

OK, ATTENTION, WRONG = "ok", "attention", "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Its words are the text `doctor.<what>`, filled with `params`."""

    level: str
    what: str
    params: dict[str, object] = field(default_factory=dict)
