"""What was just done, told once on the next page ("saved"), and secrets shown once. Knows no page.

In memory only: a restart loses a notice, which is harmless, and a password that was never looked at, which can be
renewed. Kept per session, so that nobody sees another's.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

_KEPT = 200
_SECRET_LIFE_MS = 10 * 60 * 1000


@dataclass(frozen=True)
class Notice:
    """A text that waits for the visitor's next page."""

    key: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kept:
    token: str
    value: object
    until_ms: int


class Notices:
    """The notices and secrets of all sessions; the oldest go first."""

    def __init__(self) -> None:
        self._notices: OrderedDict[str, Notice] = OrderedDict()
        self._secrets: OrderedDict[str, _Kept] = OrderedDict()

    def put(self, token: str, key: str, /, **params: object) -> None:
        """Tell the session `token` on its next page."""
        self._notices[token] = Notice(key, params)
        self._notices.move_to_end(token)
        while len(self._notices) > _KEPT:
            self._notices.popitem(last=False)

    def take(self, token: str) -> Notice | None:
        """Return what the session has to be told, once."""
        return self._notices.pop(token, None) if token else None

    def keep_secret(self, token: str, value: object, now_ms: int) -> str:
        """Keep `value` for the session for ten minutes (a reload shows it again) and return its reference."""
        reference = secrets.token_urlsafe(12)
        self._secrets[reference] = _Kept(token, value, now_ms + _SECRET_LIFE_MS)
        while len(self._secrets) > _KEPT:
            self._secrets.popitem(last=False)
        return reference

    def secret(self, token: str, reference: str, now_ms: int) -> object | None:
        """Return the value behind `reference` when it is this session's and not too old."""
        kept = self._secrets.get(reference)
        if kept is None or kept.token != token:
            return None
        if kept.until_ms < now_ms:
            del self._secrets[reference]
            return None
        return kept.value
