"""Who calls and what was called, for the headers that carriers really send."""

from __future__ import annotations

import pytest

from sip.api import CalledFrom, Identity, Presentation
from sip.edge.identity import addresses, called, caller, headers_of

pytestmark = pytest.mark.unit

WITHHELD = Identity(presentation=Presentation.WITHHELD)
UNAVAILABLE = Identity(presentation=Presentation.UNAVAILABLE)
FROM = "From: <sip:021112222@carrier>;tag=1"


def parse(*lines: str | bytes, uri: str = "sip:0212345678@box") -> tuple[str, dict[str, tuple[str, ...]]]:
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return headers_of(b"\r\n".join([f"INVITE {uri} SIP/2.0".encode(), *raw, b"", b"v=0"]))


def who(*lines: str | bytes, trusted: bool = True) -> Identity:
    return caller(parse(*lines)[1], trusted)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([FROM], Identity("021112222")),
        ([FROM, "P-Asserted-Identity: <sip:01012345678@carrier>"], Identity("01012345678")),
        ([FROM, "P-Asserted-Identity: <tel:+821012345678>"], Identity("+821012345678")),
        ([FROM, "P-Asserted-Identity: tel:+82-10-1234-5678"], Identity("+821012345678")),
        (
            [FROM, 'P-Asserted-Identity: "Kim" <sip:kim@carrier>, <tel:+821012345678>'],
            Identity("+821012345678"),
        ),
        ([FROM, "P-Asserted-Identity: <sip:01012345678@c>, <tel:+821012345678>"], Identity("01012345678")),
        ([FROM, "P-Asserted-Identity: <sip:x@c>", "P-Asserted-Identity: <tel:119>"], Identity("119")),
        ([FROM, "Remote-Party-ID: <sip:01099998888@c>;party=calling;privacy=off"], Identity("01099998888")),
        ([FROM, "P-Asserted-Identity: <sip:nobody@c>"], Identity("021112222")),
        (['f: "김 과장" <sip:01012345678@c;user=phone>;tag=1'], Identity("01012345678", "김 과장")),
        (['From: "Kim, the \\"boss\\"" <sip:01012345678@c>'], Identity("01012345678", 'Kim, the "boss"')),
        (['From: "01012345678" <sip:01012345678@c>'], Identity("01012345678")),
        (["From: <sip:+821012345678;npdi@c>"], Identity("+821012345678")),
        (["From: sip:01012345678@c;tag=9"], Identity("01012345678")),
        (["From: <sip:%30101234@c>"], Identity("0101234")),
        (["From: <sip:01012345678@c>;", " tag=1"], Identity("01012345678")),
    ],
)
def test_the_number_is_the_one_the_network_vouches_for(lines: list[str], expected: Identity) -> None:
    assert who(*lines) == expected


def test_an_untrusted_trunk_is_believed_no_more_than_its_from() -> None:
    lines = [FROM, "P-Asserted-Identity: <sip:119@c>", "Remote-Party-ID: <sip:112@c>"]
    assert who(*lines, trusted=False) == Identity("021112222")


@pytest.mark.parametrize(
    "lines",
    [
        ['From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'],
        ["From: <sip:anonymous@carrier>", "P-Asserted-Identity: <sip:01012345678@c>"],
        [FROM, "P-Asserted-Identity: <sip:01012345678@c>", "Privacy: id"],
        [FROM, "Privacy: user;critical"],
        [FROM, "Privacy: header"],
        [FROM, "Privacy: critical", "Privacy: id"],
        [FROM, "Remote-Party-ID: <sip:01012345678@c>;privacy=full"],
        ["From: <sip:restricted@carrier>"],
        ["From: <sip:Private@carrier>"],
        ["From: <sip:carrier>"],
        ['From: "anonymous" <sip:x@carrier>'],
    ],
)
def test_a_caller_who_wants_to_stay_unknown_stays_unknown(lines: list[str]) -> None:
    assert who(*lines) == WITHHELD


@pytest.mark.parametrize("user", ["unavailable", "unknown", "Unavailable"])
def test_a_number_that_the_network_does_not_have_is_unavailable(user: str) -> None:
    assert who(f"From: <sip:{user}@carrier>") == UNAVAILABLE


def test_unavailable_in_from_gives_way_to_what_the_network_vouches_for() -> None:
    assert who("From: <sip:unknown@c>", "P-Asserted-Identity: <sip:0311234567@c>") == Identity("0311234567")


@pytest.mark.parametrize("wish", ["none", "critical"])
def test_other_wishes_hide_nothing(wish: str) -> None:
    assert who(FROM, f"Privacy: {wish}") == Identity("021112222")


def test_a_name_in_the_countrys_old_encoding_is_read() -> None:
    line = 'From: "홍길동" <sip:01012345678@c>'.encode("euc-kr")
    assert who(line) == Identity("01012345678", "홍길동")


@pytest.mark.parametrize(
    ("source", "lines", "uri", "expected"),
    [
        (CalledFrom.REQUEST, ["To: <sip:0311112222@c>"], "sip:0212345678@box", "0212345678"),
        (CalledFrom.REQUEST, ["To: <sip:0311112222@c>"], "sip:trunk-kt@box", "0311112222"),
        (CalledFrom.REQUEST, ["To: <sip:0311112222@c>"], "sip:07000001111@box", "0311112222"),
        (CalledFrom.REQUEST, [], "tel:+82-2-1234-5678", "+82212345678"),
        (CalledFrom.TO, ["To: <sip:0311112222@c>"], "sip:0212345678@box", "0311112222"),
        (CalledFrom.TO, ["To: <sip:office@c>"], "sip:0212345678@box", "0212345678"),
        (
            CalledFrom.DIVERSION,
            ["Diversion: <sip:15880000@c>;reason=unconditional", "To: <sip:0311112222@c>"],
            "sip:0212345678@box",
            "15880000",
        ),
        (CalledFrom.DIVERSION, ["Diversion: <sip:2@c>, <sip:15880000@c>"], "sip:0212345678@box", "15880000"),
        (CalledFrom.DIVERSION, ["To: <sip:0311112222@c>"], "sip:0212345678@box", "0212345678"),
        (
            CalledFrom.HISTORY,
            ["History-Info: <sip:15880000@c?Reason=SIP>;index=1, <sip:2@c>;index=1.1"],
            "sip:0212345678@box",
            "15880000",
        ),
        (CalledFrom.HISTORY, ["To: <sip:x@c>"], "sip:trunk-kt@box", ""),
    ],
)
def test_the_called_number_is_found_where_the_trunk_puts_it(
    source: CalledFrom, lines: list[str], uri: str, expected: str
) -> None:
    request_uri, headers = parse(*lines, uri=uri)
    assert called(request_uri, headers, source, frozenset({"trunk-kt", "07000001111"})) == expected


@pytest.mark.parametrize(
    "rubbish", [b"", b"\r\n\r\n", b"\xff\xfe\r\n:::\r\nFrom\r\n", b'From: "<<<\r\n\r\n', b"x" * 9000]
)
def test_rubbish_never_raises(rubbish: bytes) -> None:
    uri, headers = headers_of(rubbish)
    assert caller(headers, True).number == ""
    assert called(uri, headers, CalledFrom.HISTORY) == ""


def test_commas_in_names_and_addresses_part_nothing() -> None:
    _, headers = parse('Contact: "a, b" <sip:1@h;x=a,b>;q=1, <sip:2@h>')
    assert [(a.name, a.user) for a in addresses(headers, "contact")] == [("a, b", "1"), ("", "2")]
