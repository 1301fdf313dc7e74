"""A form with a file in it: its fields into a `Form`, its file to whoever takes it, piece by piece. Knows no page.

`request.post()` would keep the file in memory and refuses what is larger than a form.
"""

from __future__ import annotations

from typing import Protocol

from aiohttp import BodyPartReader, web
from multidict import MultiDict

from appliance.core.errors import InvalidInput
from web.forms import Form

_LARGEST_FIELDS = 64 * 1024  # all fields but the file together
_READ_ON = 300_000_000  # of a file that is refused: a browser shows no answer before it has sent everything


class Taker(Protocol):
    """Somebody who takes a file."""

    async def add(self, piece: bytes) -> None:
        """Take these bytes. Raises InvalidInput when it is too much, Unavailable."""

    async def flush(self) -> None:
        """Keep what was taken. Raises Unavailable."""


async def read_with_file(request: web.Request, field: str, taker: Taker) -> tuple[Form, str]:
    """Return the form and the file's name ("" without one). A file that is refused is an error of the form's `field`.

    Answers 400 for no such form, 413 when the fields are too large.
    """
    if request.content_type != "multipart/form-data":
        return await Form.read(request), ""
    entries: MultiDict[str] = MultiDict()
    name, refused, room = "", None, _LARGEST_FIELDS
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise web.HTTPBadRequest
            if part.name == field:
                name, refused = part.filename or "", await _take(part, taker)
            else:
                value = await _text(part, room)
                room -= len(value)
                entries.add(part.name, value.replace("\r\n", "\n"))
    except ValueError as error:  # no multipart after all, or not in its charset
        raise web.HTTPBadRequest from error
    form = Form(values=entries, mark=entries.get("once", "")[:40], sent=True)
    if refused is not None:
        form.fail(field, refused.key, **refused.params)
    return form, name


async def _take(part: BodyPartReader, taker: Taker) -> InvalidInput | None:
    refused, size = None, 0
    while (piece := await part.read_chunk()) and size < _READ_ON:
        size += len(piece)
        try:
            if refused is None:
                await taker.add(piece)
        except InvalidInput as error:
            refused = error
    await taker.flush()
    return refused


async def _text(part: BodyPartReader, room: int) -> str:
    data = bytearray()
    while piece := await part.read_chunk():
        data += piece
        if len(data) > room:
            raise web.HTTPRequestEntityTooLarge(room, len(data))
    return data.decode()
