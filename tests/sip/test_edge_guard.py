"""Guessers, floods and a whole office that wakes up at once, at a real Kamailio."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sip.api import Banned, Credential
from tests.support.edge import EdgeUnderTest, edge_in, ha1, password
from tests.support.raw_ua import Message, RawUa, raw_ua

pytestmark = pytest.mark.sip

STRANGER = "127.0.0.66"
_LOOKED_AT = 3  # so many wrong passwords are answered before a guesser is slowed down


_SILENCE = 0.5  # seconds without an answer
_PATIENCE = 20.0  # for an answer that must come


async def guess(ua: RawUa, attempts: int, patience: float = _PATIENCE) -> list[int]:
    """Register with wrong passwords; returns the codes, 0 for silence."""
    codes = []
    for attempt in range(attempts):
        sent = ua.request("REGISTER", "sip:127.0.0.1", {"To": f"<sip:{ua.user}@127.0.0.1>"})
        challenge = await ua.final(sent, patience)
        answer: Message | None = None
        if challenge is not None:
            proof = ua.proof(challenge, "REGISTER", "sip:127.0.0.1", f"guess {attempt}")
            again = {"To": f"<sip:{ua.user}@127.0.0.1>"} | proof
            answer = await ua.final(ua.request("REGISTER", "sip:127.0.0.1", again), patience)
        codes.append(answer.code if answer else 0)
    return codes


async def guess_until_banned(edge: EdgeUnderTest, ua: RawUa) -> list[int]:
    codes: list[int] = []
    while not [news for news in edge.news if isinstance(news, Banned)]:
        codes += await guess(ua, 1, _PATIENCE if len(codes) < _LOOKED_AT else _SILENCE)
        assert len(codes) < 60
    return codes


async def test_a_guesser_is_slowed_down_then_shut_out_and_the_core_is_told(tmp_path: Path) -> None:
    async with edge_in(tmp_path, slow_seconds=1) as edge, raw_ua(edge.kamailio.sip, "101", host=STRANGER) as guesser:
        await edge.let_in("101")
        codes = await guess_until_banned(edge, guesser)
        assert codes[:_LOOKED_AT] == [401] * _LOOKED_AT
        assert 0 in codes[4:]  # slowed down: not every guess is even looked at
        banned = await edge.heard(Banned)
        assert (banned.why, banned.address) == ("password", f"udp:{STRANGER}:{guesser.port}")
        sent = guesser.request("REGISTER", "sip:127.0.0.1", {"To": "<sip:101@127.0.0.1>"})
        assert await guesser.final(sent, _SILENCE) is None


async def test_phones_behind_the_guessers_address_keep_working_even_on_the_same_extension(tmp_path: Path) -> None:
    async with edge_in(tmp_path, slow_seconds=1) as edge, AsyncExitStack() as stack:
        await edge.let_in("101", "102")
        sip = edge.kamailio.sip
        same, other, late, guesser = [
            await stack.enter_async_context(raw_ua(sip, user, password(user), host=STRANGER))
            for user in ("101", "102", "102", "101")
        ]
        assert (await same.register()).code == 200
        assert (await other.register()).code == 200
        await guess_until_banned(edge, guesser)
        assert (await same.register()).code == 200
        assert (await other.register()).code == 200
        assert (await late.register()).code == 200


async def test_a_guesser_who_changes_his_port_is_caught_by_the_extension_he_claims(tmp_path: Path) -> None:
    async with edge_in(tmp_path, slow_seconds=1) as edge:
        await edge.let_in("101")
        for _ in range(60):
            async with raw_ua(edge.kamailio.sip, "101", host=STRANGER) as guesser:
                await guess(guesser, 1, _SILENCE)
            if [news for news in edge.news if isinstance(news, Banned)]:
                break
        await edge.heard(Banned)
        async with raw_ua(edge.kamailio.sip, "101", host=STRANGER) as guesser:
            assert await guess(guesser, 1, _SILENCE) == [0]
        async with raw_ua(edge.kamailio.sip, "101", password("101"), host="127.0.0.5") as elsewhere:
            assert (await elsewhere.register()).code == 200


async def test_a_phone_with_an_outdated_password_is_never_shut_out(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, raw_ua(edge.kamailio.sip, "101", password("101"), host=STRANGER) as phone:
        await edge.let_in("101")
        assert (await phone.register()).code == 200
        await edge.client.set_credentials((Credential("101", ha1("101", "new")),))
        assert await guess(phone, 15) == [401] * 15
        assert (await phone.register(password="new")).code == 200


async def test_unknown_extensions_look_like_wrong_passwords(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        await edge.let_in("101")
        known, unknown = [
            await stack.enter_async_context(raw_ua(edge.kamailio.sip, user, host=host))
            for user, host in (("101", "127.0.0.66"), ("777", "127.0.0.67"))
        ]
        assert await guess(known, 2) == await guess(unknown, 2) == [401, 401]


async def test_an_office_of_eighty_phones_behind_one_address_comes_up_at_once(tmp_path: Path) -> None:
    async with edge_in(tmp_path) as edge, AsyncExitStack() as stack:
        extensions = [str(number) for number in range(200, 280)]
        await edge.let_in(*extensions)
        phones = [
            await stack.enter_async_context(raw_ua(edge.kamailio.sip, e, password(e), host=STRANGER))
            for e in extensions
        ]
        answers = await asyncio.gather(*(phone.register() for phone in phones))
        assert [answer.code for answer in answers] == [200] * 80
        assert not [news for news in edge.news if isinstance(news, Banned)]


async def test_a_flood_from_one_socket_is_shut_out_and_others_at_that_address_are_not(tmp_path: Path) -> None:
    async with (
        edge_in(tmp_path) as edge,
        raw_ua(edge.kamailio.sip, "101", host=STRANGER) as flooder,
        raw_ua(edge.kamailio.sip, "101", password("101"), host=STRANGER) as phone,
    ):
        await edge.let_in("101")
        for _ in range(20):
            for _ in range(40):
                flooder.request("OPTIONS", "sip:127.0.0.1")
            await asyncio.sleep(0)
        assert (await edge.heard(Banned)).why == "flood"
        assert (await phone.register()).code == 200


async def guess_as(edge: EdgeUnderTest, user: str, host: str, patience: float = _PATIENCE) -> int:
    """Guess once as `user` from a new port; returns the code, 0 for silence."""
    async with raw_ua(edge.kamailio.sip, user, host=host) as guesser:
        return (await guess(guesser, 1, patience))[0]


@pytest.mark.parametrize(
    ("caps", "hosts"),
    [({"guesses_each": 6}, [STRANGER]), ({"guesses": 6}, [STRANGER, "127.0.0.67", "127.0.0.68"])],
    ids=["one address", "many addresses"],
)
async def test_made_up_users_cannot_fill_the_memory_and_true_phones_do_not_notice(
    tmp_path: Path, caps: dict[str, int], hosts: list[str]
) -> None:
    async with edge_in(tmp_path, **caps) as edge, AsyncExitStack() as stack:
        await edge.let_in("101", "102")
        there = await stack.enter_async_context(raw_ua(edge.kamailio.sip, "101", password("101"), host=STRANGER))
        assert (await there.register()).code == 200
        for n in range(6):
            assert await guess_as(edge, f"made-up-{n}", hosts[n % len(hosts)]) == 401
        for n in range(6, 8):
            assert await guess_as(edge, f"made-up-{n}", hosts[n % len(hosts)], _SILENCE) == 0
        assert (await there.register()).code == 200
        assert await guess(there, 1) == [401]  # its mistakes are still mistakes
        late = await stack.enter_async_context(raw_ua(edge.kamailio.sip, "102", password("102"), host=STRANGER))
        assert (await late.register()).code == 200
        if "guesses_each" in caps:
            assert await guess_as(edge, "made-up", "127.0.0.99") == 401
