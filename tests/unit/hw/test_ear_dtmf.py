"""Caller ID that is sent as keys: what Q.24 wants to be read, what it wants not to be, and what only sounds like it."""

from __future__ import annotations

import pytest

from hw.api import Frame, Presentation
from hw.sound.caller_id import Ear
from tests.support.spoken_cid import Disturbance, Sound, disturbed, dtmf_sound, pcm, speech_like

pytestmark = pytest.mark.unit

NUMBER = "01012345678"
SENT = f"A{NUMBER}C"
P = Presentation


def heard(sound: Sound, how: Disturbance, rate: int = 8000, seed: int = 0) -> list[Frame]:
    return Ear(rate).feed(disturbed(sound, rate, how, seed))


@pytest.mark.parametrize(
    ("keys", "number", "presentation"),
    [
        (SENT, NUMBER, P.SHOWN),
        ("D0212345678#", "0212345678", P.SHOWN),
        ("D0212345678C", "0212345678", P.SHOWN),
        ("A0212345678D0311234567C", "0212345678", P.SHOWN),  # the caller, and who sent the call on
        ("B10C", "", P.WITHHELD),
        ("B00C", "", P.UNAVAILABLE),
        ("D1#", "", P.WITHHELD),
        ("D2#", "", P.UNAVAILABLE),
    ],
)
def test_a_caller_in_keys(keys: str, number: str, presentation: Presentation) -> None:
    frames = heard(dtmf_sound(keys, 8000), Disturbance(noise_db=15))
    assert [(one.number, one.presentation, one.raw) for one in frames] == [(number, presentation, keys.encode())]


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
def test_keys_at_every_rate(rate: int) -> None:
    assert [one.number for one in heard(dtmf_sound(SENT, rate), Disturbance(noise_db=15), rate)] == [NUMBER]


@pytest.mark.parametrize(
    "sound",
    [
        dtmf_sound(SENT, 8000, 0.04, 0.04),
        dtmf_sound(SENT, 8000, 0.1, 0.1),
        dtmf_sound(SENT, 8000, twist_db=4),
        dtmf_sound(SENT, 8000, twist_db=-8),
        dtmf_sound(SENT, 8000, shift=0.015),
        dtmf_sound(SENT, 8000, shift=-0.015),
    ],
    ids=["short", "long", "high loud", "low loud", "high", "low"],
)
@pytest.mark.parametrize("how", [Disturbance(noise_db=12), Disturbance(-40, 15), Disturbance(hum=0.2, constant=0.2)])
def test_keys_that_have_to_be_read(sound: Sound, how: Disturbance) -> None:
    assert [one.number for one in heard(sound, how)] == [NUMBER]


@pytest.mark.parametrize(
    "sound",
    [
        dtmf_sound(SENT, 8000, 0.023),
        dtmf_sound(SENT, 8000, shift=0.035),
        dtmf_sound(SENT, 8000, shift=-0.035),
        dtmf_sound(f"{NUMBER}#", 8000),
        dtmf_sound(f"*23#{NUMBER}", 8000),
        dtmf_sound(f"A{NUMBER}", 8000),
        dtmf_sound("AC", 8000),
        dtmf_sound("A12C", 8000),
        dtmf_sound(SENT, 8000, off_s=0.5),
    ],
    ids=["too short", "too high", "too low", "dialled", "a code", "no end", "empty", "no number", "by hand"],
)
def test_keys_that_are_no_caller(sound: Sound) -> None:
    assert heard(sound, Disturbance(noise_db=20)) == []


@pytest.mark.parametrize("seed", range(6))
def test_speech_makes_no_caller(seed: int) -> None:
    assert Ear(8000).feed(pcm(speech_like(8000, 20, seed))) == []


def test_speech_before_and_behind_does_not_hide_a_caller() -> None:
    spoken = pcm(speech_like(8000, 3, 1))
    sent = disturbed(dtmf_sound(SENT, 8000), 8000, Disturbance(), before_s=0.2, after_s=0.2)
    assert [one.number for one in Ear(8000).feed(spoken + sent + spoken)] == [NUMBER]
