"""The API as a program meets it: every operation, held against the document that describes it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from appliance.access.types import Role
from appliance.agents.types import By, Source
from appliance.core.errors import Unavailable
from appliance.recordings.formats import Format
from appliance.recordings.recording import Audio, Recording, State
from tests.support.announcing import made
from tests.support.program import Program, program
from tests.support.stage import MAIN_NUMBER, Played, Stage
from web.api.operations import OPERATIONS

pytestmark = pytest.mark.web

CALLER = "+821055551234"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as opened:
        yield opened


async def finished_call(played: Stage) -> Played:
    """Play a call that 101 has answered."""
    call = await played.arrive(CALLER)
    await call.ring("101", "102")
    await call.answer("101")
    await call.caller_ends()
    return call


def given_recording(played: Stage, call: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let a call have a recording without anybody having talked."""
    sound = b"fLaC" + bytes(2000)
    file = folder / f"{call}.flac"
    file.write_bytes(sound)
    recording = Recording(call, State.READY, 61_000, len(sound), "ab" * 32, (b"", b""), file.name)

    async def for_call(call_id: str) -> Recording | None:
        return recording if call_id == call else None

    async def many(call_ids: list[str]) -> dict[str, Recording]:
        return {call: recording} if call in call_ids else {}

    async def audio(call_id: str) -> Audio:
        return Audio(file, Format.LOSSLESS.content_type)

    for name, replacement in (("for_call", for_call), ("many", many), ("audio", audio)):
        monkeypatch.setattr(played.services.recordings, name, replacement)
    return sound


