"""The Ogg pages, byte by byte as RFC 3533 and RFC 7845 ask for them."""

from __future__ import annotations

import random
import struct

import pytest

from appliance.recordings.ogg import OggOpus, checksum, page
from tests.support.sound import crc, read_pages

pytestmark = pytest.mark.unit


def stream(packets: int, size: int = 60) -> bytes:
    written: list[bytes] = []
    ogg = OggOpus(written.append, serial=7, rate=8000, pre_skip=312, vendor="libopus test")
    for _ in range(packets):
        ogg.add(bytes(size), 960)
    ogg.close(packets * 960 - 100)
    return b"".join(written)


def test_the_checksum_is_the_one_of_the_specification() -> None:
    chance = random.Random(1)
    for length in (0, 1, 27, 282, 5000):
        data = chance.randbytes(length)
        assert checksum(data) == crc(data)


def test_the_first_page_holds_the_head_and_the_second_the_tags() -> None:
    head, tags, *_ = read_pages(stream(1))
    assert head.flags == 2
    assert head.packets == (struct.pack("<8sBBHIhB", b"OpusHead", 1, 2, 312, 8000, 0, 0),)
    assert tags.packets == (b"OpusTags" + struct.pack("<I", 12) + b"libopus test" + struct.pack("<I", 0),)
    assert (head.granule, tags.granule) == (0, 0)


def test_pages_are_numbered_and_belong_together() -> None:
    pages = read_pages(stream(500))
    assert [one.number for one in pages] == list(range(len(pages)))
    assert {one.serial for one in pages} == {7}
    assert [one.flags for one in pages[2:]] == [0] * (len(pages) - 3) + [4]


def test_each_page_says_where_it_ends_and_the_last_one_cuts_the_padding_off() -> None:
    pages = read_pages(stream(120))[2:]
    assert [len(one.packets) for one in pages] == [50, 50, 20]
    assert [one.granule for one in pages] == [48000, 96000, 120 * 960 - 100]


@pytest.mark.parametrize("size", [0, 254, 255, 256, 510, 1275])
def test_packets_of_awkward_sizes_come_out_whole(size: int) -> None:
    pages = read_pages(stream(80, size))
    assert [packet for one in pages[2:] for packet in one.packets] == [bytes(size)] * 80


def test_a_stream_without_sound_is_still_a_stream() -> None:
    assert len(read_pages(page(1, 0, 0, 2, [b"x"]) + page(1, 1, 0, 4, []))) == 2
