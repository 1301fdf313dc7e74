"""Asks the API over its unix socket, for the command line. Knows no operation and no service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import aiohttp

from web.api.address import PREFIX

_PATIENCE = aiohttp.ClientTimeout(total=60)
_MORE_PATIENCE = aiohttp.ClientTimeout(total=600)  # a file has to be read and converted
_CHUNK = 65536


class Refused(Exception):
    """The API said no. `message` is for people, `error` for programs, `field` names what was wrong, if anything."""

    def __init__(self, status: int, error: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.field = field


class Unreachable(Exception):
    """Nobody answers on the socket."""


class Client:
    """One connection to a core. Use it as an asynchronous context."""

    def __init__(self, socket: Path, language: str) -> None:
        self._socket = socket
        self._folder = -1
        self._language = language
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Get ready; nothing is sent yet."""
        # Through the folder's descriptor: a socket's own address has room for 107 bytes only (unix(7)).
        self._folder = os.open(self._socket.parent, os.O_RDONLY | os.O_DIRECTORY)
        self._session = aiohttp.ClientSession(
            # The host is only written into the request; the socket is what is connected to.
            base_url="http://box",
            connector=aiohttp.UnixConnector(f"/proc/self/fd/{self._folder}/{self._socket.name}"),
            headers={"Accept-Language": self._language},
            timeout=_PATIENCE,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()
            os.close(self._folder)

    async def ask(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a request as plain JSON values. Raises Refused, Unreachable."""
        async with self._response(method, path, body, query) as response:
            return await response.json() if response.content_type == "application/json" else None

    async def send(self, method: str, path: str, file: Path, query: Mapping[str, Any] | None = None) -> Any:
        """Send a file's contents and return the answer. Raises Refused, Unreachable, OSError."""
        with await asyncio.to_thread(file.open, "rb") as sent:
            async with self._response(method, path, query=query, data=sent) as response:
                return await response.json()

    async def fetch(self, path: str, to: Path) -> int:
        """Write what is at `path` to a new file and return its size. Raises Refused, Unreachable, OSError.

        The file has its name only when it is whole.
        """
        async with self._response("GET", path) as response:
            with _whole_only(to) as part:
                return await _written(response, part)

    @asynccontextmanager
    async def _response(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        data: BinaryIO | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise Unreachable
        asked = {name: str(value) for name, value in (query or {}).items() if value not in (None, "")}
        try:
            patience = _PATIENCE if data is None else _MORE_PATIENCE
            async with self._session.request(
                method,
                PREFIX + path,
                json=body,
                data=data,
                params=asked,
                timeout=patience,
            ) as response:
                if response.status >= 400:
                    raise await _refusal(response)
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable from error


@contextmanager
def _whole_only(to: Path) -> Iterator[Path]:
    """Give a name to write under; what was written gets the name `to` when nothing went wrong."""
    if to.exists():
        raise FileExistsError(to)
    part = to.with_name(to.name + ".part")
    try:
        yield part
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)


async def _written(response: aiohttp.ClientResponse, to: Path) -> int:
    with to.open("wb") as file:
        async for chunk in response.content.iter_chunked(_CHUNK):
            file.write(chunk)
        return file.tell()


async def _refusal(response: aiohttp.ClientResponse) -> Refused:
    if response.content_type != "application/json":
        return Refused(response.status, "api.failed", response.reason or "")
    told = await response.json()
    return Refused(response.status, told["error"], told["message"], told["field"])