async def test_every_operation_answers_as_its_document_says(
    played: Stage, stack: AsyncExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = await program(played, stack)
    await _people(crm)
    await _lines(crm, played)
    await _agents(crm)
    await _announcements(crm, tmp_path)
    await _customers(crm)
    await _calls(crm, played, tmp_path, monkeypatch)
    await _hours(crm)
    for path in ("/live", "/health", "/settings", "/access-log?limit=5"):
        await crm.ask("GET", path, 200)
    told = await crm.ask("PATCH", "/settings", 200, {"office.name": "새 이름"})
    assert {item["key"]: item["value"] for item in told["items"]}["office.name"] == "새 이름"
    # each of these has a test_<name>_api.py of its own
    others = "desk callbacks recalls abuse evidence menus devices analog_calls indicators line_sounds"
    elsewhere = tuple(f"web.api.{name}" for name in others.split())
    assert crm.used >= {(one.method, one.path) for one in OPERATIONS if one.handler.__module__ not in elsewhere}


async def _hours(crm: Program) -> None:
    assert not (await crm.ask("PATCH", "/hours", 200, {"in_force": False}))["in_force"]
    made = await crm.ask("POST", "/hours/schedules", 201, {"label": "Shop"})
    path = f"/hours/schedules/{made['id']}"
    assert not (await crm.ask("PATCH", path, 200, {"keeps_holidays": False}))["keeps_holidays"]
    number = quote(MAIN_NUMBER, safe="")
    await crm.ask("PUT", f"/hours/numbers/{number}", 200, {"schedule": made["id"]})
    assert (await crm.ask("GET", "/hours", 200))["schedules"][1]["numbers"] == [MAIN_NUMBER]
    await crm.ask("DELETE", path, 204)
    await crm.ask("PUT", "/hours/special-days/2026-12-24", 200, {"name": "Party"})
    await crm.ask("PUT", "/hours/holidays/2026-12-31", 200, {"name": "Day off"})
    assert len((await crm.ask("GET", "/hours/days?from=2026-12-24", 200))["items"]) == 2
    await crm.ask("DELETE", "/hours/special-days/2026-12-24", 204)
    await crm.ask("DELETE", "/hours/holidays/2026-12-31", 204)
    await crm.ask("DELETE", "/hours/holidays/2026-12-31", 404)
    verdict = await crm.ask("GET", f"/hours/verdict?number={number}&at=2026-12-25T10:00", 200)
    assert (verdict["period"], verdict["reason"]) == ("open", "hours.why.always")
    assert (await crm.ask("PUT", "/night", 200, {"on": True, "until": "08:30"}))["by"] == "key:crm"
    assert (await crm.ask("GET", "/night", 200))["on"]
    await crm.ask("PUT", "/night", 200, {"on": False})


async def _people(crm: Program) -> None:
    me = await crm.ask("GET", "/me", 200)
    assert (me["kind"], me["name"], me["role"]) == ("key", "crm", "admin")
    made = await crm.ask("POST", "/users", 201, {"login": "minji", "name": "김민지"})
    assert made["password"]
    assert made["user"]["must_change_password"]
    await crm.ask("GET", "/users/minji", 200)
    changed = await crm.ask("PATCH", "/users/minji", 200, {"name": "김민지 팀장", "disabled": True})
    assert (changed["name"], changed["disabled"], changed["role"]) == ("김민지 팀장", True, "agent")
    assert (await crm.ask("POST", "/users/minji/password", 200))["password"] != made["password"]
    assert "minji" in {user["login"] for user in (await crm.ask("GET", "/users", 200))["items"]}
    key = await crm.ask("POST", "/keys", 201, {"name": "wallboard"})
    await crm.ask("DELETE", f"/keys/{key['key']['id']}", 204)
    await crm.ask("GET", "/keys", 200)
    # Only on the box itself, or only before it is set up:
    await crm.ask("GET", "/set-up", 403)
    await crm.ask("POST", "/users/minji/sign-in-link", 403)
    form = {"code": "1234-5678", "login": "x", "name": "x", "password": "long enough to be fine", "office_name": "x"}
    await crm.ask("POST", "/set-up", 409, form)


async def _lines(crm: Program, played: Stage) -> None:
    made = await crm.ask("POST", "/extensions", 201, {"number": "201", "name": "창고"})
    renewed = await crm.ask("POST", "/extensions/201/password", 200)
    assert len(made["password"]) >= 12
    assert renewed["password"] != made["password"]
    assert not (await crm.ask("PATCH", "/extensions/201", 200, {"enabled": False}))["enabled"]
    assert (await crm.ask("GET", "/extensions/201", 200))["phones"] == []
    await crm.ask("DELETE", "/extensions/201", 204)
    await crm.ask("GET", "/extensions/201", 404)
    assert len((await crm.ask("GET", "/extensions", 200))["items"]) == 3
    trunk = await crm.ask("POST", "/trunks", 201, {"name": "예비", "host": "192.0.2.99", "kind": "address"})
    path = f"/trunks/{trunk['id']}"
    assert (await crm.ask("PATCH", path, 200, {"channels": 4}))["channels"] == 4
    assert (await crm.ask("GET", path, 200))["status"] is None
    number = await crm.ask("POST", "/numbers", 201, {"number": "031-765-4321", "trunk": trunk["id"]})
    assert number["number"] == "+82317654321"
    await crm.ask("DELETE", path, 409)
    await _shown_numbers(crm)
    group = await crm.ask("POST", "/groups", 201, {"label": "영업", "members": ["101"]})
    assert (group["strategy"], group["overflow"]) == ("all", {"kind": "hang_up", "target": ""})
    assert (await crm.ask("PATCH", "/numbers/%2B82317654321", 200, {"group": group["id"]}))["group"] == group["id"]
    await crm.ask("DELETE", "/numbers/%2B82317654321", 204)
    assert (await crm.ask("PATCH", f"/groups/{group['id']}", 200, {"ring_seconds": 25}))["members"] == ["101"]
    await _queue(crm, f"/groups/{group['id']}")
    await _forwards(crm)
    await crm.ask("DELETE", f"/groups/{group['id']}", 204)
    await crm.ask("DELETE", path, 204)
    assert [one["trunk"]["id"] for one in (await crm.ask("GET", "/trunks", 200))["items"]] == [played.trunk]
    assert [one["number"] for one in (await crm.ask("GET", "/numbers", 200))["items"]] == [MAIN_NUMBER]
    assert [one["id"] for one in (await crm.ask("GET", "/groups", 200))["items"]] == ["main"]


async def _agents(crm: Program) -> None:
    assert await crm.ask("PUT", "/seats/haneul", 200, {"extension": "101"}) == {"login": "haneul", "extension": "101"}
    refused = await crm.ask("PUT", "/seats/doyun", 409, {"extension": "101"})
    assert (refused["error"], refused["field"]) == ("agents.occupied", "extension")
    await crm.ask("PUT", "/seats/doyun", 200, {"extension": "101", "take_over": True})
    made = await crm.ask("POST", "/agent-states", 201, {"en": "Tea break", "ko": "휴식", "colour": "teal", "place": 2})
    assert (made["key"], made["place"], made["used"], made["group_calls"]) == ("tea_break", 2, False, False)
    desk = await crm.ask("PUT", "/agents/101/state", 200, {"state": "tea_break", "why": "차 한 잔"})
    assert (desk["login"], desk["text"], desk["why"], desk["by"], desk["who"]) == (
        *("doyun", "Tea break", "차 한 잔"),
        *("admin", "key:crm"),
    )
    assert (await crm.ask("GET", "/agents/101", 200))["direct_calls"] is False
    changed = await crm.ask(
        "PATCH", "/agent-states/tea_break", 200, {"direct_calls": True, "retired": True, "place": 1}
    )
    assert (changed["en"], changed["direct_calls"], changed["retired"], changed["place"]) == (
        "Tea break",
        True,
        True,
        1,
    )
    assert (await crm.ask("GET", "/agents/101", 200))["direct_calls"]
    assert (await crm.ask("DELETE", "/agent-states/tea_break", 409))["error"] == "agents.kind_used"
    await crm.ask("POST", "/agent-states", 201, {"en": "Field work", "key": "field"})
    await crm.ask("DELETE", "/agent-states/field", 204)
    await crm.ask("DELETE", "/seats/doyun", 204)
    assert [one["login"] for one in (await crm.ask("GET", "/agents", 200))["items"]] == ["", "", ""]
    lines = await crm.ask("GET", "/agent-changes?extension=101&limit=2", 200)
    assert [(one["from_state"], one["to_state"], one["why"]) for one in lines["items"]] == [
        ("tea_break", "ready", "Left the desk"),
        ("ready", "tea_break", "차 한 잔"),
    ]
    more = await crm.ask("GET", f"/agent-changes?extension=101&before={lines['next_cursor']}", 200)
    assert [one["login"] for one in more["items"]] == ["doyun", "haneul"]
    assert "retired" in (await crm.ask("GET", "/agent-states", 200))["items"][0]


async def _announcements(crm: Program, folder: Path) -> None:
    said = {"name": "점심", "text": "점심시간입니다.", "language": "ko"}
    lunch = await crm.ask("POST", "/announcements", 201, said)
    assert (lunch["source"], lunch["used_by"]) == ("spoken", [])
    path = f"/announcements/{lunch['id']}"
    assert (await crm.ask("PATCH", path, 200, {"text": "지금은 점심시간입니다."}))["duration_ms"] > lunch["duration_ms"]
    tune = (await asyncio.to_thread(made, folder / "tune.mp3", "sine=f=440:d=2")).read_bytes()
    music = await crm.ask("POST", "/announcements/upload?name=Waltz&music=true", 201, data=io.BytesIO(tune))
    assert (music["id"], music["music"], music["duration_ms"] // 100) == ("waltz", True, 20)
    group = {"music": "waltz", "overflow": {"kind": "announcement", "target": lunch["id"]}}
    await crm.ask("PATCH", "/groups/main", 200, group)
    kept = (await crm.ask("GET", "/announcements/waltz", 200))["used_by"]
    assert [(use["kind"], use["id"]) for use in kept] == [("group", "main")]
    assert (await crm.ask("DELETE", path, 409))["error"] == "announcements.in_use"
    await crm.ask("PATCH", "/groups/main", 422, {"music": "nothing"})
    await crm.ask("PATCH", "/groups/main", 200, {"music": "", "overflow": {"kind": "hang_up"}})
    assert (await crm.ask("PUT", "/announcements/waltz/audio", 200, data=io.BytesIO(tune)))["id"] == "waltz"
    for wrong, key in ((b"no sound", "no_sound"), (b"", "file_needed"), (bytes(31_000_000), "too_large")):
        refused = await crm.ask("POST", "/announcements/upload?name=x", 422, data=io.BytesIO(wrong))
        assert refused["error"] == f"announcements.{key}"
    assert (await crm.ask("GET", "/announcements/waltz/audio", 200))[:4] == b"RIFF"
    await _versions(crm, path)
    await crm.ask("DELETE", path, 204)
    assert [one["id"] for one in (await crm.ask("GET", "/announcements", 200))["items"]] == ["waltz"]


async def _versions(crm: Program, lunch: str) -> None:
    (older,) = (await crm.ask("GET", f"{lunch}/versions", 200))["items"]
    assert (older["version"], older["text"], older["made_by"]) == (1, "점심시간입니다.", "key:crm")
    assert (await crm.ask("GET", f"{lunch}/versions/1/audio", 200))[:4] == b"RIFF"
    await crm.ask("POST", f"{lunch}/versions/7/bring-back", 404)
    assert (await crm.ask("POST", f"{lunch}/versions/1/bring-back", 200))["text"] == "점심시간입니다."
    assert (await crm.ask("POST", f"{lunch}/record", 409, {"extension": "103"}))["error"].startswith("call.")
    refused = await crm.ask("POST", "/announcements/record", 409, {"name": "점심", "extension": "101"})
    assert (refused["error"], refused["field"]) == ("announcements.name_taken", "name")
    assert (await crm.ask("PATCH", lunch, 422, {"voice": "tenor"}))["field"] == "voice"


async def _shown_numbers(crm: Program) -> None:
    choices = (await crm.ask("GET", "/extensions/101/shown-numbers", 200))["items"]
    assert {(one["number"], one["usual"]) for one in choices} == {(MAIN_NUMBER, False), ("+82317654321", False)}
    await crm.ask("PATCH", "/numbers/%2B82317654321", 200, {"may_be_shown": False})
    await crm.ask("PATCH", "/extensions/101", 200, {"shown_number": MAIN_NUMBER})
    choices = (await crm.ask("GET", "/extensions/101/shown-numbers", 200))["items"]
    assert choices == [{"number": MAIN_NUMBER, "label": "대표번호", "usual": True}]


async def _queue(crm: Program, group: str) -> None:
    queue = {
        "strategy": "longest_idle",
        "members": ["102", "101"],
        "priorities": {"101": 2},
        "rounds": 0,
        "queue": True,
        "queue_limit": 4,
        "overflow": {"kind": "extension", "target": "103"},
    }
    changed = await crm.ask("PATCH", group, 200, queue)
    assert {name: changed[name] for name in queue} == queue
    for wrong, beside in (
        ({"overflow": {"kind": "extension", "target": "999"}}, "overflow"),
        ({"overflow": {"kind": "nowhere"}}, "overflow.kind"),
        ({"queue": False}, "rounds"),
        ({"priorities": {"101": 10}}, "members"),
    ):
        assert (await crm.ask("PATCH", group, 422, wrong))["field"] == beside
    await crm.ask("DELETE", "/extensions/103", 409)


async def _forwards(crm: Program) -> None:
    night = {"weekdays": [0, 1], "from_minute": 1140, "to_minute": 510}
    made = await crm.ask("PUT", "/forwards/101", 200, {"when": "always", "target": "010-5555-1234", "schedule": night})
    assert (made["id"], made["target"], made["schedule"]) == ("always-01-1900-0830", CALLER, night)
    off = await crm.ask("PATCH", f"/forwards/101/{made['id']}", 200, {"enabled": False})
    assert (off["enabled"], off["target"]) == (False, CALLER)
    await crm.ask("PUT", "/forwards/101", 200, {"when": "busy", "target": "102"})
    circle = await crm.ask("PUT", "/forwards/102", 422, {"when": "busy", "target": "101"})
    assert (circle["field"], circle["error"]) == ("target", "lines.forward_circle")
    number = MAIN_NUMBER.replace("+", "%2B")
    await crm.ask("PUT", f"/forwards/{number}", 200, {"when": "no_answer", "target": "102", "after_seconds": 25})
    assert len((await crm.ask("GET", "/forwards", 200))["items"]) == 3
    theirs = (await crm.ask("GET", f"/forwards?owner={number}", 200))["items"]
    assert [(one["owner"], one["after_seconds"]) for one in theirs] == [(MAIN_NUMBER, 25)]
    await crm.ask("PUT", "/forwards/999", 404, {"when": "busy", "target": "102"})
    await crm.ask("DELETE", "/forwards/101/busy", 204)
    await crm.ask("DELETE", "/forwards/101/busy", 404)
    # A program sits at no phone:
    await crm.ask("GET", "/me/forwards", 403)
    await crm.ask("PUT", "/me/forwards", 403, {"when": "busy", "target": "102"})
    await crm.ask("PATCH", "/me/forwards/busy", 403, {"enabled": True})
    await crm.ask("DELETE", "/me/forwards/busy", 403)
    codes = (await crm.ask("GET", "/feature-codes", 200))["items"]
    assert ("*8", "extension", "Pick up from a colleague") in [
        (one["code"], one["parameter"], one["name"]) for one in codes
    ]


async def _customers(crm: Program) -> None:
    made = await crm.ask("POST", "/customers", 201, {"name": "최민서", "numbers": ["010-5555-1234"]})
    assert made["numbers"] == [CALLER]
    path = f"/customers/{made['id']}"
    assert (await crm.ask("GET", "/customers", 200))["items"] == [made]
    found = await crm.ask("GET", "/customers?text=5555", 200)
    assert [one["id"] for one in found["items"]] == [made["id"]]
    seen = (await crm.ask("GET", path, 200))["updated_ms"]
    changed = await crm.ask("PUT", path, 200, {"name": "최민서", "memo": "단골", "seen_ms": seen})
    assert (changed["memo"], changed["numbers"]) == ("단골", [])
    await crm.ask("PUT", path, 409, {"name": "누군가", "seen_ms": seen - 1})
    await crm.ask("DELETE", path, 204)
    await crm.ask("DELETE", path, 404)


async def _calls(crm: Program, played: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = (await finished_call(played)).id
    known = await played.customer("최민서", CALLER, "한빛전자", "메모")
    live = await played.arrive(CALLER)
    sound = given_recording(played, call, folder, monkeypatch)
    assert [one["id"] for one in (await crm.ask("GET", "/live", 200))["calls"]] == [live.id]
    page = await crm.ask("GET", "/calls?limit=1", 200)
    rest = await crm.ask("GET", f"/calls?limit=1&cursor={page['next_cursor']}", 200)
    assert [one["id"] for one in page["items"] + rest["items"]] == [live.id, call]
    named = {"id": known.id, "name": "최민서", "company": "한빛전자"}
    assert [one["customer"] for one in page["items"]] == [named]
    seen = await crm.ask("GET", f"/calls/{call}", 200)
    assert (seen["result"], seen["extension"], seen["recording"]) == ("answered", "101", "ready")
    steps = (await crm.ask("GET", f"/calls/{call}/timeline", 200))["items"]
    assert all(step["text"] and step["text"] != step["key"] for step in steps)
    quality = await crm.ask("GET", f"/calls/{call}/quality", 200)
    assert (quality["live"], quality["legs"], quality["text"]) == (False, [], "")
    recording = await crm.ask("GET", f"/calls/{call}/recording", 200)
    assert recording["audio"] == f"/api/v1/calls/{call}/recording/audio"
    assert recording["file"] == f"{call}.flac"
    assert await crm.ask("GET", f"/calls/{call}/recording/audio", 200) == sound
    assert (await crm.ask("GET", "/access-log?limit=1", 200))["items"][0]["what"] == "recording_downloaded"
    assert [one["call"]["id"] for one in (await crm.ask("GET", "/recordings", 200))["items"]] == [call]
    await crm.ask("GET", f"/calls/{live.id}/recording", 404)
    await crm.ask("POST", f"/calls/{live.id}/hang-up", 204)
    await crm.ask("GET", "/calls/none", 404)


async def test_a_key_acts_for_the_desk_of_its_person_and_others_are_told_why_not(
    played: Stage, stack: AsyncExitStack
) -> None:
    crm = await program(played, stack, Role.AGENT)
    refused = await crm.ask("POST", "/desk/dial", 403, {"to": "102"})
    assert refused["error"] == "api.key_without_desk"
    assert "--works-for" in refused["message"]
    boss = await program(played, stack)
    unknown = await boss.ask("POST", "/keys", 422, {"name": "crm", "person": "nobody"})
    assert unknown["field"] == "person"
    made = await boss.ask("POST", "/keys", 201, {"name": "haneul's screen", "role": "agent", "person": "haneul"})
    assert made["key"]["person"] == "haneul"
    crm.session.headers["Authorization"] = f"Bearer {made['secret']}"
    assert (await crm.ask("POST", "/desk/dial", 403, {"to": "102"}))["error"] == "api.person_sits_nowhere"
    user = await played.services.access.user_by_login("haneul")
    await played.services.agents.sit(user, "101", By(Source.AGENT, "haneul"))
    assert (await crm.ask("GET", "/desks/101/calls", 200))["extension"] == "101"
    assert (await crm.ask("GET", "/desks/102/calls", 403))["error"] == "api.not_allowed"


async def test_the_same_request_sent_again_is_carried_out_once(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    body = {"number": "201", "name": "창고"}
    sent = {"Idempotency-Key": "order 1"}
    first = await crm.ask("POST", "/extensions", 201, body, **sent)
    assert await crm.ask("POST", "/extensions", 201, body, **sent) == {**first, "password": ""}  # told once
    again = await crm.ask("POST", "/extensions", 409, body)
    assert again["field"] == "number"
    other = await crm.ask("POST", "/extensions", 409, {"number": "202", "name": "창고"}, **sent)
    assert other["error"] == "api.key_used_before"


async def test_an_agents_key_may_not_do_what_agents_may_not(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack, Role.AGENT)
    await crm.ask("GET", "/customers", 200)
    refused = await crm.ask("POST", "/extensions", 403, {"number": "201", "name": "창고"})
    assert refused["error"] == "api.not_allowed"
    assert "lines.manage" in refused["message"]


@pytest.mark.parametrize(("language", "word"), [("ko", "키"), ("en", "key")])
async def test_nobody_gets_in_without_a_valid_key(
    played: Stage, stack: AsyncExitStack, language: str, word: str
) -> None:
    crm = await program(played, stack, language=language)
    for header in ("Bearer sb_wrong", "Basic YTpi"):
        refused = await crm.ask("GET", "/calls", 401, Authorization=header)
        assert refused["error"] == "api.unknown_key"
        assert word in refused["message"]
    crm.session.headers.pop("Authorization")
    assert (await crm.ask("GET", "/calls", 401))["error"] == "api.not_signed_in"


async def test_a_revoked_key_stops_working_at_once(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    (key,) = (await crm.ask("GET", "/keys", 200))["items"]
    await crm.ask("DELETE", f"/keys/{key['id']}", 204)
    await crm.ask("GET", "/me", 401)


async def test_wrong_input_is_told_beside_its_field(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    wrong: list[tuple[Any, str]] = [
        ({"number": "201"}, "name"),
        ({"number": "201", "name": "창고", "shown": ""}, "shown"),
        ({"number": "201", "name": 5}, "name"),
        ({"number": "99999", "name": "창고"}, "number"),
    ]
    for body, named in wrong:
        refused = await crm.ask("POST", "/extensions", 422, body)
        assert refused["field"] == named, refused
        assert refused["message"]
    assert (await crm.ask("GET", "/calls?limit=many", 422))["field"] == "limit"
    async with crm.session.post(f"{crm.base}/api/v1/extensions", data=b"{broken") as response:
        assert (response.status, (await response.json())["error"]) == (400, "api.not_json")


async def test_unknown_addresses_and_methods_are_answered_in_json(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    for method, path, status, error in (
        ("GET", "/nothing", 404, "api.no_such_address"),
        ("DELETE", "/calls", 405, "api.no_such_method"),
    ):
        async with crm.session.request(method, f"{crm.base}/api/v1{path}") as response:
            assert (response.status, (await response.json())["error"]) == (status, error)


async def test_a_page_of_another_site_cannot_use_the_session(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    crm.session.headers.pop("Authorization")
    token = (await played.sign_in("admin")).token
    cookie = f"__Host-soribox-{played.services.config.https_port}={token}"
    body = {"number": "201", "name": "창고"}
    refused = await crm.ask("POST", "/extensions", 403, body, Cookie=cookie, Origin="https://elsewhere.example")
    assert refused["error"] == "panel.forged"
    await crm.ask("POST", "/extensions", 201, body, Cookie=cookie, Origin=played.address)
    me = await crm.ask("GET", "/me", 200, Cookie=cookie)
    assert (me["kind"], me["name"]) == ("user", "admin")


async def test_keys_of_the_same_name_do_not_get_each_others_answers(played: Stage, stack: AsyncExitStack) -> None:
    one, other = await program(played, stack), await program(played, stack)
    sent = {"Idempotency-Key": "order 1"}
    first = await one.ask("POST", "/customers", 201, {"name": "최민서"}, **sent)
    second = await other.ask("POST", "/customers", 201, {"name": "최민서"}, **sent)
    assert first["id"] != second["id"]


async def test_an_agent_sees_of_a_trunk_only_how_it_is(played: Stage, stack: AsyncExitStack) -> None:
    agent = await program(played, stack, Role.AGENT)
    (trunk,) = (await agent.ask("GET", "/live", 200))["trunks"]
    assert trunk == {"id": played.trunk, "name": "KT 인터넷전화", "enabled": True, "state": ""}


async def test_a_listen_is_noted_whatever_piece_is_fetched_but_not_each_piece(
    played: Stage, stack: AsyncExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, call = await program(played, stack), (await finished_call(played)).id
    given_recording(played, call, tmp_path, monkeypatch)
    for piece in ("bytes=1-", "bytes=0-", "bytes=5-9"):
        async with crm.session.get(f"{crm.base}/api/v1/calls/{call}/recording/audio", headers={"Range": piece}) as got:
            assert got.status == 206
    noted = (await crm.ask("GET", "/access-log", 200))["items"]
    assert [(one["what"], one["about"]) for one in noted if "recording" in one["what"]] == [
        ("recording_downloaded", call)
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/customers/{10**30}", None),
        ("DELETE", f"/keys/{10**30}", None),
        ("GET", f"/access-log?before={10**30}", None),
        ("GET", f"/calls?from_ms={10**30}", None),
        ("GET", "/calls?cursor=%D9%A3-x", None),
        ("GET", f"/calls?cursor={10**23}-x", None),
        ("PUT", "/customers/1", {"name": "최민서", "seen_ms": 2**63}),
        ("PATCH", "/settings", {"self": 1}),
        ("PATCH", "/settings", {"office.set_up": False}),
        ("PATCH", "/settings", {"office.demo": True}),
    ],
)
async def test_what_no_program_should_send_is_refused_in_words(
    played: Stage, stack: AsyncExitStack, method: str, path: str, body: Any
) -> None:
    crm = await program(played, stack)
    refused = await crm.ask(method, path, 422, body)
    assert refused["message"]


async def test_the_boxs_own_settings_are_not_listed(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    keys = {one["key"] for one in (await crm.ask("GET", "/settings", 200))["items"]}
    assert "office.name" in keys
    assert not keys & {"office.set_up", "office.demo"}


async def test_a_user_moves_themselves_and_nobody_else(played: Stage, stack: AsyncExitStack) -> None:
    crm = await program(played, stack)
    session = await played.sign_in("haneul")
    cookie = f"__Host-soribox-{played.services.config.https_port}={session.token}"
    del crm.session.headers["Authorization"]
    headers = {"Cookie": cookie, "Origin": played.address}
    await crm.ask("PUT", "/seats/haneul", 200, {"extension": "102"}, **headers)
    desk = await crm.ask("PUT", "/agents/102/state", 200, {"state": "lunch"}, **headers)
    assert (desk["by"], desk["who"]) == ("agent", "haneul")
    wrong = await crm.ask("PUT", "/agents/102/state", 422, {"state": "asleep"}, **headers)
    assert wrong["field"] == "state"
    await crm.ask("PUT", "/agents/101/state", 403, {"state": "dnd"}, **headers)
    await crm.ask("PUT", "/seats/doyun", 403, {"extension": "101"}, **headers)
    await crm.ask("DELETE", "/seats/doyun", 403, **headers)
    await crm.ask("DELETE", "/seats/haneul", 204, **headers)
    await crm.ask("PUT", "/agents/999/state", 403, {"state": "dnd"}, **headers)


async def test_changes_of_lines_settings_and_customers_are_in_the_access_log(
    played: Stage, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = await program(played, stack)
    await crm.ask("POST", "/extensions", 201, {"number": "201", "name": "창고"})
    await crm.ask("PATCH", "/settings", 200, {"office.name": "새 이름"})
    await crm.ask("POST", "/customers", 201, {"name": "최민서"})
    noted = (await crm.ask("GET", "/access-log?limit=3", 200))["items"]
    assert [one["what"] for one in noted] == ["customer_changed", "settings_changed", "lines_changed"]
    assert {one["who"] for one in noted} == {"key:crm"}

    async def full(*_: object) -> None:
        raise Unavailable("store.disk_full")

    monkeypatch.setattr(played.services.access, "note", full)
    await crm.ask("POST", "/customers", 201, {"name": "정우진"})
