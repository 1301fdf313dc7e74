"""Every known message of caller-ID devices, byte by byte, and what must not be taken for one."""

from __future__ import annotations

import pytest

from hw.api import FrameKind, Presentation
from hw.cid import fsk, korean_box
from hw.cid.registry import Dialect, dialect, dialects

pytestmark = pytest.mark.unit

P = Presentation
PAD17, PAD18 = b"\x20" * 17 + b"\x03", b"\x20" * 18 + b"\x03"


def read(name: str, data: bytes) -> list[tuple[FrameKind, int, str, Presentation, str]]:
    reader = known(name).reader()
    frames = [*reader.feed(data, 0), *reader.tick(5000)]
    return [(one.kind, one.channel, one.number, one.presentation, one.name) for one in frames]


def known(name: str) -> Dialect:
    found = dialect(name)
    assert found is not None
    return found


RING = FrameKind.RING


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (bytes.fromhex("0231493031303132333435363738" + "20" * 7 + "03"), (RING, 1, "01012345678", P.SHOWN, "")),
        (bytes.fromhex("02324930323132333435363738" + "20" * 8 + "03"), (RING, 2, "0212345678", P.SHOWN, "")),
        (b"\x021IP" + PAD17, (RING, 1, "", P.WITHHELD, "")),
        (b"\x021IC" + PAD17, (RING, 1, "", P.PAYPHONE, "")),
        (b"\x021IO" + PAD17, (RING, 1, "", P.UNAVAILABLE, "")),
        (b"\x021IPRIVATE\x03", (RING, 1, "", P.WITHHELD, "")),
        (b"\x021S" + PAD18, (FrameKind.OFF_HOOK, 1, "", P.SHOWN, "")),
        (b"\x021E" + PAD18, (FrameKind.ON_HOOK, 1, "", P.SHOWN, "")),
        (b"\x021K" + PAD18, (FrameKind.DIALLED, 1, "", P.SHOWN, "")),
        (b"\x02 P" + b"CI1-2".ljust(18) + b"\x03", (FrameKind.DEVICE, 0, "", P.SHOWN, "CI1-2")),
        (b"\x021I0312417755\x03", (RING, 1, "0312417755", P.SHOWN, "")),  # without blanks
        (b"\x021I" + b"01012345678".ljust(19) + b"\x03", (RING, 1, "01012345678", P.SHOWN, "")),  # 22 + 1 bytes
        (b"\x021I1012345678" + b" " * 8 + b"\x03", (RING, 1, "1012345678", P.SHOWN, "")),  # may be 1588-like
        (b"\x021I212345678" + b" " * 9 + b"\x03", (RING, 1, "0212345678", P.SHOWN, "")),  # the key phone's zero
        (b"\x021I010123456780101234\x03", (RING, 1, "010123456780101234", P.SHOWN, "")),  # a stale buffer
        (b"\x021I01012345678" + b"\x00" * 7 + b"\x03", (RING, 1, "01012345678", P.SHOWN, "")),
        (b"\x021I0101\x021IP" + PAD17, (RING, 1, "", P.WITHHELD, "")),  # begun again
    ],
)
def test_korean_box(data: bytes, expected: tuple[object, ...]) -> None:
    assert read("callstar", data) == [expected]


def test_korean_box_asks_and_dials_in_its_own_layout() -> None:
    assert known("callstar").greeting == bytes.fromhex("022050" + "20" * 18 + "03")
    dial = bytes.fromhex("02314f3031303132333435363738" + "20" * 7 + "03")
    assert korean_box.encode(1, "O", "01012345678") == dial


@pytest.mark.parametrize(
    "data",
    [
        b"\x021I0101234567" + b" " * 7 + b"\x03",  # one digit was lost: no frame is 21 bytes with blanks
        b"\x02I01012345678" + b" " * 7 + b"\x03",  # the channel was lost
        b"\x021I010123x5678" + b" " * 7 + b"\x03",
        b"\x021I" + PAD18,
        b"\x02\x03",
        b"\x021X" + PAD18,
    ],
)
def test_korean_box_damaged(data: bytes) -> None:
    assert read("callstar", data) == []


