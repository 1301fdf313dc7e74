"""What the log shows, and what it hides."""

from __future__ import annotations

import asyncio
import logging

import pytest

from appliance.core.logs import MaskingFormatter, call_in_hand, mask

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "01055551234",
        "call from 010-5555-1234 refused",
        "+821055551234",
        "02-1234-5678.",
        "15881234: busy",
        "sip:01055551234@192.0.2.7:5060",
        "tel:+82-10-5555-1234",
        '"01055551234"',
        "(0311234567)",
        "caller=01055551234,called=0212345678",
    ],
)
def test_a_phone_number_is_never_readable(text: str) -> None:
    hidden = mask(text)
    assert "****" in hidden
    assert not any(part in hidden for part in ("5555", "1234", "34567"))


def test_who_knows_a_number_can_still_tell_it_from_another() -> None:
    assert mask("from 01055551234 to 0212345678") == "from 010****34 to 021****78"


@pytest.mark.parametrize(
    "text",
    [
        "call 19aaf1c2d3e4f5a6b7c8d9 ended",
        "call 123456789012345678901 ended",
        "call-id 550e8400-e29b-41d4-a716-446655440000",
        "listens on 0.0.0.0:15063 and 127.0.0.1:20000",
        "from udp:192.168.100.200:65535",
        "2026-11-23 14:05:09,123 started",
        "since 2026-11-23T14:05:09Z",
        "at 1795000000000 ms",
        "took 1795000000.123456 s",
        "pid 4194303, code -9",
        "extension 101, group main, 486 Busy Here",
        "soribox 0.1.0, 123456 bytes",
        "recordings/2026/11/23/19aaf1c2d3e.opus",
    ],
)
def test_what_is_no_phone_number_stays_readable(text: str) -> None:
    assert mask(text) == text


def line(message: str, *arguments: object) -> str:
    record = logging.LogRecord("appliance.calls", logging.INFO, "", 0, message, arguments, None)
    return MaskingFormatter("%(message)s").format(record)


def test_a_line_names_the_call_in_hand_and_hides_numbers_among_the_arguments() -> None:
    async def in_a_call() -> str:
        call_in_hand.set("19aaf1c2d3e")
        return line("refused %s", "01055551234")

    assert asyncio.run(in_a_call()).endswith("INFO    appliance.calls [19aaf1c2d3e] refused 010****34")
    assert line("ready").endswith("INFO    appliance.calls ready")


def test_numbers_in_a_traceback_are_hidden_too() -> None:
    try:
        raise ValueError("01055551234")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), (type(error), error, error.__traceback__))
    told = MaskingFormatter("%(message)s").format(record)
    assert "ValueError: 010****34" in told
    assert "Traceback" in told
