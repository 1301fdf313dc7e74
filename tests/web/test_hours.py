"""The pages and the API of business hours: schedules, days, the night switch, and what a caller would get when."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from appliance.calls.ports import Forward, ForwardWhen, OverflowKind
from appliance.hours.types import USUAL, Holiday, Instead, Occasion, Span
from appliance.lines.types import OwnNumber, Trunk
from tests.support.panel import Box, Visitor
from web.api.client import Client, Refused

pytestmark = pytest.mark.web

MAIN, OTHER = "+82212345678", "+827012345678"
WEEK: dict[str, object] = {f"open_{day}": "09:00-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}
SHIFT: dict[str, object] = WEEK | {
    "label": "예약",
    "open_sat": "10:00-13:00, 14:00-02:00",
    "lunch_mon": "12~13",
    "keeps_holidays": "on",
    "kind_after_hours": "callback",
    "kind_lunch": "extension",
    "extension_lunch": "101",
    "kind_holiday": "outside",
    "number_holiday": "010-1234-5678",
}


async def furnished(box: Box, language: str = "ko") -> Visitor:
    admin, lines = await box.set_up(language), box.services.lines
    await lines.add_extension("101", "김하늘")
    trunk = await lines.add_trunk(Trunk("", "KT", "address", "192.0.2.9", addresses=("192.0.2.9",)))
    for number, label in ((MAIN, "대표"), (OTHER, "예약")):
        await lines.add_number(OwnNumber(number, label, trunk.id, "main"))
    return admin


def asked(number: str = MAIN, day: str = "2026-11-26", time: str = "12:30") -> str:
    return f"/hours/what?number={number.replace('+', '%2B')}&day={day}&time={time}"


async def test_a_new_box_always_answers_and_says_so(box: Box) -> None:
    admin = await furnished(box, "en")
    page = (await admin.get("/hours")).text
    assert "not kept yet" in page
    assert "calls are always taken" in (await admin.get(asked(time="03:00"))).text
    assert (await admin.post("/hours/switch", {"on": "on"})).path == "/hours"
    answer = (await admin.get(asked())).text
    assert "Lunch 12:00–13:00" in answer
    assert "Announcement, then the call ends: Lunch" in answer
    assert "Outside business hours (09:00–18:00)" in (await admin.get(asked(time="18:00"))).text
    assert "Goes to the ring group" in (await admin.get(asked(time="17:59"))).text
    await admin.post("/hours/switch", {"on": ""})
    assert "calls are always taken" in (await admin.get(asked(time="03:00"))).text


async def test_a_schedule_is_entered_shown_again_and_given_to_a_number(box: Box) -> None:
    admin = await furnished(box)
    assert (await admin.post("/hours/schedules/add", SHIFT)).path == "/hours"
    made = box.services.hours.kept.schedules[1]
    assert (made.label, made.week[5].spans) == ("예약", (Span(600, 780), Span(840, 1560)))
    assert made.instead_of(Occasion.HOLIDAY) == Instead(OverflowKind.OUTSIDE, "+821012345678")
    shown = (await admin.get(f"/hours/schedules/{made.id}")).text
    for value in ("10:00–13:00, 14:00–02:00", "12:00–13:00", "010-1234-5678"):
        assert f'value="{value}"' in shown
    assert (await admin.post("/hours/numbers", {f"schedule_{OTHER}": made.id, f"schedule_{MAIN}": USUAL})).status == 200
    assert box.services.hours.kept.numbers == {OTHER: made.id}
    await box.services.hours.switch(True)
    saturday = (await admin.get(asked(OTHER, "2026-11-29", "01:30"))).text
    assert "업무 시간입니다 (14:00–02:00)" in saturday
    lunch = (await admin.get(asked(OTHER, "2026-11-23", "12:00"))).text
    assert "내선으로 연결됩니다: 101 김하늘" in lunch
    assert (await admin.post(f"/hours/schedules/{made.id}/remove", {})).path == "/hours"
    assert box.services.hours.kept.numbers == {}


async def test_each_error_stands_beside_its_field_and_what_was_typed_stays(box: Box) -> None:
    admin = await furnished(box, "en")
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"label": ""}, "label"),
        ({"open_tue": "nine to five"}, "open_tue"),
        ({"open_sat": "9-12, 11-13"}, "open_sat"),
        ({"lunch_mon": "23-01"}, "lunch_mon"),
        ({"extension_lunch": ""}, "extension_lunch"),
        ({"extension_lunch": "999"}, "extension_lunch"),
        ({"number_holiday": "119"}, "number_holiday"),
        ({"kind_holiday": "group", "group_holiday": "gone"}, "group_holiday"),
        ({"announcement_after_hours": "gone"}, "announcement_after_hours"),
    )
    for changed, field in wrong:
        page = await admin.post("/hours/schedules/add", SHIFT | changed)
        assert (page.status, field) == (422, field)
        assert f'id="{field}-error"' in page.text, field
        assert "14:00-02:00" in page.text or field == "open_sat"
    assert [one.id for one in box.services.hours.kept.schedules] == [USUAL]


async def test_days_of_the_calendar_are_made_special_and_usual_again(box: Box) -> None:
    admin, hours = await furnished(box), box.services.hours
    await hours.switch(True)
    day = "2026-12-24"
    form = {"what": "other", "name": "성탄 전야", "spans": "09:00-12:00"}
    assert (await admin.post(f"/hours/days/{day}", form)).path == "/hours?month=2026-12"
    assert "성탄 전야" in (await admin.get("/hours?month=2026-12")).text
    assert "“성탄 전야”의 업무 시간이 아닙니다" in (await admin.get(asked(day=day, time="13:00"))).text
    assert (await admin.post(f"/hours/days/{day}", form | {"spans": ""})).status == 422
    await admin.post(f"/hours/days/{day}", {"what": "closed", "name": "휴무"})
    assert "특별 휴무일: 휴무" in (await admin.get(asked(day=day, time="11:00"))).text
    await admin.post(f"/hours/days/{day}", {"what": "usual"})
    assert "업무 시간입니다" in (await admin.get(asked(day=day, time="11:00"))).text
    await admin.post(f"/hours/days/{day}", {"what": "holiday", "name": "임시공휴일"})
    assert "공휴일: 임시공휴일" in (await admin.get(asked(day=day, time="11:00"))).text
    await admin.post(f"/hours/days/{day}", {"what": "usual"})
    assert not hours.kept.calendar.holidays
    assert (await admin.get("/hours/days/2026-02-30")).status == 404


async def test_a_holiday_of_the_calendar_may_be_worked_on(box: Box) -> None:
    admin, hours = await furnished(box), box.services.hours
    await hours.switch(True)
    holiday = Holiday(date(2026, 12, 25), "기독탄신일", "Christmas Day")
    await hours.renew_holidays((holiday,), (2026,))
    assert "공휴일: 기독탄신일" in (await admin.get(asked(day="2026-12-25", time="11:00"))).text
    assert "달력의 공휴일" in (await admin.get("/hours/days/2026-12-25")).text
    await admin.post("/hours/days/2026-12-25", {"what": "work"})
    assert "업무 시간입니다" in (await admin.get(asked(day="2026-12-25", time="11:00"))).text
    assert "정상 근무" in (await admin.get("/hours?month=2026-12")).text
    await admin.post("/hours/days/2026-12-25", {"what": "usual"})
    assert "공휴일: 기독탄신일" in (await admin.get(asked(day="2026-12-25", time="11:00"))).text


async def test_a_number_that_is_always_forwarded_says_so(box: Box) -> None:
    admin = await furnished(box)
    await box.services.hours.switch(True)
    await box.services.lines.set_forward(MAIN, Forward(ForwardWhen.ALWAYS, "101"))
    assert "항상 착신전환됩니다: 101" in (await admin.get(asked(time="03:00"))).text


async def test_anybody_turns_the_night_switch_and_every_header_shows_it(box: Box) -> None:
    await furnished(box)
    agent = await box.agent()
    assert "야간 전환이 꺼져 있습니다" in (await agent.get("/")).text
    assert (await agent.post("/night", {"on": "on", "how": "forever"})).path == "/hours"
    assert box.services.hours.night.by == "agent"
    assert 'class="night on"' in (await agent.get("/")).text
    refused = await agent.post("/night", {"on": "on", "how": "time", "until": "soon"})
    assert refused.status == 422
    assert 'id="until-error"' in refused.text
    await agent.post("/night", {"on": "on", "how": "time", "until": "08:30"})
    assert "08:30까지" in (await agent.get("/")).text
    await agent.post("/night", {})
    assert not box.services.hours.night.on
    noted = [entry.what for entry in await box.services.access.entries()]
    assert noted.count("night_switched") == 3


async def test_only_who_manages_hours_may_change_them(box: Box) -> None:
    await furnished(box)
    agent = await box.agent()
    assert (await agent.get("/hours")).status == 200
    assert "/hours/schedules/add" not in (await agent.get("/hours")).text
    for path in ("/hours/switch", "/hours/schedules/add", "/hours/days/2026-12-24", "/hours/numbers"):
        assert (await agent.post(path, SHIFT)).status == 403


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_word_of_the_pages_has_a_text(box: Box, language: str) -> None:
    admin = await furnished(box, language)
    for path in ("/hours", "/hours/schedules/add", f"/hours/schedules/{USUAL}", "/hours/days/2026-12-24", "/night"):
        page = await admin.get(path)
        assert page.status == 200
        assert not re.findall(r">\s*(?:hours|night|menu)\.[a-z_.]+", page.text), path


# -------------------------------------------------------------------------------------------------------------- API


async def ask(box: Box, method: str, path: str, body: Any = None) -> Any:
    """Ask as the box's own command line does."""
    async with Client(box.services.config.run_folder / "core.sock", "en") as client:
        return await client.ask(method, path, body)