def test_korean_box_drops_a_frame_whose_end_does_not_come() -> None:
    reader = known("callstar").reader()
    assert reader.feed(b"\x021I0101234", 0) == []
    assert reader.feed(b"5678" + b" " * 7 + b"\x03", 1500) == []


MDMF = bytes.fromhex("80170108" + "31313233" + "31343035" + "020B" + "3031303132333435363738" + "8D")
SDMF = bytes.fromhex("04123131323331343035" + "30323132333435363738" + "53")


@pytest.mark.parametrize(
    ("data", "number", "presentation"),
    [
        (MDMF, "01012345678", P.SHOWN),
        (SDMF, "0212345678", P.SHOWN),
        (bytes.fromhex("800D0108313132333134303504015084"), "", P.WITHHELD),
        (bytes.fromhex("800D0108313132333134303504014F85"), "", P.UNAVAILABLE),
        (bytes.fromhex("800D0108313132333134303504014391"), "", P.PAYPHONE),
        (b"\x55" * 30 + b"\xff" * 4 + MDMF, "01012345678", P.SHOWN),
    ],
)
def test_fsk_messages(data: bytes, number: str, presentation: Presentation) -> None:
    assert read("fsk", data) == [(RING, 1, number, presentation, "")]
    assert fsk.checksum(data.lstrip(b"\x55\xff")[:-1]) == data[-1]


@pytest.mark.parametrize("data", [MDMF[:-1] + b"\x7d", SDMF[:-1] + b"\x00", MDMF[:5] + b"9" + MDMF[6:]])
def test_fsk_with_a_wrong_checksum_is_no_call_and_hides_none(data: bytes) -> None:
    assert read("fsk", data) == []
    assert [one[2] for one in read("fsk", data + SDMF)] == ["0212345678"]


FORMATTED = b"\r\nRING\r\n\r\nDATE = 1123\r\nTIME = 1405\r\nNMBR = 01012345678\r\nNAME = KIM\r\n\r\nRING\r\n"


@pytest.mark.parametrize(
    ("data", "number", "presentation", "name"),
    [
        (FORMATTED, "01012345678", P.SHOWN, "KIM"),
        (FORMATTED.replace(b" = ", b"="), "01012345678", P.SHOWN, "KIM"),
        (b"RING A\r\nDATE TIME=11/24 22:10\r\nDDN_NMBR=0212345678\r\nRING A\r\n", "0212345678", P.SHOWN, ""),
        (b"CID RING\r\nnmbr = P\r\nname = P\r\n", "", P.WITHHELD, ""),
        (b"RING\r\nNBR = O\r\nMESG = 0B01FF\r\nRING\r\n", "", P.UNAVAILABLE, ""),
        (b"RING\r\n\r\nRING\r\n\r\nRING\r\n", "", P.UNAVAILABLE, ""),  # the modem has dropped a damaged message
        (b"RING\r\n" + MDMF.hex().upper().encode() + b"\r\nRING\r\n", "01012345678", P.SHOWN, ""),
        (b"RING\r\nUUUU" + SDMF.hex().encode() + b"\r\nRING\r\n", "0212345678", P.SHOWN, ""),
        (b"RING\r\n" + MDMF.hex().encode()[:20] + b"\r\n" + MDMF.hex().encode()[20:] + b"\r\nRING\r\n", "01012345678",
         P.SHOWN, ""),
        (b"0412303332323234303539313435353132333435\r\n", "9145512345", P.SHOWN, ""),  # without its checksum
    ],
)  # fmt: skip
def test_modem(data: bytes, number: str, presentation: Presentation, name: str) -> None:
    assert read("hayes", data) == [(RING, 1, number, presentation, name)]


def test_modem_that_answers_is_a_device_and_a_wrong_checksum_is_no_number() -> None:
    assert [one[0] for one in read("hayes", b"OK\r\n")] == [FrameKind.DEVICE]
    broken = MDMF[:-1].hex().encode() + b"00\r\n"
    assert read("hayes", b"RING\r\n" + broken + b"RING\r\n") == [(RING, 1, "", P.UNAVAILABLE, "")]


