"""The panel's certificate: made by the box, renewed in time, loaded into the running server. Knows no page.

The making itself is a child process (`certificate_maker.py`); here only its small note is read. The very first one is
ordered by the launcher already.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.core.errors import Unavailable
from web import certificate_order

log = logging.getLogger(__name__)

_DAY_MS = 86_400_000
_RENEW_BEFORE_MS = 30 * _DAY_MS


@dataclass(frozen=True)
class Facts:
    """What the box's certificate says: for whom, until when (ms since 1970), and the authority's fingerprint."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    until_ms: int
    authority_until_ms: int
    fingerprint: str


class Certificate:
    """The certificate in `folder` and the TLS context that serves it; both stay the same object over renewals."""

    def __init__(self, folder: Path, own_address: str, now_ms: Callable[[], int]) -> None:
        self._folder = folder
        self._own_address = own_address
        self._now_ms = now_ms
        self._context: ssl.SSLContext | None = None
        self.facts = Facts((), (), 0, 0, "")
        self.authority = b""  # PEM

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS context, after `keep` has run once."""
        if self._context is None:
            raise Unavailable("certificate.missing")
        return self._context

    async def keep(self) -> bool:
        """Make or renew what needs it; return whether it did. Raises Unavailable when it cannot be made."""
        wanted = await asyncio.to_thread(certificate_order.wanted, self._own_address)
        facts = await asyncio.to_thread(self._read)
        renewed = facts is None or self._is_due(facts, wanted)
        if renewed:
            await self._make()
            facts = await asyncio.to_thread(self._read)
        if facts is None:
            raise Unavailable("certificate.missing")
        self.facts = facts
        if renewed or self._context is None:
            await asyncio.to_thread(self._load)
        return renewed

    def _is_due(self, facts: Facts, wanted: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
        missing = (set(wanted[0]) - set(facts.names)) | (set(wanted[1]) - set(facts.addresses))
        return bool(missing) or facts.until_ms - self._now_ms() < _RENEW_BEFORE_MS

    def _read(self) -> Facts | None:
        if not certificate_order.is_there(self._folder):
            return None
        try:
            made = json.loads((self._folder / certificate_order.NOTE).read_bytes())
            return Facts(
                tuple(made["names"]),
                tuple(made["addresses"]),
                int(made["until_ms"]),
                int(made["authority_until_ms"]),
                str(made["fingerprint"]),
            )
        except (ValueError, KeyError, TypeError):
            log.warning("the note beside the certificate cannot be read; it is made anew")
            return None

    async def _make(self) -> None:
        order = await asyncio.to_thread(certificate_order.order, self._folder, self._own_address, self._now_ms())
        maker = await asyncio.create_subprocess_exec(
            *certificate_order.MAKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await maker.communicate(order)
        if maker.returncode:
            log.error("the certificate could not be made: %s", complaint.decode(errors="replace").strip()[-400:])
            raise Unavailable("certificate.missing")

    def _load(self) -> None:
        if self._context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(["http/1.1"])
            context.load_cert_chain(self._folder / "server.crt", self._folder / "server.key")
            self._context = context
        else:
            # New connections get the new certificate; those that are open keep theirs.
            self._context.load_cert_chain(self._folder / "server.crt", self._folder / "server.key")
        self.authority = (self._folder / "ca.crt").read_bytes()
