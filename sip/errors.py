"""What can go wrong between the core and SIP. Knows no catalogue: the core gives these their words.

SipError
├── EdgeUnavailable      Kamailio is not there or did not take an order
├── VoiceUnavailable     the keeper is not there
└── NoWorker             every worker talks, or none can be started; `reason` says why
"""

from __future__ import annotations


class SipError(Exception):
    """The root of all errors of this package."""


class EdgeUnavailable(SipError):
    """Kamailio is not there, or did not take an order in time."""


class VoiceUnavailable(SipError):
    """The voice keeper is not there."""


class NoWorker(SipError):
    """No conversation can be taken now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
