"""Writes a package: a ZIP with the files, the list of their checksums, its signature, and a seal over the whole.

The seal is the ZIP's own comment: a signature over every byte before it, so that no byte can be changed unseen, be it
one that belongs to no file. Whoever unpacks and packs again loses the seal, and keeps list and signature.
Knows no call.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from appliance.core.durable import replacing
from appliance.evidence.keys import public

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
PUBLIC_KEY = "public-key.pem"
UNLISTED = (SUMS, SIGNATURE, PUBLIC_KEY)
SEAL_MARK = b"soribox-seal:"
SEAL_LENGTH = len(SEAL_MARK) + 88  # 64 bytes in base64
_PIECE = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file of the package: its name there, and its contents or where they lie."""

    name: str
    contents: bytes | Path


@dataclass(frozen=True)
class Packed:
    """The package is on the disk."""

    size: int
    sha256: str


def sum_of(contents: bytes | Path) -> str:
    """Return the SHA-256 of a file in hex."""
    if isinstance(contents, bytes):
        return hashlib.sha256(contents).hexdigest()
    with contents.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(digest: str) -> bytes:
    """Return what is signed of a ZIP whose bytes before the seal have this SHA-256."""
    return f"soribox evidence package {digest}".encode()


def pack(target: Path, entries: Iterable[Entry], key: Ed25519PrivateKey, made: datetime) -> Packed:
    """Write the package at `target`, whole or not at all. Raises OSError."""
    with replacing(target) as file:
        sums = []
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            package.comment = bytes(SEAL_LENGTH)
            for entry in entries:
                sums.append(f"{_add(package, entry, made)}  {entry.name}\n")
            listed = "".join(sums).encode()
            _add(package, Entry(SUMS, listed), made)
            _add(package, Entry(SIGNATURE, key.sign(listed)), made)
            _add(package, Entry(PUBLIC_KEY, public(key).pem.encode()), made)
        _seal(file, key)
        file.seek(0)
        return Packed(target_size(file), hashlib.file_digest(file, "sha256").hexdigest())


def target_size(file: BinaryIO) -> int:
    """Return how many bytes a file has; goes back to its beginning."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _add(package: zipfile.ZipFile, entry: Entry, made: datetime) -> str:
    """Write one file; returns its checksum."""
    head = zipfile.ZipInfo(entry.name, made.timetuple()[:6])
    head.compress_type = zipfile.ZIP_DEFLATED
    head.external_attr = 0o644 << 16
    with package.open(head, "w", force_zip64=not isinstance(entry.contents, bytes)) as out:
        if isinstance(entry.contents, bytes):
            out.write(entry.contents)
        else:
            _copy(entry.contents, out)
    return sum_of(entry.contents)


def _copy(source: Path, out: IO[bytes]) -> None:
    with source.open("rb") as file:
        shutil.copyfileobj(file, out, _PIECE)


def _seal(file: BinaryIO, key: Ed25519PrivateKey) -> None:
    """Put the signature over everything before it in the place that was left for it at the end."""
    size = target_size(file)
    digest = digest_of_first(file, size - SEAL_LENGTH)
    file.seek(size - SEAL_LENGTH)
    file.write(SEAL_MARK + base64.b64encode(key.sign(sealed(digest))))
    file.flush()


def digest_of_first(file: BinaryIO, count: int) -> str:
    """Return the SHA-256 of the first bytes of a file."""
    file.seek(0)
    digest = hashlib.sha256()
    while count > 0 and (piece := file.read(min(_PIECE, count))):
        digest.update(piece)
        count -= len(piece)
    return digest.hexdigest()
