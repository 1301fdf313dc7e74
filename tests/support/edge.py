"""A Kamailio with a core that listens: what the edge tells is collected, and every wait has an end.

async with edge_in(tmp_path) as edge:        # edge.kamailio, edge.client (KamailioEdge), edge.news
    await edge.let_in("101", "102")          # these may register, with password(extension)
    call = await edge.heard(IncomingCall)
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sip.api import Credential, EdgeNews, EdgeState
from sip.edge.client import KamailioEdge
from tests.support.kamailio import Kamailio, running_kamailio

N = TypeVar("N")
_PATIENCE = 20.0


@dataclass
class EdgeUnderTest:
    """Kamailio, our end of it, and everything it told."""

    kamailio: Kamailio
    client: KamailioEdge
    news: list[EdgeNews] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, news: EdgeNews) -> None:
        """Collect."""
        self.news.append(news)
        self._came.set()

    async def heard(self, kind: type[N], wanted: Callable[[N], bool] = lambda _: True) -> N:
        """Return and take out the next news of this kind. Raises AssertionError when none comes."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    for news in self.news:
                        if isinstance(news, kind) and wanted(news):
                            self.news.remove(news)
                            return news
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} among {self.news}\n{self.kamailio.log()[-3000:]}") from None

    async def let_in(self, *extensions: str) -> None:
        """Give these extensions their passwords."""
        await self.client.set_credentials(tuple(Credential(e, ha1(e, password(e))) for e in extensions))


def password(extension: str) -> str:
    """The password of an extension in tests."""
    return f"secret-of-{extension}"


def ha1(extension: str, secret: str) -> str:
    """What a credential holds."""
    return hashlib.md5(f"{extension}:soribox:{secret}".encode()).hexdigest()


@asynccontextmanager
async def edge_in(folder: Path, **plan: object) -> AsyncIterator[EdgeUnderTest]:
    """Run a Kamailio and a client that is connected to it."""
    async with running_kamailio(folder, **plan) as kamailio:
        edge = EdgeUnderTest(kamailio, KamailioEdge(kamailio.plan))
        await edge.client.start(edge.hear)
        try:
            await edge.heard(EdgeState, lambda state: state.connected)
            yield edge
        finally:
            await edge.client.stop()
