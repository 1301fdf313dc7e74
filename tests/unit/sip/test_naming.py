"""Who calls, as SIP writes it."""

from __future__ import annotations

import pytest

from sip.api import Extensions, Identity, Outside, Presentation
from sip.edge import send_on
from sip.edge.knowledge import Place
from sip.naming import from_header, identity_headers, user_part

pytestmark = pytest.mark.unit

SHOWN = Identity("01012345678", '김 "철수"')
WITHHELD = Identity(presentation=Presentation.WITHHELD)
UNAVAILABLE = Identity(presentation=Presentation.UNAVAILABLE)


@pytest.mark.parametrize(
    ("shown", "header", "more"),
    [
        (SHOWN, '"김 \\"철수\\"" <sip:01012345678@box>', ["P-Asserted-Identity"]),
        (Identity("101"), "<sip:101@box>", ["P-Asserted-Identity"]),
        (Identity(), "<sip:box>", []),
        (WITHHELD, '"Anonymous" <sip:anonymous@anonymous.invalid>', ["Privacy"]),
        (UNAVAILABLE, "<sip:unavailable@unknown.invalid>", []),
        (Identity("1", "a\r\nEvil: b"), '"aEvil: b" <sip:1@box>', ["P-Asserted-Identity"]),
        (Identity("1@x>\r\n", "b"), '"b" <sip:1%40x%3E%0D%0A@box>', ["P-Asserted-Identity"]),
    ],
)
def test_a_calling_party_is_written_so_that_it_cannot_write_more(shown: Identity, header: str, more: list[str]) -> None:
    assert from_header(shown, "box") == header
    assert [name for name, _ in identity_headers(shown, "box")] == more


def test_feature_codes_stay_readable_in_addresses() -> None:
    assert user_part("*8102#") == "*8102#"


def test_a_call_that_goes_on_to_phones_shows_the_caller_with_the_boxs_own_address() -> None:
    assert send_on.to(Extensions(("101", "102"))) == {"ring": "101+102", "trunk": "", "number": ""}
    told = send_on.shown(SHOWN, Place("192.0.2.1", 5070))
    assert told["from"] == "sip:01012345678@192.0.2.1:5070"
    assert told["name"] == '"김 \\"철수\\""'
    assert told["identity"].startswith("P-Asserted-Identity: ")
    assert told["identity"].endswith("\r\n")
    assert send_on.shown(SHOWN, Place("192.0.2.1", 5060))["from"] == "sip:01012345678@192.0.2.1"


def test_a_call_that_goes_on_outside_shows_a_number_or_nobody() -> None:
    assert send_on.to(Outside("kt", "010#")) == {"ring": "", "trunk": "kt", "number": "010#"}
    place = Place("192.0.2.1", 5060)
    assert send_on.shown(SHOWN, place)["shown"] == "01012345678"
    assert send_on.shown(WITHHELD, place)["shown"] == "anonymous"
    assert send_on.shown(WITHHELD, place)["identity"] == "Privacy: id\r\n"
