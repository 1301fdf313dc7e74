"""The legs of one conversation: orders in, facts out. It decides nothing; `joiner.py` says who hears whom.

Not told by the core but done here, since it must be at once: music to the partner of a leg whose far side holds it,
and recording each leg from its first sound.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pjsua2 as pj

from sip import api
from sip.voice.protocol import Begin, WorkerSettings
from sip.voice.worker import headers
from sip.voice.worker.endpoint import Endpoint, public_host
from sip.voice.worker.guard import guarded
from sip.voice.worker.joiner import Joiner, Kind, Plug
from sip.voice.worker.leg import Leg, LegState
from sip.voice.worker.media import CannotPlay, Mixer, Player, Recorder, Recording
from sip.voice.worker.shortcut import Shortcut

log = logging.getLogger(__name__)

_RINGING = 180
_OK = 200
_BUSY_HERE = 486
_LEG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_FRAMES_WHILE_PLAYING = 2
_FRAMES_BEFORE_RELAY = 5
_FRAMES_IN_TALK = 50
_HARMLESS = (api.Ring, api.EarlyMedia, api.Answer, api.Bridge)  # when repeated; a third leg's bridge shows in the wires


class CannotDo(Exception):
    """An order that fits nothing here; its text becomes OrderFailed."""


class Conversation(pj.Account):  # type: ignore[misc]
    """The one conversation of this process: pjsua's account and the watcher of its legs."""

    def __init__(
        self,
        endpoint: Endpoint,
        settings: WorkerSettings,
        begin: Begin,
        tell: Callable[[int, api.Fact], None],
    ) -> None:
        super().__init__()
        self.plan = begin.plan
        self._endpoint = endpoint
        self._host = public_host(settings)
        self._tell_at = tell
        self._legs: dict[str, Leg] = {}
        self._names: set[str] = set()
        self._extras: list[Leg] = []  # INVITEs beyond the one we wait for: kept until they are gone
        self._rings: dict[str, str] = {}  # originated leg → incoming leg that hears of its ringing
        self._joiner = Joiner()
        self._mixer = Mixer(settings.music)
        self._recorder = Recorder(Path(begin.folder), self._mixer)
        relay = settings.relay if endpoint.can_lend else ""
        self._shortcut = Shortcut(relay, self._recorder, endpoint.hurry, self._relay_kept)
        self._played: set[str] = set()
        self._clock_runs = False
        self.create(endpoint.account_config())

    # --------------------------------------------------------------------------------- what the loop asks for

    @property
    def used(self) -> bool:
        """Whether there ever was a leg."""
        return bool(self._names)

    @property
    def over(self) -> bool:
        """Whether there was a leg, none is left, and every file is complete."""
        return self.used and not self._legs and not self._recorder.busy()

    @property
    def frames_to_run(self) -> int:
        """How many frames of sound may pass before the next `look_after`: few while something is about to end.

        The end of a prompt waits as a job of another thread until pjsua is polled in full.
        """
        if self._recorder.closing:
            return 1
        if self._shortcut.waits:
            return _FRAMES_BEFORE_RELAY
        return _FRAMES_WHILE_PLAYING if self._joiner.plays else _FRAMES_IN_TALK

    @property
    def needs_clock(self) -> bool:
        """Whether sound must move here."""
        return self._clock_runs and not self._shortcut.taken

    @property
    def relay(self) -> list[int]:
        """What the relay speaks on, if it is there: `hear_relay` when it can be read."""
        return self._shortcut.descriptors()

    def look_after(self) -> None:
        """Tell which files are complete by now, record what is not recorded, lend what can be lent."""
        self._tell_closed(self._recorder.closed())
        if not self._shortcut.taken:
            self._record_on()
            self._shortcut.consider(self._plain_talk())

    def hear_relay(self) -> None:
        """Take what the relay says: it may give the sound back."""
        with self._clock_going_on():
            self._shortcut.hear()

    def take_sound_back(self) -> None:
        """Have all sound in this process: before SIP, orders or the end change anything."""
        with self._clock_going_on():
            self._shortcut.leave()

    @contextmanager
    def _clock_going_on(self) -> Iterator[None]:
        stood = self._shortcut.taken
        yield
        if stood and not self._shortcut.taken:
            self._endpoint.resume_clock()

    def end_all(self, code: int, reason: str) -> None:
        """Hang up every leg."""
        self.take_sound_back()
        for leg in tuple(self._legs.values()):
            try:
                leg.end(code, reason)
            except pj.Error as error:
                log.warning("leg %s does not hang up: %s", leg.name, error.reason)

    # ------------------------------------------------------------------------------------------------- orders

    def carry_out(self, order: api.Order) -> None:
        """Do what is ordered, or tell OrderFailed."""
        if not isinstance(order, _HARMLESS):
            self.take_sound_back()
        try:
            self._do(order)
        except (CannotDo, CannotPlay) as error:
            self._failed(order, str(error))
        except pj.Error as error:
            self._failed(order, str(error.reason))

    def _do(self, order: api.Order) -> None:
        match order:
            case api.Ring(leg):
                self._leg(leg).reply(_RINGING)
            case api.EarlyMedia(leg):
                self._leg(leg).reply(183)
            case api.Answer(leg):
                self._leg(leg).reply(200)
            case api.Originate():
                self._originate(order)
            case api.Hangup(leg, code, reason):
                if leg in self._legs:  # one that has gone already is what was wanted
                    self._legs[leg].end(code, reason)
            case api.SendDigits(leg, digits):
                self._leg(leg).send_digits(digits)
            case api.Play():
                self._play(order)
            case api.StopPlay(play):
                self._stop_play(play, whole=False)
            case api.Bridge() | api.Unbridge() | api.Hold() | api.Retrieve():
                self._join(order)

    def _join(self, order: api.Bridge | api.Unbridge | api.Hold | api.Retrieve) -> None:
        match order:
            case api.Bridge(one, other, end_together):
                self._joiner.bridge(self._leg(one).name, self._leg(other).name, end_together=end_together)
            case api.Unbridge(one, other):
                self._joiner.part(one, other)
            case api.Hold(leg):
                self._joiner.held.add(self._leg(leg).name)
            case api.Retrieve(leg):
                self._joiner.held.discard(leg)
        self._rewire()

    def _originate(self, order: api.Originate) -> None:
        if order.leg in self._names:
            return
        if not _LEG_NAME.fullmatch(order.leg):  # it becomes a file's name
            raise CannotDo("no name for a leg")
        leg = Leg(self, order.leg, self)
        how = pj.CallOpParam(True)
        how.opt.videoCount = 0
        how.txOption.localUri = headers.from_header(order.shown, self._host)
        for made in headers.identity_headers(order.shown, self._host):
            how.txOption.headers.append(made)
        for name, value in order.headers:
            how.txOption.headers.append(headers.header(name, value))
        self._add(leg)
        self._rings[leg.name] = order.rings
        try:
            leg.makeCall(headers.target(order, self._host), how)
        except pj.Error:
            self._legs.pop(leg.name, None)
            self._joiner.forget(leg.name)
            raise

    def _play(self, order: api.Play) -> None:
        if order.play in self._played:
            return
        legs = tuple(self._leg(name).name for name in order.legs)
        player = Player(order.file, loop=order.loop, ended=lambda: self._stop_play(order.play, whole=True))
        self._played.add(order.play)
        self._mixer.plug(Plug(Kind.PLAY, order.play), player)
        self._joiner.plays[order.play] = legs
        self._rewire()

    def _stop_play(self, play: str, *, whole: bool) -> None:
        if self._joiner.plays.pop(play, None) is None:
            return
        self._rewire()
        self._mixer.unplug(Plug(Kind.PLAY, play))
        self._tell(api.PlayEnded(play, whole))

    def _leg(self, name: str) -> Leg:
        if name not in self._legs:
            raise CannotDo("no such leg")
        return self._legs[name]

    def _failed(self, order: api.Order, why: str) -> None:
        kind = type(order).__name__
        log.warning("order %s failed: %s", kind, why)
        self._tell(api.OrderFailed(kind, getattr(order, "leg", ""), why))

    # ---------------------------------------------------------------------------------------- what legs tell

    def before_change(self) -> None:
        """Something happens to a leg that needs its sockets."""
        self.take_sound_back()

    @guarded
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - pjsua2's name
        """Take the INVITE we were leased for; refuse any other without harm to the talk."""
        if not self.plan.caller_leg or self.plan.caller_leg in self._names:
            extra = Leg(self, "", self, prm.callId)
            self._extras.append(extra)
            extra.end(_BUSY_HERE, "")
            return
        leg = Leg(self, self.plan.caller_leg, self, prm.callId)
        self._add(leg)
        self._tell(api.LegArrived(leg.name, leg.sip_call_id()))
        for order in self.plan.opening:
            self.carry_out(order)

    def progress(self, leg: Leg, code: int, *, early_media: bool, extension: str) -> None:
        """Tell a 1xx, and let the caller hear it ring."""
        self._tell(api.LegProgress(leg.name, code, early_media, extension))
        caller = self._rings.get(leg.name, "")
        if caller in self._legs and code >= _RINGING and not early_media:
            self.carry_out(api.Ring(caller))

    def up(self, leg: Leg, extension: str) -> None:
        """Tell that a leg stands."""
        self._tell(api.LegAnswered(leg.name, extension, leg.codec(), leg.sip_call_id()))

    def media(self, leg: Leg, media: pj.AudioMedia, *, held: bool) -> None:
        """Wire up a leg's sound; record it if it is the first."""
        self._mixer.plug(Plug(Kind.LEG, leg.name), media)
        if self.plan.record and leg.state is not LegState.ENDED:
            self._record(leg)
        was_held = leg.name in self._joiner.holding
        if held and not was_held:
            self._joiner.holding.add(leg.name)
            self._tell(api.LegHeld(leg.name))
        elif was_held and not held:
            self._joiner.holding.discard(leg.name)
            self._tell(api.LegResumed(leg.name))
        self._rewire()

    def digit(self, leg: Leg, digit: str) -> None:
        """Tell a key."""
        self._tell(api.DigitHeard(leg.name, digit))

    def gone(self, leg: Leg, code: int, reason: str, *, by_far: bool) -> None:
        """Tell the end of a leg and give back what it had."""
        if leg in self._extras:
            self._extras.remove(leg)
            return
        if self._legs.pop(leg.name, None) is None:
            return
        self._mixer.unplug(Plug(Kind.LEG, leg.name))
        with_it = self._joiner.ends_with(leg.name)
        self._joiner.forget(leg.name)
        self._recorder.stop(leg.name)
        self._tell(api.LegEnded(leg.name, code, reason, by_far, leg.quality()))
        for play in [name for name, legs in self._joiner.plays.items() if not legs]:
            self._stop_play(play, whole=False)
        for name in with_it & self._legs.keys():
            self.carry_out(api.Hangup(name, _OK))
        self._rewire()

    # ------------------------------------------------------------------------------------------------- inside

    def _add(self, leg: Leg) -> None:
        self._names.add(leg.name)
        self._legs[leg.name] = leg
        self._joiner.legs.add(leg.name)
        if not self._clock_runs:
            self._endpoint.start_clock()
            self._clock_runs = True

    def _plain_talk(self) -> tuple[Leg, Leg] | None:
        pair = self._joiner.plain_talk()
        return (self._legs[pair[0]], self._legs[pair[1]]) if pair is not None else None

    def _record_on(self) -> None:
        """Go on recording what the relay, or a file that could not be lent, has left."""
        idle = [leg for leg in self._legs.values() if leg.name in self._joiner.recorded and leg.state is LegState.UP]
        left = [leg for leg in idle if self._recorder.current(leg.name) is None]
        for leg in left:
            self._record(leg)
        if left:
            self._rewire()

    def _record(self, leg: Leg) -> None:
        try:
            recording = self._recorder.start(leg.name, self._endpoint.next_tick_ms())
        except pj.Error as error:
            self._joiner.recorded.discard(leg.name)
            self._tell(api.OrderFailed("record", leg.name, str(error.reason)))
            return
        if recording is not None:
            self._joiner.recorded.add(leg.name)
            self._tell_at(
                recording.started_ms,
                api.RecordingStarted(leg.name, recording.path.name, recording.started_ms),
            )

    def _relay_kept(self) -> None:
        self._tell_closed(self._recorder.kept())

    def _tell_closed(self, recordings: Iterable[tuple[Recording, int]]) -> None:
        for recording, duration_ms in recordings:
            self._tell(api.RecordingClosed(recording.leg, recording.path.name, duration_ms))

    def _rewire(self) -> None:
        if self._joiner.plain_talk() is None:
            self.take_sound_back()
        self._mixer.lay(self._joiner.wires())

    def _tell(self, fact: api.Fact) -> None:
        self._tell_at(time.time_ns() // 1_000_000, fact)
