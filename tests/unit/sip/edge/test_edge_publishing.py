"""What is published, in which order, and what is done when Kamailio forgets, is gone, or was told before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from sip.api import Lamp, LampState
from sip.edge import lamps
from sip.edge.lamps import LAMPS, MESSAGES, Body, dialog_info, message_summary
from sip.edge.publishing import Known, Publisher
from sip.edge.wire import Answer, NoAnswer

pytestmark = pytest.mark.unit

BOX = "192.0.2.1"
NAMESPACE = "{urn:ietf:params:xml:ns:dialog-info}"
IDLE, BUSY, RINGING = LampState.IDLE, LampState.BUSY, LampState.RINGING


class Kamailio:
    """Takes publications as the real one does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []  # name, If-Match, expires, body
        self.published: dict[str, str] = {}
        self.silent = False
        self.slow = asyncio.Event()
        self.slow.set()
        self.heard = asyncio.Event()

    async def ask(self, method: str, uri: str, headers: Mapping[str, str], body: str) -> Answer:
        await self.slow.wait()
        if self.silent:
            raise NoAnswer("silence")
        tag = headers.get("SIP-If-Match", "")
        self.asked.append((uri.split(":")[1].split("@")[0], tag, headers["Expires"], body))
        if tag and tag not in self.published:
            return Answer(412, "")
        self.published.pop(tag, None)
        if headers["Expires"] == "0":
            return Answer(200, tag)
        made = f"tag-{len(self.asked)}"
        self.published[made] = body
        self.heard.set()
        return Answer(200, made)

    def give_up(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is open."""

    @property
    def states(self) -> list[str]:
        """What stands."""
        return [_state(body) for body in self.published.values()]


def _state(body: str) -> str:
    return ElementTree.fromstring(body).findtext(f"{NAMESPACE}dialog/{NAMESPACE}state") or ""


def lamp(state: LampState, name: str = "101") -> dict[str, Body]:
    return {name: dialog_info(Lamp(name, state), BOX)}


async def _idle_loop() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def kamailio() -> Kamailio:
    return Kamailio()


@pytest.fixture
def publisher(kamailio: Kamailio) -> Publisher:
    made = Publisher(1, BOX, lambda event, name: lamps.idle(event, name, BOX))
    made._wire = cast(Any, kamailio)
    return made


async def test_a_change_replaces_what_was_said_and_the_same_again_says_nothing(
    publisher: Publisher, kamailio: Kamailio
) -> None:
    publisher.came(())
    publisher.set(LAMPS, lamp(RINGING))
    await _idle_loop()
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    assert [tag for _, tag, _, _ in kamailio.asked] == ["", "tag-1"]
    assert kamailio.states == ["confirmed"]


async def test_an_idle_lamp_is_no_publication_and_lighting_it_again_makes_another(
    publisher: Publisher, kamailio: Kamailio
) -> None:
    publisher.came(())
    publisher.set(LAMPS, lamp(IDLE))
    await _idle_loop()
    assert not kamailio.asked
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    publisher.set(LAMPS, lamp(IDLE))
    await _idle_loop()
    assert [expires for _, _, expires, _ in kamailio.asked] == ["120", "120", "0"]
    assert not kamailio.published
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    assert kamailio.asked[-1][1] == ""
    assert kamailio.states == ["confirmed"]


async def test_of_changes_that_come_quicker_than_they_can_be_told_the_last_counts(
    publisher: Publisher, kamailio: Kamailio
) -> None:
    publisher.came(())
    kamailio.slow.clear()
    for state in (RINGING, BUSY, IDLE, RINGING):
        publisher.set(LAMPS, lamp(state))
        await _idle_loop()
    kamailio.slow.set()
    await _idle_loop()
    assert kamailio.states == ["early"]
    assert len(kamailio.asked) <= 2


async def test_a_kamailio_that_was_started_anew_is_told_everything(publisher: Publisher, kamailio: Kamailio) -> None:
    publisher.set(LAMPS, lamp(BUSY) | lamp(RINGING, "102"))
    publisher.set(MESSAGES, {"101": message_summary("101", 1, 0, BOX)})
    await _idle_loop()
    assert not kamailio.asked
    publisher.came(())
    await _idle_loop()
    assert len(kamailio.published) == 3
    publisher.went()
    kamailio.published.clear()
    publisher.came(())
    await _idle_loop()
    assert len(kamailio.published) == 3


async def test_what_an_earlier_core_left_is_gone_on_with_or_ended(publisher: Publisher, kamailio: Kamailio) -> None:
    kamailio.published = {"old-1": "", "old-2": "", "old-3": ""}
    known = (Known(LAMPS, "101", "old-1"), Known(LAMPS, "102", "old-2"), Known(MESSAGES, "101", "old-3"))
    publisher.came(known)
    await _idle_loop()
    assert not kamailio.asked  # nobody has said yet how things are
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    assert {tag for _, tag, _, _ in kamailio.asked if tag.startswith("old")} == {"old-1", "old-2"}
    assert kamailio.published.pop("old-3") == ""
    assert kamailio.states == ["confirmed"]


async def test_a_publication_that_kamailio_does_not_know_any_more_is_made_anew(
    publisher: Publisher, kamailio: Kamailio
) -> None:
    publisher.came(())
    publisher.set(LAMPS, lamp(RINGING))
    await _idle_loop()
    kamailio.published.clear()
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    assert kamailio.states == ["confirmed"]


async def test_silence_is_tried_again(
    publisher: Publisher, kamailio: Kamailio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_pause_s", 0.0)
    publisher.came(())
    kamailio.silent = True
    publisher.set(LAMPS, lamp(BUSY))
    await _idle_loop()
    assert not kamailio.published
    kamailio.silent = False
    async with asyncio.timeout(20):
        await kamailio.heard.wait()
    assert kamailio.states == ["confirmed"]


def test_a_lamp_says_which_side_it_is_on_and_escapes_what_others_wrote() -> None:
    made = ElementTree.fromstring(dialog_info(Lamp("101", BUSY, '"<&', "101"), BOX).text)
    dialog = made.find(f"{NAMESPACE}dialog")
    assert dialog is not None
    assert dialog.get("direction") == "recipient"
    assert dialog.findtext(f"{NAMESPACE}remote/{NAMESPACE}identity") == f"sip:%22%3C%26@{BOX}"
    calling = ElementTree.fromstring(dialog_info(Lamp("101", RINGING, "101", "102"), BOX).text)
    dialog = calling.find(f"{NAMESPACE}dialog")
    assert dialog is not None
    assert dialog.get("direction") == "initiator"
    assert dialog.findtext(f"{NAMESPACE}remote/{NAMESPACE}identity") == f"sip:102@{BOX}"
    assert dialog.findtext(f"{NAMESPACE}state") == "early"


def test_waiting_messages_are_counted() -> None:
    assert message_summary("101", 2, 5, BOX).text.splitlines() == [
        "Messages-Waiting: yes",
        f"Message-Account: sip:101@{BOX}",
        "Voice-Message: 2/5 (0/0)",
    ]
    assert "Messages-Waiting: no" in message_summary("101", 0, 5, BOX).text
