"""The way back into the panel: who gets in with the box's code, for how long, and what is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.access.rescue import RESCUE_MS
from appliance.access.types import Actor, RescueEnded, Role, SessionsEnded, SetUpForm, SignedIn, UserDraft
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, SoriboxError, TooManyAttempts
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

OLD, NEW = "correct horse 7", "battery staple 9"
FORM = SetUpForm("admin", "김관리", OLD, "한빛상사", "ko", "Asia/Seoul", "031")
BUTTON = Actor("the button on the box")


async def set_up(store: Store) -> SignedIn:
    return await store.access.set_up(store.access.setup_code(), FORM)


async def use(store: Store, code: str, login: str = "", address: str = "192.0.2.7") -> SignedIn:
    return await store.access.rescue.use(code, login, NEW, address, "test")


def other(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")


async def test_the_code_gives_the_first_admin_a_new_password_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        admin = await set_up(store)
        agent = await store.access.add_user(UserDraft("lee", "이상담", Role.AGENT, "201"), OLD)
        works = await store.access.sign_in("lee", OLD, "", "")
        code = await store.access.rescue.begin(6, BUTTON)
        assert (len(code), set(code) <= set("123456"), store.access.rescue.code) == (6, True, code)
        assert await store.access.who(admin.token) is None, "admins are signed out"
        assert (await store.access.who(works.token)) is not None, "agents are not"
        assert [one.user_id for one in store.published if isinstance(one, SessionsEnded)] == [admin.user.id]
        back = await use(store, f"{code[:3]} {code[3:]}")
        assert back.user.login == "admin"
        assert await store.access.who(back.token) == back
        assert await store.access.sign_in("admin", NEW, "", "")
        with pytest.raises(NotAllowed):
            await store.access.sign_in("admin", OLD, "", "")
        assert await store.access.user(agent.user.id) == agent.user
        with pytest.raises(NotAllowed, match="rescue_closed"):
            await use(store, code)
        assert any(isinstance(one, RescueEnded) for one in store.published)
        whats = [one.what for one in await store.access.entries()]
        assert {"rescue_opened", "password_rescued"} <= set(whats)


async def test_another_admin_is_chosen_by_their_login_and_an_agent_is_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        await store.access.add_user(UserDraft("kim", "김이사", Role.ADMIN), OLD)
        await store.access.add_user(UserDraft("lee", "이상담", Role.AGENT), OLD)
        code = await store.access.rescue.begin(6, BUTTON)
        with pytest.raises(InvalidInput, match="no_such_admin"):
            await use(store, code, "lee")
        with pytest.raises(InvalidInput, match="password_length"):
            await store.access.rescue.use(code, "kim", "short", "192.0.2.7", "test")
        assert (await use(store, code, "Kim")).user.login == "kim"


async def test_five_wrong_codes_close_it_wherever_they_come_from(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        code = await store.access.rescue.begin(6, BUTTON)
        for at in range(5):
            with pytest.raises(NotAllowed, match="wrong_rescue_code"):
                await use(store, other(code), address=f"192.0.2.{at}")
        assert store.access.rescue.code == ""
        with pytest.raises(NotAllowed, match="rescue_closed"):
            await use(store, code)
        again = await store.access.rescue.begin(6, BUTTON)
        assert (await use(store, again, address="192.0.2.99")).user.login == "admin"


async def test_one_address_has_to_wait_between_tries(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        code = await store.access.rescue.begin(6, BUTTON)
        errors: list[type[SoriboxError]] = []
        for _ in range(6):
            try:
                await use(store, other(code))
            except SoriboxError as error:
                errors.append(type(error))
        assert errors[-1] is TooManyAttempts
        assert errors.count(NotAllowed) == 4
        assert store.access.rescue.code == code


async def test_it_closes_after_a_quarter_of_an_hour_and_with_the_box(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(Conflict):
            await store.access.rescue.begin(6, BUTTON)
        await set_up(store)
        code = await store.access.rescue.begin(6, BUTTON)
        store.clock.pass_seconds(RESCUE_MS / 1000 - 1)
        assert store.access.rescue.code == code
        store.clock.pass_seconds(1)
        assert store.access.rescue.code == ""
        with pytest.raises(NotAllowed, match="rescue_closed"):
            await use(store, code)
        await store.access.rescue.begin(6, BUTTON)
    async with opened(tmp_path) as store:
        assert store.access.rescue.code == ""
