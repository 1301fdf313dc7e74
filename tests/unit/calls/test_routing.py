"""Routing: which phones ring, which trunk is taken, what the far side sees."""

from __future__ import annotations

import pytest

from appliance.calls import routing
from appliance.calls.happenings import Arrived
from appliance.calls.ports import BlockAction, Blocking, Caller, Directory, Group, Line, Phone, TrunkRules
from appliance.calls.requests import Goal
from appliance.calls.situation import Situation
from sip.api import Extensions, Identity, IncomingCall, Outside, Presentation, Source

pytestmark = pytest.mark.unit


def trunk(name: str, main: str, **rules: object) -> TrunkRules:
    base: dict[str, object] = {"international_prefixes": ("00",), "dial_e164": False, "channels": 0}
    return TrunkRules(trunk=name, name=name.upper(), main_number=main, **(base | rules))  # type: ignore[arg-type]


DIRECTORY = Directory(
    phones={
        "101": Phone("101", "김하늘"),
        "102": Phone("102", "박도윤", shown_number="+827012345678"),
        "103": Phone("103", "Lobby", may_call_out=False),
    },
    lines={
        "+82212345678": Line("+82212345678", "Main", "kt", "main"),
        "+827012345678": Line("+827012345678", "Sales", "lgu", "sales"),
    },
    trunks={"kt": trunk("kt", "+82212345678"), "lgu": trunk("lgu", "+827012345678", dial_e164=True)},
    groups={"main": Group("main", "", ("101", "102"), 30), "sales": Group("sales", "Sales", ("102",), 20)},
    default_group="main",
    area_code="02",
)


def facts(**changes: object) -> Situation:
    base: dict[str, object] = {
        "directory": DIRECTORY,
        "registered": frozenset({"101", "102", "103"}),
        "online": frozenset({"kt", "lgu"}),
        "busy": {},
    }
    return Situation(**(base | changes))  # type: ignore[arg-type]  # fields by their names


def from_trunk(number: str, called: str = "0212345678", **identity: object) -> IncomingCall:
    caller = Identity(number, **identity)  # type: ignore[arg-type]  # fields by their names
    return IncomingCall("t", "id", Source.TRUNK, caller, called, "udp:192.0.2.9:5060", trunk="kt")


def from_phone(called: str, extension: str = "101") -> IncomingCall:
    return IncomingCall("t", "id", Source.PHONE, Identity(extension), called, "udp:192.0.2.7:5060", extension=extension)


def accepted(call: IncomingCall, given: Situation | None = None, known: Caller | None = None) -> Arrived:
    decision = routing.decide(call, given or facts(), known)
    assert isinstance(decision, routing.Accepted), decision
    return decision.arrived


def refused(call: IncomingCall, given: Situation | None = None) -> routing.Refused:
    decision = routing.decide(call, given or facts(), None)
    assert isinstance(decision, routing.Refused), decision
    return decision


def test_a_call_to_our_number_rings_its_group() -> None:
    arrived = accepted(from_trunk("01055551234"))
    assert arrived.target == Extensions(("101", "102"))
    assert (arrived.number, arrived.group, arrived.caller_number) == ("+82212345678", "main", "+821055551234")
    assert accepted(from_trunk("01055551234", "07012345678")).target == Extensions(("102",))


def test_a_call_to_a_number_nobody_listed_rings_the_default_group() -> None:
    arrived = accepted(from_trunk("01055551234", "15881234"))
    assert (arrived.group, arrived.number, arrived.called_number) == ("main", "", "+8215881234")


def test_the_ringing_phone_shows_the_customers_name_and_the_number_as_dialled() -> None:
    arrived = accepted(from_trunk("+821055551234"), known=Caller(7, "정다온", "한빛상사"))
    assert arrived.shown == Identity("01055551234", "정다온")
    assert arrived.caller_name == "정다온"


def test_a_withheld_number_stays_hidden_from_phone_and_row() -> None:
    arrived = accepted(from_trunk("", presentation=Presentation.WITHHELD))
    assert arrived.shown == Identity("", "", Presentation.WITHHELD)
    assert (arrived.caller_number, arrived.presentation) == ("", "withheld")
    assert accepted(from_trunk("anonymous")).presentation == "withheld"


