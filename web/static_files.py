"""The panel's own files (styles, scripts, icons), served from memory. Knows no page.

They are few and small: read once, compressed once, named with a hash of their content so that a browser may keep
them for ever and an update is seen at once.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
_TEXT = (".css", ".js", ".svg", ".webmanifest")


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes  # gzip, or empty when it would not help
    kind: str
    tag: str


class StaticFiles:
    """All files below `web/static`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    async def load(self) -> None:
        """Read all files, in a thread."""
        self._files = await asyncio.to_thread(self._read)

    def _read(self) -> dict[str, _File]:
        return {
            str(path.relative_to(self._folder)): _read_file(path)
            for path in sorted(self._folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def url(self, name: str) -> str:
        """Return the address of file `name`, with its content's hash."""
        file = self._files.get(name)
        return f"/static/{name}?v={file.tag}" if file is not None else f"/static/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with a file. Open to anyone: there is nothing of the office in them."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"ETag": f'"{file.tag}"', "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = _FOR_EVER if request.query.get("v") == file.tag else "no-cache"
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        packed = bool(file.packed) and "gzip" in request.headers.get("Accept-Encoding", "")
        if packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = file.kind
        return web.Response(body=file.packed if packed else file.body, headers=headers)


def _read_file(path: Path) -> _File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = path.suffix in _TEXT
    return _File(
        body=body,
        packed=gzip.compress(body, 9, mtime=0) if text else b"",
        kind=f"{kind}; charset=utf-8" if text else kind,
        tag=hashlib.sha256(body).hexdigest()[:16],
    )
