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
from sip.voice.lent import RelayedLeg, RelayLeg
from sip.voice.relay.g711 import PCMA, PCMU
from sip.voice.worker import headers, refer
from sip.voice.worker.figures import Figures
from sip.voice.worker.guard import guarded
from sip.voice.worker.sockets import address
from sip.voice.worker.stream import LentStream, NotLendable, Position, pointer

log = logging.getLogger(__name__)

EXTENSION_HEADER = "X-Soribox-Extension"
_OK = 200
_CANCELLED = 487


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

    def before_change(self) -> None:
        """The dialog's sound is about to change or end: it must be in this process."""

    def transfer_asked(self, leg: Leg, asked: refer.Asked) -> Leg | None:
        """The far side wants a transfer: return the leg with which pjsua is to call, None to decline."""

    def called(self, leg: Leg) -> None:
        """Our INVITE of this leg has gone out."""

    def replaced(self, leg: Leg, call_id: int) -> Leg:
        """An INVITE with Replaces takes the dialog's place: return the leg for it."""

    def gone(self, leg: Leg, code: int, reason: str, *, by_far: bool) -> None:
        """The dialog is over."""


class Leg(pj.Call):  # type: ignore[misc]  # pjsua2 has no types
    """A dialog with a name."""

    def __init__(self, account: pj.Account, name: str, watcher: LegWatcher, call_id: int = -1) -> None:
        super().__init__(account, call_id)
        self.name = name
        self.incoming = call_id >= 0
        self._watcher = watcher
        self._state = LegState.NEW
        self._extension = ""
        self._far_reason = ""
        self._replied = 0  # our last answer to their INVITE
        self._final = 0  # what refused our INVITE
        self._was_up = False
        self._quality: Quality | None = None
        self._figures = Figures()
        self._stream = 0  # pjmedia's, while there is one
        self._left_to_pjsua = False

    # ------------------------------------------------------------------------------------------------- orders

    @property
    def state(self) -> LegState:
        """Where the dialog is."""
        return self._state

    def reply(self, code: int) -> None:
        """Answer the INVITE: 180, 183 with SDP, or 200. Repeating is harmless."""
        if not self.incoming or self._state not in (LegState.NEW, LegState.RINGING) or code <= self._replied:
            return
        self._replied = code
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
        before = self._state
        self._become(LegState.ENDING)
        try:
            self.hangup(goodbye)
        except pj.Error:
            if self.state is LegState.ENDING:  # nothing was sent: it may be tried again
                self._become(before)
            raise

    def send_digits(self, digits: str) -> None:
        """Send DTMF as RFC 4733 events, or as INFO to a far side that knows no events. Raises pj.Error."""
        try:
            self.dialDtmf(digits)
        except pj.Error:
            by_info = pj.CallSendDtmfParam()
            by_info.method = pj.PJSUA_DTMF_METHOD_SIP_INFO
            by_info.digits = digits
            self.sendDtmf(by_info)

    def leave_to_pjsua(self) -> None:
        """Note that pjsua makes this dialog by itself."""
        self._left_to_pjsua = True

    @property
    def was_never_called(self) -> bool:
        """Whether pjsua was to make this dialog by itself and could not: it tells nobody."""
        return self._left_to_pjsua and self._state is LegState.NEW and int(self.getId()) < 0

    def sip_call_id(self) -> str:
        """Return the dialog's Call-ID. Raises pj.Error while there is no dialog."""
        info = self.getInfo()
        return str(info.callIdString)

    def codec(self) -> str:
        """Return the name of the codec in use, or nothing without media."""
        try:
            return str(self.getStreamInfo(0).codecName)
        except pj.Error:
            return ""

    def quality_now(self, relayed: Quality | None) -> Quality | None:
        """Return what the RTP was like up to now; `relayed` is the part of which the relay has not told yet."""
        mixed = self._mixed_quality()
        return self._quality if mixed is None else self._figures.total(mixed, relayed)

    def quality(self) -> Quality | None:
        """Return what the RTP of the leg's last stream was like; None when there was none."""
        return self._quality

    # ------------------------------------------------------------------------------------- lending the sound

    def lendable(self) -> LentStream:
        """Return the leg's stream if it is one the relay can carry. Raises NotLendable."""
        info = self._plain_stream()
        transport = self.getMedTransportInfo(0)
        return LentStream.of(self._stream, int(info.txPt), transport.localRtpName, transport.localRtcpName)

    def relay_leg(self, position: Position, file: str) -> RelayLeg:
        """Return what the relay must know. Raises NotLendable."""
        info = self._plain_stream()
        transport = self.getMedTransportInfo(0)
        far = address(transport.srcRtpName)
        if not far[1]:
            raise NotLendable("nothing has come yet")
        far_rtcp = address(transport.srcRtcpName)
        return RelayLeg(
            leg=self.name,
            far=far,
            far_rtcp=far_rtcp if far_rtcp[1] else (far[0], far[1] + 1),
            law=int(info.txPt),
            source=position.source,
            sequence=position.sequence,
            timestamp=position.timestamp,
            file=file,
        )

    def _plain_stream(self) -> pj.StreamInfo:
        try:
            info = self.getStreamInfo(0)
        except pj.Error as error:
            raise NotLendable("no stream") from error
        both_ways = info.dir == pj.PJMEDIA_DIR_ENCODING_DECODING
        if self._state is not LegState.UP or not both_ways or info.txPt not in (PCMU, PCMA) or info.rxPt != info.txPt:
            raise NotLendable("no plain G.711")
        return info

    def lent(self) -> None:
        """Note that the sound is in the relay's hands."""
        if (now := self._mixed_quality()) is not None:
            self._figures.lend(now)

    def given_back(self, relayed: RelayedLeg | None) -> None:
        """Note that it is back, and what the relay saw."""
        self._figures.give_back(relayed)

    # ---------------------------------------------------------------------------------------------- callbacks

    @guarded
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear every message: 1xx are told from here, since pjsua's call states leave some out."""
        code = self._look_into(prm.e)
        if 100 < code < 200 and self._state in (LegState.NEW, LegState.RINGING):
            self._become(LegState.RINGING)
            message = str(prm.e.body.tsxState.src.rdata.wholeMsg)
            self._watcher.progress(self, code, early_media=_has_sdp(message), extension=self._extension)

    @guarded
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear that the dialog begins, stands or is over."""
        self._look_into(prm.e)  # a 200 shows itself here first
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CALLING:
            self._watcher.called(self)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED and self._state in (LegState.NEW, LegState.RINGING):
            self._become(LegState.UP)
            self._was_up = True
            self._watcher.up(self, self._extension)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and self._state is not LegState.ENDED:
            self._watcher.before_change()
            by_far = self._state is not LegState.ENDING
            self._collect_quality()
            self._become(LegState.ENDED)
            code = int(info.lastStatusCode) if by_far or self.incoming else self._final or _CANCELLED
            reason = self._far_reason or str(info.lastReason)
            self._watcher.gone(self, _OK if self._was_up else code, reason, by_far=by_far)

    @guarded
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear that sound flows, stops or flows anew."""
        self._watcher.before_change()
        info = self.getInfo()
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.audioConfSlot < 0:
                continue
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            if held or media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD):
                self._watcher.media(self, self.getAudioMedia(media.index), held=held)
                return

    @guarded
    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:  # noqa: N802 - pjsua2's name
        """Make our SDP as the world expects it."""
        prm.sdp.wholeSdp = headers.usual_sdp(str(prm.sdp.wholeSdp))

    @guarded
    def onStreamCreated(self, prm: pj.OnStreamCreatedParam) -> None:  # noqa: N802 - pjsua2's name
        """Remember the stream, which the relay may be asked to carry."""
        self._stream = pointer(prm.stream)
        self._figures = Figures()

    @guarded
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802 - pjsua2's name
        """Keep the figures of a stream that ends: a re-INVITE may begin another one."""
        self._watcher.before_change()
        self._collect_quality()
        self._stream = 0

    @guarded
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear a key, by RFC 4733 or INFO."""
        self._watcher.digit(self, str(prm.digit))

    @guarded
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802 - pjsua2's name
        """Let pjsua call whom a REFER names, and tell the far side what becomes of it; or decline: the talk goes on."""
        prm.statusCode = pj.PJSIP_SC_SERVICE_UNAVAILABLE
        asked = refer.read(str(prm.dstUri))
        if asked is None or self._state is not LegState.UP:
            prm.statusCode = pj.PJSIP_SC_BAD_REQUEST
        elif (called := self._watcher.transfer_asked(self, asked)) is not None:
            # A Call-ID must not be chosen here: pjsua2 frees the text of `opt` before pjsua reads it.
            prm.newCall = called
            prm.opt.videoCount = 0
            prm.statusCode = pj.PJSIP_SC_ACCEPTED

    @guarded
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802 - pjsua2's name
        """Let an INVITE take our place if there is one to take: the core has sent it here."""
        ours = self._state is LegState.UP or (self._state in (LegState.NEW, LegState.RINGING) and not self.incoming)
        prm.statusCode = pj.PJSIP_SC_OK if ours else pj.PJSIP_SC_CALL_TSX_DOES_NOT_EXIST

    @guarded
    def onCallReplaced(self, prm: pj.OnCallReplacedParam) -> None:  # noqa: N802 - pjsua2's name
        """Hear which call it is; pjsua answers it and ends this one."""
        self._collect_quality()
        by = self._watcher.replaced(self, int(prm.newCallId))
        by.is_being_answered()
        self._become(LegState.ENDING)
        prm.newCall = by

    def is_being_answered(self) -> None:
        """Note that pjsua answers the INVITE by itself."""
        self._replied = _OK

    # ------------------------------------------------------------------------------------------------- inside

    def _look_into(self, event: pj.SipEvent) -> int:
        """Note what pjsua does not tell of a message that came: the phone's name, the reason.

        Returns the status of an answer to our INVITE, else 0.
        """
        if event.type != pj.PJSIP_EVENT_TSX_STATE or event.body.tsxState.type != pj.PJSIP_EVENT_RX_MSG:
            return 0
        transaction = event.body.tsxState.tsx
        message = str(event.body.tsxState.src.rdata.wholeMsg)
        code = int(transaction.statusCode)
        if transaction.method in ("BYE", "CANCEL") or code >= 300:
            self._far_reason = headers.find(message, "Reason") or self._far_reason
        if transaction.method != "INVITE" or self.incoming:
            return 0
        self._extension = headers.find(message, EXTENSION_HEADER) or self._extension
        if code >= 300:
            self._final = code
        return code

    def _become(self, state: LegState) -> None:
        if state is not self._state:
            log.debug("leg %s: %s → %s", self.name, self._state.name, state.name)
            self._state = state

    def _collect_quality(self) -> None:
        if (mixed := self._mixed_quality()) is not None:
            self._quality = self._figures.total(mixed)

    def _mixed_quality(self) -> Quality | None:
        """Return what pjsua has counted; None: no stream, or its figures were taken when it ended."""
        try:
            figures = self.getStreamStat(0)
        except pj.Error:
            return None
        rtcp = figures.rtcp  # a part, which lasts no longer than the whole is held
        return Quality(
            received=int(rtcp.rxStat.pkt),
            lost=int(rtcp.rxStat.loss),
            jitter_ms=round(rtcp.rxStat.jitterUsec.mean / 1000, 1),
            far_lost=int(rtcp.txStat.loss),
            round_trip_ms=round(rtcp.rttUsec.mean / 1000, 1),
        )


def _has_sdp(message: str) -> bool:
    return re.search(r"(?im)^(?:content-type|c)\s*:\s*application/sdp", message) is not None
