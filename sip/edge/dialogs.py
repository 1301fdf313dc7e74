"""Ends what a dead worker leaves behind at the edge: dialogs that are up, and calls that still ring."""

from __future__ import annotations

import logging
from typing import Any

from sip.edge.link import Link, RpcFailed

log = logging.getLogger(__name__)

# modules/dialog/dlg_hash.h: 1 unconfirmed, 2 early, 3 answered without ACK, 4 up, 5 deleted.
_ANSWERED = 3
_DELETED = 5


async def end_dialogs_of(link: Link, port: str) -> None:
    """End every dialog of the worker at `port`. Raises EdgeUnavailable when Kamailio is not there."""
    listed = await link.call("dlg.profile_list", "worker", port)
    for dialog in listed if isinstance(listed, list) else [listed]:
        if isinstance(dialog, dict) and "h_entry" in dialog:
            await _end(link, dialog)


async def _end(link: Link, dialog: dict[str, Any]) -> None:
    state = int(dialog.get("state", 0))
    try:
        if state in range(_ANSWERED, _DELETED):
            await link.call("dlg.end_dlg", int(dialog["h_entry"]), int(dialog["h_id"]))
        elif state < _ANSWERED:
            await _end_early(link, dialog)
    except RpcFailed as error:
        # it ended by itself in the meantime
        log.info("dialog of a dead worker: %s", error)


async def _end_early(link: Link, dialog: dict[str, Any]) -> None:
    variables = dialog.get("variables", [])
    found = {name: value for item in variables for name, value in item.items()}
    if "tid" in found:
        # cancels what was forked and answers whoever called, whichever of both the dead worker was
        await link.call("tm.reply", 503, "Worker gone", str(found["tid"]), "gone", ".", ".")
