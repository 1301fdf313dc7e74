"""The machine's steps for a supervisor who listens, whispers or joins in. Pure; who may is decided elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import requests as asks
from appliance.calls.live_call import LiveCall, Phase, with_party
from appliance.calls.outcomes import Handler, Outcome, called, may_call, require
from appliance.calls.parties import Errand, Role, Room, Watch
from appliance.calls.transferring import party_of


def _monitor_asked(call: LiveCall, ask: asks.MonitorAsked, at_ms: int) -> Outcome:
    """Call the supervisor's phone, or let the one who is there take part in another way."""
    require(call.phase is Phase.TALKING and len(call.talkers) > 1, "call.cannot.nobody_there")
    watch = Watch(ask.watch)
    present = next(iter(call.having(Role.MONITOR)), None)
    if present is not None:
        require(present.extension == ask.extension, "call.cannot.monitored_already")
        return with_party(call, replace(present, watch=watch)), ()
    require(call.desk(ask.extension) is None, "call.cannot.yours_already")
    party = party_of(ask.to, Role.MONITOR, Errand.MONITOR, Room.TALK, ask.extension)
    may_call(call)
    call, _ = called(call, replace(party, watch=watch, answers_itself=True), at_ms)
    return call, ()


STEPS: dict[type[Any], Handler] = {asks.MonitorAsked: _monitor_asked}
