"""Caller ID out of the sound of a line: two standards, every rate, and what lines do to sound."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from hw.api import Frame, FrameKind, Presentation
from hw.cid.fsk import encode
from hw.sound.bits import BELL_202, V_23, Softly, Tones
from hw.sound.caller_id import Ear
from hw.sound.message import read
from tests.support.spoken_cid import Disturbance, Sending, bits_of, disturbed, fsk_sound, pcm, speech_like

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
    [
        Sending(baud=1188),
        Sending(baud=1212),
        Sending(seizure=0, mark=80),
        Sending(stuffing=3),
        Sending(mark=600),
        Sending(breaks_phase=True),
    ],
    ids=["slow", "fast", "during a talk", "ones between bytes", "long mark", "broken phase"],
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


@STANDARDS
@pytest.mark.parametrize("twist_db", [-8, 8])
def test_a_caller_is_heard_though_one_tone_is_much_louder(tones: Tones, twist_db: float) -> None:
    sound = fsk_sound(encode(NUMBER), 8000, tones, twist_db=twist_db)
    assert [one.number for one in heard(disturbed(sound, 8000, Disturbance(noise_db=15)))] == [NUMBER]


@STANDARDS
def test_a_caller_is_heard_whom_another_program_sends(tones: Tones, tmp_path: Path) -> None:
    """It sends bytes; the ones before them are ours. At 48 kHz its bits are as long as they should be."""
    file = tmp_path / "sent.wav"
    command = ["minimodem", "--tx", "-q", "-f", str(file), "-R", "48000", "-M", str(tones.mark), "-S", str(tones.space)]
    subprocess.run([*command, "--ascii", "1200"], input=encode(NUMBER), check=True)
    with wave.open(str(file)) as written:
        sent = written.readframes(written.getnframes())
    ones = pcm(0.5 * np.sin(2 * np.pi * tones.mark * np.arange(4800) / 48000))
    assert [one.number for one in heard(ones + sent + bytes(48000), 48000)] == [NUMBER]


def test_a_caller_is_heard_between_words() -> None:
    spoken = pcm(speech_like(8000, 2, 3))
    sound = disturbed(fsk_sound(encode(NUMBER), 8000, BELL_202, Sending(0, 80)), 8000, Disturbance(), before_s=0.1)
    assert [one.number for one in heard(spoken + sound + spoken)] == [NUMBER]


def soft_bits(message: bytes, weak: dict[int, float]) -> Softly:
    """Return a message as it is heard, one sample a bit, with some of its bits (by place) turned into others."""
    values = np.array([1.0 if bit else -1.0 for bit in bits_of(message, Sending(0, 9))], np.float32)
    for place, value in weak.items():
        values[9 + place] = value
    return Softly(values, 0, 1, 0.5)


def test_two_weak_bits_that_make_up_for_each_other_are_no_caller() -> None:
    message = encode("0212345678")
    at = {digit: (2 + 2 + 8 + 2 + place) * 10 for place, digit in enumerate("0212345678")}
    wrong = {at["4"] + 1: 0.1, at["7"] + 1: -0.1}  # the lowest bits: "5" and "6" are heard, and the sum is right
    assert read(soft_bits(message, {}), 1).frame is not None
    assert read(soft_bits(message, wrong), 1).frame is None
    loud = {place: 10 * value for place, value in wrong.items()}
    heard_so = read(soft_bits(message, loud), 1).frame
    assert heard_so is not None
    assert heard_so.number == "0212355668"


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
