"""Host names to addresses, without ever holding up the loop or Kamailio. Knows no trunk.

What was found once is kept when the name server is away: a carrier seldom moves, a name server often sleeps.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterable, Mapping

from sip.edge.knowledge import is_address

log = logging.getLogger(__name__)

_SECONDS = 5.0


class Names:
    """The addresses of hosts, as far as known."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, ...]] = {}
        self.wrong: dict[str, str] = {}

    def remember(self, known: Mapping[str, tuple[str, ...]]) -> None:
        """Take what an earlier run found, until it is looked up anew."""
        for host, addresses in known.items():
            self.found.setdefault(host, addresses)

    def take_addresses(self, hosts: Iterable[str]) -> None:
        """Note those hosts that need no looking up."""
        self.found |= {host: (host,) for host in hosts if is_address(host)}

    async def look_up(self, hosts: Iterable[str]) -> bool:
        """Look up all of `hosts` at once; returns whether anything changed. Failures are kept in `wrong`."""
        names = {host for host in hosts if not is_address(host)}
        before = dict(self.found)
        await asyncio.gather(*(self._look_up(name) for name in sorted(names)))
        return self.found != before

    async def _look_up(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_SECONDS):
                answers = await loop.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except (OSError, TimeoutError, UnicodeError) as error:
            self.wrong[name] = str(error) or "no answer from the name server"
            log.warning("trunk host not found: %s", self.wrong[name])
            return
        self.wrong.pop(name, None)
        addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
        # servers shuffle their answers: keep to the address in use while it is still one of them
        self.found[name] = tuple(sorted(addresses, key=lambda a: a != self.found.get(name, ("",))[0]))
