"""What the panel says of an announcement that is being spoken at a phone. Knows calls only as they are seen."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.announcements.for_calls import NEW
from appliance.announcements.service import Announcement
from appliance.calls.call import CallView
from appliance.calls.feature_codes import CODES, Feature
from appliance.core.errors import NotFound
from appliance.services import Services

STEPS = ("ringing", "speaking", "reviewing", "kept")
"""The steps as people see them, in their order."""

_SHOWN_AS = {
    "inviting": "speaking",
    "tone": "speaking",
    "preparing": "reviewing",
    "choosing": "reviewing",
    "keeping": "kept",
}


@dataclass(frozen=True)
class Progress:
    """Where it is: `step` is one of STEPS or "dropped", `words` says more; `over`: nothing follows."""

    call: str
    name: str
    step: str
    words: str
    over: bool
    announcement: str = ""

    def state(self, step: str) -> str:
        """Return whether a step is "done", "now" or "later"."""
        if self.step not in STEPS:
            return "later"
        here, there = STEPS.index(self.step), STEPS.index(step)
        return "done" if there < here or (self.over and there == here) else "now" if there == here else "later"


def dictate_code(announcement: Announcement | None) -> str:
    """Return what is dialled on a phone to record an announcement; of a new one, the code alone."""
    code = next(one.code for one in CODES if one.feature is Feature.DICTATE)
    return f"{code}{announcement.dial}" if announcement is not None else code


async def progress_of(services: Services, call_id: str) -> Progress:
    """Return where the recording in a call is. Raises NotFound for other calls."""
    live = next((one for one in services.calls.live() if one.id == call_id), None)
    call = live if live is not None else await services.calls.call(call_id)
    if live is None:
        return _over(services, call)
    if not live.dictates:
        raise NotFound("call.not_found")
    step = _SHOWN_AS.get(live.dictates, live.dictates)
    name, found = _named(services, live.dictated)
    return Progress(call_id, name, step, live.dictates, over=live.dictates in ("kept", "dropped"), announcement=found)


def _over(services: Services, call: CallView) -> Progress:
    kept = call.cause == "call.cause.dictated"
    made = next((one for one in services.announcements.list() if services.announcements.is_of(one, call.id)), None)
    step = "kept" if kept else "dropped"
    return Progress(call.id, made.name if made else "", step, step, over=True, announcement=made.id if made else "")


def _named(services: Services, dictated: str) -> tuple[str, str]:
    if dictated.startswith(NEW):
        return dictated.removeprefix(NEW), ""
    found = next((one for one in services.announcements.list() if one.id == dictated), None)
    return (found.name, found.id) if found is not None else ("", "")
