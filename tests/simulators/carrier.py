"""A carrier's switch: it takes registrations of a trunk and may ask calls for proof. Knows no code of the box."""

from __future__ import annotations

import asyncio

from tests.simulators import message
from tests.simulators.message import Message
from tests.simulators.rtp import RtpHub
from tests.simulators.sip_ua import UserAgent
from tests.simulators.wire import Address


class Carrier(UserAgent):
    """A user agent that is also a registrar. `user` and `password` are what its customer has to know."""

    def __init__(self, hub: RtpHub, user: str, password: str, proxy: Address) -> None:
        super().__init__(hub, user, password, proxy)
        self.realm = "carrier.example"
        self.asks_for_proof = False  # answer INVITEs without credentials with 407
        self.refuses_registration = 0  # answer every REGISTER with this code
        self.bound = asyncio.Event()  # set while the customer is registered

    def hear_register(self, request: Message) -> None:
        """Ask for credentials, then accept or refuse."""
        if self.refuses_registration:
            self.answer_plainly(request, self.refuses_registration)
        elif not self._proves(request, "authorization"):
            self.answer_plainly(request, 401, ("WWW-Authenticate", message.challenge(self.realm)))
        else:
            contact = f"{request.get('contact')};expires={request.get('expires') or 60}"
            self.answer_plainly(request, 200, ("Contact", contact))
            if request.get("expires") == "0":
                self.bound.clear()
            else:
                self.bound.set()

    def screen(self, request: Message) -> bool:
        """Ask a call for proof."""
        if not self.asks_for_proof or self._proves(request, "proxy-authorization"):
            return False
        self.answer_plainly(request, 407, ("Proxy-Authenticate", message.challenge(self.realm)))
        return True

    def _proves(self, request: Message, header: str) -> bool:
        given = request.get(header)
        return bool(given) and message.is_right(given, request.method, self.user, self.password)
