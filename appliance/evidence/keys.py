"""The box's own key for evidence (Ed25519, RFC 8032): made once, never leaves the box. Knows no package.

Also checks what any such key has signed. The library is loaded when it is needed: it is large.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.core.durable import make_folders, sync_folder
from appliance.evidence.types import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = "evidence.key"
_ONLY_OURS = 0o600


def ensure(folder: Path) -> Key:
    """Return the public half of the key in this folder, which is made if there is none. Raises OSError.

    Two at once make one key.
    """
    make_folders(folder)
    file = folder / FILE
    with (folder / (FILE + ".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _keep(file, _fresh())
    return public(load(file))


def load(file: Path) -> Ed25519PrivateKey:
    """Return the private key. Raises OSError, ValueError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("no key for evidence")
    return key


def public(key: Ed25519PrivateKey) -> Key:
    """Return the public half of a key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Key(pem, fingerprint(pem))


def fingerprint(pem: str) -> str:
    """Return the SHA-256 of a public key in hex; "" for what is no PEM."""
    lines = [line for line in pem.split("\n") if line and not line.startswith("-----")]
    try:
        return hashlib.sha256(base64.b64decode("".join(lines), validate=True)).hexdigest() if lines else ""
    except binascii.Error:
        return ""


def grouped(printed: str) -> str:
    """Return a fingerprint as people compare it: in groups of four."""
    return " ".join(printed[at : at + 4] for at in range(0, len(printed), 4))


def signed_by(pem: bytes, signature: bytes, what: bytes) -> bool:
    """Say whether the owner of a public key has signed `what`."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, what)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _fresh() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep(file: Path, key: bytes) -> None:
    """Put the key safely on the disk before anything is signed with it."""
    unfinished = file.with_name(file.name + ".unfinished")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _ONLY_OURS), "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)
    sync_folder(file.parent)
