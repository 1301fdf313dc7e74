"""What is kept as evidence and what was exported of it, as plain frozen objects. Knows no table.

Moments are milliseconds since 1970, UTC; 0 = has not happened, or never.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClockState:
    """How far the box's clock is to be trusted, as the kernel tells it.

    `synchronised` None: it cannot be told. `offset_ms` is by how much it is still being moved, `error_ms` by how much
    it may be wrong at the most; both mean something only while it is synchronised.
    """

    synchronised: bool | None = None
    offset_ms: float = 0.0
    error_ms: float = 0.0


@dataclass(frozen=True)
class Hold:
    """Why a call is kept: `by` is a person, a key, or "" for the box itself. `until_ms` 0: until it is released."""

    id: int
    call: str
    since_ms: int
    until_ms: int
    by: str
    reason: str
    clock: ClockState = ClockState()
    released_ms: int = 0
    released_by: str = ""
    released_for: str = ""

    def holds(self, now_ms: int) -> bool:
        """Whether the call must not be deleted for this."""
        return not self.released_ms and (not self.until_ms or now_ms < self.until_ms)


@dataclass(frozen=True)
class Export:
    """One package that was made of a call: who asked for it, when and what for. `removed_ms`: its file is gone."""

    id: str
    call: str
    at_ms: int
    by: str
    reason: str
    language: str
    size: int
    sha256: str
    removed_ms: int = 0

    @property
    def file(self) -> str:
        """What the package is called where it is saved."""
        return f"soribox-evidence-{self.id}.zip"


@dataclass(frozen=True)
class Kept:
    """All that is known of a call as evidence, the newest first."""

    holds: tuple[Hold, ...] = ()
    exports: tuple[Export, ...] = ()
    held: bool = False


@dataclass(frozen=True)
class Key:
    """The public half of the box's key: PEM text, and its fingerprint (SHA-256 of the DER form, hex)."""

    pem: str
    fingerprint: str
