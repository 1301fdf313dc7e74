"""Facts on disk, whole or torn; recordings that say how long they are."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from sip import api
from sip.voice import journal, recordings
from sip.voice.processes import Process

pytestmark = pytest.mark.unit

PLAN = api.ConversationPlan("c")


def told(number: int, fact: api.Fact) -> api.Told:
    return api.Told("c", number, number * 1000, fact)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "c"
    journal.create(folder, PLAN, "w1", Process(1, 2))
    journal.append(folder, told(1, api.LegArrived("caller", "x")))
    journal.append(folder, told(2, api.DigitHeard("caller", "1")))
    return folder


def test_what_was_written_is_found(folder: Path) -> None:
    journal.acknowledge(folder, 1)
    [found] = journal.find(folder.parent)
    assert (found.note.plan, found.note.contact, found.note.worker) == (PLAN, "w1", Process(1, 2))
    assert [fact.number for fact in found.facts] == [1, 2]
    assert found.acknowledged == 1
    assert not found.over


def test_a_torn_last_line_is_cut_off_and_writing_goes_on(folder: Path) -> None:
    with (folder / journal.FACTS).open("ab") as file:
        file.write(b'{"told":{"conv')
    [found] = journal.find(folder.parent)
    assert len(found.facts) == 2
    journal.append(folder, told(3, api.ConversationEnded()))
    [found] = journal.find(folder.parent)
    assert [fact.number for fact in found.facts] == [1, 2, 3]
    assert found.over


def test_forgetting_leaves_recordings_and_removes_an_empty_folder(folder: Path) -> None:
    (folder / "caller.wav").write_bytes(recordings.header(0))
    journal.forget(folder)
    assert [path.name for path in folder.iterdir()] == ["caller.wav"]
    assert not journal.find(folder.parent)
    (folder / "caller.wav").unlink()
    journal.forget(folder)
    assert not folder.exists()


def test_a_folder_that_cannot_be_read_does_not_hide_the_others(folder: Path) -> None:
    broken = folder.parent / "broken"
    broken.mkdir()
    (broken / journal.NOTE).write_bytes(b"\xff")
    assert [found.note.plan.conversation for found in journal.find(folder.parent)] == ["c"]


def test_a_mended_recording_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "leg.wav"
    path.write_bytes(recordings.header(0) + bytes(16000) + b"\1")
    assert recordings.mend(path) == 1000
    with wave.open(str(path)) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 8000, 1, 2)


def test_a_recording_that_is_still_empty_becomes_a_playable_one(tmp_path: Path) -> None:
    path = tmp_path / "leg.wav"
    path.touch()
    assert recordings.mend(path) == 0
    with wave.open(str(path)) as file:
        assert file.getnframes() == 0
