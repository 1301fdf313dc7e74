"""`soribox` as people and scripts run it: with a running core, with a stopped one, with wrong words."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster

from appliance.access.types import Actor
from appliance.analog import models
from appliance.announcements.types import Announcement, Source
from appliance.calls.ports import Forward, ForwardWhen
from appliance.recordings.formats import Format
from hw.api import Memory
from hw.cid.korean_box import CALLSTAR
from hw.devices import Devices
from hw.fake_port import FakeMachine, FakeSerial
from hw.pins.box_pins import BoxPins
from tests.support.announcing import made
from tests.support.fake_devices import korean, usb
from tests.support.recorded import recorded
from tests.support.source import ROOT
from tests.support.stage import Stage, stage

pytestmark = pytest.mark.process


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)


async def soribox(data: Path, *words: str, stdin: str = "", language: str = "en_US.UTF-8", **more: str) -> Done:
    """Run the command line on a data folder."""
    environment = {
        **os.environ,
        "SORIBOX_DATA": str(data),
        "LC_ALL": language,
        "SORIBOX_CONFIG": "/nowhere.toml",
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.cli", *words),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(stdin.encode())
    return Done(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def running(tmp_path: Path, blocking_is_an_error: BlockBuster) -> AsyncIterator[Stage]:
    """A core that runs, without telephony."""
    blocking_is_an_error.deactivate()
    async with stage(tmp_path) as opened:
        yield opened


async def test_a_box_that_does_not_run_can_be_furnished(tmp_path: Path) -> None:
    data = tmp_path / "new"
    state = (await soribox(data, "setup-code", "--json")).json
    assert not state["set_up"]
    assert len(state["code"]) == 9
    made = (await soribox(data, "extension", "add", "101", "홍길동", "--json")).json
    assert made["extension"]["name"] == "홍길동"
    assert len(made["password"]) >= 12
    secret = "o p e n sesame"
    options = ("--host", "192.0.2.40", "--username", "0212345678")
    trunk = await soribox(data, "trunk", "add", "carrier", *options, "--json", stdin=f"{secret}\n")
    assert trunk.json["id"] == "carrier"
    assert secret not in trunk.out
    await soribox(data, "number", "add", "02-1234-5678", "--trunk", "carrier")
    numbers = await soribox(data, "number", "list", language="ko_KR.UTF-8")
    assert "02-1234-5678" in numbers.out
    assert "번호" in numbers.out
    health = (await soribox(data, "health", "--json")).json
    assert health["level"] == "failed"
    assert "does not run" in health["parts"][0]["text"]
    assert not list((data / "run").glob("*.sock"))


async def test_commands_reach_the_running_core(running: Stage) -> None:
    data = running.services.config.folder
    call = await running.arrive("+821055551234", name="")
    await call.ring("101", "102")
    await call.answer("101")
    live = (await soribox(data, "live", "--json")).json
    assert [one["id"] for one in live] == [call.id]
    await call.caller_ends()
    (seen,) = (await soribox(data, "calls", "--json", "--result", "answered")).json
    assert (seen["id"], seen["extension"]) == (call.id, "101")
    shown = await soribox(data, "call", "show", call.id, language="ko_KR.UTF-8")
    assert "010-5555-1234" in shown.out
    assert "통화 완료" in shown.out
    made = (await soribox(data, "user", "add", "minji", "--name", "김민지", "--json")).json
    assert await running.services.access.sign_in("minji", made["password"], "127.0.0.1", "test")


async def test_announcements_are_kept_from_the_command_line(running: Stage, tmp_path: Path) -> None:
    data = running.services.config.folder
    spoken = await soribox(data, "announcements", "speak", "Lunch", "We are at lunch.", "--spoken", "en", "--json")
    assert (spoken.json["id"], spoken.json["source"]) == ("lunch", "spoken")
    tune = await asyncio.to_thread(made, tmp_path / "waltz.ogg", "sine=f=440:d=2")
    music = await soribox(data, "announcements", "upload", str(tune), "--hold-music", "--json")
    assert (music.json["id"], music.json["music"]) == ("waltz", True)
    await soribox(data, "group", "change", "main", "--music", "waltz", "--overflow", "announcement:lunch")
    listed = await soribox(data, "announcements")
    assert "waltz" in listed.out
    assert running.services.lines.snapshot().groups[0].label in listed.out
    refused = await soribox(data, "announcements", "remove", "waltz")
    assert (refused.code, "used by" in refused.err) == (1, True)
    changed = await soribox(data, "announcements", "change", "lunch", "--said", "We are back at one.", "--json")
    assert changed.json["text"] == "We are back at one."
    saved = await soribox(data, "announcements", "export", "lunch", "--to", str(tmp_path / "lunch.wav"), "--json")
    assert saved.json["size"] == changed.json["size"]
    missing = await soribox(data, "announcements", "upload", str(tmp_path / "nothing.wav"))
    assert (missing.code, "There is no such file" in missing.err) == (1, True)
    large = tmp_path / "large.wav"
    await asyncio.to_thread(large.write_bytes, bytes(40_000_000))
    told = await soribox(data, "announcements", "upload", str(large))
    assert "larger than 30 MB" in told.err


async def test_callbacks_are_worked_on_from_the_command_line(running: Stage, tmp_path: Path) -> None:
    data = running.services.config.folder
    call = await running.wants_callback("+821055551234")
    await running.wants_callback("+821099998888")
    seen = (await soribox(data, "callbacks", "--number", "010-5555", "--json")).json[0]
    assert (seen["number"], seen["call"], seen["state"]) == ("+821055551234", call.id, "new")
    number = str(seen["id"])
    given = (await soribox(data, "callback", "assign", "--person", "haneul", "--person", "doyun", "--json")).json
    assert sorted(one["assignee"] for one in given) == ["doyun", "haneul"]
    assert (await soribox(data, "callback", "unassign", number, "--json")).json[0]["assignee"] == ""
    changed = ("--callback-state", "waiting", "--note", "after lunch", "--json")
    assert (await soribox(data, "callback", "change", number, *changed)).json["note"] == "after lunch"
    told = await soribox(data, "callback", "done", number, "--outcome", "reached", language="ko_KR.UTF-8")
    assert (told.code, told.err) == (0, "")
    for words in ("010-5555-1234", "완료", "통화함", "after lunch"):
        assert words in told.out
    shown = await soribox(data, "callback", "show", number, language="ko_KR.UTF-8")
    assert "상태: 대기" in shown.out
    assert "100.0 %" not in (progress := await soribox(data, "callbacks", "progress")).out
    assert "50.0 %" in progress.out
    (done,) = (await soribox(data, "callbacks", "--which", "done", "--group", "main", "--json")).json
    assert done["done_by"]
    saved = await soribox(
        data, "callbacks", "export", "--which", "all", "--to-file", str(tmp_path / "all.xlsx"), "--json"
    )
    assert (tmp_path / "all.xlsx").stat().st_size == saved.json["size"]
    known = await running.customer("최민서", "010-9999-8888")
    closed = await soribox(data, "callback", "all-done", str(known.id), "--outcome", "not_needed", "--json")
    assert [one["result"] for one in closed.json] == ["not_needed"]


async def test_calls_are_promised_from_the_command_line(running: Stage) -> None:
    data = running.services.config.folder
    said = ("--agent", "haneul", "--number", "010-5555-1234", "--note", "the bill")
    made = (await soribox(data, "recalls", "add", "--at", "2028-01-05T09:30", *said, "--json")).json
    assert (made["number"], made["agent"]) == ("+821055551234", "haneul")
    number = str(made["id"])
    moved = ("--at", "2028-01-06", "--agent", "doyun")
    assert (await soribox(data, "recalls", "change", number, *moved, "--json")).json["agent"] == "doyun"
    listed = await soribox(data, "recalls", "--agent", "doyun", language="ko_KR.UTF-8")
    assert "2028-01-06" in listed.out
    assert (await soribox(data, "recalls", "show", number, "--json")).json["note"] == "the bill"
    assert (await soribox(data, "recalls", "put-off", number, "--minutes", "30")).code == 0
    done = await soribox(data, "recalls", "done", number, "--outcome", "cancelled", "--note", "they came", "--json")
    assert (done.json["result"], done.json["done_note"]) == ("cancelled", "they came")
    past = await soribox(data, "recalls", "add", "--at", "2020-01-05", *said)
    assert (past.code, past.err.startswith("soribox: at: ")) == (1, True)


async def test_voice_menus_are_kept_from_the_command_line(running: Stage, tmp_path: Path) -> None:
    data, file = running.services.config.folder, tmp_path / "tree.json"
    made_ = (await soribox(data, "menu", "add", "Main menu", "--json")).json
    assert (made_["id"], made_["version"]) == ("mainmenu", 0)
    tree: dict[str, Any] = {"kind": "choice", "name": "Main", "dials": True, "branches": {}}
    tree["branches"]["1"] = {"kind": "group", "name": "Support", "target": "main"}
    file.write_text(json.dumps({"root": tree}), encoding="utf-8")
    refused = await soribox(data, "menu", "set", "mainmenu", str(file))
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "choose what is heard" in refused.err
    hello = Announcement("hello", "인사말", Source.UPLOADED, "ko", False, "", 0, 1000, 1, "x.wav", 1)
    running.services.announcements._shelf.announcements["hello"] = hello
    tree |= {"kind": "say", "dials": False, "announcement": "hello"}
    tree["branches"] = {"next": tree["branches"]["1"]}
    file.write_text(json.dumps(tree), encoding="utf-8")
    assert (await soribox(data, "menu", "set", "mainmenu", str(file), "--json")).json["version"] == 1
    assert "then → Support" in (await soribox(data, "menu", "show", "mainmenu")).out
    await soribox(data, "number", "change", "02-1234-5678", "--menu", "mainmenu")
    assert "대표번호" in (await soribox(data, "menu", "remove", "mainmenu")).err
    assert (await soribox(data, "menu", "versions", "mainmenu", "--json")).json[0]["version"] == 1
    assert (await soribox(data, "menu", "restore", "mainmenu", "1", "--json")).json["version"] == 2


async def test_groups_and_forwards_are_kept_from_the_command_line(running: Stage) -> None:
    data, lines = running.services.config.folder, running.services.lines
    queue = ("--queue", "--queue-seconds", "90", "--strategy", "longest_idle", "--offers-callback")
    made = await soribox(data, "group", "add", "Sales", "--member", "102", "--member", "101:2", *queue, "--json")
    assert (made.json["id"], made.json["members"], made.json["priorities"]) == ("sales", ["102", "101"], {"101": 2})
    changed = ("--no-queue", "--rounds", "2", "--overflow", "extension:103")
    assert (await soribox(data, "group", "change", "sales", *changed, "--json")).json["overflow"]["target"] == "103"
    sales = next(group for group in lines.snapshot().groups if group.id == "sales")
    assert (sales.queue, sales.queue_seconds, sales.strategy, sales.rounds) == (False, 90, "longest_idle", 2)
    circle = await soribox(data, "group", "change", "sales", "--overflow", "group:sales")
    assert (circle.code, circle.out) == (1, "")
    assert circle.err.startswith("soribox: overflow: ")

    hours = ("--days", "mon,fri", "--from-time", "19:00", "--to-time", "08:30")
    await soribox(data, "forward", "set", "02-1234-5678", "no_answer", "010-5555-1234", "--after-seconds", "15")
    night = await soribox(data, "forward", "set", "101", "always", "102", *hours, "--json")
    assert night.json["schedule"] == {"weekdays": [0, 4], "from_minute": 1140, "to_minute": 510}
    off = await soribox(data, "forward", "switch", "101", night.json["id"], "off", "--json")
    assert (off.json["enabled"], off.json["target"]) == (False, "102")
    listed = await soribox(data, "forward", "list", language="ko_KR.UTF-8")
    for told in ("02-1234-5678", "010-5555-1234", "부재중", "월, 금 19:00-08:30"):
        assert told in listed.out
    assert (await soribox(data, "forward", "remove", "101", night.json["id"])).code == 0
    assert await lines.forwards("101") == ()

    hidden = await soribox(data, "number", "change", "02-1234-5678", "--no-may-be-shown", "--group", "sales", "--json")
    assert (hidden.json["may_be_shown"], hidden.json["group"]) == (False, "sales")
    barred = await soribox(
        data, "extension", "change", "102", "--no-may-forward-out", "--pickup-group", "sales", "--json"
    )
    assert (barred.json["may_forward_out"], barred.json["pickup_group"]) == (False, "sales")
    assert (await soribox(data, "group", "remove", "sales")).code == 1
    await soribox(data, "number", "change", "02-1234-5678", "--group", "main")
    assert (await soribox(data, "group", "remove", "sales", "--json")).json == {}


@pytest.mark.parametrize(
    "words",
    [
        ("forward", "set", "101", "always", "102", "--days", "someday"),
        ("forward", "set", "101", "always", "102", "--to-time", "25:00"),
        ("forward", "set", "101", "sometimes", "102"),
        ("group", "add", "Sales", "--member", "101:first"),
    ],
)
async def test_what_cannot_be_understood_is_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert (await soribox(tmp_path, *words)).code == 2


async def test_every_list_is_readable(running: Stage) -> None:
    await running.customer("최민서", "010-5555-1234")
    await running.services.access.add_key("wallboard")
    data = running.services.config.folder
    await running.services.lines.set_forward("101", Forward(ForwardWhen.BUSY, "102"))
    lists = ("user", "key", "extension", "trunk", "number", "group", "forward", "recordings", "settings")
    commands: list[tuple[str, ...]] = [(one, "list") for one in lists]
    commands += [
        ("customers", "최"),
        ("trunk", "status"),
        ("calls",),
        ("callbacks",),
        ("callbacks", "progress"),
        ("recalls",),
        ("live",),
        ("health",),
        ("access-log",),
        ("codes",),
    ]
    told = await asyncio.gather(*(soribox(data, *words, language="ko_KR.UTF-8") for words in commands))
    for words, done in zip(commands, told, strict=True):
        assert (done.code, done.err) == (0, ""), words
        assert done.out
        assert "cli." not in done.out


@pytest.mark.parametrize("kept", Format)
async def test_a_recording_is_saved_under_a_name_that_says_what_it_is(running: Stage, kept: Format) -> None:
    data = running.services.config.folder
    assert (await soribox(data, "settings", "set", "recordings.format", kept)).code == 0
    call = await running.arrive("+821055551234")
    await call.answer("101")
    await call.caller_ends()
    await running.services.recordings.take(recorded(data, call.id))
    await running.services.recordings.settled()
    recording = await running.services.recordings.for_call(call.id)
    assert recording is not None
    (folder := data.parent / "saved").mkdir()
    for to, name in ((folder, f"{call.id}{kept.suffix}"), (folder / "as I like", "as I like")):
        saved = (await soribox(data, "recordings", "export", call.id, "--to", str(to), "--json")).json
        assert saved["file"] == str(folder / name)
        assert sha256(Path(saved["file"])) == recording.sha256
    again = await soribox(data, "recordings", "export", call.id, "--to", str(folder))
    assert (again.code, again.out) == (1, "")
    assert kept.suffix in again.err


async def test_evidence_is_exported_checked_and_let_go_from_the_command_line(running: Stage) -> None:
    data = running.services.config.folder
    call = await running.arrive("+821055551234")
    await call.answer("101")
    await call.caller_ends()
    await running.services.recordings.take(recorded(data, call.id))
    await running.services.recordings.settled()
    (folder := data.parent / "for-the-police").mkdir()
    why = ("--because", "for the police")
    made = (await soribox(data, "evidence", "export", call.id, *why, "--to", str(folder), "--json")).json
    package = Path(made["file"])
    assert sha256(package) == made["sha256"]
    assert made["id"] in (await soribox(data, "evidence", "show", call.id)).out
    key = (await soribox(data, "evidence", "key", "--json")).json
    nowhere = data.parent / "no-box-here"  # all that is needed is the package
    found = await soribox(nowhere, "evidence", "verify", str(package), "--fingerprint", key["fingerprint"])
    assert (found.code, found.out.startswith("Genuine: nothing was altered.")) == (0, True)
    assert not nowhere.exists()
    await asyncio.to_thread(change_a_byte, package)
    found = await soribox(nowhere, "evidence", "verify", str(package), "--json")
    assert (found.code, found.json["genuine"]) == (1, False)
    assert (await soribox(data, "evidence", "keep", call.id)).code == 2, "a reason is needed"
    assert "Not kept" in (await soribox(data, "evidence", "release", call.id, "--because", "settled")).out
    again = await soribox(data, "evidence", "export", call.id, *why, "--to", str(folder))
    assert again.code == 0
    assert "evidence_released" in {one.what for one in await running.services.access.entries(limit=10)}


def change_a_byte(file: Path) -> None:
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2] ^= 1
    file.write_bytes(contents)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def test_agents_are_moved_and_states_kept_from_the_command_line(running: Stage) -> None:
    data = running.services.config.folder
    seated = await soribox(data, "agents", "sit", "haneul", "102", "--json")
    assert seated.json == {"login": "haneul", "extension": "102"}
    occupied = await soribox(data, "agents", "sit", "doyun", "102", language="ko_KR.UTF-8")
    assert (occupied.code, occupied.err) == (1, "soribox: extension: 내선 102에는 김하늘님이 앉아 있습니다.\n")
    assert (await soribox(data, "agents", "sit", "doyun", "102", "--take-over")).code == 0
    options = ("--ko", "휴식", "--en", "Tea break", "--colour", "teal", "--working", "no", "--place", "2")
    assert (await soribox(data, "agent-state", "add", *options, "--json")).json["key"] == "tea_break"
    desk = await soribox(data, "agents", "state", "102", "tea_break", "--why", "차 한 잔", language="ko_KR.UTF-8")
    assert "휴식" in desk.out
    assert running.services.agents.view("102").kind.key == "tea_break"
    listed = (await soribox(data, "agents", language="ko_KR.UTF-8")).out
    assert "박도윤" in listed
    assert "차 한 잔" in listed
    assert (await soribox(data, "agent-state", "change", "tea_break", "--direct-calls", "yes", "--json")).json[
        "direct_calls"
    ]
    assert (await soribox(data, "agent-state", "retire", "tea_break", "--json")).json["retired"]
    assert "휴식" in (await soribox(data, "agent-state", language="ko_KR.UTF-8")).out
    used = await soribox(data, "agent-state", "remove", "tea_break")
    assert (used.code, used.out) == (1, "")
    assert (await soribox(data, "agents", "stand", "doyun")).code == 0
    assert running.services.agents.view("102").login == ""


async def test_a_box_that_does_not_run_keeps_seats_and_loses_those_of_users_it_shuts_out(tmp_path: Path) -> None:
    data = tmp_path / "new"
    await soribox(data, "extension", "add", "101", "front")
    await soribox(data, "user", "add", "lee", "--name", "Lee")
    assert (await soribox(data, "agents", "sit", "lee", "101")).code == 0
    assert (await soribox(data, "agents", "list", "--json")).json[0]["login"] == "lee"
    await soribox(data, "user", "disable", "lee")
    assert (await soribox(data, "agents", "list", "--json")).json[0]["login"] == ""


async def test_what_cannot_be_done_is_told_in_one_line(running: Stage) -> None:
    data = running.services.config.folder
    taken = await soribox(data, "extension", "add", "101", "again")
    assert (taken.code, taken.out) == (1, "")
    assert taken.err.startswith("soribox: number: ")
    assert taken.err.count("\n") == 1
    missing = await soribox(data, "trunk", "add", "carrier", "--host", "192.0.2.40", "--username", "me")
    assert missing.code == 1
    assert "password" in missing.err


async def test_buttons_are_pressed_and_lamps_told_by_commands(running: Stage, tmp_path: Path) -> None:
    services = running.services
    data, later = services.config.folder, services.clock.call_later
    stopped = await soribox(tmp_path / "new", "simulate", "button", "night")
    assert (stopped.code, "does not run" in stopped.err) == (1, True)
    await services.indicators.start(BoxPins("simulator", tmp_path / "pins", later))
    pressed = await soribox(data, "simulate", "button", "night", "--seconds", "0.1")
    assert "night switch is on" in pressed.out
    assert "night switch is on" in (await soribox(data, "indicators", "buttons")).out
    assert "no call to end" in (await soribox(data, "simulate", "button", "panic", "--desk", "101")).out
    lamps = (await soribox(data, "indicators", language="ko_KR.UTF-8")).out
    assert "심장 박동" in lamps
    await soribox(data, "indicators", "desk", "panic-1", "102")
    await soribox(data, "indicators", "test")
    assert services.indicators.button("panic-1").desk == "102"
    assert "not open" in (await soribox(data, "rescue-code")).out
    code = await services.access.rescue.begin(6, Actor())
    assert (await soribox(data, "rescue-code")).out.strip() == code
    (pins,) = [one for one in (await soribox(data, "doctor", "--json")).json if one["what"] == "pins"]
    assert "simulator" in pins["text"]
    assert "night GPIO17 1" in pins["text"]


async def test_wrong_usage_and_wrong_settings_are_told_apart(tmp_path: Path) -> None:
    assert (await soribox(tmp_path, "extension", "paint")).code == 2
    assert (await soribox(tmp_path, "extension", "add")).code == 2
    wrong = await soribox(tmp_path, "calls", SORIBOX_SIP_PORT="many")
    assert wrong.code == 1
    assert "sip_port" in wrong.err


async def test_the_doctor_tells_of_each_device_what_it_said_and_what_was_done(running: Stage) -> None:
    analog, box = running.services.analog, korean()
    gps = FakeSerial(usb("ttyACM0", (0x1546, 0x01A8), "u-blox 8"))
    memory = Memory("callstar", 19200, 2, "CI1 2", mended=3, mended_ms=1_790_000_000_000)
    await analog._database.write(lambda: models.remember(box.found.device, memory))
    await analog.open()
    machine = FakeMachine(box, gps).machine()
    analog.start(Devices(analog.changed, analog.heard, running.services.clock.now_ms, machine=machine))
    async with asyncio.timeout(20):
        while not any(one.connected for one in analog.devices()):  # noqa: ASYNC110 - a test waits for what nobody tells it
            await asyncio.sleep(0.01)
    box.say(CALLSTAR.ring(2, "01055551234"))
    done = await soribox(running.services.config.folder, "doctor")
    told = [line for line in done.out.splitlines() if "/dev/tty" in line]
    assert any("ttyUSB0" in one and "Connected" in one and "19200" in one and "lines 2" in one for one in told)
    assert any("mended by itself 3 times" in one for one in told)
    assert any("Ring · 02 32 49 30 31 30" in one for one in told)
    assert any("ttyACM0" in one and "GPS receiver" in one for one in told)
    listed = (await soribox(running.services.config.folder, "devices", "list")).out
    assert "Not asked · something else" in listed
    stick = next(one for one in analog.devices() if one.device == gps.found.device)
    asked = await soribox(running.services.config.folder, "devices", "ask", stick.id, "--json")
    assert asked.json["path"] == "/dev/ttyACM0"
    await analog.stop()


async def test_the_doctor_names_whoever_has_a_port(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        done = await soribox(tmp_path, "doctor", "--json", SORIBOX_HTTPS_PORT=str(port))
    finally:
        server.close()
        await server.wait_closed()
    assert done.code == 1
    (clash,) = [one for one in done.json if one["what"] == "port_taken" and str(port) in one["text"]]
    assert clash["params"]["pid"] == os.getpid()