async def test_everything_of_hours_is_done_over_the_api(box: Box) -> None:
    await furnished(box)
    assert (await ask(box, "GET", "/hours"))["in_force"] is False
    assert (await ask(box, "PATCH", "/hours", {"in_force": True}))["in_force"] is True
    sent = {"label": "Shop", "week": [{"open": ["10:00-20:00"]}] * 7, "keeps_holidays": False}
    made = await ask(box, "POST", "/hours/schedules", sent)
    assert (made["id"], made["week"][6]) == ("shop", {"open": ["10:00-20:00"], "lunch": ""})
    await ask(box, "PUT", f"/hours/numbers/{OTHER.replace('+', '%2B')}", {"schedule": "shop"})
    changed = await ask(box, "PATCH", "/hours/schedules/shop", {"instead": {"lunch": {"kind": "callback"}}})
    assert (changed["numbers"], changed["instead"]["lunch"]["kind"]) == ([OTHER], "callback")
    await ask(box, "PUT", "/hours/special-days/2026-12-24", {"name": "Party", "open": ["09:00-12:00"]})
    await ask(box, "PUT", "/hours/holidays/2026-12-31", {"name": "Day off"})
    days = (await ask(box, "GET", "/hours/days?from=2026-12-01&to=2026-12-31"))["items"]
    assert [(one["day"], one["kind"], one["open"]) for one in days] == [
        ("2026-12-24", "special", ["09:00-12:00"]),
        ("2026-12-31", "holiday", []),
    ]
    number = MAIN.replace("+", "%2B")
    verdict = await ask(box, "GET", f"/hours/verdict?number={number}&at=2026-12-31T10:00")
    assert (verdict["period"], verdict["reason"]) == ("holiday", "hours.why.holiday")
    assert verdict["why"] == "Public holiday: Day off"
    for path in ("special-days/2026-12-24", "holidays/2026-12-31", "schedules/shop"):
        await ask(box, "DELETE", f"/hours/{path}")
    with pytest.raises(Refused) as refused:
        await ask(box, "POST", "/hours/schedules", {"label": "Bad", "week": [{"open": ["morning"]}] * 7})
    assert (refused.value.error, refused.value.field) == ("hours.bad_span", "week")


async def test_the_night_switch_over_the_api(box: Box) -> None:
    await furnished(box)
    night = await ask(box, "PUT", "/night", {"on": True, "until": "08:30"})
    assert (night["on"], night["by"]) == (True, "box")
    assert night["until_ms"] > box.services.clock.now_ms()
    assert (await ask(box, "GET", "/night")) == night
    assert (await ask(box, "GET", "/hours/verdict"))["period"] == "night"
    assert (await ask(box, "PUT", "/night", {"on": False}))["on"] is False
