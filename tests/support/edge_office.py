"""An edge with an office around it: two phones that are registered, two carriers, and a fallback that knows them.

    async with edge_office(tmp_path) as it:
        await it.core_dies()
        invite = it.carrier.request("INVITE", "sip:0212345678@127.0.0.1")
        it.one.reply(await it.one.heard("INVITE"), 200)

Nobody does anything by himself: phones and carriers are raw user agents.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sip.api import EdgeState, Fallback, Registration, Transport, TrunkPlan
from sip.edge.client import KamailioEdge
from tests.support.edge import EdgeUnderTest, edge_in, password
from tests.support.raw_ua import RawUa, raw_ua

CARRIER = "127.0.0.20"
SECOND = "127.0.0.21"
FALLBACK = Fallback(ring=("101", "102"), trunks=("kt", "lg"), local=("101", "102"))


def trunk(carrier: RawUa, name: str, register: bool = False) -> TrunkPlan:
    return TrunkPlan(
        trunk=name,
        host=carrier.host,
        port=carrier.port,
        transport=Transport.UDP,
        register=register,
        username="0212345678",
        secret="secret",
        main_number="0212345678",
    )


class EdgeOffice:
    """Two phones, two carriers, and an edge that knows them."""

    def __init__(self, edge: EdgeUnderTest, phones: list[RawUa], carriers: list[RawUa]) -> None:
        self.edge = edge
        self.one, self.two = phones
        self.carrier, self.second = carriers

    async def core_dies(self) -> None:
        """What a killed core leaves: a closed connection."""
        await self.edge.client.stop()

    async def core_returns(self) -> KamailioEdge:
        """A new core, which knows nothing yet."""
        self.edge.client = KamailioEdge(self.edge.kamailio.plan)
        self.edge.news.clear()
        await self.edge.client.start(self.edge.hear)
        await self.edge.heard(EdgeState, lambda state: state.connected)
        return self.edge.client


@asynccontextmanager
async def edge_office(folder: Path) -> AsyncIterator[EdgeOffice]:
    async with (
        edge_in(folder) as edge,
        raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as one,
        raw_ua(edge.kamailio.sip, "102", password("102"), host="127.0.0.6") as two,
        raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER) as carrier,
        raw_ua(edge.kamailio.sip, host=SECOND) as second,
    ):
        await edge.let_in("101", "102")
        await edge.client.set_trunks((trunk(carrier, "kt"), trunk(second, "lg")))
        await edge.client.set_fallback(FALLBACK)
        for phone in (one, two):
            assert (await phone.register()).code == 200
            await edge.heard(Registration)
        yield EdgeOffice(edge, [one, two], [carrier, second])
