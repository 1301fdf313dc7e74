"""Whom somebody at a desk means by what they typed or chose: made into what the box can call. Asks nobody to wait."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.calls.live_call import LiveCall
from appliance.calls.ports import Phone
from appliance.calls.requests import Callee, Goal
from appliance.calls.situation import Situation
from appliance.calls.ways_out import may_call_out, way_out
from appliance.core import numbers
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sip.api import Extensions, Identity


class Kind(StrEnum):
    """What a destination is; ANY: whatever the typed digits are."""

    ANY = "any"
    EXTENSION = "extension"
    GROUP = "group"
    MENU = "menu"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Destination:
    """Where a call is to go: an extension, a group's or voice menu's id, or a number as it was typed."""

    target: str
    kind: Kind = Kind.ANY


def own_phone(extension: str, shown: Identity, situation: Situation) -> Callee:
    """Return an extension's phone. Raises Conflict when none is registered."""
    if extension not in situation.registered:
        raise Conflict("call.cannot.phone_away", extension=extension)
    return Callee(Extensions((extension,)), shown, extension=extension, name=_name(extension, situation))


def _name(extension: str, situation: Situation) -> str:
    phone = situation.directory.phones.get(extension)
    return phone.name if phone is not None else ""


def goal_of(to: Destination, situation: Situation) -> Goal | None:
    """Return the goal of the search that a destination asks for: groups and voice menus have one. Raises NotFound."""
    if to.kind is Kind.MENU:
        if situation.menu(to.target) is None:
            raise NotFound("call.no_such_menu")
        return Goal("menu", to.target)
    if to.kind is not Kind.GROUP:
        return None
    if to.target not in situation.directory.groups:
        raise NotFound("call.no_such_group")
    return Goal("group", to.target)


def callee(call: LiveCall, asker: str, to: Destination, shown: Identity, situation: Situation) -> Callee:
    """Return whom to call. `shown` is what a colleague's phone displays.

    Raises InvalidInput, NotAllowed (the asker's phone may not call out) or Conflict (nobody can be reached).
    """
    target = to.target.strip()
    inside = target in situation.directory.phones
    if to.kind is Kind.EXTENSION and not inside:
        raise InvalidInput("to", "call.no_such_extension")
    if inside and to.kind is not Kind.OUTSIDE:
        return _colleague(target, shown, situation)
    return _outside(call, asker, target, situation)


def _colleague(extension: str, shown: Identity, situation: Situation) -> Callee:
    if extension in situation.talking:
        raise Conflict("call.cannot.they_talk", extension=extension)
    return own_phone(extension, shown, situation)


def _outside(call: LiveCall, asker: str, typed: str, situation: Situation) -> Callee:
    number = numbers.parse(typed, area_code=situation.directory.area_code)
    if number.kind in (numbers.NumberKind.EXTENSION, numbers.NumberKind.UNKNOWN) or not number.stored:
        raise InvalidInput("to", "call.no_such_number")
    phone = situation.directory.phones.get(asker, Phone(asker, ""))
    if not may_call_out(phone, number):
        raise NotAllowed("call.cannot.call_out")
    way = way_out(situation, number.stored, call.arrived.number or phone.shown_number, typed)
    if way is None:
        raise Conflict("call.cannot.no_line")
    return Callee(way.target, way.shown, number=number.stored)
