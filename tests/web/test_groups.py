"""The pages of ring groups: what is entered, what callers would meet, which errors stand where."""

from __future__ import annotations

import html
import re

import pytest

from appliance.calls.ports import Overflow, OverflowKind, Strategy
from appliance.lines.types import RingGroup
from tests.support.panel import Box, Visitor

pytestmark = pytest.mark.web

QUEUE: dict[str, object] = {
    "label": "상담팀",
    "who": "chosen",
    "members": ["103", "101"],
    "priority_101": "2",
    "priority_102": "1",
    "strategy": "fewest_calls",
    "ring_seconds": "20",
    "rounds": "2",
    "queue": "on",
    "queue_seconds": "90",
    "queue_limit": "5",
    "announce_seconds": "45",
    "offers_callback": "on",
    "overflow": "outside",
    "overflow_number": "010-1234-5678",
}
KEPT = RingGroup(
    "group",
    "상담팀",
    everyone=False,
    members=("103", "101"),
    ring_seconds=20,
    strategy=Strategy.FEWEST_CALLS,
    priorities={"101": 2},
    rounds=2,
    queue=True,
    queue_seconds=90,
    queue_limit=5,
    announce_seconds=45,
    offers_callback=True,
    overflow=Overflow(OverflowKind.OUTSIDE, "+821012345678"),
)


async def furnished(box: Box, language: str = "ko") -> Visitor:
    admin = await box.set_up(language)
    for number in ("101", "102", "103"):
        await box.services.lines.add_extension(number, f"자리 {number}")
    return admin


def steps(page: str) -> list[str]:
    """Return the sentences that say what callers meet."""
    listed = page[page.index('<ol class="steps">') :]
    found = re.findall(r"<li>(.*?)</li>", listed[: listed.index("</ol>")], re.DOTALL)
    return [html.unescape(re.sub(r"<small.*", "", one, flags=re.DOTALL)).strip() for one in found]


async def test_everything_of_a_group_is_entered_on_one_page_and_shown_there_again(box: Box) -> None:
    admin = await furnished(box)
    assert (await admin.post("/groups/add", QUEUE)).path == "/groups"
    assert box.services.lines.snapshot().groups[0] == KEPT
    shown = (await admin.get("/groups/group")).text
    assert (
        shown.index('value="103" checked')
        < shown.index('value="101" checked')
        < shown.index('name="members" value="102"')
    )
    for value in ("90", "45", "010-1234-5678"):
        assert f'value="{value}"' in shown
    assert (await admin.post("/groups/group", QUEUE | {"members": ["101", "103"]})).path == "/groups"
    assert box.services.lines.snapshot().groups[0].members == ("101", "103")
    listed = (await admin.get("/groups")).text
    assert "오늘 통화가 적은 사람부터" in listed
    assert "010-1234-5678" in listed


async def test_what_a_form_does_not_show_stays_as_it_was(box: Box) -> None:
    admin = await furnished(box)
    await admin.post("/groups/add", QUEUE)
    hidden = {name: value for name, value in QUEUE.items() if name not in ("queue", "offers_callback")}
    await admin.post("/groups/group", hidden | {"queue_seconds": "nonsense of a hidden field"})
    (kept, _) = box.services.lines.snapshot().groups
    assert (kept.queue, kept.queue_seconds, kept.offers_callback) == (False, 90, True)


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"strategy": "magic"}, "strategy"),
    ({"rounds": "21"}, "rounds"),
    ({"rounds": "0", "queue": ""}, "rounds"),
    ({"queue_seconds": "5"}, "queue_seconds"),
    ({"announce_seconds": "3"}, "announce_seconds"),
    ({"overflow_number": ""}, "overflow_number"),
    ({"overflow_number": "119"}, "overflow_number"),
    ({"overflow": "extension", "overflow_extension": "999"}, "overflow_extension"),
    ({"overflow": "group", "overflow_group": ""}, "overflow_group"),
)


async def test_each_error_stands_beside_its_field_and_what_was_typed_stays(box: Box) -> None:
    admin = await furnished(box, "en")
    for changed, field in WRONG:
        page = await admin.post("/groups/add", QUEUE | changed)
        assert (page.status, field) == (422, field)
        assert f'id="{field}-error"' in page.text
        assert "상담팀" in page.text
    assert [group.id for group in box.services.lines.snapshot().groups] == ["main"]


async def test_a_circle_of_overflows_is_told_with_its_way(box: Box) -> None:
    admin = await furnished(box)
    await admin.post("/groups/add", QUEUE | {"overflow": "group", "overflow_group": "main"})
    back = {"label": "전체", "who": "everyone", "ring_seconds": "20", "overflow": "group", "overflow_group": "group"}
    page = await admin.post("/groups/main", back)
    assert page.status == 422
    assert "전체 → 상담팀 → 전체" in page.text
    assert 'id="overflow_group-error"' in page.text


async def test_the_consequence_of_each_strategy_is_told_in_plain_words(box: Box) -> None:
    admin = await furnished(box, "en")

    async def told(**changed: object) -> list[str]:
        return steps((await admin.post("/groups/what-if", QUEUE | changed)).text)

    assert await told(strategy="all", members=["101", "102", "103"], priority_101="1", priority_103="2") == [
        "101 자리 101, 102 자리 102 ring together for 20 s.",
        "103 자리 103 rings for 20 s.",
        "All of this is done 2 times.",
        "The caller waits, with music, for somebody to be free: 1 min 30 s altogether at the most.",
        "Then the call goes outside, to 010-1234-5678.",
    ]
    (only, last) = await told(strategy="order", rounds="1", queue="", overflow="hang_up")
    assert only == "103 자리 103, 101 자리 101 ring one after another, 20 s each."
    assert last == "Then the call ends as missed."
    (first, *_) = await told(strategy="round_robin", who="everyone")
    assert first.startswith("101 자리 101, 102 자리 102, 103 자리 103 ring one after another")
    assert await told(members=[]) == ["Nobody answers yet: calls end at once."]
    assert (await told(rounds="0"))[2] == "All of this goes on until the wait is over."
    assert (await told(overflow="group", overflow_group="main"))[-1] == "Then the call goes to the ring group “전체”."
    half_typed = await admin.post("/groups/what-if", QUEUE | {"ring_seconds": ""})
    assert half_typed.status == 200
    assert "cannot be used yet" in half_typed.text
    assert [group.id for group in box.services.lines.snapshot().groups] == ["main"], "looking changes nothing"


async def test_every_strategy_is_explained(box: Box) -> None:
    admin = await furnished(box)
    page = (await admin.get("/groups/add")).text
    assert all(f'value="{strategy}"' in page for strategy in Strategy)
    assert all(f'value="{kind}"' in page for kind in OverflowKind)
    assert not re.findall(r">groups\.[a-z_.]+", page), "every word has a text"


async def test_only_who_manages_lines_may_ask_what_would_happen(box: Box) -> None:
    await furnished(box)
    agent = await box.agent()
    assert (await agent.post("/groups/what-if", QUEUE)).status == 403
