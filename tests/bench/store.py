"""Measures the store: durable writes a second, and how fast customers are found. Prints one JSON object.

python -m tests.bench.store [--customers 100000] [--url postgresql://…]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.crm.lookup import CustomerLookup
from appliance.crm.types import CustomerDraft
from appliance.store import base
from appliance.store.database import Database
from tests.support.office_store import Store, opened

QUERIES = (
    "김",
    "김민",
    "길동",
    "홍길동",
    "ㅎㄱㄷ",
    "홍ㄱ",
    "홍기",
    "0",
    "010",
    "01012",
    "5678",
    "567",
    "대한",
    "김 대한",
    "없는이름",
)
FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = "가나다라마바사아자차카타파하민서준도윤예은지우현수영호길동"
COMPANY = ("대한", "한국", "서울", "부산", "미래", "우리", "중앙", "제일")


def customers(how_many: int) -> Iterator[CustomerDraft]:
    """Make up customers, always the same ones."""
    dice = random.Random(1)
    for _ in range(how_many):
        name = dice.choice(FAMILY) + dice.choice(GIVEN) + dice.choice(GIVEN)
        company = f"(주){dice.choice(COMPANY)}{dice.choice(GIVEN)}상사" if dice.random() < 0.4 else ""
        yield CustomerDraft(None, name, company, (f"010-{dice.randrange(2000, 9999)}-{dice.randrange(10_000):04}",))


async def writes(database: Database) -> dict[str, float]:
    """Return how many writes a second are made durable, one after another and many at once."""

    def one() -> None:
        base.database.execute_sql("UPDATE setting SET changed_ms = changed_ms + 1 WHERE name = 'office.name'")

    began = time.perf_counter()
    for _ in range(500):
        await database.write(one)
    alone = 500 / (time.perf_counter() - began)
    began, before = time.perf_counter(), database.commits
    await asyncio.gather(*(database.write(one) for _ in range(4_000)))
    together = 4_000 / (time.perf_counter() - began)
    return {
        "writes_per_s_alone": round(alone),
        "writes_per_s_together": round(together),
        "commits_for_4000": database.commits - before,
    }


async def milliseconds(store: Store) -> dict[str, object]:
    """Return how long searches and look-ups take, in ms."""
    searches: dict[str, float] = {}
    for query in QUERIES:
        took = []
        for _ in range(9):
            began = time.perf_counter()
            await store.customers.search(query)
            took.append((time.perf_counter() - began) * 1000)
        searches[query] = round(statistics.median(took), 2)
    lookup, took = CustomerLookup(store.customers), []
    for number in range(200):
        began = time.perf_counter()
        await lookup.who_is(f"+82102000{number:04}")
        took.append((time.perf_counter() - began) * 1000)
    return {
        "search_ms": searches,
        "search_worst_ms": max(searches.values()),
        "who_is_ms": round(statistics.median(took), 2),
    }


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the store.")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--url", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder), asked.url) as store:
            await store.settings.set(**{"office.name": "bench"})
            result: dict[str, object] = dict(await writes(store.database))
            began = time.perf_counter()
            await store.customers.import_many(customers(asked.customers), at_once=5_000)
            result["import_s"] = round(time.perf_counter() - began, 1)
            result["customers"] = asked.customers
            result |= await milliseconds(store)
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