def test_only_phones_that_are_there_are_rung() -> None:
    assert accepted(from_trunk("01055551234"), facts(registered=frozenset({"102"}))).target == Extensions(("102",))
    decision = refused(from_trunk("01055551234"), facts(registered=frozenset()))
    assert (decision.code, decision.cause) == (480, "call.cause.nobody_registered")


def test_an_extension_rings_an_extension() -> None:
    arrived = accepted(from_phone("102"))
    assert (arrived.direction, arrived.target, arrived.shown) == (
        "internal",
        Extensions(("102",)),
        Identity("101", "김하늘"),
    )


def test_calls_out_show_only_a_number_of_ours_on_that_trunk() -> None:
    arrived = accepted(from_phone("010-5555-1234"))
    assert (arrived.target, arrived.shown.number) == (Outside("kt", "01055551234"), "0212345678")
    arrived = accepted(from_phone("01055551234", "102"))
    assert (arrived.target, arrived.shown.number) == (Outside("lgu", "+821055551234"), "+827012345678")
    moved = accepted(from_phone("01055551234", "102"), facts(online=frozenset({"kt"})))
    assert (moved.target, moved.shown.number) == (Outside("kt", "01055551234"), "0212345678")


def test_a_number_without_area_code_is_local() -> None:
    arrived = accepted(from_phone("7654321"))
    assert (arrived.target, arrived.called_number) == (Outside("kt", "027654321"), "+8227654321")


def test_a_trunk_whose_lines_are_taken_is_passed_over() -> None:
    limited = dict(DIRECTORY.trunks, kt=trunk("kt", "+82212345678", channels=1))
    directory = Directory(**(vars(DIRECTORY) | {"trunks": limited}))
    arrived = accepted(from_phone("01055551234"), facts(directory=directory, busy={"kt": 1}))
    assert arrived.trunk == "lgu"
    alone = Directory(**(vars(DIRECTORY) | {"trunks": {"kt": limited["kt"]}}))
    assert refused(from_phone("01055551234"), facts(directory=alone, busy={"kt": 1})).code == 503


def test_a_phone_that_may_not_call_out_still_reaches_colleagues() -> None:
    assert refused(from_phone("01055551234", "103")).code == 403
    assert accepted(from_phone("101", "103")).direction == "internal"


@pytest.mark.parametrize("number", ["112", "119"])
def test_emergency_calls_always_pass(number: str) -> None:
    limited = {"kt": trunk("kt", "+82212345678", channels=1, dial_e164=True)}
    directory = Directory(**(vars(DIRECTORY) | {"trunks": limited}))
    given = facts(directory=directory, busy={"kt": 1}, online=frozenset(), accepting=False)
    arrived = accepted(from_phone(number, "103"), given)
    assert arrived.target == Outside("kt", number)


@pytest.mark.parametrize("number", ["111", "114", "120", "1330"])
def test_special_numbers_go_out_as_they_are(number: str) -> None:
    assert accepted(from_phone(number)).target == Outside("kt", number)


def test_nonsense_is_no_number() -> None:
    assert refused(from_phone("999")).code == 404
    assert refused(from_phone("abc")).code == 404


def test_a_box_that_stops_takes_no_more_calls() -> None:
    assert refused(from_trunk("01055551234"), facts(accepting=False)).code == 503


def test_a_foreign_number_keeps_the_carrier_code_that_was_dialled() -> None:
    assert accepted(from_phone("001-81-3-1234-5678")).target == Outside("kt", "00181312345678")
    assert accepted(from_phone("00181312345678")).called_number == "+81312345678"
    assert accepted(from_phone("00181312345678", "102")).target == Outside("lgu", "+81312345678")


def test_whoever_is_blocked_rings_nowhere_unless_the_box_is_stopping_anyway() -> None:
    def blocking(number: str, *, withheld: bool) -> Blocking | None:
        return Blocking(1, BlockAction.ANNOUNCEMENT, "why") if number == "+821055551234" else None

    guarded = facts(blocking=blocking)
    arrived = accepted(from_trunk("01055551234"), guarded)
    assert (arrived.goal, arrived.group, arrived.target) == (Goal("blocked", "why"), "", Extensions(()))
    assert accepted(from_trunk("01055559999"), guarded).group == "main"
    stopping = routing.decide(from_trunk("01055551234"), facts(blocking=blocking, accepting=False), None)
    assert isinstance(stopping, routing.Refused)
    assert stopping.code == 503
