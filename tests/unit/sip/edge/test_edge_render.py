"""The configuration of Kamailio, before any Kamailio runs with it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sip.edge import render
from sip.edge.render import EdgePlan
from sip.errors import EdgeUnavailable

pytestmark = pytest.mark.unit


def plan(folder: Path, **more: object) -> EdgePlan:
    return EdgePlan(folder / "edge", folder / "run", "192.0.2.2", 15060, 15063, 15448, **more)  # type: ignore[arg-type]


def test_every_word_of_the_template_is_replaced(tmp_path: Path) -> None:
    text = render.render(plan(tmp_path), "the-secret")
    assert "listen=udp:192.0.2.2:15060" in text
    assert not render._WORD.search(text)


def test_the_configuration_and_the_secret_are_for_their_owner_only(tmp_path: Path) -> None:
    file = render.prepare(plan(tmp_path))
    for private in (file, tmp_path / "run" / "edge.secret"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert render.secret(tmp_path / "run") == render.secret(tmp_path / "run")


def test_a_configuration_that_kamailio_refuses_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = render.prepare(plan(tmp_path)).read_text()
    broken = tmp_path / "broken.cfg.in"
    broken.write_text("request_route { no_such_function(); }")
    monkeypatch.setattr(render, "_TEMPLATES", (broken,))
    with pytest.raises(EdgeUnavailable, match="no_such_function"):
        render.prepare(plan(tmp_path))
    assert plan(tmp_path).config_file.read_text() == good


def test_tls_is_spoken_only_with_a_certificate(tmp_path: Path) -> None:
    files = {"tls_port": 15061, "certificate": tmp_path / "c.pem", "key": tmp_path / "k.pem"}
    assert "\n#!define WITH_TLS" not in render.render(plan(tmp_path, **files), "s")
    for file in ("c.pem", "k.pem"):
        (tmp_path / file).touch()
    assert "\n#!define WITH_TLS" in render.render(plan(tmp_path, **files), "s")


def test_a_missing_kamailio_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(EdgeUnavailable, match="not installed"):
        render.program()