def test_a_modem_that_has_sent_a_checksum_is_not_believed_without() -> None:
    """Where a digit was lost, the checksum stands in its place: here it is one."""
    body = b"\x04\x1209291959" + b"0212345678"
    assert fsk.checksum(body) == ord("8")
    lost = (body[:-2] + b"8" + b"8").hex().encode() + b"\r\n"  # the "7" is lost, "8" and the checksum follow
    assert [one[2] for one in read("hayes", b"RING\r\n" + lost)] == ["0212345688"]
    before = b"RING\r\n" + SDMF.hex().encode() + b"\r\nRING\r\n"
    assert [one[2] for one in read("hayes", before + lost + b"RING\r\n" + before)] == ["0212345678"] * 2
    wrapped = MDMF.hex().encode()
    assert [one[2] for one in read("hayes", before + wrapped[:-2] + b"\r\n" + wrapped[-2:] + b"\r\n")] == [
        "0212345678",
        "01012345678",
    ]


def test_whozz_calling() -> None:
    start = b"01 I S 0000 G A0 09/26 11:28 AM 800-240-4637   CallerID.com\r"
    assert read("whozz", start) == [(RING, 1, "8002404637", P.SHOWN, "CallerID.com")]
    assert read("whozz", b"$" + start) == read("whozz", start)
    assert read("whozz", start.replace(b"G A0", b"B A0")) == [(RING, 1, "", P.UNAVAILABLE, "")]
    assert read("whozz", start.replace(b" I S", b" O S")) == []
    ended = b"02 I E 0276 G B3 09/26 11:28 AM 800-240-4637   CallerID.com\r"
    assert read("whozz", ended) == [(FrameKind.ON_HOOK, 2, "", P.SHOWN, "")]
    handsets = b"01 R             09/26 11:28:00\r01 F             09/26 11:28:04\r01 N\r"
    assert [one[0] for one in read("whozz", handsets)] == [FrameKind.OFF_HOOK, FrameKind.ON_HOOK]


def test_whozz_calling_damaged_on_its_way_is_a_call_without_a_number() -> None:
    whole = known("whozz").ring(1, "01012345678")
    assert read("whozz", whole.replace(b"0101234", b"010123")) == [(RING, 1, "", P.UNAVAILABLE, "")]
    joined = whole.replace(b"5678", b"567").rstrip(b"\r") + whole
    assert read("whozz", joined) == [(RING, 1, "", P.UNAVAILABLE, "")]
    assert read("whozz", whole.rstrip() + b"\r") == [(RING, 1, "01012345678", P.SHOWN, "")]


def test_tci() -> None:
    line = b"02     09/26     11:28 AM    " + b"01012345678".rjust(15) + b" " * 11 + b"KIM".ljust(15) + b"\r"
    assert len(line) == 71
    assert read("tci", line) == [(RING, 2, "01012345678", P.SHOWN, "KIM")]
    assert read("tci", line.replace(b"01012345678", b"    PRIVATE")) == [(RING, 2, "", P.WITHHELD, "KIM")]
    assert read("tci", line.replace(b"01012345678", b"OUT-OF-AREA")) == [(RING, 2, "", P.UNAVAILABLE, "KIM")]
    assert read("tci", line.replace(b"0101", b"010")) == []


def test_net_caller_id() -> None:
    named = b"###DATE08082225...NMBR14075551212...NAMEJOHN+++\r"
    assert read("netcallerid", named) == [(RING, 1, "14075551212", P.SHOWN, "JOHN")]
    blank = b"###DATE08082225...NMBR...NAME-UNKNOWN CALLER-+++\r"
    assert read("netcallerid", blank) == [(RING, 1, "", P.UNAVAILABLE, "")]
    assert read("netcallerid", b"###DATE...NMBR...NAME   -MSG OFF-+++\r") == []
    assert read("netcallerid", b"x" * 5000 + b"\r" + named) == read("netcallerid", named)


def test_every_dialect_reads_the_calls_that_it_makes() -> None:
    assert len(dialects()) >= 6
    for one in dialects():
        for number, presentation in (("01012345678", P.SHOWN), ("", P.WITHHELD)):
            found = read(one.name, one.ring(1, number))
            assert found == [(RING, 1, number, presentation, "")], one.name
