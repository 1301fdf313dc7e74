"""The boot settings: file, variables, and clear words for what cannot be used."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from appliance.config import HOME, Config, load, own_address
from appliance.core.errors import InvalidInput
from appliance.i18n.catalog import LANGUAGES, text

pytestmark = pytest.mark.unit


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "soribox.toml"


def test_without_a_file_and_variables_the_defaults_count(file: Path) -> None:
    assert load({}, file) == Config(data=str(HOME / "var"))


def test_the_data_folder_does_not_depend_on_where_a_command_is_typed(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load({}, file).folder == HOME / "var"
    assert load({"SORIBOX_DATA": "typed"}, file).folder == tmp_path / "elsewhere" / "typed"
    file.write_text('data = "beside"\n')
    assert load({}, file).folder == tmp_path / "beside"


def test_the_file_counts_and_a_variable_counts_more(file: Path) -> None:
    file.write_text('sip_port = 5070\nhttps_port = 9443\ndata = "/srv/soribox"\n')
    config = load({"SORIBOX_SIP_PORT": "5080", "OTHER": "x"}, file)
    assert (config.sip_port, config.https_port, config.folder) == (5080, 9443, Path("/srv/soribox"))


def test_the_file_may_be_named_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "second.toml").write_text("conversations = 3\n")
    assert load({"SORIBOX_CONFIG": str(tmp_path / "second.toml")}).conversations == 3


def test_a_setting_that_does_not_exist_is_named(file: Path) -> None:
    file.write_text("sip_prot = 5060\n")
    with pytest.raises(InvalidInput) as refused:
        load({}, file)
    assert (refused.value.field, refused.value.key) == ("sip_prot", "config.unknown")


@pytest.mark.parametrize("value", ["", "5o6o", "5060.5"])
def test_a_port_that_is_no_number_is_named(file: Path, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load({"SORIBOX_SIP_PORT": value}, file)
    assert (refused.value.field, refused.value.key) == ("sip_port", "config.not_a_number")


def test_a_file_that_is_no_toml_is_named(file: Path) -> None:
    file.write_text("sip_port: 5060\n")
    with pytest.raises(InvalidInput) as refused:
        load({}, file)
    assert refused.value.key == "config.unreadable"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["config.unknown", "config.not_a_number", "config.unreadable"])
def test_every_refusal_has_its_words(language: str, key: str) -> None:
    assert text(language, key, name="x", value="y", detail="z") != key


def test_the_database_is_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert Config(data=str(tmp_path)).database_url == f"sqlite:///{tmp_path / 'soribox.db'}"
    assert Config(database="postgresql://box@db/box").database_url == "postgresql://box@db/box"


def test_the_boxs_address_is_the_one_given_or_its_own() -> None:
    assert Config(sip_address="192.0.2.7").address == "192.0.2.7"
    assert Config().address == own_address()


def test_every_setting_explains_itself() -> None:
    assert all(setting.metadata["help"] for setting in fields(Config))
