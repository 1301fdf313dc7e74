"""What the keeper must know before it can start; given as one JSON object on its standard input."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sip.voice.protocol import WorkerSettings

RTP_PORTS = 16
"""For each worker: four legs of two ports each, and as much again for legs that are not gone yet."""


class KeeperSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of the keeper. Names and meaning are those of the box's boot settings."""

    data: str
    address: str
    sip_port: int = 5060
    edge_core_port: int = 15063
    voice_port: int = 15100
    rtp_port: int = 20000
    conversations: int = 64
    warm_workers: int = 4
    log_level: str = "info"
    music: str = ""  # WAV file for whoever is on hold; empty: the keeper makes one
    lease_seconds: float = 10.0
    longest_seconds: int = 14400
    start_seconds: float = 10.0  # a worker that is not warm by then is killed
    reply_seconds: float = 5.0  # a worker that does not answer a ping by then is killed
    relay_seconds: float = 0.1  # a relay that does not give the sound back by then is done without
    stop_seconds: float = 8.0  # on SIGTERM talks are hung up, and killed after this time

    @property
    def voice_folder(self) -> Path:
        """Where conversations have their folders."""
        return Path(self.data).absolute() / "voice"

    @property
    def run_folder(self) -> Path:
        """Where the socket is."""
        return Path(self.data).absolute() / "run"

    @property
    def socket(self) -> Path:
        """Where the core connects."""
        return self.run_folder / "voice.sock"

    @property
    def relay_socket(self) -> Path:
        """Where workers connect to the relay."""
        return self.run_folder / "relay.sock"

    @property
    def slots(self) -> int:
        """How many workers there may be, those included that are just ending."""
        return self.conversations + max(self.warm_workers, 1)

    def for_slot(self, slot: int, music: str) -> WorkerSettings:
        """Return the settings of the worker in a slot."""
        return WorkerSettings(
            slot=slot,
            sip_port=self.voice_port + slot,
            rtp_port=self.rtp_port + slot * RTP_PORTS,
            rtp_ports=RTP_PORTS,
            edge_port=self.edge_core_port,
            address=self.address,
            public_port=self.sip_port,
            music=music,
            relay=str(self.relay_socket),
            relay_answers_s=self.relay_seconds,
            longest_s=self.longest_seconds,
            log_level=self.log_level,
        )
