"""Says whether a package is what a box has made, and if not, which of its files was altered. Needs only the file.

What is checked: the signature under the list of checksums, every file against the list, that there is no other file,
and the seal over the whole ZIP. A package may come from anybody: sizes are bounded and nothing is unpacked to the disk.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from appliance.evidence import keys
from appliance.evidence.packing import (
    SEAL_LENGTH,
    SEAL_MARK,
    SUMS,
    UNLISTED,
    digest_of_first,
    sealed,
    target_size,
)

_MOST_FILES = 1000
_LARGEST_LIST = 1 << 20
_MOST_UNPACKED = 8 << 30
_PIECE = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Fault(StrEnum):
    """What is wrong. The catalogue has its words as `evidence.fault.<value>`."""

    NO_PACKAGE = "no_package"  # no ZIP, or none of these
    SIGNATURE = "signature"  # the list of checksums is not what was signed
    ALTERED = "altered"  # a file is not what it was
    MISSING = "missing"  # a file of the list is not there
    ADDED = "added"  # a file is there that is not on the list
    SEAL = "seal"  # the files are what they were; the ZIP round them is not
    OTHER_KEY = "other_key"  # made by another box than was expected


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, and with which file ("": with the package)."""

    fault: Fault
    file: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was found. `fingerprint`: by whose key it is signed; `files`: how many were compared."""

    problems: tuple[Problem, ...]
    fingerprint: str = ""
    files: int = 0
    call: str = ""
    made: str = ""
    office: str = ""

    @property
    def genuine(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.problems


def verify(path: Path, fingerprint: str = "") -> Verdict:
    """Check a package, by the key with this fingerprint if one is given (hex, blanks do not matter). Raises OSError."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as package:
                return _Check(package, file).verdict("".join(fingerprint.split()).replace(":", "").lower())
        except _BROKEN:
            return Verdict((Problem(Fault.NO_PACKAGE),))


class _Check:
    """One package while it is looked at."""

    def __init__(self, package: zipfile.ZipFile, file: BinaryIO) -> None:
        self._package = package
        self._file = file
        self._room = _MOST_UNPACKED
        self._names = [entry.filename for entry in package.infolist()]

    def verdict(self, wanted: str) -> Verdict:
        if len(self._names) > _MOST_FILES or SUMS not in self._names:
            return Verdict((Problem(Fault.NO_PACKAGE),))
        listed, signature, pem = (self._small(name) for name in UNLISTED)
        problems = [] if keys.signed_by(pem, signature, listed) else [Problem(Fault.SIGNATURE, SUMS)]
        sums = _read_list(listed)
        problems += self._compared(sums)
        problems += self._strangers(sums)
        if not problems and not self._has_seal(pem):
            problems.append(Problem(Fault.SEAL))
        printed = keys.fingerprint(pem.decode("ascii", "replace"))
        if wanted and printed != wanted:
            problems.append(Problem(Fault.OTHER_KEY))
        return Verdict(tuple(problems), printed, len(sums), *self._told())

    def _compared(self, sums: dict[str, str]) -> list[Problem]:
        missing = [Problem(Fault.MISSING, name) for name in (*sums, *UNLISTED) if name not in self._names]
        there = [name for name in sums if name in self._names]
        return missing + [Problem(Fault.ALTERED, name) for name in there if self._sum(name) != sums[name]]

    def _strangers(self, sums: dict[str, str]) -> list[Problem]:
        known, strangers = set(), []
        for name in self._names:
            if name in known or name not in (*sums, *UNLISTED):
                strangers.append(Problem(Fault.ADDED, name))
            known.add(name)
        return strangers

    def _sum(self, name: str) -> str:
        """Return the checksum of a file; "" when it cannot be read any more."""
        digest = hashlib.sha256()
        try:
            with self._package.open(name) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    self._room -= len(piece)
                    if self._room < 0:
                        return ""
        except _BROKEN:
            return ""
        return digest.hexdigest()

    def _small(self, name: str) -> bytes:
        try:
            with self._package.open(name) as file:
                return file.read(_LARGEST_LIST)
        except (KeyError, *_BROKEN):
            return b""

    def _has_seal(self, pem: bytes) -> bool:
        size = target_size(self._file)
        self._file.seek(max(0, size - SEAL_LENGTH))
        seal = self._file.read()
        if not seal.startswith(SEAL_MARK):
            return False
        seal = seal.removeprefix(SEAL_MARK)
        try:
            signature = base64.b64decode(seal, validate=True)
        except binascii.Error:
            return False
        if base64.b64encode(signature) != seal:  # several texts may stand for the same bytes: one of them is ours
            return False
        return keys.signed_by(pem, signature, sealed(digest_of_first(self._file, size - SEAL_LENGTH)))

    def _told(self) -> tuple[str, str, str]:
        """Return call, moment and office as the package names them; only worth something when it is genuine."""
        try:
            told = json.loads(self._small("evidence.json"))
            found = (told["call"]["id"], told["package"]["made"]["iso"], told["box"]["office"])
        except (ValueError, KeyError, TypeError):
            return "", "", ""
        return tuple(str(one) for one in found)  # type: ignore[return-value]  # three of them


def _read_list(listed: bytes) -> dict[str, str]:
    """Return the checksums by name, from lines as `sha256sum` writes them."""
    lines = (line.partition("  ") for line in listed.decode("utf-8", "replace").splitlines())
    return {name: digest for digest, between, name in lines if between}
