"""What holds for every dialect however its bytes come: in pieces, joined, among noise, with bytes lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.api import Frame, FrameKind
from hw.cid.registry import Dialect, Reader, dialects

pytestmark = pytest.mark.unit

NUMBERS = ("01012345678", "0212345678", "0311234567", "07012345678", "")
EVERY = pytest.mark.parametrize("spoken", dialects(), ids=lambda one: one.name)
MOST_KEPT = 4096

numbers = st.sampled_from(NUMBERS)
noise = st.binary(max_size=60)
few = settings(max_examples=60, deadline=None)


def rings(frames: list[Frame]) -> list[str]:
    return [frame.number for frame in frames if frame.kind is FrameKind.RING]


def fed(reader: Reader, *pieces: bytes, at_ms: int = 0) -> list[Frame]:
    return [frame for piece in pieces for frame in reader.feed(piece, at_ms)]


def all_of(spoken: Dialect, data: bytes) -> list[Frame]:
    reader = spoken.reader()
    return [*reader.feed(data, 0), *reader.tick(20_000)]


@EVERY
@few
@given(calls=st.lists(numbers, min_size=1, max_size=5), cut=st.integers(1, 40))
def test_pieces_make_no_difference(spoken: Dialect, calls: list[str], cut: int) -> None:
    data = b"".join(spoken.ring(1, number) for number in calls)
    whole = all_of(spoken, data)
    for size in (1, cut):
        reader = spoken.reader()
        pieces = fed(reader, *(data[at : at + size] for at in range(0, len(data), size)))
        assert [*pieces, *reader.tick(20_000)] == whole
    assert rings(whole) == calls


@EVERY
@few
@given(before=noise, number=numbers)
def test_noise_before_a_call_does_not_hide_the_next(spoken: Dialect, before: bytes, number: str) -> None:
    """A line of noise may swallow what follows at once; after a pause everything is read again."""
    reader = spoken.reader()
    reader.feed(before, 0)
    reader.feed(b"\r\n", 0)
    reader.tick(20_000)
    found = [*reader.feed(spoken.ring(1, number), 20_001), *reader.tick(40_000)]
    assert rings(found)[-1:] == [number]


@EVERY
@few
@given(data=st.binary(max_size=3000), number=numbers)
def test_any_bytes_make_no_caller_and_little_memory(spoken: Dialect, data: bytes, number: str) -> None:
    reader = spoken.reader()
    found = [*reader.feed(data, 0), *reader.tick(10_000)]
    assert not [one for one in rings(found) if len(one) >= 7]
    reader.feed(b"\x02\x03\r\n", 10_000)
    reader.tick(30_000)
    assert rings([*reader.feed(spoken.ring(1, number), 30_001), *reader.tick(60_000)])[-1:] == [number]
    kept = sum(len(value) for value in vars(reader).values() if isinstance(value, bytes | bytearray | str | list))
    assert kept < MOST_KEPT


@pytest.mark.parametrize("spoken", [one for one in dialects() if one.name in ("callstar", "fsk", "tci")],
                         ids=lambda one: one.name)  # fmt: skip
@settings(max_examples=150, deadline=None)
@given(calls=st.lists(numbers, min_size=1, max_size=6), data=st.data())
def test_lost_bytes_lose_calls_and_invent_none(spoken: Dialect, calls: list[str], data: st.DataObject) -> None:
    sent = b"".join(spoken.ring(1, number) for number in calls)
    lost = set(data.draw(st.lists(st.integers(0, len(sent) - 1), max_size=len(sent) // 5)))
    got = bytes(byte for place, byte in enumerate(sent) if place not in lost)
    reader = spoken.reader()
    found = rings([*reader.feed(got, 0), *reader.tick(20_000)])
    assert set(found) <= set(calls)
    reader.feed(b"\r\n", 20_000)
    reader.tick(40_000)
    assert rings(reader.feed(spoken.ring(1, "0511234567"), 40_001)) == ["0511234567"]
