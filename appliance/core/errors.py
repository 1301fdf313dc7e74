"""The error tree. Knows no feature and no language: each error names a text in the catalogue.

SoriboxError                 something a person should read; `key` is its catalogue text
├── InvalidInput             a field was wrong; names the field
├── NotFound                 there is no such thing
├── Conflict                 it exists already, or is in use
├── NotAllowed               the person may not do this
├── TooManyAttempts          wait some seconds
└── Unavailable              a part of the box cannot serve now; trying again is safe
"""

from __future__ import annotations


class SoriboxError(Exception):
    """An error with a text in the catalogue. `params` fill the text's placeholders."""

    status = 500

    def __init__(self, key: str, /, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.key} ({told})" if told else self.key


class InvalidInput(SoriboxError):
    """What was entered cannot be used. `field` is the form field or JSON key it stands beside."""

    status = 422

    def __init__(self, field: str, key: str, /, **params: object) -> None:
        super().__init__(key, **params)
        self.field = field


class NotFound(SoriboxError):
    """There is no such thing (any more)."""

    status = 404


class Conflict(SoriboxError):
    """It exists already, or is in use."""

    status = 409

    def __init__(self, key: str, /, field: str = "", **params: object) -> None:
        super().__init__(key, **params)
        self.field = field


class NotAllowed(SoriboxError):
    """Whoever asks may not do this."""

    status = 403


class TooManyAttempts(SoriboxError):
    """Asked too often. `seconds` says when to try again."""

    status = 429

    def __init__(self, key: str, /, seconds: int) -> None:
        super().__init__(key, seconds=seconds)
        self.seconds = seconds


class Unavailable(SoriboxError):
    """A part of the box cannot serve now; trying again later is safe."""

    status = 503
