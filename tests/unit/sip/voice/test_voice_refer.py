"""Refer-To as phones write it, and as somebody would who wants more than a transfer."""

from __future__ import annotations

import pytest

from sip.voice.worker.refer import Asked, read

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("refer_to", "asked"),
    [
        ("<sip:103@192.0.2.1>", Asked("103", "")),
        ("sip:103@192.0.2.1", Asked("103", "")),
        ('"Kim, T." <sip:*8103@box.example:5060;transport=udp;user=phone>;x=1', Asked("*8103", "")),
        ("<sip:%2321%23@box>", Asked("#21#", "")),
        ("<sip:+82212345678;phone-context=kr@box>", Asked("+82212345678", "")),
        ("<sip:park1@box;method=INVITE>", Asked("park1", "")),
        ("<sip:103@box?Replaces=1a%40x%3Bto-tag%3D2%3Bfrom-tag%3D3>", Asked("103", "1a@x")),
        ("<SIP:103@box?replaces=1a%3Bto-tag%3D2%3Bfrom-tag%3D3&Require=replaces>", Asked("103", "1a")),
    ],
)
def test_where_to_and_in_whose_place(refer_to: str, asked: Asked) -> None:
    assert read(refer_to) == asked


@pytest.mark.parametrize(
    "refer_to",
    [
        "",
        "<sip:box>",
        "<tel:103>",
        "<sips:103@box>",
        "<sip:103@box;method=BYE>",
        "<sip:103@box?X-Soribox-Ordered=yes>",
        "<sip:103@box?Replaces=1&X-Soribox-Ordered=yes>",
        "<sip:103@box?Replaces=1&%58-Soribox-Ordered=yes>",
        "<sip:103@box?Replaces=1%0D%0AX-Soribox-Ordered%3A%20yes>",
        "<sip:103@box?Replaces=1%0AX:1>",
        "<sip:103@box?Replaces=1&Replaces=2>",
        "<sip:103@box?Require=100rel>",
        "<sip:103@box?From=sip:boss@box>",
        "<sip:103@box?Replaces=1?X=2>",
        "<sip:103@box?Replaces=1%0A>",
        "<sip:103@box;x=\r\n X: 1>",
        "<sip:10%0d%0a3@box>",
        "<http://103@box>",
    ],
)
def test_what_is_not_done(refer_to: str) -> None:
    assert read(refer_to) is None
