"""What the composition root does with the edge's news."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from appliance.main import hear_edge
from appliance.services import Services
from sip.api import Credential, EdgeNews, Hold, Originate
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit


@dataclass
class _Services:
    """Call control, and phones that only listen."""

    office: Office
    heard: list[EdgeNews] = field(default_factory=list)

    @property
    def calls(self) -> object:
        return self.office.calls

    @property
    def phones(self) -> _Services:
        return self

    def hear(self, news: EdgeNews) -> None:
        self.heard.append(news)


async def test_whoever_waits_is_offered_to_a_phone_that_comes(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        main = replace(DIRECTORY.groups["main"], queue=True)
        office.facts = replace(DIRECTORY, groups={"main": main})
        services = _Services(office)
        office.edge._hear = lambda news: hear_edge(cast(Services, services), news)
        for extension in ("101", "102"):
            office.edge.phone_leaves(extension)
        call_id = await office.inbound()
        office.voice.arrive(call_id)
        await office.ordered(call_id, Hold)
        assert not office.voice.ordered(call_id, Originate)
        await office.edge.set_credentials((Credential("102", "x"),))
        office.edge.phone_registers("102")
        await office.ordered(call_id, Originate)
        assert len(services.heard) == 3  # two have left, one has come
