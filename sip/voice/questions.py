"""Questions that wait for their answers, by number, over a link that may break. Knows neither link nor message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Questions(Generic[Answer]):
    """Those of one kind that have been asked over one link."""

    def __init__(self) -> None:
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}

    @contextmanager
    def ask(self) -> Iterator[tuple[int, asyncio.Future[Answer]]]:
        """Give a question's number, and what its answer will be."""
        self._asked += 1
        number = self._asked
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            yield number, answer
        finally:
            self._waiting.pop(number, None)

    def settle(self, number: int, answer: Answer | Exception) -> None:
        """Take an answer, or why there is none; nobody may wait for it any more."""
        waiting = self._waiting.pop(number, None)
        if waiting is None or waiting.done():
            return
        if isinstance(answer, Exception):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)

    def fail_all(self, why: Exception) -> None:
        """The link is gone, and with it every answer."""
        for number in tuple(self._waiting):
            self.settle(number, why)
