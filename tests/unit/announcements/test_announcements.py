"""Announcements over the real store, ffmpeg and espeak-ng: kept, changed, refused, said to callers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.announcements import service
from appliance.announcements.phrases import BUILT_IN
from appliance.announcements.programs import Programs
from appliance.announcements.service import AnnouncementsChanged, Draft, Source, Use
from appliance.announcements.speaker import Espeak
from appliance.core.errors import Conflict, InvalidInput, NotFound, SoriboxError, Unavailable
from appliance.core.health import Level
from tests.support.announcing import announcing, loudness, made, samples

pytestmark = pytest.mark.unit

LUNCH = Draft("점심시간 안내", "ko", text="지금은 점심시간입니다. 한 시 이후에 다시 전화해 주세요.")
TUNE = "aevalsrc='0.3*sin(2*PI*440*t)':d=2:s=44100"


class Counting(Espeak):
    """The real voice, which remembers what it has read aloud."""

    def __init__(self) -> None:
        super().__init__(Programs())
        self.read: list[str] = []

    async def speak(self, text: str, language: str, speed: int, voice: str) -> bytes:
        self.read.append(text)
        return await super().speak(text, language, speed, voice)


class Mute(Espeak):
    """A voice that has gone."""

    def __init__(self) -> None:
        super().__init__(Programs())

    async def speak(self, text: str, language: str, speed: int, voice: str) -> bytes:
        raise Unavailable("announcements.no_program", program="espeak-ng")


def there(file: str) -> bool:
    return Path(file).is_file()


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "announcements").iterdir() if path.is_file()}


async def test_what_is_written_is_spoken_kept_and_there_after_a_restart(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, store):
        lunch = await announcements.speak(LUNCH)
        assert (lunch.source, lunch.name, lunch.text) == (Source.SPOKEN, LUNCH.name, LUNCH.text)
        assert 3000 < lunch.duration_ms < 9000
        assert lunch.id in announcements.ids()
        kept = await asyncio.to_thread(samples, Path(announcements.prompts.file(lunch.id)))
        assert lunch.duration_ms == len(kept) // 8
        assert abs(await asyncio.to_thread(loudness, announcements.path(lunch.id)) - -20) < 1
        assert AnnouncementsChanged() in store.published
    async with announcing(tmp_path) as (announcements, _):
        assert announcements.list() == (lunch,)
        assert there(announcements.prompts.file(lunch.id))


async def test_a_text_is_edited_later_and_spoken_again_into_another_file(tmp_path: Path) -> None:
    voice = Counting()
    async with announcing(tmp_path, voice) as (announcements, _):
        lunch = await announcements.speak(LUNCH)
        before = announcements.prompts.file(lunch.id)
        renamed = await announcements.change(lunch.id, replace(LUNCH, name="점심"))
        assert (renamed.name, announcements.prompts.file(lunch.id)) == ("점심", before), "the same words, the same file"
        assert voice.read == [LUNCH.text]
        changed = await announcements.change(lunch.id, Draft("점심", "en", text="We are at lunch.", speed=80))
        assert (changed.id, changed.language, voice.read[-1]) == (lunch.id, "en", "We are at lunch.")
        assert announcements.prompts.file(lunch.id) != before
        assert files(tmp_path) == {changed.file, lunch.file}, "the old sound is kept as a version"


async def test_speed_is_heard(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        slow = await announcements.speak(replace(LUNCH, name="slow", speed=60))
        fast = await announcements.speak(replace(LUNCH, name="fast", speed=160))
        assert slow.duration_ms > 1.5 * fast.duration_ms
        assert (slow.id, fast.id) == ("slow", "fast")


async def test_a_file_is_uploaded_and_its_sound_replaced_later(tmp_path: Path) -> None:
    tune = await asyncio.to_thread(made, tmp_path / "tune.mp3", TUNE)
    other = await asyncio.to_thread(made, tmp_path / "other.ogg", TUNE.replace("d=2", "d=3"))
    async with announcing(tmp_path) as (announcements, _):
        music = await announcements.upload(Draft("Waltz 2", music=True), tune)
        assert (music.id, music.source, music.music, music.text) == ("waltz2", Source.UPLOADED, True, "")
        assert 1990 <= music.duration_ms <= 2150
        longer = await announcements.change(music.id, Draft("Waltz 2", "en", music=True), other)
        assert 2990 <= longer.duration_ms <= 3150
        assert longer.language == "en"
        assert files(tmp_path) == {longer.file, music.file}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(LUNCH, name="  "), "name"),
        (replace(LUNCH, name="x" * 61), "name"),
        (replace(LUNCH, text=""), "text"),
        (replace(LUNCH, text="…!?"), "text"),
        (replace(LUNCH, text="가" * 1001), "text"),
        (replace(LUNCH, language="fr"), "language"),
        (replace(LUNCH, language=""), "language"),
        (replace(LUNCH, speed=10), "speed"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_left(tmp_path: Path, draft: Draft, field: str) -> None:
    async with announcing(tmp_path) as (announcements, _):
        with pytest.raises(InvalidInput) as refused:
            await announcements.speak(draft)
        assert refused.value.field == field
        assert (announcements.list(), files(tmp_path)) == ((), set())


async def test_a_refused_upload_leaves_nothing(tmp_path: Path) -> None:
    words = tmp_path / "words.mp3"
    await asyncio.to_thread(words.write_text, "no sound")
    async with announcing(tmp_path) as (announcements, _):
        with pytest.raises(InvalidInput, match=r"announcements\.no_sound"):
            await announcements.upload(Draft("x"), words)
        assert (announcements.list(), files(tmp_path)) == ((), set())


async def test_two_may_not_have_one_name(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        await announcements.speak(LUNCH)
        other = await announcements.speak(replace(LUNCH, name="저녁"))
        for work in (announcements.speak(LUNCH), announcements.change(other.id, LUNCH)):
            with pytest.raises(Conflict) as refused:
                await work
            assert (refused.value.key, refused.value.field) == ("announcements.name_taken", "name")
        assert len(files(tmp_path)) == 2


async def test_what_is_sent_is_refused_as_soon_as_it_is_too_large(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        folder = tmp_path / "announcements" / "incoming"
        async with announcements.incoming() as incoming:
            for _ in range(30):
                await incoming.add(bytes(1_000_000))
            with pytest.raises(InvalidInput, match=r"announcements\.too_large"):
                await incoming.add(b"x")
        assert not list(folder.iterdir())


async def test_what_is_used_cannot_be_removed_and_the_error_names_what_uses_it(tmp_path: Path) -> None:
    used: tuple[Use, ...] = (Use("group", "desk", "상담팀"), Use("group", "desk", "상담팀"), Use("group", "n", "야간"))
    async with announcing(tmp_path) as (announcements, _):
        lunch = await announcements.speak(LUNCH)
        announcements.used_by(lambda one: used if one == lunch.id else ())
        with pytest.raises(Conflict) as refused:
            await announcements.remove(lunch.id)
        assert (refused.value.key, refused.value.params) == ("announcements.in_use", {"names": "상담팀, 야간"})
        assert lunch.id in announcements.ids()
        used = ()
        await announcements.remove(lunch.id)
        assert (announcements.list(), files(tmp_path)) == ((), set())
        assert announcements.prompts.file(lunch.id) == ""
        with pytest.raises(NotFound):
            await announcements.remove(lunch.id)


async def test_nobody_can_choose_what_is_being_removed(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        lunch = await announcements.speak(LUNCH)
        removing = asyncio.create_task(announcements.remove(lunch.id))
        await asyncio.sleep(0)
        assert lunch.id not in announcements.ids()
        await removing


async def test_the_box_has_its_own_in_both_languages_and_speaks_them_once(tmp_path: Path) -> None:
    voice = Counting()
    async with announcing(tmp_path, voice) as (announcements, store):
        assert announcements.prompts.file("") == ""
        await announcements.start()
        await announcements.settled()
        assert {one.id for one in announcements.list()} == {
            f"box-{name}-{language}"
            for name in (one.replace("_", "-") for one in BUILT_IN)
            for language in ("ko", "en")
        }
        assert len(voice.read) == 2 * len(BUILT_IN)
        assert [report.level for report in store.health.reports() if report.part == "announcements"] == [Level.OK]
        korean = announcements.prompts.file("")
        assert korean == announcements.prompts.file("box-unanswered-ko")
        await store.settings.set(**{"office.language": "en"})
        assert announcements.prompts.file("") == announcements.prompts.file("box-unanswered-en") != korean
        assert announcements.prompts.callback_noted() == announcements.prompts.file("box-callback-noted-en")
        with pytest.raises(Conflict, match=r"announcements\.built_in_stays"):
            await announcements.remove("box-closed-ko")
    async with announcing(tmp_path, voice) as (announcements, _):
        assert announcements.prompts.file("box-unanswered-ko") == korean, "at once, after a restart"
        await announcements.start()
        await announcements.settled()
        assert len(voice.read) == 2 * len(BUILT_IN)


async def test_places_in_a_queue_are_spoken_once_also_when_many_ask_together(tmp_path: Path) -> None:
    voice = Counting()
    async with announcing(tmp_path, voice) as (announcements, _):
        position = announcements.prompts.position
        several = await asyncio.gather(*(position(3, 120, offers_callback=True) for _ in range(5)))
        assert len({*several}) == len(voice.read) == 1
        assert await position(3, 130, offers_callback=True) == several[0], "about the same wait, the same words"
        assert await position(3, 120, offers_callback=False) != several[0]
        assert len(await asyncio.to_thread(samples, Path(several[0]))) > 8000
    async with announcing(tmp_path, voice) as (announcements, _):
        assert await announcements.prompts.position(3, 120, offers_callback=True) == several[0]
        assert len(voice.read) == 2


async def test_what_was_said_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SAID_AT_MOST", 2)
    voice = Counting()
    async with announcing(tmp_path, voice) as (announcements, _):
        said = tmp_path / "announcements" / "said"
        position = announcements.prompts.position
        first = await position(1, 0, offers_callback=False)
        await position(2, 0, offers_callback=False)
        assert await position(1, 0, offers_callback=False) == first
        await position(3, 0, offers_callback=False)
        assert len(list(said.iterdir())) == 2
        assert there(first), "who was wanted last stays"
        assert len(voice.read) == 3


async def test_without_a_voice_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    async with announcing(tmp_path, Mute()) as (announcements, store):
        await announcements.start()
        await announcements.settled()
        assert await announcements.prompts.position(1, 60, offers_callback=True) == ""
        assert (announcements.prompts.file(""), announcements.prompts.callback_noted()) == ("", "")
        assert [report.level for report in store.health.reports() if report.part == "announcements"] == [Level.DEGRADED]
        with pytest.raises(SoriboxError, match=r"announcements\.no_program"):
            await announcements.speak(LUNCH)


async def test_a_preview_is_heard_before_anything_is_kept(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        key = await announcements.preview("안녕하세요", "ko", 100)
        assert announcements.previewed(key).exists()
        assert announcements.list() == ()
        for wrong in ("", "../../soribox", "0" * 32):
            with pytest.raises(NotFound):
                announcements.previewed(wrong)


async def test_files_that_a_crash_has_left_are_tidied_up(tmp_path: Path) -> None:
    async with announcing(tmp_path) as (announcements, _):
        lunch = await announcements.speak(LUNCH)
    folder = tmp_path / "announcements"
    for left in ("lost-1.wav", "x.wav.unfinished", "incoming/half", "said/x.wav.unfinished"):
        await asyncio.to_thread((folder / left).write_bytes, b"x")
    async with announcing(tmp_path):
        assert files(tmp_path) == {lunch.file}
        assert not list((folder / "incoming").iterdir())
        assert not list((folder / "said").iterdir())
