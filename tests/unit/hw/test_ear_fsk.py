"""Caller ID out of the sound of a line: two standards, every rate, and what lines do to sound."""

from __future__ import annotations

import pytest

from hw.api import Frame, FrameKind, Presentation
from hw.cid.fsk import encode
from hw.sound.bits import BELL_202, V_23, Tones
from hw.sound.caller_id import Ear
from tests.support.spoken_cid import Disturbance, Sending, disturbed, fsk_sound

pytestmark = pytest.mark.unit

STANDARDS = pytest.mark.parametrize("tones", [BELL_202, V_23], ids=["bell202", "v23"])
NUMBER = "01012345678"


def heard(sound: bytes, rate: int = 8000, block: int = 320) -> list[Frame]:
    ear = Ear(rate)
    return [frame for at in range(0, len(sound), block) for frame in ear.feed(sound[at : at + block])]


@STANDARDS
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000])
def test_a_caller_is_heard_at_every_rate(tones: Tones, rate: int) -> None:
    frames = heard(disturbed(fsk_sound(encode(NUMBER), rate, tones), rate, Disturbance(noise_db=20)), rate)
    assert [(one.kind, one.number, one.presentation) for one in frames] == [
        (FrameKind.RING, NUMBER, Presentation.SHOWN)
    ]
    assert frames[0].raw == encode(NUMBER)[:-1]


@STANDARDS
@pytest.mark.parametrize(
    "how",
    [
        Disturbance(level_db=-40, noise_db=15),
        Disturbance(level_db=-3),
        Disturbance(constant=0.3),
        Disturbance(hum=0.25),
        Disturbance(level_db=-3, clipped_at=0.1),
        Disturbance(noise_db=6),
    ],
    ids=["quiet", "loud", "constant", "hum", "clipped", "noise"],
)
def test_a_caller_is_heard_on_a_bad_line(tones: Tones, how: Disturbance) -> None:
    assert [one.number for one in heard(disturbed(fsk_sound(encode(NUMBER), 8000, tones), 8000, how))] == [NUMBER]


@STANDARDS
@pytest.mark.parametrize(
    "sending",
    [Sending(baud=1188), Sending(baud=1212), Sending(seizure=0, mark=80), Sending(stuffing=3), Sending(mark=600)],
    ids=["slow", "fast", "during a talk", "ones between bytes", "long mark"],
)
def test_a_caller_is_heard_however_it_is_sent(tones: Tones, sending: Sending) -> None:
    sound = fsk_sound(encode(NUMBER), 8000, tones, sending)
    assert [one.number for one in heard(disturbed(sound, 8000, Disturbance(noise_db=15)))] == [NUMBER]


@STANDARDS
@pytest.mark.parametrize("block", [1, 7, 160, 4001, 1 << 20])
def test_blocks_of_any_length_make_no_difference(tones: Tones, block: int) -> None:
    sound = disturbed(fsk_sound(encode(NUMBER), 8000, tones), 8000, Disturbance(noise_db=10))
    assert heard(sound, block=block) == heard(sound)
    assert len(heard(sound)) == 1


def test_a_withheld_caller_and_a_second_call() -> None:
    calls = ["", "0212345678", "0511234567"]
    sound = b"".join(disturbed(fsk_sound(encode(number), 8000), 8000, Disturbance(noise_db=12)) for number in calls)
    assert [(one.number, one.presentation) for one in heard(sound)] == [
        ("", Presentation.WITHHELD), ("0212345678", Presentation.SHOWN), ("0511234567", Presentation.SHOWN)
    ]  # fmt: skip


def test_a_message_with_a_wrong_checksum_is_no_call() -> None:
    wrong = encode(NUMBER)[:-1] + bytes(((encode(NUMBER)[-1] + 1) % 256,))
    assert heard(disturbed(fsk_sound(wrong, 8000), 8000, Disturbance())) == []


@pytest.mark.parametrize("rate", [7999, 48001, 0])
def test_a_rate_of_no_line_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match=str(rate)):
        Ear(rate)
