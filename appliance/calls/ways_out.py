"""Through which trunk a call leaves, what it dials and what it shows. Pure; the law's part is beside it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.calls.ports import Phone, TrunkRules
from appliance.calls.situation import Situation
from appliance.core import numbers
from sip.api import Identity, Outside


@dataclass(frozen=True)
class WayOut:
    """One way to somebody outside: what the voice calls, what they see, and which number of ours that is."""

    target: Outside
    shown: Identity
    number: str  # ours, in stored form

    @property
    def trunk(self) -> str:
        """The trunk's id."""
        return self.target.trunk


def by_preference(situation: Situation, shown_number: str) -> list[TrunkRules]:
    """Return all trunks: those that work now before those that do not, among them the shown number's own first."""
    line = situation.directory.lines.get(shown_number)
    own = line.trunk if line else ""
    trunks = situation.directory.trunks.values()
    return sorted(trunks, key=lambda t: (t.trunk not in situation.online, t.trunk != own))


def has_room(situation: Situation, trunk: TrunkRules) -> bool:
    """Whether not all of a trunk's channels are taken."""
    return not trunk.channels or situation.busy.get(trunk.trunk, 0) < trunk.channels


def way_out(situation: Situation, called: str, shown_number: str, typed: str = "") -> WayOut | None:
    """Return how to call a number (stored form), or None when every line is taken or there is none."""
    free = (trunk for trunk in by_preference(situation, shown_number) if has_room(situation, trunk))
    trunk = next(free, None)
    return through(situation, trunk, called, shown_number, typed) if trunk is not None else None


def through(situation: Situation, trunk: TrunkRules, called: str, shown_number: str, typed: str = "") -> WayOut:
    """Return how to call a number through one trunk. `typed` is what was dialled, where it says more."""
    number = _shown(situation, shown_number, trunk)
    shown = Identity(numbers.dial(number, e164=trunk.dial_e164) if number else "")
    return WayOut(Outside(trunk.trunk, _dialled(typed or called, called, trunk)), shown, number)


def _dialled(typed: str, called: str, trunk: TrunkRules) -> str:
    """Return what the trunk is given. A foreign number keeps the carrier code (001, 00700 …) that was dialled."""
    digits = typed.replace("-", "").replace(" ", "")
    if digits.startswith("00") and digits.isdigit() and not trunk.dial_e164:
        return digits
    return numbers.dial(called, e164=trunk.dial_e164)


def _shown(situation: Situation, shown_number: str, trunk: TrunkRules) -> str:
    """Only a number that is ours on this very trunk may be shown (Telecommunications Business Act, article 84-2)."""
    line = situation.directory.lines.get(shown_number)
    return line.number if line and line.trunk == trunk.trunk else trunk.main_number


def may_call_out(phone: Phone, called: numbers.Number) -> bool:
    """Whether a phone may call a number outside."""
    return phone.may_call_out or numbers.is_emergency(called.stored)
