"""Phones that watch lamps and waiting messages: subscriptions (RFC 6665), and what they are told.

lamp = await watch(phone, "102")
await lamp.until("confirmed")
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.raw_ua import Dialog, Message, RawUa


@dataclass
class Watching:
    """A subscription of a phone."""

    phone: RawUa
    event: str
    dialog: Dialog
    last: int = 0  # the highest CSeq that came

    async def told(self, seconds: float = 20.0) -> Message:
        """Return the next NOTIFY of this subscription; one that a newer has overtaken is refused (RFC 3261, 12.2.2)."""
        while True:
            notify = await self.phone.wait_for(
                lambda m: m.start.startswith("NOTIFY") and m.header("Call-ID") == self.dialog.call_id, seconds
            )
            assert notify is not None, "no NOTIFY"
            number = int(notify.header("CSeq").split()[0])
            if number > self.last:
                self.last = number
                self.phone.reply(notify, 200)
                return notify
            self.phone.reply(notify, 500)

    async def sees(self) -> tuple[str, str]:
        """Return the state that the next NOTIFY tells, and the other party."""
        return lamp_in(await self.told())

    async def until(self, state: str, seconds: float = 20.0) -> Message:
        """Wait until this state is told."""
        while lamp_in(notify := await self.told(seconds))[0] != state:
            pass
        return notify

    async def until_it_says(self, words: str) -> Message:
        """Wait until these words are told."""
        while words not in (notify := await self.told()).body:
            pass
        return notify

    async def until_it_ends(self) -> None:
        """Wait until the phone is told that it is told no more."""
        while "terminated" not in (await self.told()).header("Subscription-State"):
            pass

    def is_told_on(self) -> bool:
        """Say whether a NOTIFY of this subscription waits that is newer than all that were told."""
        ours = (m for m in self.phone.inbox if m.method == "NOTIFY" and m.header("Call-ID") == self.dialog.call_id)
        return any(int(message.header("CSeq").split()[0]) > self.last for message in ours)

    async def again(self, expires: int = 300) -> int:
        """Go on with the subscription, or end it; returns the answer's code."""
        headers = {"Event": self.event, "Expires": str(expires)}
        answer = await self.phone.final(self.phone.within(self.dialog, "SUBSCRIBE", headers))
        assert answer is not None
        if answer.code == 407:
            proof = self.phone.proof(answer, "SUBSCRIBE", self.dialog.target)
            answer = await self.phone.final(self.phone.within(self.dialog, "SUBSCRIBE", headers | proof))
            assert answer is not None
        return answer.code


def lamp_in(notify: Message) -> tuple[str, str]:
    state = re.search(r"<state>(\w+)</state>", notify.body)
    remote = re.search(r"<remote><identity>sip:([^@]*)@", notify.body)
    return (state[1] if state else "", remote[1] if remote else "")


async def watch(phone: RawUa, name: str, event: str = "dialog", host: str = "127.0.0.1") -> Watching:
    headers = {"Event": event, "Expires": "300", "Accept": "application/dialog-info+xml"}
    answer = await phone.ask("SUBSCRIBE", f"sip:{name}@{host}", headers)
    assert answer is not None
    assert answer.code in (200, 202), answer.start
    sent = Message(f"SUBSCRIBE sip:{name}@{host} SIP/2.0\r\nFrom: {answer.header('From')}\r\nCSeq: 9 SUBSCRIBE\r\n\r\n")
    dialog = Dialog(
        call_id=answer.header("Call-ID"),
        local=sent.header("From"),
        remote=answer.header("To"),
        target=answer.header("Contact").strip("<>"),
        route=[],
        cseq=9,
    )
    return Watching(phone, event, dialog)
