"""What the documents say is what the code does: settings, permissions, commands, files they point to."""

from __future__ import annotations

import logging
import re
from dataclasses import fields

import pytest

from appliance.access.permissions import PERMISSIONS
from appliance.cli.command import Words
from appliance.cli.entry import parser
from appliance.config import Config
from appliance.i18n.catalog import LANGUAGES
from tests.support.source import ROOT
from web.api import asker
from web.api.operations import OPERATIONS
from web.guard import ANYONE, SIGNED_IN
from web.routes import ROUTES

pytestmark = pytest.mark.rules

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?:`(?P<default>[^`]*)`)? ?\| (?P<what>.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def test_every_boot_setting_stands_in_the_readme_with_its_default() -> None:
    section = README.split("## Settings", 1)[1].split("\n## ", 1)[0]
    told = {row["name"]: row["default"] or "" for row in ROW.finditer(section)}
    assert told == {setting.name: str(setting.default) for setting in fields(Config)}


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "tests/README.md", "systemd/README.md"])
def test_documents_point_to_files_that_exist(document: str) -> None:
    path = ROOT / document
    missing = [to for to in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / to).exists()]
    assert not missing


def test_every_page_names_a_permission_that_exists() -> None:
    known = {*PERMISSIONS, ANYONE, SIGNED_IN}
    assert not [f"{route.method} {route.path}" for route in ROUTES if route.permission not in known]


def test_every_operation_of_the_api_names_a_permission_that_exists() -> None:
    known = {*PERMISSIONS, asker.ANYONE, asker.KNOWN, asker.ON_THE_BOX}
    assert not [f"{one.method} {one.path}" for one in OPERATIONS if one.permission not in known]


def test_every_permission_is_asked_for_somewhere() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for top in ("web", "appliance") for path in (ROOT / top).rglob("*.py")
    )
    source += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "web").rglob("*.html"))
    unused = [key for key in PERMISSIONS if source.count(f'"{key}"') + source.count(f"'{key}'") < 2]
    assert not unused


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_argument_has_its_help(language: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        parser(Words(language))
    assert not caplog.messages
