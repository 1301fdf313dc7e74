"""Calls to begin a test with, and the people in them."""

from __future__ import annotations

from msgspec import structs

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.call import Direction
from appliance.calls.requests import Callee, Goal
from sip import api
from tests.unit.calls.world import World

CUSTOMER = api.Identity("01055551234", "정다온")
GROUP = Goal("group", "main")
INBOUND = what.Arrived(
    direction=Direction.IN,
    caller_number="+821055551234",
    caller_name="정다온",
    presentation="shown",
    called_number="+82212345678",
    trunk="kt",
    number="+82212345678",
    group="main",
    extension="",
    target=api.Extensions(("101", "102")),
    shown=CUSTOMER,
    ring_seconds=30,
    goal=GROUP,
    tried=("101", "102"),
)
WAITS = structs.replace(INBOUND, target=api.Extensions(()), tried=())
OUTBOUND = what.Arrived(
    direction=Direction.OUT,
    caller_number="101",
    caller_name="",
    presentation="shown",
    called_number="+821055551234",
    trunk="kt",
    number="+82212345678",
    group="",
    extension="101",
    target=api.Outside("kt", "01055551234"),
    shown=api.Identity("0212345678"),
    ring_seconds=120,
    inside=CUSTOMER,
)
OWN_PHONE = structs.replace(OUTBOUND, own_phone=True, by="haneul")


def colleague(extension: str) -> Callee:
    return Callee(api.Extensions((extension,)), CUSTOMER, extension=extension)


def outside(number: str = "+821099998888") -> Callee:
    return Callee(api.Outside("kt", number), api.Identity("0212345678"), number=number)


def talking(extension: str = "101") -> World:
    """A customer has called and somebody has answered."""
    world = World(INBOUND)
    world.comes_in()
    world.rings("called", extension)
    world.answers("called", extension)
    return world


def waiting() -> World:
    """A customer waits with music, for two minutes at the most."""
    world = World(WAITS)
    world.comes_in()
    world.happens(what.Queued(GROUP, 120, say_every=30, callback="noted.wav"))
    return world


def consulting(with_: str = "102") -> World:
    """101 talks with the customer and asks a colleague, who has answered."""
    world = talking()
    world.happens(asks.ConsultAsked("101", colleague(with_), 25))
    world.answers(world.at(with_), with_)
    return world


def parked() -> World:
    """101 has parked the customer at place 3."""
    world = talking()
    world.happens(asks.ParkAsked("101", 3, 60))
    return world
