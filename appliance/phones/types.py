"""What is registered and how trunks are, as plain frozen objects for screens and programs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RegisteredPhone:
    """One phone that is registered now. `address` is "udp:192.0.2.10:5060", `agent` its make as it names itself."""

    extension: str
    address: str
    agent: str
    since_ms: int
    expires_ms: int


@dataclass(frozen=True)
class TrunkView:
    """How a trunk is, as measured: `state` as in `sip.api.TrunkState`, `code` and `text` the upstream's own words."""

    trunk: str
    state: str
    code: int
    text: str
    since_ms: int


@dataclass(frozen=True)
class PhonesChanged:
    """A phone of this extension has come or gone."""

    extension: str


@dataclass(frozen=True)
class TrunkChanged:
    """A trunk's state has changed."""

    view: TrunkView
