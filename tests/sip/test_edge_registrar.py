"""Phones register at a real Kamailio."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip.api import Credential, Registration, RegistrationGone
from tests.support.edge import edge_in, ha1, password
from tests.support.kamailio import running_kamailio
from tests.support.raw_ua import raw_ua, raw_worker

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


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_phones_register_over_udp_and_tcp(tmp_path: Path, transport: str) -> None:
    async with edge_in(tmp_path) as edge:
        await edge.let_in("101")
        async with raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5", transport=transport) as phone:
            assert (await phone.register()).code == 200
            heard = await edge.heard(Registration)
            assert heard.address == f"{transport}:127.0.0.5:{phone.port}"


async def test_a_phone_whose_tcp_connection_closes_is_registered_no_more(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        await edge.let_in("101")
        async with raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5", transport="tcp") as phone:
            await phone.register()
            await edge.heard(Registration)
        assert (await edge.heard(RegistrationGone)).extension == "101"
        assert edge.client.registrations() == ()


async def test_a_phone_behind_a_router_is_reached_where_it_really_is(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone,
        raw_worker(edge.kamailio.core) as worker,
    ):
        await edge.let_in("101")
        assert (await phone.register(contact="<sip:101@192.168.7.7:5060>")).code == 200
        assert (await edge.heard(Registration)).address == f"udp:127.0.0.5:{phone.port}"
        worker.request("INVITE", f"sip:101@127.0.0.1:{edge.kamailio.plan.sip_port}")
        assert (await phone.heard("INVITE")).uri.startswith("sip:101@192.168.7.7")


async def test_a_new_password_counts_from_the_next_registration_without_a_restart(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        await edge.let_in("101")
        async with raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as phone:
            assert (await phone.register()).code == 200
            await edge.client.set_credentials((Credential("101", ha1("101", "new")),))
            assert (await phone.register()).code == 401
            assert (await phone.register(password="new")).code == 200


async def test_nobody_registers_another_extension_with_his_own_password(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", password("101")) as phone:
        await edge.let_in("101", "102")
        answer = await phone.ask("REGISTER", "sip:127.0.0.1", {"To": "<sip:102@127.0.0.1>"})
        assert answer is not None
        assert answer.code == 403
        assert edge.client.registrations() == ()


async def test_before_the_core_ever_came_phones_are_asked_to_wait(tmp_path: Path) -> None:
    async with running_kamailio(tmp_path) as kamailio, raw_ua(kamailio.sip, "101", "x") as phone:
        answer = await phone.register()
        assert answer.code == 503
        assert answer.header("Retry-After")


async def test_two_boxes_run_side_by_side(tmp_path: Path) -> None:
    async with edge_in(tmp_path / "one") as one, edge_in(tmp_path / "two") as two:
        await one.let_in("101")
        await two.let_in("102")
        for edge, extension, code in ((one, "101", 200), (one, "102", 401), (two, "102", 200)):
            async with raw_ua(edge.kamailio.sip, extension, password(extension), host="127.0.0.5") as phone:
                assert (await phone.register()).code == code


async def test_kamailio_is_small(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge:
        assert edge.kamailio.process is not None
        assert edge.kamailio.pss_kib() < 35 * 1024
