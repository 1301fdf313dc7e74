"""How well a call was heard: the mark, the one sentence, and where the figures come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.calls.quality import LegReport, mos, report, verdict
from appliance.core.errors import NotFound
from sip.api import LegEnded, Quality
from tests.unit.calls.office import Office, running_office

pytestmark = pytest.mark.unit

FINE = Quality(received=3000, lost=3, jitter_ms=4.0, far_lost=0, round_trip_ms=20.0)


def leg(who: str, quality: Quality, seconds: float = 60.0) -> LegReport:
    return report("caller" if not who else "called", who, quality, seconds)


def test_the_mark_falls_with_loss_and_delay() -> None:
    assert mos(0.0, 0.0, 20.0) > 4.3
    assert mos(0.05, 0.0, 20.0) < 3.9
    assert mos(0.0, 0.0, 900.0) < 3.6
    assert 1.0 <= mos(1.0, 500.0, 5000.0) < 1.5


@pytest.mark.parametrize(
    ("quality", "key"),
    [
        (Quality(2600, 400, 5.0, 0, 20.0), "loses"),
        (Quality(3000, 0, 5.0, 500, 20.0), "hears_gaps"),
        (Quality(3000, 0, 5.0, 0, 900.0), "late"),
        (Quality(3000, 0, 120.0, 0, 90.0), "jitters"),
    ],
)
def test_one_sentence_says_what_was_wrong_and_on_whose_side(quality: Quality, key: str) -> None:
    found = verdict((leg("", FINE), leg("103", quality)))
    assert found is not None
    assert (found.key, found.who) == (key, "103")


def test_nobody_complains_about_a_good_call_or_one_that_has_just_begun() -> None:
    assert verdict((leg("", FINE), leg("103", FINE))) is None
    assert verdict((leg("", Quality(), 1.0), leg("103", FINE, 1.0))) is None
    assert verdict(()) is None


def test_one_sided_silence_is_said_first() -> None:
    found = verdict((leg("", Quality()), leg("103", FINE)))
    assert found is not None
    assert (found.key, found.who, found.params) == ("silent", "", {"other": "103"})
    both = verdict((leg("", Quality()), leg("103", Quality())))
    assert both is not None
    assert both.key == "all_silent"


async def talk(office: Office, seconds: float = 60) -> str:
    call_id = await office.talking()
    await office.until(lambda: office.calls.live()[0].answered_ms and office.calls.live()[0].parties[0].state)
    await office.until(lambda: all(party.state == "talking" for party in office.calls.live()[0].parties))
    office.clock.turn(seconds)
    return call_id


async def test_a_call_that_goes_on_is_measured_when_somebody_asks(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await talk(office)
        office.voice.qualities = {(call_id, "caller"): Quality(), (call_id, "called"): FINE}
        quality = await office.calls.quality(call_id)
        assert quality.live
        assert {(one.leg, one.who, one.received, one.seconds) for one in quality.legs} == {
            ("caller", "", 0, 60.0),
            ("called", "102", 3000, 60.0),
        }
        assert quality.verdict is not None
        assert (quality.verdict.key, quality.verdict.params) == ("silent", {"other": "102"})


async def test_without_the_voice_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await talk(office)
        office.voice.disconnect()
        quality = await office.calls.quality(call_id)
        assert (quality.live, quality.legs, quality.verdict) == (True, (), None)
        with pytest.raises(NotFound):
            await office.calls.quality("nothing")


async def test_afterwards_it_is_known_as_it_was_when_each_leg_ended(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await talk(office)
        office.voice.tell(call_id, LegEnded("called", 200, quality=FINE))
        office.voice.tell(call_id, LegEnded("caller", 200, by_far=False, quality=Quality(2600, 400, 5.0, 0, 20.0)))
        await office.ended()
        quality = await office.calls.quality(call_id)
        assert not quality.live
        assert [(one.leg, one.who) for one in quality.legs] == [("called", "102"), ("caller", "")]
        assert quality.verdict is not None
        assert (quality.verdict.key, quality.verdict.who) == ("loses", "")
        worst = min(one.mos for one in quality.legs)
        assert (await office.row(call_id)).mos == pytest.approx(worst, abs=0.01)
