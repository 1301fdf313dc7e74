"""One SIP dialog: a pj.Call that tells its watcher in neutral words. Knows no bridge, no recording, no core.

Every callback is guarded, and deals with facts only: what to do about them is decided elsewhere.
"""

from __future__ import annotations

import logging
import re
from enum import Enum, auto
from typing import Protocol

import pjsua2 as pj

from sip.api import Quality
from sip.voice.worker import headers
from sip.voice.worker.guard import guarded

log = logging.getLogger(__name__)

EXTENSION_HEADER = "X-Soribox-Extension"
_GONE = 481


class LegState(Enum):
    """Where a dialog is."""

    NEW = auto()
    RINGING = auto()
    UP = auto()
    ENDING = auto()  # by us: what comes now is the answer to our BYE, CANCEL or refusal
    ENDED = auto()


class LegWatcher(Protocol):
    """Who hears of a leg."""

    def arrived(self, leg: Leg) -> None:
        """An INVITE made this leg."""

    def progress(self, leg: Leg, code: int, *, early_media: bool, extension: str) -> None:
        """A 1xx came."""

    def up(self, leg: Leg, extension: str) -> None:
        """The dialog stands."""

    def media(self, leg: Leg, media: pj.AudioMedia, *, held: bool) -> None:
        """The leg sounds, or sounds anew; `held`: the far side has put us on hold."""

    def digit(self, leg: Leg, digit: str) -> None:
        """The far side pressed a key."""

    def gone(self, leg: Leg, code: int, reason: str, *, by_far: bool) -> None:
        """The dialog is over."""


class Leg(pj.Call):  # type: ignore[misc]
    """A dialog with a name."""

    def __init__(self, account: pj.Account, name: str, watcher: LegWatcher, call_id: int = -1) -> None:
        super().__init__(account, call_id)
        self.name = name
        self.incoming = call_id >= 0
        self._watcher = watcher
        self._state = LegState.NEW
        self._extension = ""
        self._far_reason = ""
        self._quality = Quality()

    # ------------------------------------------------------------------------------------------------- orders

    @property
    def state(self) -> LegState:
        """Where the dialog is."""
        return self._state

    def reply(self, code: int) -> None:
        """Answer the INVITE: 180, 183 with SDP, or 200. Repeating is harmless."""
        if not self.incoming or self._state not in (LegState.NEW, LegState.RINGING):
            return
        answer = pj.CallOpParam(True)
        answer.statusCode = code
        self.answer(answer)
        self._become(LegState.RINGING)

    def end(self, code: int, reason: str) -> None:
        """Send BYE, CANCEL or this final answer, whichever fits. Repeating is harmless."""
        if self._state in (LegState.ENDING, LegState.ENDED):
            return
        goodbye = pj.CallOpParam()
        goodbye.statusCode = code
        if reason:
            goodbye.txOption.headers.append(headers.header("Reason", headers.reason(code, reason)))
        self._collect_quality()
        self._become(LegState.ENDING)
        self.hangup(goodbye)

    def send_digits(self, digits: str) -> None:
        """Send DTMF as RFC 4733 events, or as INFO to a far side that knows no events. Raises pj.Error."""
        try:
            self.dialDtmf(digits)
        except pj.Error:
            by_info = pj.CallSendDtmfParam()
            by_info.method = pj.PJSUA_DTMF_METHOD_SIP_INFO
            by_info.digits = digits
            self.sendDtmf(by_info)

    def sip_call_id(self) -> str:
        """Return the dialog's Call-ID."""
        info = self.getInfo()
        return str(info.callIdString)

    def codec(self) -> str:
        """Return the name of the codec in use, or nothing without media."""
        try:
            return str(self.getStreamInfo(0).codecName)
        except pj.Error:
            return ""

    def quality(self) -> Quality:
        """Return what the RTP was like, over the whole life of the leg."""
        return self._quality

    # ---------------------------------------------------------------------------------------------- callbacks

    @guarded
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Look into every message for what pjsua does not tell: the phone's name, early media, the reason."""
        if prm.e.type != pj.PJSIP_EVENT_TSX_STATE or prm.e.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
            return
        transaction = prm.e.body.tsxState.tsx
        message = str(prm.e.body.tsxState.src.rdata.wholeMsg)
        if transaction.method in ("BYE", "CANCEL") or transaction.statusCode >= 300:
            self._far_reason = headers.find(message, "Reason") or self._far_reason
        if transaction.method == "INVITE" and not self.incoming and self._state is not LegState.UP:
            self._extension = headers.find(message, EXTENSION_HEADER) or self._extension
            if 100 < transaction.statusCode < 200:
                self._become(LegState.RINGING)
                self._watcher.progress(
                    self,
                    transaction.statusCode,
                    early_media=_has_sdp(message),
                    extension=self._extension,
                )

    @guarded
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear that the dialog stands or is over."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED and self._state is not LegState.UP:
            self._become(LegState.UP)
            self._watcher.up(self, self._extension)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and self._state is not LegState.ENDED:
            by_far = self._state is not LegState.ENDING
            self._collect_quality()
            self._become(LegState.ENDED)
            reason = self._far_reason or str(info.lastReason)
            self._watcher.gone(self, int(info.lastStatusCode) or _GONE, reason, by_far=by_far)

    @guarded
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear that sound flows, stops or flows anew."""
        info = self.getInfo()
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.audioConfSlot < 0:
                continue
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            if held or media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD):
                self._watcher.media(self, self.getAudioMedia(media.index), held=held)
                return

    @guarded
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802 - pjsua2's name
        """Keep the figures of a stream that ends: a re-INVITE may begin another one."""
        self._collect_quality()

    @guarded
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear a key, by RFC 4733 or INFO."""
        self._watcher.digit(self, str(prm.digit))

    @guarded
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802 - pjsua2's name
        """Decline REFER; the talk goes on."""
        prm.statusCode = pj.PJSIP_SC_NOT_IMPLEMENTED

    @guarded
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802 - pjsua2's name
        """Decline Replaces; the talk goes on."""
        prm.statusCode = pj.PJSIP_SC_NOT_IMPLEMENTED

    # ------------------------------------------------------------------------------------------------- inside

    def _become(self, state: LegState) -> None:
        if state is not self._state:
            log.debug("leg %s: %s → %s", self.name, self._state.name, state.name)
            self._state = state

    def _collect_quality(self) -> None:
        try:
            stat = self.getStreamStat(0).rtcp
        except pj.Error:
            return  # no stream, or its figures were taken when it ended
        self._quality = Quality(
            received=int(stat.rxStat.pkt),
            lost=int(stat.rxStat.loss),
            jitter_ms=round(stat.rxStat.jitterUsec.mean / 1000, 1),
            far_lost=int(stat.txStat.loss),
            round_trip_ms=round(stat.rttUsec.mean / 1000, 1),
        )


def _has_sdp(message: str) -> bool:
    return re.search(r"(?im)^(?:content-type|c)\s*:\s*application/sdp", message) is not None
