"""Packages: what is in one, and that no byte of it can be changed without being told, and where."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import wave
import zipfile
from array import array
from pathlib import Path

import pytest

from appliance.evidence import keys
from appliance.evidence.clock_state import look
from appliance.evidence.maker import make
from appliance.evidence.packing import SEAL_LENGTH
from appliance.evidence.paper import NoFont, Paper
from appliance.evidence.verifying import Fault, Problem, verify
from tests.support.dossiers import in_english, write_job
from tests.support.recorded import AGENT_TONE, CALLER_TONE
from tests.support.sound import power, tone

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    job = write_job(tmp_path_factory.mktemp("evidence"))
    make(job)
    return Path(job.target)


def unpacked(package: Path, to: Path) -> Path:
    with zipfile.ZipFile(package) as whole:
        whole.extractall(to)
    return to


def packed_again(package: Path, to: Path, *, without: str = "", **instead: bytes) -> Path:
    """Pack the files of a package again, some changed, added or left out."""
    more = dict(instead)
    with zipfile.ZipFile(package) as whole, zipfile.ZipFile(to, "w") as other:
        for name in whole.namelist():
            if name != without:
                other.writestr(name, more.pop(name.replace("/", "_").replace(".", "_"), whole.read(name)))
        for name, contents in more.items():
            other.writestr(name, contents)
    return to


def samples(file: Path) -> array[int]:
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 8000)
        return array("h", sound.readframes(sound.getnframes()))


def test_a_package_is_genuine_and_says_what_it_is_of(package: Path) -> None:
    found = verify(package)
    assert found.genuine
    assert (found.call, found.office, found.files) == ("call-1", "소리상사", 10)
    assert found.fingerprint == keys.ensure(package.parents[1]).fingerprint
    assert verify(package, keys.grouped(found.fingerprint)).genuine
    assert verify(package, "00" * 32).problems == (Problem(Fault.OTHER_KEY),)
    assert not [one for one in package.parent.iterdir() if one != package], "nothing else is left"


def test_each_side_is_heard_alone_and_both_together(package: Path, tmp_path: Path) -> None:
    audio = unpacked(package, tmp_path) / "audio"
    caller, office, mixed = (samples(audio / f"{name}.wav") for name in ("caller", "office", "mixed"))
    assert list(caller) == list(tone(CALLER_TONE, 2))
    assert list(office) == list(tone(AGENT_TONE, 2))
    assert power(mixed, CALLER_TONE) > 0.2
    assert power(mixed, AGENT_TONE) > 0.2


def test_what_programs_read_names_every_sound_and_warning(package: Path, tmp_path: Path) -> None:
    told = json.loads((unpacked(package, tmp_path) / "evidence.json").read_bytes())
    assert (told["format"], told["version"], told["package"]["reason"]) == (
        "soribox-evidence",
        1,
        "경찰 제출(사건 2026-1234)",
    )
    assert [(one["stage"], one["file"]) for one in told["warnings"]] == [
        (1, "audio/announcement-1.wav"),
        (2, "audio/announcement-2.wav"),
        (3, "audio/announcement-3.wav"),
    ]
    assert {one["file"] for one in told["audio"]} == {f"audio/{one.name}" for one in (tmp_path / "audio").iterdir()}
    assert told["clock"]["when_exported"] == {"synchronised": True, "offset_ms": 0.412, "greatest_error_ms": 18.0}
    assert told["clock"]["when_first_warned"]["offset_ms"] is None
    assert told["call"]["started"]["iso"].endswith("+09:00")


def test_it_can_be_checked_by_hand(package: Path, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    openssl = "openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
    assert openssl in (folder / "README.txt").read_text("utf-8-sig")
    subprocess.run(openssl.split(), cwd=folder, check=True)


def test_no_byte_can_be_changed(package: Path, tmp_path: Path) -> None:
    whole, other, chance = package.read_bytes(), tmp_path / "changed.zip", random.Random(5)
    places = {*range(40), *range(len(whole) - SEAL_LENGTH - 60, len(whole)), *chance.sample(range(len(whole)), 60)}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        other.write_bytes(changed)
        assert not verify(other).genuine, place
    for cut in (whole[:-1], whole + b"\0", b"\0" + whole, whole[: len(whole) // 2], b""):
        other.write_bytes(cut)
        assert not verify(other).genuine


def test_it_is_said_which_file_is_not_what_it_was(package: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    packed_again(package, other)
    assert verify(other).problems == (Problem(Fault.SEAL),), "the files are what they were"
    packed_again(package, other, audio_caller_wav=b"RIFF")
    assert verify(other).problems == (Problem(Fault.ALTERED, "audio/caller.wav"),)
    packed_again(package, other, without="report.pdf")
    assert verify(other).problems == (Problem(Fault.MISSING, "report.pdf"),)
    packed_again(package, other, note=b"he said so")
    assert verify(other).problems == (Problem(Fault.ADDED, "note"),)
    packed_again(package, other, SHA256SUMS=b"")
    assert Problem(Fault.SIGNATURE, "SHA256SUMS") in verify(other).problems


def test_whoever_signs_with_another_key_is_told_by_the_fingerprint(package: Path, tmp_path: Path) -> None:
    job = write_job(tmp_path)
    make(job)
    ours = keys.ensure(package.parents[1]).fingerprint
    assert verify(Path(job.target)).genuine
    assert verify(Path(job.target), ours).problems == (Problem(Fault.OTHER_KEY),)


def test_what_is_no_package_is_told_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as some:
        some.writestr("holiday.txt", "sun")
    (tmp_path / "text.zip").write_text("no ZIP at all")
    for name in ("some.zip", "text.zip"):
        assert verify(tmp_path / name).problems == (Problem(Fault.NO_PACKAGE),)


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    first = keys.ensure(tmp_path)
    assert keys.ensure(tmp_path) == first
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert keys.fingerprint(first.pem) == first.fingerprint
    assert "PRIVATE" not in first.pem


def test_a_report_is_in_the_language_that_is_wanted(tmp_path: Path) -> None:
    job = in_english(write_job(tmp_path))
    make(job)
    folder = unpacked(Path(job.target), tmp_path / "there")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "README.txt").read_text("utf-8-sig").startswith("Call evidence package")
    if shutil.which("pdftotext"):
        words = subprocess.run(
            ["pdftotext", folder / "report.pdf", "-"], capture_output=True, check=True
        ).stdout.decode()
        assert "Warnings before: 2. Reason: Threat." in words
        assert "경찰 제출(사건 2026-1234)" in words


def test_without_a_font_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(NoFont):
        Paper("", "", "ko", tmp_path)


def test_the_kernel_tells_of_its_clock() -> None:
    state = look()
    assert state.synchronised in (True, False)
    assert state.error_ms >= 0
