"""Setting the box up, signing in and out, managing people and keys."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.access.permissions import PERMISSIONS, allowed
from appliance.access.types import Actor, Role, SessionsEnded, SetUpForm, SignedIn, User, UserChanged, UserDraft
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooManyAttempts
from appliance.i18n.catalog import LANGUAGES, catalogue
from tests.support.office_store import HandClock, Store, opened

pytestmark = pytest.mark.unit

PASSWORD = "correct horse 7"
FORM = SetUpForm("Admin", "김관리", PASSWORD, "한빛상사", "ko", "Asia/Seoul", "031")
HERE = "192.0.2.7"


async def set_up(store: Store) -> SignedIn:
    return await store.access.set_up(store.access.setup_code(), FORM, HERE, "test")


async def with_agent(store: Store) -> User:
    await set_up(store)
    new = await store.access.add_user(UserDraft("lee", "이상담", Role.AGENT, "201"), PASSWORD)
    return new.user


# First start


async def test_the_code_makes_the_first_admin_and_names_the_office(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert not await store.access.is_set_up()
        signed_in = await set_up(store)
        assert signed_in.user.role is Role.ADMIN
        assert signed_in.user.login == "admin"
        assert await store.access.who(signed_in.token) == signed_in
        assert store.settings.get("office.name") == "한빛상사"
        assert store.settings.get("office.area_code") == "031"
        assert await store.access.is_set_up()
        assert store.access.setup_code() == ""


async def test_the_same_code_is_shown_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = store.access.setup_code()
    async with opened(tmp_path) as store:
        assert store.access.setup_code() == first
    assert len(first) == 9
    assert first[4] == "-"


async def test_nothing_is_left_of_the_code_once_it_was_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        with pytest.raises(Conflict):
            await store.access.set_up("0000-0000", FORM)
    assert not (tmp_path / "set-up-code").exists()
    async with opened(tmp_path) as store:
        assert store.access.setup_code() == ""


async def test_a_wrong_code_is_refused_and_slowed_down(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        wrong = "1111-1111" if store.access.setup_code() != "1111-1111" else "2222-2222"
        for _ in range(4):
            with pytest.raises(NotAllowed):
                await store.access.set_up(wrong, FORM, HERE)
        with pytest.raises(TooManyAttempts):
            await store.access.set_up(store.access.setup_code(), FORM, HERE)
        store.clock.pass_seconds(1)
        assert await set_up(store)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "k"),
        ("name", " "),
        ("password", "short"),
        ("time_zone", "Mars"),
        ("area_code", "99"),
        ("language", "x"),
    ],
)
async def test_a_wrong_field_of_the_form_is_named_and_nothing_is_made(tmp_path: Path, field: str, value: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.access.set_up(store.access.setup_code(), replace(FORM, **{field: value}))
        assert refused.value.field == field
        assert await store.access.users() == ()
        assert not await store.access.is_set_up()


async def test_two_who_set_up_at_once_make_one_admin(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        code = store.access.setup_code()
        tries = (store.access.set_up(code, replace(FORM, login=login)) for login in ("one", "two"))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "SignedIn"]
        assert len(await store.access.users()) == 1


# Signing in and out


async def test_signing_in_gives_a_session_that_signing_out_ends(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        signed_in = await store.access.sign_in(" LEE ", PASSWORD, HERE, "test")
        assert await store.access.who(signed_in.token) == signed_in
        await store.access.sign_out(signed_in.token)
        assert await store.access.who(signed_in.token) is None
        assert SessionsEnded(signed_in.user.id) in store.published


async def test_wrong_password_unknown_login_and_disabled_user_get_the_same_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        keys: list[str] = []
        for login, password in (("lee", "wrong password"), ("nobody", PASSWORD), ("lee", PASSWORD)):
            if len(keys) == 2:
                await store.access.disable_user(agent.id)
            with pytest.raises(NotAllowed) as refused:
                await store.access.sign_in(login, password, HERE, "test")
            keys.append(refused.value.key)
        assert set(keys) == {"access.wrong_password"}


async def test_guessing_many_passwords_at_once_gains_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        tries = (store.access.sign_in("lee", f"guess number {n}", HERE, "test") for n in range(12))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(result) for result in results] == [NotAllowed] * 4 + [TooManyAttempts] * 8
        with pytest.raises(TooManyAttempts):
            await store.access.sign_in("lee", PASSWORD, HERE, "test")
        assert await store.access.sign_in("lee", PASSWORD, "192.0.2.8", "test"), "another address is not held up"
        store.clock.pass_seconds(1)
        assert await store.access.sign_in("lee", PASSWORD, HERE, "test")


async def test_one_address_cannot_try_many_names(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        answers = []
        for number in range(22):
            with pytest.raises((NotAllowed, TooManyAttempts)) as refused:
                await store.access.sign_in(f"name{number}", "any password", HERE, "test")
            answers.append(type(refused.value))
        assert answers == [NotAllowed] * 20 + [TooManyAttempts] * 2


async def test_a_success_does_not_clear_the_way_for_guessing_at_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        for number in range(19):
            with pytest.raises(NotAllowed):
                await store.access.sign_in(f"name{number}", "any password", HERE, "test")
        assert await store.access.sign_in("lee", PASSWORD, HERE, "test")
        with pytest.raises(NotAllowed):
            await store.access.sign_in("name", "any password", HERE, "test")
        with pytest.raises(TooManyAttempts):
            await store.access.sign_in("name", "any password", HERE, "test")


async def test_an_address_that_must_wait_leaves_no_further_traces(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        for number in range(60):
            with pytest.raises((NotAllowed, TooManyAttempts)):
                await store.access.sign_in(f"{number}-" + "x" * 5000, "any password", HERE, "test")
        kept = store.access._people_tried._records
        assert len(kept) == 20
        assert len(repr(list(kept))) < 20 * 100


async def test_signing_out_works_while_nothing_can_be_stored(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        signed_in = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        other = sqlite3.connect(tmp_path / "soribox.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        stays = await store.access.sign_in("admin", PASSWORD, HERE, "test")
        await store.access.sign_out(signed_in.token)
        assert await store.access.who(signed_in.token) is None
        assert await store.access.who(stays.token) == stays
        other.execute("ROLLBACK")
        other.close()
        assert await store.access.who(signed_in.token) is None


async def test_a_question_that_is_no_use_does_not_keep_a_session_alive(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        signed_in = await set_up(store)
        for _ in range(11):
            store.clock.pass_seconds(3600)
            assert await store.access.who(signed_in.token, touch=False)
        store.clock.pass_seconds(3600)
        assert await store.access.who(signed_in.token, touch=False) is None


async def test_nobody_may_be_called_like_the_box(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        with pytest.raises(InvalidInput) as refused:
            await store.access.add_user(UserDraft("Box", "상자"))
        assert refused.value.field == "login"


async def test_a_session_ends_after_twelve_idle_hours_and_lives_while_it_is_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        signed_in = await set_up(store)
        for _ in range(3):
            store.clock.pass_seconds(11 * 3600)
            assert await store.access.who(signed_in.token)
        store.clock.pass_seconds(12 * 3600)
        assert await store.access.who(signed_in.token) is None


async def test_a_session_outlives_a_restart(tmp_path: Path) -> None:
    clock = HandClock()
    async with opened(tmp_path, clock=clock) as store:
        signed_in = await set_up(store)
    clock.pass_seconds(3600)
    async with opened(tmp_path, clock=clock) as store:
        assert await store.access.who(signed_in.token) == signed_in
        assert await store.access.who("") is None
        assert await store.access.who("not a token") is None


async def test_who_is_there_gets_in_and_stays_in_while_nothing_can_be_stored(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        before = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        store.clock.pass_seconds(3600)
        other = sqlite3.connect(tmp_path / "soribox.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await store.access.who(before.token) == before
        during = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        assert await store.access.who(during.token) == during
        with pytest.raises(NotAllowed):
            await store.access.sign_in("lee", "wrong password", HERE, "test")
        other.execute("ROLLBACK")
        other.close()
        assert await store.access.who(during.token) == during


async def test_a_sign_in_link_works_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        link = await store.access.make_sign_in_link("lee")
        assert (await store.access.sign_in_by_link(link, HERE, "test")).user.login == "lee"
        with pytest.raises(NotAllowed):
            await store.access.sign_in_by_link(link, HERE, "test")


async def test_a_sign_in_link_runs_out_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        link = await store.access.make_sign_in_link("lee")
        store.clock.pass_seconds(15 * 60 + 1)
        with pytest.raises(NotAllowed):
            await store.access.sign_in_by_link(link, HERE, "test")
        with pytest.raises(NotFound):
            await store.access.make_sign_in_link("nobody")


async def test_no_secret_is_stored_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        signed_in = await set_up(store)
        link = await store.access.make_sign_in_link("admin")
        key = await store.access.add_key("program")
    with closing(sqlite3.connect(tmp_path / "soribox.db")) as database:
        everything = "\n".join(database.iterdump())
    assert not [secret for secret in (PASSWORD, signed_in.token, link, key.secret) if secret in everything]
    assert "$argon2id$" in everything
    assert not [secret for secret in (signed_in.token, key.secret) if secret in f"{signed_in} {key}"]


# People


async def test_changing_the_password_ends_the_other_sessions(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        this = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        other = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        await store.access.change_password(agent.id, PASSWORD, "another horse 8", keep=this.token)
        assert await store.access.who(this.token)
        assert await store.access.who(other.token) is None
        assert await store.access.sign_in("lee", "another horse 8", HERE, "test")
        with pytest.raises(NotAllowed):
            await store.access.sign_in("lee", PASSWORD, HERE, "test")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong one here", "another horse 8", "old"), (PASSWORD, "short", "new"), (PASSWORD, PASSWORD, "new")],
)
async def test_a_password_is_not_changed_to_or_from_a_wrong_one(tmp_path: Path, old: str, new: str, field: str) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        with pytest.raises(InvalidInput) as refused:
            await store.access.change_password(agent.id, old, new)
        assert refused.value.field == field
        assert await store.access.sign_in("lee", PASSWORD, HERE, "test")


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "leeleeleelee", "lee1234567", "x" * 201])
async def test_easy_passwords_are_refused(tmp_path: Path, password: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.access.add_user(UserDraft("lee", "이상담"), password)
        assert refused.value.field == "password"


async def test_a_password_made_by_the_box_must_be_changed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await set_up(store)
        new = await store.access.add_user(UserDraft("lee", "이상담"))
        assert new.user.must_change_password
        signed_in = await store.access.sign_in("lee", new.password, HERE, "test")
        await store.access.change_password(new.user.id, new.password, PASSWORD, keep=signed_in.token)
        again = await store.access.who(signed_in.token)
        assert again
        assert not again.user.must_change_password


async def test_a_reset_password_shuts_the_old_one_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        signed_in = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        password = await store.access.reset_password(agent.id)
        assert await store.access.who(signed_in.token) is None
        assert (await store.access.sign_in("lee", password, HERE, "test")).user.must_change_password


async def test_a_disabled_user_is_out_at_once_and_can_be_let_in_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        signed_in = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        assert await store.access.who(signed_in.token)
        await store.access.disable_user(agent.id)
        assert await store.access.who(signed_in.token) is None
        await store.access.enable_user(agent.id)
        assert await store.access.sign_in("lee", PASSWORD, HERE, "test")


async def test_a_change_of_role_counts_from_the_next_request(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        signed_in = await store.access.sign_in("lee", PASSWORD, HERE, "test")
        assert await store.access.who(signed_in.token)
        await store.access.change_user(agent.id, UserDraft("lee", "이상담", Role.ADMIN, "201"))
        again = await store.access.who(signed_in.token)
        assert again
        assert again.user.role is Role.ADMIN
        assert UserChanged(agent.id) in store.published


async def test_the_last_admin_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        admin = (await set_up(store)).user
        with pytest.raises(Conflict, match="last_admin"):
            await store.access.disable_user(admin.id)
        with pytest.raises(Conflict, match="last_admin"):
            await store.access.change_user(admin.id, UserDraft("admin", "김관리", Role.AGENT))
        assert (await store.access.user(admin.id)).role is Role.ADMIN


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (UserDraft("lee", "다른 사람"), "login"),
        (UserDraft("LEE ", "다른 사람"), "login"),
        (UserDraft("park", "다른 사람", extension="201"), "extension"),
    ],
)
async def test_login_and_extension_belong_to_one_person(tmp_path: Path, draft: UserDraft, field: str) -> None:
    async with opened(tmp_path) as store:
        await with_agent(store)
        with pytest.raises(Conflict) as refused:
            await store.access.add_user(draft, PASSWORD)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (UserDraft("이상담", "이상담"), "login"),
        (UserDraft("lee", ""), "name"),
        (UserDraft("lee", "이\n상담"), "name"),
        (UserDraft("lee", "이상담", extension="12345"), "extension"),
        (UserDraft("lee", "이상담", extension="１２"), "extension"),
        (UserDraft("lee", "이상담", language="fr"), "language"),
    ],
)
async def test_a_wrong_field_of_a_person_is_named(tmp_path: Path, draft: UserDraft, field: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.access.add_user(draft, PASSWORD)
        assert refused.value.field == field


async def test_own_preferences_are_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        await store.access.set_preferences(agent.id, language="en")
        await store.access.set_preferences(agent.id, theme="dark")
        user = await store.access.user(agent.id)
        assert (user.language, user.theme) == ("en", "dark")
        with pytest.raises(InvalidInput):
            await store.access.set_preferences(agent.id, theme="pink")


# Keys, permissions, the log


async def test_a_key_works_until_it_is_revoked(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        new = await store.access.add_key("accounting", Role.AGENT)
        assert await store.access.who_by_key(new.secret) == new.key
        assert await store.access.who_by_key(new.secret + "x") is None
        revoked = await store.access.revoke_key(new.key.id)
        assert await store.access.who_by_key(new.secret) is None
        assert await store.access.keys() == (revoked,)
        assert not allowed(revoked, "calls.see_all")


def test_an_agent_may_not_do_what_is_for_admins() -> None:
    agent, admin = User(1, "lee", "이", Role.AGENT), User(2, "kim", "김", Role.ADMIN)
    assert not allowed(agent, "users.manage")
    assert allowed(agent, "customers.edit")
    assert all(allowed(admin, permission) for permission in PERMISSIONS)
    assert not any(allowed(replace(admin, disabled=True), permission) for permission in PERMISSIONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_and_role_has_a_text(language: str) -> None:
    texts = catalogue(language)
    assert [p.key for p in PERMISSIONS.values() if not texts.get(p.text)] == []
    assert [role for role in Role if not texts.get(role.text)] == []


async def test_the_log_says_who_did_what_from_where_and_what_it_was_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = await with_agent(store)
        with pytest.raises(NotAllowed):
            await store.access.sign_in("lee", "wrong password", HERE, "test")
        by = Actor("admin", HERE)
        await store.access.change_user(agent.id, UserDraft("lee", "이상담", Role.ADMIN, "201"), by)
        await store.access.note(by, "recording_listened", "call-1", seconds=12)
        log = await store.access.entries()
        assert [(e.who, e.address, e.what, e.about) for e in log[:3]] == [
            ("admin", HERE, "recording_listened", "call-1"),
            ("admin", HERE, "user_changed", "lee"),
            ("lee", HERE, "sign_in_failed", ""),
        ]
        assert log[1].details == {"changed": {"role": ["agent", "admin"]}}
        assert [e.what for e in await store.access.entries(before_id=log[-2].id)] == ["set_up"]


async def test_a_password_typed_as_login_is_not_written_down(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(NotAllowed):
            await store.access.sign_in(PASSWORD, "x", HERE, "test")
        assert PASSWORD not in str(await store.access.entries())
