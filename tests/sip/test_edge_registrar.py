"""Phones register at a real Kamailio."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip.api import Registration
from tests.support.edge import edge_in, password
from tests.support.raw_ua import raw_ua

pytestmark = pytest.mark.sip


async def test_a_phone_with_the_right_password_registers_and_the_core_hears_of_it(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        await edge.let_in("101")
        async with raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone:
            answer = await phone.register()
            assert answer.code == 200
            heard = await edge.heard(Registration)
            assert heard.extension == "101"
            assert heard.address == f"udp:127.0.0.5:{phone.port}"
            assert heard.agent == "raw/1"
            assert edge.client.registrations() == (heard,)
