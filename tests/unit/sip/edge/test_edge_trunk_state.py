"""What a trunk's state becomes after each measurement."""

from __future__ import annotations

import pytest

from sip.api import TrunkState, TrunkStatus
from sip.edge.trunk_state import Asked, Found, Measured, Pong, Replied, Silent, after

pytestmark = pytest.mark.unit

S = TrunkState


def run(registers: bool, *measured: Measured) -> TrunkStatus:
    status = TrunkStatus("kt", S.UNKNOWN, since_ms=1)
    for moment, one in enumerate(measured, start=2):
        status = after(status, one, registers, moment)
    return status


@pytest.mark.parametrize(
    ("measured", "state", "code", "text"),
    [
        ([Asked()], S.REGISTERING, 0, ""),
        ([Asked(), Replied(401, "Unauthorized", False)], S.REGISTERING, 0, ""),
        ([Asked(), Replied(401, "Unauthorized", False), Asked(), Replied(200, "OK", True)], S.REGISTERED, 200, "OK"),
        ([Asked(), Replied(407, "Prove", True)], S.REFUSED, 407, "Prove"),
        ([Asked(), Replied(403, "No such user", False)], S.REFUSED, 403, "No such user"),
        ([Asked(), Silent()], S.UNREACHABLE, 0, ""),
        ([Asked(), Replied(200, "OK", True), Asked(), Replied(401, "again", False)], S.REGISTERED, 200, "OK"),
        ([Asked(), Replied(200, "OK", True), Asked(), Silent()], S.UNREACHABLE, 0, ""),
        ([Asked(), Silent(), Asked()], S.UNREACHABLE, 0, ""),
        ([Found()], S.REGISTERED, 200, "OK"),
        ([Asked(), Replied(403, "No", False), Pong(200, "OK")], S.REFUSED, 403, "No"),
    ],
)
def test_a_registering_trunk(measured: list[Measured], state: TrunkState, code: int, text: str) -> None:
    status = run(True, *measured)
    assert (status.state, status.code, status.text) == (state, code, text)


@pytest.mark.parametrize(
    ("measured", "state", "code"),
    [
        ([Pong(200, "OK")], S.REACHABLE, 200),
        ([Pong(404, "Not Found")], S.REACHABLE, 404),
        ([Silent()], S.UNREACHABLE, 0),
        ([Silent(), Pong(200, "OK")], S.REACHABLE, 200),
        ([Asked(), Replied(200, "OK", True), Found()], S.UNKNOWN, 0),
    ],
)
def test_a_trunk_by_address(measured: list[Measured], state: TrunkState, code: int) -> None:
    status = run(False, *measured)
    assert (status.state, status.code) == (state, code)


def test_since_moves_only_with_the_state() -> None:
    assert run(True, Asked(), Replied(200, "OK", True), Asked(), Replied(200, "OK", True)).since_ms == 3
