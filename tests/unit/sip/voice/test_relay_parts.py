"""The pure parts of the relay: laws of G.711, the track in time, what is counted, RTCP."""

from __future__ import annotations

import struct
from array import array

import pytest

from sip.api import Quality
from sip.voice.lent import RelayedLeg
from sip.voice.relay import rtcp
from sip.voice.relay.g711 import PCMA, PCMU, TRANSLATIONS, linear
from sip.voice.relay.reception import Reception
from sip.voice.relay.track import Track
from sip.voice.worker.figures import Figures

pytestmark = pytest.mark.unit

FRAME_NS = 20_000_000
SOUND = b"\x10" * 160
QUIET = array("h", linear(b"\xd5", PCMA))[0]


# ------------------------------------------------------------------------------------------------ G.711


@pytest.mark.parametrize(
    ("law", "code", "sample"),
    # ITU-T G.711, tables 1a and 2a: the ends and the middle of both laws, scaled to 16 bit
    [
        (PCMA, 0xD5, 8),
        (PCMA, 0x55, -8),
        (PCMA, 0xAA, 32256),
        (PCMA, 0x2A, -32256),
        (PCMU, 0xFF, 0),
        (PCMU, 0x80, 32124),
        (PCMU, 0x00, -32124),
    ],
)
def test_codes_mean_what_the_recommendation_says(law: int, code: int, sample: int) -> None:
    assert array("h", linear(bytes([code]), law))[0] == sample


