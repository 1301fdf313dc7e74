"""Who is on the block list, and what can never be on it."""

from __future__ import annotations

import pytest

from appliance.abuse.matching import found, pattern
from appliance.abuse.types import Block, BlockDraft, BlockKind
from appliance.calls.ports import BlockAction
from appliance.core.errors import SoriboxError

pytestmark = pytest.mark.unit

OWN = frozenset({"+82212345678", "101"})
NOW = 1_000_000


def block(kind: BlockKind, meant: str = "", until_ms: int = 0, entry: int = 1) -> Block:
    return Block(entry, kind, meant, "", BlockAction.BUSY, "", "boss", 1, until_ms)


def of(*blocks: Block, number: str = "", withheld: bool = False) -> int:
    caught = found(blocks, number, withheld=withheld, own=OWN, now_ms=NOW)
    return caught.id if caught is not None else 0


def test_the_number_itself_comes_before_the_longest_beginning() -> None:
    entries = (
        block(BlockKind.PREFIX, "+8270", entry=1),
        block(BlockKind.PREFIX, "+827012", entry=2),
        block(BlockKind.NUMBER, "+827012345678", entry=3),
    )
    assert of(*entries, number="+827012345678") == 3
    assert of(*entries, number="+827012340000") == 2
    assert of(*entries, number="+827099990000") == 1
    assert of(*entries, number="+821055551234") == 0


def test_an_entry_that_has_run_out_means_nobody() -> None:
    assert of(block(BlockKind.NUMBER, "+821055551234", until_ms=NOW), number="+821055551234") == 0
    assert of(block(BlockKind.NUMBER, "+821055551234", until_ms=NOW + 1), number="+821055551234") == 1


def test_who_hides_their_number_is_another_entry_than_who_has_none() -> None:
    assert of(block(BlockKind.WITHHELD), withheld=True) == 1
    assert of(block(BlockKind.WITHHELD)) == 0
    assert of(block(BlockKind.WITHHELD), number="+821055551234") == 0
    assert of(block(BlockKind.PREFIX, "+82"), withheld=True) == 0


@pytest.mark.parametrize("number", ["112", "119", "02119", "+82212345678", "101"])
def test_emergency_services_and_own_numbers_get_through_whatever_stands_there(number: str) -> None:
    everything = (block(BlockKind.NUMBER, number), block(BlockKind.PREFIX, number[:2]), block(BlockKind.PREFIX, "+"))
    assert of(*everything, number=number) == 0


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        (BlockKind.NUMBER, "010-5555-1234", "+821055551234"),
        (BlockKind.NUMBER, "1588-1234", "+8215881234"),
        (BlockKind.NUMBER, "555-1234", "+8225551234"),
        (BlockKind.NUMBER, "+86 10 1234 5678", "+861012345678"),
        (BlockKind.PREFIX, "070", "+8270"),
        (BlockKind.PREFIX, "1588", "+821588"),
        (BlockKind.PREFIX, "+86*", "+86"),
        (BlockKind.PREFIX, "0086", "+86"),
        (BlockKind.WITHHELD, "whatever", ""),
    ],
)
def test_what_is_typed_is_kept_in_stored_form(kind: BlockKind, typed: str, meant: str) -> None:
    assert pattern(BlockDraft(kind, typed), area_code="02", own=OWN) == meant


@pytest.mark.parametrize(
    ("kind", "typed", "key"),
    [
        (BlockKind.NUMBER, "112", "abuse.block_emergency"),
        (BlockKind.NUMBER, "02-119", "abuse.block_emergency"),
        (BlockKind.PREFIX, "119", "abuse.block_emergency"),
        (BlockKind.NUMBER, "02-1234-5678", "abuse.block_own"),
        (BlockKind.PREFIX, "021", "abuse.block_own"),
        (BlockKind.PREFIX, "+82", "abuse.block_own"),
        (BlockKind.NUMBER, "101", "abuse.block_own"),
        (BlockKind.NUMBER, "250", "abuse.no_number"),
        (BlockKind.NUMBER, "", "abuse.no_number"),
        (BlockKind.NUMBER, "kim", "abuse.no_number"),
        (BlockKind.PREFIX, "07", "abuse.prefix_too_short"),
        (BlockKind.PREFIX, "0x7", "abuse.no_prefix"),
        (BlockKind.PREFIX, "", "abuse.no_prefix"),
    ],
)
def test_what_can_never_be_on_it_is_refused(kind: BlockKind, typed: str, key: str) -> None:
    with pytest.raises(SoriboxError) as refused:
        pattern(BlockDraft(kind, typed), area_code="02", own=OWN)
    assert refused.value.key == key


def test_a_reason_has_its_length() -> None:
    with pytest.raises(SoriboxError, match="reason_too_long"):
        pattern(BlockDraft(BlockKind.WITHHELD, reason="가" * 101), area_code="02", own=OWN)
