"""What the fuzzer has found before, and some hundred thousand bytes of what it would try: the same promises hold."""

from __future__ import annotations

import random

import pytest

from tests.support.fuzzing import CORPUS, check, seeds, targets, varied

pytestmark = pytest.mark.unit

EVERY = pytest.mark.parametrize("target", targets())
TRIED = {"sound": 20_000}


@EVERY
def test_what_was_found_once_still_holds(target: str) -> None:
    for path in sorted((CORPUS / target).glob("*")):
        check(target, path.read_bytes())


@EVERY
def test_frames_that_were_damaged_at_random(target: str) -> None:
    rng = random.Random(target)
    begin = seeds(target)
    tried = 0
    while tried < TRIED.get(target, 100_000):
        data = varied(begin, rng, 4000 if target == "sound" else 400)
        check(target, data)
        tried += max(len(data), 1)


@EVERY
def test_bytes_at_random(target: str) -> None:
    rng = random.Random(target)
    for size in (0, 1, 2, 3, 7, 50, 257, 3000):
        check(target, rng.randbytes(size))
