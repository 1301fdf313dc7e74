"""What a desk may do with a call as it is now. Asks the machine, and changes nothing. Knows no desk and no page.

Whoever shows a call asks this again and again, for every desk; a call's state never changes but is replaced by the
next one, so an answer holds as long as the state does.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from appliance.calls import machine
from appliance.calls import requests as asks
from appliance.calls.call import Reason, Stage
from appliance.calls.controller import Controller
from appliance.calls.live_call import LiveCall
from appliance.calls.parties import Watch
from sip.api import Extensions, Identity

_OVER = "call.cannot.over"


class Possible:
    """Remembers the answers of the moment."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Controller, _Answers] = WeakKeyDictionary()

    def why_not(self, extension: str, controller: Controller | None, now_ms: int) -> dict[str, str]:
        """Return, for each step, the catalogue key of why it cannot be taken now, or "" when it can."""
        return {step: self.cannot(extension, controller, step, now_ms) for step in _SAMPLES}

    def cannot(self, extension: str, controller: Controller | None, step: str, now_ms: int) -> str:
        """Return the same for one step; without a controller the call is over."""
        if controller is None:
            return _OVER
        known = self._known.get(controller)
        if known is None or known.call is not controller.call:
            known = self._known[controller] = _Answers(controller.call)
        return known.cannot(extension, step, now_ms)


class _Answers:
    def __init__(self, call: LiveCall) -> None:
        self.call = call
        self._reasons: dict[tuple[str, str], str] = {}

    def cannot(self, extension: str, step: str, now_ms: int) -> str:
        reason = self._reasons.get((extension, step))
        if reason is None:
            reason = self._reasons[extension, step] = _why_not(self.call, _SAMPLES[step](extension), now_ms)
        return reason


def _why_not(call: LiveCall, request: asks.Request, now_ms: int) -> str:
    try:
        machine.step(call, request, now_ms)
    except machine.CannotNow as error:
        return error.key
    return ""


_SOMEBODY = asks.Callee(Extensions(("0",)), Identity(), extension="0")
_SAMPLES: dict[str, Callable[[str], asks.Request]] = {
    "answer": lambda own: asks.AnswerAsked(own, _SOMEBODY),
    "refuse": asks.RefuseAsked,
    "hang_up": lambda own: asks.HangupAsked("", own),
    "hold": asks.HoldAsked,
    "retrieve": asks.RetrieveAsked,
    "mute": lambda own: asks.MuteAsked(own, on=True),
    "pause_recording": lambda own: asks.PauseAsked(own, on=True),
    "record": lambda own: asks.RecordAsked(own, on=True),
    "digits": lambda own: asks.DigitsAsked(own, "1"),
    "play": lambda own: asks.PlayAsked(own, "", "", ""),
    "stop_playing": asks.PlayStopAsked,
    "transfer": lambda own: asks.GiveAsked(own, _SOMEBODY, 1),
    "consult": lambda own: asks.ConsultAsked(own, _SOMEBODY, 1),
    "turn": asks.ConsultTurned,
    "join": asks.ConsultJoined,
    "complete": asks.ConsultDone,
    "take_back": asks.ConsultDropped,
    "park": lambda own: asks.ParkAsked(own, 1, 1),
    "fetch": lambda own: asks.FetchAsked(own, _SOMEBODY),
    "warn": lambda own: asks.WarnAsked(own, "", "", "", Stage.FIRST, Reason.ABUSE.value),
    "terminate": lambda own: asks.TerminateAsked(own, "", "", "", Reason.ABUSE.value, 0),
    "extend": lambda own: asks.ExtendAsked(own, 1),
    "line_taken": asks.LineTakenBy,
    "monitor": lambda own: asks.MonitorAsked(own, _SOMEBODY, Watch.LISTEN.value),
}
"""A request of each kind, to ask the machine whether it would do such a thing."""