def test_a_translated_code_is_the_nearest_of_the_other_law() -> None:
    for one, other in ((PCMA, PCMU), (PCMU, PCMA)):
        table = TRANSLATIONS[one, other]
        assert table is not None
        for code in range(256):
            before = array("h", linear(bytes([code]), one))[0]
            after = array("h", linear(table[code : code + 1], other))[0]
            assert abs(before - after) <= max(16, abs(before) // 16)
            assert before * after >= 0


# ---------------------------------------------------------------------------------------------- the track


def samples(track: Track) -> array[int]:
    return array("h", track.take())


def test_packets_in_order_follow_each_other_and_a_lost_one_is_silence_of_its_length() -> None:
    track = Track(PCMA, 0)
    for number in (0, 1, 3):
        track.add(1000 + 160 * number, SOUND, number * FRAME_NS)
    heard = samples(track)
    assert len(heard) == 4 * 160
    assert set(heard[320:480]) == {QUIET}
    assert QUIET not in set(heard[:320]) | set(heard[480:])
    assert not samples(track)


def test_a_packet_that_comes_late_or_twice_is_left_out() -> None:
    track = Track(PCMA, 0)
    for number in (0, 2, 1, 2, 3):
        track.add(160 * number, SOUND, number * FRAME_NS)
    assert len(samples(track)) == 4 * 160


def test_timestamps_wrap() -> None:
    track = Track(PCMA, 0)
    track.add((1 << 32) - 160, SOUND, 0)
    track.add(0, SOUND, FRAME_NS)
    assert len(samples(track)) == 320


def test_a_new_beginning_of_the_timestamps_is_no_hour_of_silence() -> None:
    track = Track(PCMA, 0)
    track.add(0, SOUND, 0)
    track.add(500_000_000, SOUND, FRAME_NS)
    assert len(samples(track)) == 320


def test_a_track_of_which_nothing_comes_stays_as_long_as_the_time_that_passes() -> None:
    track = Track(PCMA, 0)
    track.add(0, SOUND, 0)
    for half_seconds in range(1, 5):
        track.keep_up(half_seconds * 500_000_000)
    track.add(77_777, SOUND, 2_000_000_000)
    assert len(samples(track)) == pytest.approx(2 * 8000 + 160, abs=160)


def test_a_heap_of_packets_that_come_late_stands_where_it_was_said() -> None:
    track = Track(PCMA, 0)
    for number in range(100):
        if number == 15:
            track.keep_up(500_000_000)  # for 200 ms nothing has come
        elif number in (50, 75):
            track.keep_up(number * FRAME_NS)
        at_ns = number * FRAME_NS
        track.add(160 * number, SOUND, max(at_ns, 550_000_000) if number >= 15 else at_ns)
    track.keep_up(100 * FRAME_NS)
    heard = samples(track)
    assert len(heard) == 100 * 160
    assert QUIET not in set(heard)


@pytest.mark.parametrize("faster", [0.999, 1.001])
def test_a_far_side_whose_clock_is_wrong_stays_where_it_belongs_for_an_hour(faster: float) -> None:
    track, length, at_ns = Track(PCMA, 0), 0, 0
    for number in range(3600 * 50):
        at_ns = round(number * FRAME_NS / faster) + (number * 7919) % 30 * 1_000_000  # uneven by up to 30 ms
        track.add(160 * number, SOUND, at_ns)
        if number % 25 == 0:
            track.keep_up(at_ns + 5_000_000)
            length += len(track.take()) // 2
            assert abs(at_ns * 8 // 1_000_000 - length) <= 8 * 100
    assert length > 3590 * 8000


def test_a_clock_that_is_set_makes_no_hours_of_silence() -> None:
    track = Track(PCMA, 0)
    track.add(0, SOUND, 0)
    track.keep_up(3600 * 1_000_000_000)
    track.keep_up(3600 * 1_000_000_000 + 500_000_000)
    assert len(samples(track)) <= 8000


# ----------------------------------------------------------------------------------------------- counting


def test_loss_is_what_is_missing_between_the_first_and_the_highest_number() -> None:
    reception = Reception(65534, 0, 0)
    numbers = [65534, 65535, 1, 3, 2, 6]  # 0, 4 and 5 are missing
    reception.take([(number, 160 * place, place * FRAME_NS) for place, number in enumerate(numbers)])
    assert (reception.received, reception.expected, reception.lost) == (6, 9, 3)
    assert reception.lost_lately() == 256 * 3 // 9
    assert reception.lost_lately() == 0


def test_even_packets_have_no_jitter_and_uneven_ones_have_theirs() -> None:
    even, uneven = Reception(0, 0, 0), Reception(0, 0, 0)
    even.take([(n, 160 * n, n * FRAME_NS) for n in range(200)])
    uneven.take([(n, 160 * n, n * FRAME_NS + (5_000_000 if n % 2 else 0)) for n in range(200)])
    assert even.jitter == 0
    assert uneven.jitter == pytest.approx(40, abs=1)  # 5 ms from one packet to the next, in samples


# --------------------------------------------------------------------------------------------------- RTCP


def test_a_report_that_is_read_says_what_was_written() -> None:
    block = rtcp.Block(7, fraction=12, lost=345, highest=70_000, jitter=8, last_report=99, delay=5)
    sent = rtcp.Sent(1, 1600, 10, 1600)
    heard = rtcp.read(rtcp.report(sent, block, 1_700_000_000_500_000_000), ours=7)
    assert heard.blocks == (block,)
    assert heard.report == rtcp.middle(1_700_000_000_500_000_000)
    assert rtcp.read(rtcp.report(sent, block, 0), ours=8).blocks == ()
    assert rtcp.read(rtcp.report(sent, None, 0), ours=7).blocks == ()


@pytest.mark.parametrize("cut", range(0, 64, 3))
def test_what_is_cut_off_or_nonsense_is_passed_over(cut: int) -> None:
    whole = rtcp.report(rtcp.Sent(1, 2, 3, 4), rtcp.Block(7, 0, 0, 0, 0), 0)
    assert len(rtcp.read(whole[:cut], ours=7).blocks) <= 1
    assert rtcp.read(b"\xff" * cut, ours=7) == rtcp.Heard()


def test_the_round_trip_is_what_has_passed_less_what_the_far_side_waited() -> None:
    sent_ns = 1_700_000_000_000_000_000
    block = rtcp.Block(7, 0, 0, 0, 0, last_report=rtcp.middle(sent_ns), delay=65536 // 2)
    assert rtcp.round_trip_ms(block, sent_ns + 540_000_000) == pytest.approx(40, abs=0.1)
    assert rtcp.round_trip_ms(rtcp.Block(7, 0, 0, 0, 0), sent_ns) is None


def test_lengths_in_reports_are_true() -> None:
    datagram = rtcp.report(rtcp.Sent(1, 2, 3, 4), rtcp.Block(7, 0, 0, 0, 0), 0)
    first_words = struct.unpack_from("!H", datagram, 2)[0]
    second = (first_words + 1) * 4
    assert datagram[second + 1] == 202
    assert second + (struct.unpack_from("!H", datagram, second + 2)[0] + 1) * 4 == len(datagram)


# ------------------------------------------------------------------------------------ figures of both parts


def test_what_the_relay_carried_is_not_counted_as_lost_by_the_mixer() -> None:
    figures = Figures()
    figures.lend(Quality(received=50, lost=1))
    figures.give_back(RelayedLeg("caller", 0, 0, 500, Quality(received=497, lost=3, jitter_ms=2.0)))
    total = figures.total(Quality(received=80, lost=1 + 500 + 2))
    assert (total.received, total.lost) == (577, 6)


def test_a_leg_that_ends_in_the_relays_hands_keeps_what_the_mixer_had_lost() -> None:
    figures = Figures()
    figures.lend(Quality(received=50, lost=4))
    figures.give_back(RelayedLeg("caller", 0, 0, 500, Quality(received=500, lost=0, round_trip_ms=12.5)))
    total = figures.total(Quality(received=50, lost=4, round_trip_ms=30.0))
    assert (total.received, total.lost, total.round_trip_ms) == (550, 4, 12.5)


def test_after_a_long_relay_the_mixer_begins_anew_and_nothing_is_taken_off() -> None:
    figures = Figures()
    figures.lend(Quality(received=50, lost=0))
    figures.give_back(RelayedLeg("caller", 0, 0, 9000, Quality(received=9000)))
    assert figures.total(Quality(received=60, lost=2)).lost == 2
