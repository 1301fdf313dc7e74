"""Sends a sound to whoever listens: with ranges, so that a player may jump, and kept by nobody. Knows no feature."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from appliance.recordings.formats import Format

WAV = "audio/wav"
CSV = "text/csv"
RECORDINGS = tuple(one.content_type.partition(";")[0] for one in Format)


def sound_response(path: Path, content_type: str, save_as: str = "") -> web.FileResponse:
    """Answer with a file. With `save_as` the browser saves it under that name instead of playing it."""
    headers = {"Content-Type": content_type, "Cache-Control": "private, no-store"}
    if save_as:
        headers["Content-Disposition"] = f'attachment; filename="{save_as}"'
    return web.FileResponse(path, headers=headers)
