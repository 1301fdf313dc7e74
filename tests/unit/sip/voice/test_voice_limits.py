"""What a conversation may not exceed."""

from __future__ import annotations

import pytest

from sip.voice.worker.limits import FINISH_WITHIN_S, Breach, Limits

pytestmark = pytest.mark.unit


def test_an_unused_lease_ends_and_a_used_one_goes_on_to_its_longest() -> None:
    limits = Limits(begun_s=100, unused_s=10, longest_s=3600)
    assert limits.next_s() == 110
    assert limits.breached(109) is None
    assert limits.breached(110) is Breach.UNUSED
    limits.used = True
    assert limits.breached(110) is None
    assert limits.breached(limits.next_s()) is Breach.TOO_LONG


def test_hanging_up_has_an_end_too() -> None:
    limits = Limits(begun_s=0, unused_s=10, longest_s=60, used=True, finishing_since_s=50)
    assert limits.breached(61) is None
    assert limits.breached(50 + FINISH_WITHIN_S) is Breach.WILL_NOT_END
