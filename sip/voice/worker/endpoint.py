"""pjsua2 set up for one conversation: no threads, no TLS, own SIP port and RTP range. Knows settings, no legs.

Why each setting is as it is stands beside it: several of them were found by running into the wall behind them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

import pjsua2 as pj

from sip.api import MOST_LEGS
from sip.voice.protocol import WorkerSettings
from sip.voice.worker import stream
from sip.voice.worker.clock import FRAME_MS, RATE, DrivenClock, MediaClock, media_clock
from sip.voice.worker.sockets import descriptor_of

CODECS = ("PCMA/8000/1", "PCMU/8000/1", "G722/16000/1")
"""In the order we offer them: A-law first, since trunks and phones here speak it and equal codecs cost nothing."""

LONGEST_SESSION_S = 1800
SHORTEST_SESSION_S = 90
_HIGHEST_PRIORITY = 250


class Endpoint:
    """The SIP and media engine of this process; there can be only one."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._endpoint = pj.Endpoint()
        self._endpoint.libCreate()
        self._endpoint.libInit(_engine_config())
        self._clock: MediaClock | None = None
        self.sip_descriptor = -1

    def open(self) -> None:
        """Open the SIP port and start. Raises pj.Error when the port is taken."""
        transport = pj.TransportConfig()
        transport.port = self._settings.sip_port
        transport.boundAddress = "127.0.0.1"
        self._endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self._endpoint.libStart()
        for codec in self._endpoint.codecEnum2():
            wanted = codec.codecId in CODECS
            rank = _HIGHEST_PRIORITY - CODECS.index(codec.codecId) if wanted else 0
            self._endpoint.codecSetPriority(codec.codecId, rank)
        self._clock = media_clock(self._endpoint)
        self.sip_descriptor = descriptor_of("127.0.0.1", self._settings.sip_port)

    @property
    def can_lend(self) -> bool:
        """Whether a talk's sockets can be lent to the relay: the loop must drive the mixer."""
        return isinstance(self._clock, DrivenClock) and stream.can_lend()

    def account_config(self) -> pj.AccountConfig:
        """Return the settings of the one account: everything goes through the edge."""
        return _account_config(self._settings)

    def discard_what_waits(self) -> None:
        """Throw away what reached the SIP port before the lease: it was meant for the slot's last worker."""
        waiting = socket.socket(fileno=os.dup(self.sip_descriptor))
        with waiting:
            try:
                while True:
                    waiting.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return

    def handle_events(self) -> None:
        """Deal with everything that has come (SIP, RTP, timers, jobs of other threads). Never waits."""
        while self._endpoint.libHandleEvents(0) > 0:
            pass

    def start_clock(self) -> None:
        """Begin to move sound. Call when the first leg is there: an idle worker needs no clock."""
        self._running_clock().start()

    def run_clock(self, ends: Sequence[int], frames: int) -> list[int]:
        """Move sound and serve RTP for so many frames; return early, with the ends that can be read."""
        return self._running_clock().run(ends, frames)

    def hurry(self, frames: int) -> None:
        """Move so many frames now, ahead of time: what waits in jitter buffers goes out, files are closed."""
        self._running_clock().hurry(frames)

    def resume_clock(self) -> None:
        """Go on from now, after the sound was in other hands."""
        self._running_clock().resume()

    def next_tick_ms(self) -> int:
        """Return the moment of the next frame, in milliseconds since 1970."""
        return self._running_clock().next_ms()

    def _running_clock(self) -> MediaClock:
        if self._clock is None:
            raise RuntimeError("the endpoint is not open")
        return self._clock


def _engine_config() -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0  # everything happens in the one thread that polls
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MOST_LEGS
    config.uaConfig.userAgent = "Soribox"
    config.uaConfig.natTypeInSdp = 0
    config.uaConfig.mwiUnsolicitedEnabled = False
    media = config.medConfig
    media.hasIoqueue = False  # RTP is served by the same poll as SIP: a thread less
    media.threadCnt = 0
    media.clockRate = media.sndClockRate = RATE
    media.audioFramePtime = media.ptime = FRAME_MS
    media.noVad = True  # far ends and recordings need an unbroken stream
    media.ecTailLen = 0
    media.quality = 3  # of the resampler; only G.722 legs meet it
    media.maxMediaPorts = 32
    media.sndAutoCloseTime = -1  # else recordings are cut off a second after the last leg
    config.logConfig.level = config.logConfig.consoleLevel = 1  # its fuller logs show numbers
    config.logConfig.msgLogging = 0
    return config


def _account_config(settings: WorkerSettings) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:soribox@{public_host(settings)}"
    config.regConfig.registrarUri = ""
    config.sipConfig.proxies.append(f"sip:127.0.0.1:{settings.edge_port};lr")
    config.sipConfig.contactForced = f"<sip:w{settings.sip_port}@{settings.address}:{settings.public_port}>"
    nat = config.natConfig  # any of these rewrites the Contact to loopback
    nat.contactRewriteUse = nat.viaRewriteUse = nat.sdpNatRewriteUse = nat.sipOutboundUse = 0
    calls = config.callConfig
    calls.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    calls.timerSessExpiresSec = LONGEST_SESSION_S
    calls.timerMinSESec = SHORTEST_SESSION_S
    calls.prackUse = pj.PJSUA_100REL_NOT_USED  # offered as supported, done when the far side requires it
    media = config.mediaConfig
    media.lockCodecEnabled = False  # else an UPDATE or re-INVITE follows every answer
    media.srtpUse = pj.PJMEDIA_SRTP_DISABLED
    media.streamKaEnabled = False
    media.transportConfig.port = settings.rtp_port
    media.transportConfig.portRange = settings.rtp_ports
    media.transportConfig.boundAddress = settings.address
    config.videoConfig.autoShowIncoming = config.videoConfig.autoTransmitOutgoing = False
    return config


def public_host(settings: WorkerSettings) -> str:
    """Return the edge as it stands in SIP addresses; the usual port is left out."""
    return settings.address if settings.public_port == 5060 else f"{settings.address}:{settings.public_port}"
