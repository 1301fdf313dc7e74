"""Rules for all tests: every module has a category, nothing blocks the loop, nothing is left open."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

CATEGORIES = frozenset({"rules", "unit", "web", "process", "sip"})

OURS = ("appliance", "web", "sip", "hw")

# Every program overwrites what it frees, at once: whoever works with memory that is no longer his is found out.
os.environ |= {"MALLOC_PERTURB_": "165", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("box", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("box")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse to run while a test module does not say of which category it is."""
    without = {
        item.nodeid.split("::")[0] for item in items if not CATEGORIES & {mark.name for mark in item.iter_markers()}
    }
    if without:
        wanted = ", ".join(sorted(CATEGORIES))
        listed = "\n  ".join(sorted(without))
        raise pytest.UsageError(f"these test modules need `pytestmark = pytest.mark.<one of: {wanted}>`:\n  {listed}")


@pytest.fixture(autouse=True)
def blocking_is_an_error() -> Iterator[BlockBuster]:
    """Let every call that blocks fail when our code makes it in the event loop's thread.

    Calls made by a test itself are left alone: a test may read a file that it has written.
    """
    with blockbuster_ctx(list(OURS)) as detector:
        yield detector
