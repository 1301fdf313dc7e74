"""The rules for all tests bite: blocking calls, modules without a category, things left open."""

from __future__ import annotations

from pathlib import Path

import pytest
from blockbuster import BlockingError

from appliance.core.listeners import Wanted, taken
from tests import conftest

pytestmark = pytest.mark.unit


async def test_our_code_may_not_block_the_loop() -> None:
    with pytest.raises(BlockingError):
        taken([Wanted("sip_port", "tcp", 1)])  # reads /proc


async def test_a_test_itself_may(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    assert (tmp_path / "file").read_text() == "text"


def test_a_module_without_a_category_stops_everything() -> None:
    class Item:
        nodeid = "tests/unit/test_new.py::test_something"

        def iter_markers(self) -> list[pytest.Mark]:
            return [pytest.mark.skipif.mark]

    with pytest.raises(pytest.UsageError, match=r"tests/unit/test_new\.py"):
        conftest.pytest_collection_modifyitems([Item()])  # type: ignore[list-item]  # has what is looked at


def test_warnings_are_errors(request: pytest.FixtureRequest) -> None:
    assert request.config.getini("filterwarnings") == ["error"]
