"""The unix socket on which the command line reaches the API. Whoever can open it owns the box: it is 0600."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.i18n.catalog import LANGUAGES, catalogue
from web.api.app import create_local_app

if TYPE_CHECKING:
    from appliance.services import Services

NAME = "core.sock"

_CLOSING_SECONDS = 1.0


async def serve_locally(services: Services, name: str = NAME) -> web.AppRunner:
    """Open the socket in the run folder and answer on it; `cleanup` of what is returned closes it again."""
    runner = web.AppRunner(create_local_app(services), access_log=None, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    for language in LANGUAGES:  # so that no answer waits for the disk
        await asyncio.to_thread(catalogue, language)
    try:
        opened = await asyncio.to_thread(_open, services.config.run_folder / name)
        await web.SockSite(runner, opened).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner


def _open(path: Path) -> socket.socket:
    """Bind below the folder's descriptor: a socket's own address has room for 107 bytes only (unix(7))."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a killed core leaves its socket behind
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        opened.bind(f"/proc/self/fd/{folder}/{path.name}")
        path.chmod(0o600)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    finally:
        os.close(folder)
    return opened
