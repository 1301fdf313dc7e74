"""How well a real call is heard, measured while it goes on and kept when it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.office import Office, office, until

pytestmark = pytest.mark.sip


async def test_figures_come_from_the_talk_itself(tmp_path: Path) -> None:
    async with office(tmp_path, "101") as desk:
        call = desk.call_in()
        phone = await desk.phones["101"].next_call()
        phone.answer()
        await call.answered()
        (live,) = (await desk.box.ask("GET", "/live"))["calls"]
        first = await measured(desk, live["id"])
        assert {leg["who"] for leg in first["legs"]} == {"", "101"}
        before = {leg["who"]: leg["received"] for leg in first["legs"]}
        second: dict[str, Any] = {}

        async def more() -> bool:
            second.update(await measured(desk, live["id"]))
            return all(leg["received"] > before[leg["who"]] + 100 for leg in second["legs"])

        await until(more, "two more seconds are heard")
        assert second["text"] == ""
        call.hang_up()
        await call.ended()
        row = await desk.next_row()
        kept = await desk.box.ask("GET", f"/calls/{row['id']}/quality")
        assert not kept["live"]
        assert {leg["who"] for leg in kept["legs"]} == {"", "101"}
        assert all(leg["mos"] > 3.6 and leg["loss"] < 0.05 for leg in kept["legs"]), kept
        assert row["mos"] > 3.6


async def measured(desk: Office, call: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def sound_came() -> bool:
        found.update(await desk.box.ask("GET", f"/calls/{call}/quality"))
        return len(found["legs"]) == 2 and all(leg["received"] for leg in found["legs"])

    await until(sound_came, "both sides are heard")
    assert found["live"]
    return found
