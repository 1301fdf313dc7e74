"""How a certificate is ordered from its maker, for everybody who wants one. Standard library only, and little of it.

The launcher orders the first one before it starts the edge, the panel those that follow. Knows no page.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from web import own_names

MAKER = (sys.executable, "-m", "web.certificate_maker")  # reads the order from its standard input

NOTE = "made.json"  # until when it holds, and for whom: for those who do not read certificates
_FILES = (NOTE, "ca.crt", "server.crt", "server.key")


def wanted(own_address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and the addresses that the certificate must be good for."""
    addresses = own_names.addresses()
    own = () if own_address in addresses else (own_address,)
    return own_names.names(), (*addresses, *own)


def order(folder: Path, own_address: str, now_ms: int) -> bytes:
    """Return what the maker must be told. `now_ms`: 1970, UTC."""
    names, addresses = wanted(own_address)
    return json.dumps({"folder": str(folder), "names": names, "addresses": addresses, "now_ms": now_ms}).encode()


def is_there(folder: Path) -> bool:
    """Say whether all files of a certificate are in `folder`."""
    return all((folder / name).exists() for name in _FILES)
