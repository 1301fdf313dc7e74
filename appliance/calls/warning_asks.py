"""Makes the requests for a warning and for the end of a call: what is played is looked up here. Never waits."""

from __future__ import annotations

import secrets

from appliance.calls.call import Reason, Stage
from appliance.calls.ports import Protection, Rules
from appliance.calls.requests import TerminateAsked, WarnAsked
from appliance.calls.warning import KEEPS_PREFIX


def warn(
    protection: Protection, rules: Rules, extension: str, stage: int, reason: Reason, by: str, language: str = ""
) -> WarnAsked:
    """Return the request for a warning at stage 1 or 2."""
    notice = protection.notice(stage, reason, language)
    return WarnAsked(extension, _play(), notice.file, notice.name, stage, reason.value, rules.warned_apart, by)


def terminate(protection: Protection, extension: str, reason: Reason, by: str, language: str = "") -> TerminateAsked:
    """Return the request for the end of a call."""
    notice = protection.notice(Stage.END, reason, language)
    return TerminateAsked(extension, _play(), notice.file, notice.name, reason.value, notice.seconds, by)


def _play() -> str:
    return f"{KEEPS_PREFIX}{secrets.token_hex(4)}"
