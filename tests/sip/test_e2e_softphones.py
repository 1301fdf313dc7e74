"""Two real softphones hold, retrieve and transfer by their own keys: Debian's baresip and linphone, in a whole box."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.simulators import audio
from tests.simulators.baresip import Account, Baresip
from tests.simulators.linphone import Linphone
from tests.support.kamailio import free_ports
from tests.support.office import Office, office, until
from tests.support.scenario import Cast

pytestmark = pytest.mark.sip

TONE = 1000  # of extension 101, as `Cast` knows it


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    """103 is a simulated phone, 101 is for the real one. Calls from outside ring 101."""
    async with office(tmp_path, "103") as opened:
        await opened.add_extension("101")
        yield opened


@pytest.fixture
async def account(desk: Office) -> Account:
    return Account("101", desk.passwords["101"], *desk.edge)


@pytest.fixture
async def microphone(tmp_path: Path) -> Path:
    file = tmp_path / "microphone.wav"
    await asyncio.to_thread(audio.write_wav, file, audio.tone(TONE, 30_000))
    return file


async def known(desk: Office, cast: Cast) -> None:
    """Wait until the core knows the real phone, and furnish the office."""

    async def registered() -> bool:
        return bool((await desk.box.ask("GET", "/extensions/101"))["phones"])

    await until(registered, "the core knows the phone")
    await cast.furnish({"members": ["101"]})


async def test_baresip_holds_retrieves_and_transfers(
    desk: Office, account: Account, microphone: Path, tmp_path: Path
) -> None:
    cast = Cast(desk)
    async with Baresip(tmp_path / "phone", account, microphone) as phone:
        await phone.start(free_ports(1)[0])
        await known(desk, cast)
        await cast.do("customer calls")
        await phone.event("CALL_INCOMING")
        phone.command("accept")
        await cast.do("customer is answered", "customer hears 101")
        phone.command("hold")
        await cast.do("customer hears music")
        phone.command("resume")
        await cast.do("customer hears 101")
        phone.command("transfer", "103")
        await cast.do("103 rings 01055551234", "103 answers", "customer hears 103", "103 hears customer")
        await phone.event("CALL_CLOSED")
        await cast.do("customer hangs up", "103 falls silent", "log next", "log parts 101 103")


async def test_linphone_holds_asks_a_colleague_and_brings_them_together(
    desk: Office, account: Account, microphone: Path, tmp_path: Path
) -> None:
    cast = Cast(desk)
    async with Linphone(tmp_path / "phone", account, microphone) as phone:
        await phone.start()
        await known(desk, cast)
        await cast.do("customer calls")
        first, _ = await phone.rung()
        await phone.answer(first)
        await cast.do("customer is answered", "customer hears 101")
        await phone.hold(first)
        await cast.do("customer hears music")
        second = await phone.dial("103")
        await cast.do("103 rings 101", "103 answers", "103 hears 101")
        await phone.connect(first, second)
        await cast.do("customer hears 103", "103 hears customer")
        await phone.ended(first)
        await cast.do("customer hangs up", "103 falls silent", "log next", "log parts 101 103")


async def test_linphone_transfers_without_asking_and_takes_the_call_back_when_nobody_is_there(
    desk: Office, account: Account, microphone: Path, tmp_path: Path
) -> None:
    cast = Cast(desk)
    async with Linphone(tmp_path / "phone", account, microphone) as phone:
        await phone.start()
        await known(desk, cast)
        await cast.do("customer calls")
        call, _ = await phone.rung()
        await phone.answer(call)
        await cast.do("customer is answered", "customer hears 101")
        await phone.hold(call)
        await cast.do("customer hears music")
        await phone.retrieve(call)
        await cast.do("customer hears 101")
        await phone.transfer(call, "777")
        await cast.do("customer hears 101")
        await phone.transfer(call, "103")
        await cast.do("103 rings", "103 answers", "customer hears 103")
        await phone.ended(call)
        await cast.do("103 hangs up", "customer falls silent", "log next", "log parts 101 103")
