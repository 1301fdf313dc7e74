"""A call with two warnings and an end, all that a package says of it, and the sounds on the disk.

job = write_job(tmp_path)                # a job for `appliance.evidence.maker`
packed = make(job)
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

from appliance.evidence import keys
from appliance.evidence.dossier import CallFacts, Dossier, Job, Line, Source, Told
from appliance.evidence.packing import sum_of
from appliance.evidence.types import ClockState, Key
from tests.simulators import audio
from tests.support.recorded import AGENT_TONE, CALLER_TONE, SENT_TONE
from tests.support.sound import tone, write_wav

BEGAN_MS = 1_795_000_000_000
_SAID = ("1차 경고 안내", "2차 경고 안내", "협박 종료 안내")


def dossier(key: Key, sources: tuple[Source, ...] = ()) -> Dossier:
    """Return everything that is said of the call."""
    told = tuple(
        Told(BEGAN_MS + 60_000 * stage, stage, "threat" if stage == 3 else "abuse", "김하늘 (101)", "김하늘", said)
        for stage, said in enumerate(_SAID, 1)
    )
    lines = tuple(
        Line(BEGAN_MS + at, "timeline.warned", words)
        for at, words in (
            (0, "02-123-4567(대표) 번호로 전화가 왔습니다"),
            (4_000, "김하늘 (101) 전화를 받았습니다"),
            (60_000, "내선 101에서 1차 경고 안내를 보냈습니다: ‘1차 경고 안내’"),
            (120_000, "내선 101에서 2차 경고 안내를 보냈습니다: ‘2차 경고 안내’"),
            (180_000, "내선 101에서 통화를 강제 종료했습니다. 상대방에게 나간 안내: ‘협박 종료 안내’"),
            (186_000, "통화가 끝났습니다"),
        )
    )
    return Dossier(
        id="20261126-1a2b3c4d",
        made_ms=BEGAN_MS + 3_600_000,
        made_by="관리자",
        reason="경찰 제출(사건 2026-1234)",
        language="ko",
        office="소리상사",
        software="0.1.0",
        zone="Asia/Seoul",
        clock=ClockState(True, 0.412, 18.0),
        clock_then=ClockState(False),
        key=key,
        call=CallFacts(
            id="call-1",
            direction="in",
            number="010-5555-1234",
            presentation="shown",
            customer="홍길동",
            line="02-123-4567 (대표)",
            agent="김하늘 (101)",
            started_ms=BEGAN_MS,
            answered_ms=BEGAN_MS + 4_000,
            ended_ms=BEGAN_MS + 186_000,
            result="terminated",
            cause="call.cause.terminated",
            ended_by="box",
        ),
        told=told,
        timeline=lines,
        sources=sources,
    )


def write_job(folder: Path) -> Job:
    """Write the sounds and the key below `folder`, and return what is to be made of them."""
    key = keys.ensure(folder)
    recording = folder / "recordings" / "call-1.wav"
    recording.parent.mkdir()
    both = (sample for pair in zip(tone(CALLER_TONE, 2), tone(AGENT_TONE, 2), strict=True) for sample in pair)
    audio.write_wav(recording, array("h", both), channels=2)
    sent = write_wav(folder / "recordings" / "call-1-notice-1-sent.wav", tone(SENT_TONE, 0.5))
    sources = (
        Source(str(recording), "recording", BEGAN_MS + 4_000, 2000, sum_of(recording)),
        *(Source(str(sent), "announcement", BEGAN_MS + 60_000 * n + 20, 500, sum_of(sent)) for n in (1, 2, 3)),
    )
    target = folder / "evidence" / "20261126-1a2b3c4d.zip"
    target.parent.mkdir()
    return Job(dossier(key, sources), str(target), str(folder / keys.FILE))


def in_english(job: Job) -> Job:
    """Return the same job for an office that reads English."""
    return replace(job, dossier=replace(job.dossier, language="en"))
