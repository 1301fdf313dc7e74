"""Any common file becomes telephone sound, as loud as the others; what is no sound is refused in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.announcements.converter import Converter
from appliance.announcements.programs import Programs
from appliance.core.errors import InvalidInput, Unavailable
from tests.support.announcing import loudness, made, samples

pytestmark = pytest.mark.unit

SPEECH = "aevalsrc='0.2*sin(2*PI*300*t)*lt(mod(t,0.5),0.35)':d=3:s=44100"


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "ogg", "flac", "opus", "webm", "aiff"])
async def test_every_common_format_becomes_eight_kilohertz_mono(tmp_path: Path, kind: str) -> None:
    coding = ("-c:a", "libopus") if kind == "webm" else ()
    source = await asyncio.to_thread(made, tmp_path / f"sent.{kind}", SPEECH, *coding)
    sound = await Converter(Programs()).convert(source, tmp_path / "kept.wav")
    kept = await asyncio.to_thread(samples, tmp_path / "kept.wav")
    assert sound.duration_ms == len(kept) // 8
    assert 2900 <= sound.duration_ms <= 3200
    assert sound.size == 44 + 2 * len(kept), "the plainest header there is"


@pytest.mark.parametrize("volume", [0.02, 0.2, 1.0])
async def test_quiet_and_loud_files_end_equally_loud_and_unclipped(tmp_path: Path, volume: float) -> None:
    source = f"aevalsrc='{volume}*sin(2*PI*440*t)|{volume}*sin(2*PI*440*t)':d=3:s=48000"
    await Converter(Programs()).convert(
        await asyncio.to_thread(made, tmp_path / "sent.wav", source), tmp_path / "k.wav"
    )
    assert abs(await asyncio.to_thread(loudness, tmp_path / "k.wav") - -20) < 1
    assert max(map(abs, await asyncio.to_thread(samples, tmp_path / "k.wav"))) <= 0.82 * 32767


async def test_peaks_over_quiet_speech_are_held_down_not_cut_off(tmp_path: Path) -> None:
    source = "aevalsrc='0.02*sin(2*PI*440*t)+0.9*sin(2*PI*500*t)*between(t,1,1.02)':d=4:s=16000"
    await Converter(Programs()).convert(
        await asyncio.to_thread(made, tmp_path / "sent.wav", source), tmp_path / "k.wav"
    )
    kept = await asyncio.to_thread(samples, tmp_path / "k.wav")
    loudest = max(map(abs, kept))
    assert loudest <= 0.85 * 32767
    assert sum(abs(sample) == loudest for sample in kept) < 20


async def refusal(source: Path, tmp_path: Path) -> str:
    with pytest.raises(InvalidInput) as refused:
        await Converter(Programs()).convert(source, tmp_path / "kept.wav")
    assert refused.value.field == "sound"
    assert not (tmp_path / "kept.wav").exists()
    return refused.value.key


async def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    for number, content in enumerate((b"just some words\n" * 50, b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 500, b"RIFF")):
        path = tmp_path / f"sent{number}"
        await asyncio.to_thread(path.write_bytes, content)
        assert await refusal(path, tmp_path) == "announcements.no_sound"
    picture = await asyncio.to_thread(made, tmp_path / "sent.mp4", "color=red:d=1:s=64x64")
    assert await refusal(picture, tmp_path) == "announcements.no_sound"


async def test_a_file_that_names_other_files_is_refused(tmp_path: Path) -> None:
    await asyncio.to_thread(made, tmp_path / "secret.wav", SPEECH)
    for name, text in (
        ("list.m3u8", "#EXTM3U\n#EXTINF:3,\nsecret.wav\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile secret.wav\n"),
    ):
        await asyncio.to_thread((tmp_path / name).write_text, text)
        assert await refusal(tmp_path / name, tmp_path) == "announcements.no_sound"


async def test_silence_nothing_and_too_much_are_told_apart(tmp_path: Path) -> None:
    silent = await asyncio.to_thread(made, tmp_path / "silent.wav", "anullsrc=r=8000:cl=mono:d=2")
    assert await refusal(silent, tmp_path) == "announcements.silent"
    empty = await asyncio.to_thread(made, tmp_path / "empty.wav", "anullsrc=r=8000:cl=mono", "-t", "0")
    assert await refusal(empty, tmp_path) in ("announcements.empty", "announcements.silent")
    long = await asyncio.to_thread(made, tmp_path / "long.flac", "sine=f=440:r=8000:d=903")
    assert await refusal(long, tmp_path) == "announcements.too_long"


async def test_a_program_that_is_missing_or_hangs_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"announcements\.no_program"):
        await Programs().run("no-such-program-here")
    with pytest.raises(Unavailable, match=r"announcements\.took_too_long"):
        await Programs(seconds=0.05).run("sleep", "60")


async def test_who_gives_up_takes_the_program_along() -> None:
    programs = Programs()
    waiting = asyncio.create_task(programs.run("cat", given=None))
    await asyncio.sleep(0)
    slow = asyncio.create_task(programs.run("sleep", "60"))
    assert (await waiting).code == 0
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert (await programs.run("true")).code == 0, "it is the next one's turn"
