"""What the office sets: checked, kept, told to whoever listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.errors import InvalidInput
from appliance.i18n.catalog import LANGUAGES, catalogue
from appliance.store.settings import DECLARED, SettingsChanged
from tests.support.office_store import opened

pytestmark = pytest.mark.unit


async def test_settings_begin_with_their_defaults(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert store.settings.get("office.time_zone") == "Asia/Seoul"
        assert store.settings.get("office.set_up") is False


async def test_a_setting_is_kept_over_a_restart_and_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.settings.set(**{"office.name": "  한빛상사 ", "office.area_code": "031"})
        assert store.published == [SettingsChanged(frozenset({"office.name", "office.area_code"}))]
    async with opened(tmp_path) as store:
        assert store.settings.get("office.name") == "한빛상사"
        assert store.settings.get("office.area_code") == "031"


async def test_setting_what_is_set_tells_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.settings.set(**{"office.language": "ko"})
        assert store.published == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("office.language", "fr"),
        ("office.time_zone", "Asia/Nowhere"),
        ("office.time_zone", "../../etc/passwd"),
        ("office.time_zone", ""),
        ("office.area_code", "010"),
        ("office.name", "x" * 61),
        ("office.name", 5),
        ("recordings.format", "mp3"),
        ("calls.parking_places", 0),
        ("calls.parking_places", 21),
        ("calls.parking_places", True),
        ("calls.park_return_seconds", "60"),
        ("calls.monitor_shown", "yes"),
        ("office.set_up", 1),
        ("office.unheard_of", "x"),
    ],
)
async def test_a_wrong_value_is_refused_beside_its_field(tmp_path: Path, key: str, value: object) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.settings.set(**{"office.name": "kept out", key: value})
        assert refused.value.field == key
        assert store.settings.get("office.name") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_a_help_text(language: str) -> None:
    texts = catalogue(language)
    assert [
        key for key, setting in DECLARED.items() if not (texts.get(setting.help) and texts.get(setting.error))
    ] == []
