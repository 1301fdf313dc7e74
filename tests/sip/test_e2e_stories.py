"""The scenarios in `stories/`, each played by phones and callers around a whole box."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.office import Office, office
from tests.support.scenario import Cast, load

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

STORIES = sorted((Path(__file__).parent / "stories").glob("*.toml"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("stories"), "101", "102", "103", "104", "105", "106") as opened:
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
async def test_the_story_goes_as_it_is_told(desk: Office, story: Path) -> None:
    await Cast(desk).play(load(story))
