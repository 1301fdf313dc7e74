"""What an announcement was before it was changed: kept, heard, brought back; and what is spoken at a phone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.announcements import ahead, phrases
from appliance.announcements.service import Announcements, Draft, Source
from appliance.core.errors import InvalidInput, NotFound
from tests.support.announcing import announcing, loudness, made, samples

pytestmark = pytest.mark.unit

LUNCH = Draft("Lunch", "en", text="We are at lunch.")
QUIET = "aevalsrc='0.02*sin(2*PI*440*t)*between(t,1,3)':d=4:s=8000"


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "announcements").iterdir() if path.is_file()}


def texts(announcements: Announcements) -> list[str]:
    return [one.text for one in announcements.versions("lunch")]


async def test_every_change_of_the_sound_is_kept_with_who_when_and_how(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, store):
        first = await announcements.speak(LUNCH, "haneul")
        second = await announcements.change("lunch", replace(LUNCH, speed=120), by="doyun")
        third = await announcements.change("lunch", replace(LUNCH, speed=120, voice="low"), by="boss")
        assert (first.version, second.version, third.version) == (1, 2, 3)
        renamed = await announcements.change("lunch", replace(LUNCH, name="Noon", speed=120, voice="low"), by="nobody")
        assert (renamed.version, renamed.changed_by) == (3, "boss"), "another name is no other sound"
        kept = [(one.version, one.made_by, one.source, one.speed) for one in announcements.versions("lunch")]
        assert kept == [(2, "doyun", Source.SPOKEN, 120), (1, "haneul", Source.SPOKEN, 100)]
        assert announcements.versions("lunch")[1].at_ms == first.changed_ms
        assert announcements.version_path("lunch", 1).is_file()
        assert files(tmp_path) == {first.file, second.file, third.file}
        await announcements.remove("lunch")
        assert files(tmp_path) == set()
        assert store.published


async def test_an_older_one_is_brought_back_and_that_can_be_taken_back_too(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        first = await announcements.speak(LUNCH, "haneul")
        await announcements.change("lunch", replace(LUNCH, text="We are closed."), by="doyun")
        back = await announcements.bring_back("lunch", 1, "boss")
        assert (back.text, back.file, back.version, back.changed_by) == (LUNCH.text, first.file, 1, "boss")
        assert texts(announcements) == ["We are closed."]
        assert await announcements.bring_back("lunch", 1, "boss") == back, "twice is once"
        again = await announcements.bring_back("lunch", 2, "boss")
        assert (again.text, again.version) == ("We are closed.", 2)
        assert (await announcements.change("lunch", LUNCH, by="boss")).version == 3
        with pytest.raises(NotFound):
            await announcements.bring_back("lunch", 9, "boss")
    async with announcing(tmp_path) as (announcements, _):
        assert [one.version for one in announcements.versions("lunch")] == [2, 1]


async def test_only_so_many_are_kept_as_the_office_wants_and_their_files_go_with_them(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, store):
        await store.settings.set(**{"announcements.versions": 2})
        await announcements.speak(LUNCH)
        for number in range(1, 5):
            await announcements.change("lunch", replace(LUNCH, text=f"Number {number}."))
        assert texts(announcements) == ["Number 3.", "Number 2."]
        assert len(files(tmp_path)) == 3
        await store.settings.set(**{"announcements.versions": 0})
        await announcements.change("lunch", LUNCH)
        assert (texts(announcements), len(files(tmp_path))) == ([], 1)


async def test_what_was_spoken_at_a_phone_is_trimmed_as_loud_as_all_and_a_version(tmp_path: Path) -> None:
    spoken = await asyncio.to_thread(made, tmp_path / "caller.wav", QUIET)
    async with announcing(tmp_path) as (announcements, _):
        await announcements.speak(LUNCH, "haneul")
        file = await announcements.taken.prepare("call1", 1, spoken, 2500)
        length = len(await asyncio.to_thread(samples, Path(file))) // 8
        assert 1450 <= length <= 1700, "a second of silence is cut before, and what came after the key"
        kept = await announcements.keep_taken("call1", "lunch", "doyun")
        assert (kept.source, kept.changed_by, kept.version, kept.text) == (Source.RECORDED, "doyun", 2, "")
        assert abs(await asyncio.to_thread(loudness, announcements.path("lunch")) - -20) < 1
        assert await announcements.keep_taken("call1", "lunch", "doyun") == kept, "twice is once"
        assert texts(announcements) == [LUNCH.text]
        await announcements.taken.forget("call1", tmp_path / "voice" / "call1")
        with pytest.raises(NotFound):
            await announcements.keep_taken("call2", "lunch", "doyun")


async def test_the_last_take_counts_and_a_new_one_gets_a_name_that_is_free(tmp_path: Path) -> None:
    one = await asyncio.to_thread(made, tmp_path / "one.wav", "sine=f=440:d=1")
    other = await asyncio.to_thread(made, tmp_path / "other.wav", "sine=f=440:d=2")
    silent = await asyncio.to_thread(made, tmp_path / "silent.wav", "anullsrc=r=8000:d=2")
    async with announcing(tmp_path) as (announcements, _):
        await announcements.speak(LUNCH)
        assert await announcements.taken.prepare("call1", 1, silent, 2000) == ""
        await announcements.taken.prepare("call1", 2, one, 1000)
        await announcements.taken.prepare("call1", 10, other, 2000)
        kept = await announcements.keep_taken("call1", "", "doyun", name="Lunch")
        assert kept.name == "Lunch 2", "somebody took the name meanwhile"
        assert 1900 <= kept.duration_ms <= 2100
        assert (announcements.dialled(kept.dial), announcements.get("lunch").dial, kept.dial) == (kept, 1, 2)


class Office:
    """What the office says of itself."""

    def __init__(self) -> None:
        self.known = {"office": "소리상사", "open_hours": "오전 아홉 시부터", "number": ""}

    def fact(self, placeholder: str, language: str) -> str:
        return self.known[placeholder]


async def test_what_a_text_says_of_the_office_is_filled_and_spoken_again_when_it_changes(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        office = Office()
        announcements.told_by(office)
        greeting = Draft("인사", "ko", text="{office}입니다. 업무 시간은 {open_hours}입니다.")
        kept = await announcements.speak(greeting)
        assert kept.said == "소리상사입니다. 업무 시간은 오전 아홉 시부터입니다."
        assert kept.text == greeting.text
        office.known["office"] = "새소리상사"
        announcements.facts_changed()
        await announcements.settled()
        now = announcements.get(kept.id)
        assert (now.said[:5], now.version) == ("새소리상사", 1), "the same words of the office: no version"
        assert files(tmp_path) == {now.file}
        assert announcements.versions(kept.id) == ()
        for text, key in (("{number}", "nothing_for.number"), ("{weather}", "no_such_placeholder")):
            with pytest.raises(InvalidInput, match=key):
                await announcements.preview(text, "ko")
        office.known["office"] = "가" * 999
        with pytest.raises(InvalidInput, match="too_long"):
            await announcements.preview(greeting.text, "ko")


async def test_voices_differ_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        heard = {await announcements.preview("안녕하세요", "ko", 100, voice) for voice in announcements.voices}
        assert len(heard) == len(announcements.voices)
        assert await announcements.preview("안녕하세요", "ko") in heard, "the usual voice need not be named"
        with pytest.raises(InvalidInput) as refused:
            await announcements.speak(replace(LUNCH, voice="tenor"))
        assert refused.value.field == "voice"


async def test_what_one_box_has_spoken_another_need_not_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "BUILT_IN", ("closed", "lunch"))
    shared = tmp_path / "shared"
    assert await ahead.speak(shared)
    async with announcing(tmp_path / "box", Dumb(), shared=shared) as (announcements, _):
        await announcements.start()
        await announcements.settled()
        assert len(announcements.list()) == 4
    monkeypatch.setattr(phrases, "BUILT_IN", ("closed", "lunch", "holiday"))
    async with announcing(tmp_path / "other", shared=shared) as (announcements, _):
        await announcements.start()
        await announcements.settled()
    assert len(list(shared.iterdir())) == 6, "what it has spoken is there for others"


class Dumb:
    """A voice that must not be needed."""

    engine = "espeak-ng-1"
    voices = ("plain",)

    async def speak(self, text: str, language: str, speed: int, voice: str) -> bytes:
        raise AssertionError("it was spoken already")
