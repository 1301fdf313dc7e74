"""What phones and trunks prove themselves with: made, hashed, encrypted. Knows no table."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger(__name__)

REALM = "soribox"

# No look-alikes (0 O o, 1 l I): people type these into a phone's small screen. 16 of them are 92 bits.
_READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 16


def make_password() -> str:
    """Return a password for a phone."""
    return "".join(secrets.choice(_READABLE) for _ in range(_LENGTH))


def ha1(username: str, password: str, realm: str = REALM) -> str:
    """Return what digest authentication compares (RFC 2617, 3.2.2.2) instead of the password."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


class Vault:
    """Encrypts what must be readable again, with a key that is kept in a file apart from the database.

    The library is loaded when there is something to encrypt: it is 8 MB that many a box never needs.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._key = b""

    def open(self) -> None:
        """Read the key, or make one. Blocks on the disk."""
        try:
            self._key = self._file.read_bytes()
        except FileNotFoundError:
            self._key = base64.urlsafe_b64encode(os.urandom(32))  # the form of a Fernet key
            self._keep(self._key)

    def _cipher(self) -> Fernet:
        from cryptography.fernet import Fernet

        assert self._key, "the vault is not open"  # noqa: S101 - a mistake of ours
        return Fernet(self._key)

    def _keep(self, key: bytes) -> None:
        """Put the key safely on the disk before anything is encrypted with it."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(self._file.name + ".unfinished")
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def encrypt(self, secret: str) -> str:
        """Return `secret` as it may be stored; an empty one stays empty."""
        return self._cipher().encrypt(secret.encode()).decode() if secret else ""

    def decrypt(self, stored: str) -> str:
        """Return the secret; empty, with a line in the log, when the key is another one (data of another box)."""
        if not stored:
            return ""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher().decrypt(stored.encode()).decode()
        except InvalidToken:
            log.error("a trunk's password cannot be read with this box's key; it must be entered again")
            return ""
