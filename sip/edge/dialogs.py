"""Ends calls at the edge, whether they are up or still ring: a dead worker's, or one that the edge handles alone."""

from __future__ import annotations

import logging
from typing import Any

from sip.edge.link import Link, RpcFailed

log = logging.getLogger(__name__)

# modules/dialog/dlg_hash.h: 1 unconfirmed, 2 early, 3 answered without ACK, 4 up, 5 deleted.
_ANSWERED = 3
_DELETED = 5


async def end_all(link: Link, profile: str, value: str, reason: str) -> None:
    """End every dialog that Kamailio noted under `value`; a caller whom it still rings for is given `reason`.

    Raises EdgeUnavailable when Kamailio is not there.
    """
    listed = await link.call("dlg.profile_list", profile, value)
    for dialog in listed if isinstance(listed, list) else [listed]:
        if isinstance(dialog, dict) and "h_entry" in dialog:
            await _end(link, dialog, reason)


async def _end(link: Link, dialog: dict[str, Any], reason: str) -> None:
    state = int(dialog.get("state", 0))
    try:
        if state in range(_ANSWERED, _DELETED):
            await link.call("dlg.end_dlg", int(dialog["h_entry"]), int(dialog["h_id"]))
        elif state < _ANSWERED:
            await _end_early(link, dialog, reason)
    except RpcFailed as error:
        # it ended by itself in the meantime
        log.info("dialog not ended: %s", error)


async def _end_early(link: Link, dialog: dict[str, Any], reason: str) -> None:
    variables = dialog.get("variables", [])
    found = {name: value for item in variables for name, value in item.items()}
    if "tid" in found:
        # cancels what was forked and answers whoever called, whichever of both is ours
        await link.call("tm.reply", 503, reason, str(found["tid"]), "gone", ".", ".")
