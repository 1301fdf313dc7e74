"""A process that writes numbers into a database and prints each one that was acknowledged, until it is killed."""

from __future__ import annotations

import asyncio
import sys

from appliance.store import base
from appliance.store.database import Database

AT_ONCE = 20


async def main(url: str) -> None:
    """Write for ever, several at a time."""
    database = Database(url)
    await database.open()
    await database.write(lambda: base.database.execute_sql("CREATE TABLE kept (a INTEGER, b INTEGER)") and None)

    async def keep(number: int) -> None:
        def both_rows() -> None:
            base.database.execute_sql("INSERT INTO kept VALUES (?, 1)", (number,))
            base.database.execute_sql("INSERT INTO kept VALUES (?, 2)", (number,))

        await database.write(both_rows)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()

    start = 0
    while True:
        await asyncio.gather(*(keep(number) for number in range(start, start + AT_ONCE)))
        start += AT_ONCE


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
