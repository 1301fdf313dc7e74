"""Passwords and other secrets: made, checked, hashed. Knows no user and no database."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.core.errors import InvalidInput

SHORTEST = 10
LONGEST = 200
_DIFFERENT = 5

# OWASP's smaller set (19 MiB, 2 passes): a box with 1 GB must not be brought down by a few people signing in.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2

# No look-alikes (0 O o, 1 l I): people type these off a screen or a slip of paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def check_new(password: str, login: str, field: str = "password") -> None:
    """Raise InvalidInput when `password` is too easy to guess."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(field, "access.password_length", shortest=SHORTEST, longest=LONGEST)
    if len(set(password)) < _DIFFERENT or password.casefold() in (login * 2, login + login[::-1]):
        raise InvalidInput(field, "access.password_simple")
    if login and login in password.casefold() and len(password) - len(login) < SHORTEST - 2:
        raise InvalidInput(field, "access.password_has_login")


class Passwords:
    """Hashes and compares in threads, a few at once: each takes 19 MiB and some 30 ms."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        async with self._turn:
            return await asyncio.to_thread(_hasher.hash, _same_form(password))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Say whether `password` is the one that was hashed; takes as long when there is nothing to compare with."""
        async with self._turn:
            return await asyncio.to_thread(_fits, password, stored)


def _fits(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _nobody(), _same_form(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    """A hash that no password fits."""
    return _hasher.hash(secrets.token_hex(32))


def _same_form(password: str) -> str:
    # The same Korean letters may come composed or decomposed, depending on the keyboard.
    return unicodedata.normalize("NFC", password)


def make_password() -> str:
    """Return a password for a person: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def make_token() -> str:
    """Return a secret for a cookie, link or key: 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token. A plain hash will do: a token cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
