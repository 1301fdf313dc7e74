"""Who may come into a conversation besides the one it was leased for, and who came before anybody expected them.

The order to expect an INVITE goes another way than the INVITE itself, so either may be first. Ends no leg itself.
"""

from __future__ import annotations

import time

from sip.voice.worker.leg import Leg, LegState

STRAYS_WAIT_S = 0.5


class Arrivals:
    """Brings INVITEs and the names that they are expected under together, by Call-ID."""

    def __init__(self) -> None:
        self._expected: dict[str, str] = {}  # Call-ID → leg
        self._strays: dict[Leg, float] = {}  # INVITEs that nobody expects yet, and until when they wait

    def __len__(self) -> int:
        """How many came that nobody expects yet."""
        return len(self._strays)

    def expect(self, sip_call_id: str, name: str) -> Leg | None:
        """Let an INVITE be this leg; returns it if it has come already."""
        for stray in self._strays:
            if stray.state is LegState.NEW and stray.sip_call_id() == sip_call_id:
                del self._strays[stray]
                return stray
        self._expected[sip_call_id] = name
        return None

    def expect_no_more(self, name: str) -> None:
        """Whoever was to be this leg is not waited for any longer."""
        self._expected = {call_id: leg for call_id, leg in self._expected.items() if leg != name}

    def name_of(self, leg: Leg) -> str:
        """Return under which name an INVITE is expected, once; empty: under none."""
        return self._expected.pop(leg.sip_call_id(), "")

    def wait(self, leg: Leg) -> None:
        """Keep an INVITE that nobody expects yet."""
        self._strays[leg] = time.monotonic() + STRAYS_WAIT_S

    def overdue(self) -> list[Leg]:
        """Return those that have waited long enough."""
        return [leg for leg, until_s in self._strays.items() if time.monotonic() >= until_s]

    def gone(self, leg: Leg) -> bool:
        """Forget an INVITE that is over; tells whether it was one that nobody expected."""
        return self._strays.pop(leg, None) is not None
