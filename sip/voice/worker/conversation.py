"""The legs of one conversation: orders in, facts out. It decides nothing; `joiner.py` says who hears whom.

Not told by the core but done here, since it must be at once: music to the partner of a leg whose far side holds it,
and recording each leg from its first sound.
"""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pjsua2 as pj

from sip import api
from sip.naming import from_header
from sip.voice.protocol import Begin, WorkerSettings
from sip.voice.worker import headers, refer
from sip.voice.worker.arrivals import Arrivals
from sip.voice.worker.endpoint import Endpoint, public_host
from sip.voice.worker.guard import guarded
from sip.voice.worker.joiner import Joiner, Joining, Kind, Plug, legs_needed
from sip.voice.worker.leg import Leg, LegState
from sip.voice.worker.media import CannotPlay, Mixer, Recorder
from sip.voice.worker.plays import Plays
from sip.voice.worker.shortcut import Shortcut
from sip.voice.worker.tracks import Tracks

log = logging.getLogger(__name__)

_RINGING = 180
_OK = 200
_BUSY_HERE = 486
_NOT_CALLED = 500
_LEG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_STRAYS_EVERY_S = 0.1
_TIMERS_EVERY_S = 1.0  # while the relay has the sound: pjsip's own timers are of session refreshes
_FRAMES_WHILE_PLAYING = 2
_FRAMES_BEFORE_RELAY = 5
_FRAMES_IN_TALK = 50
# When repeated; a third leg's bridge shows in the wires.
_HARMLESS = (api.Ring, api.EarlyMedia, api.Answer, api.Bridge, api.Expect)


class CannotDo(Exception):
    """An order that fits nothing here; its text becomes OrderFailed."""


class Conversation(pj.Account):  # type: ignore[misc]  # pjsua2 has no types
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
        self._arrivals = Arrivals()
        self._rings: dict[str, str] = {}  # originated leg → incoming leg that hears of its ringing
        self._transfers: dict[str, tuple[str, refer.Asked]] = {}  # leg that pjsua is about to call → who wants it, how
        self._joiner = Joiner()
        self._mixer = Mixer(settings.music)
        self._recorder = Recorder(Path(begin.folder), self._mixer)
        self._tracks = Tracks(self.plan.record, self._recorder, self._joiner.recorded, endpoint.next_tick_ms, tell)
        relay = settings.relay if endpoint.can_lend else ""
        self._shortcut = Shortcut(
            relay, settings.relay_answers_s, self._recorder, endpoint.hurry, self._tracks.tell_kept
        )
        self._plays = Plays(self._mixer, self._joiner, self._tracks, self._tell, self._rewire)
        self._clock_runs = False
        self.unwanted = False  # nobody will come
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
        if self._arrivals:
            return _FRAMES_WHILE_PLAYING
        if self._shortcut.waits:
            return _FRAMES_BEFORE_RELAY
        return _FRAMES_WHILE_PLAYING if self._joiner.plays else _FRAMES_IN_TALK

    @property
    def sleeps_s(self) -> float:
        """How long `look_after` may wait while no sound moves here."""
        return _STRAYS_EVERY_S if self._arrivals else _TIMERS_EVERY_S if self.used else float("inf")

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
        self._tracks.tell_closed()
        for leg in self._arrivals.overdue():
            leg.end(_BUSY_HERE, "")
        for leg in [leg for leg in self._legs.values() if leg.was_never_called]:
            self.gone(leg, _NOT_CALLED, "not called", by_far=False)
        if not self._shortcut.taken:
            if self._tracks.go_on(leg.name for leg in self._legs.values() if leg.state is LegState.UP):
                self._rewire()
            self._shortcut.consider(self._plain_talk())

    def measure(self) -> tuple[api.LegQuality, ...]:
        """Return the figures of every leg that has sound, also of those whose sound the relay has."""
        with self._clock_going_on():
            relayed = self._shortcut.look()
        measured = ((leg.name, leg.quality_now(relayed.get(leg.name))) for leg in self._legs.values())
        return tuple(api.LegQuality(name, quality) for name, quality in measured if quality is not None)

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
            case api.Expect(leg, sip_call_id):
                self._expect(leg, sip_call_id)
            case api.Hangup(leg, code, reason):
                self._hang_up(leg, code, reason)
            case api.Release():
                self.unwanted = True
            case api.SendDigits(leg, digits):
                self._leg(leg).send_digits(digits)
            case api.Play():
                self._play(order)
            case api.StopPlay(play):
                self._plays.stop(play)
            case api.Record(leg, on):
                self._record(leg, on=on)
            case _ if isinstance(order, Joining):
                for name in legs_needed(order):
                    self._leg(name)
                self._joiner.obey(order)
                self._rewire()

    def _hang_up(self, leg: str, code: int, reason: str) -> None:
        """End a leg. One that has gone already is what was wanted; one that never came will not come any more."""
        if leg in self._legs:
            self._legs[leg].end(code, reason)
        elif leg not in self._names and leg != self.plan.caller_leg:
            self._names.add(leg)
            self._arrivals.expect_no_more(leg)
            self._tell(api.LegEnded(leg, code, reason, by_far=False))

    def _record(self, leg: str, *, on: bool) -> None:
        if on or leg in self._legs:
            sounds = self._mixer.has(Plug(Kind.LEG, self._leg(leg).name))
            self._tracks.order(leg, on=on, sounds=sounds)
            self._rewire()

    def _expect(self, leg: str, sip_call_id: str) -> None:
        _check_name(leg)
        if leg in self._names:
            return
        if (come := self._arrivals.expect(sip_call_id, leg)) is not None:
            self._arrive(come, leg)

    def _originate(self, order: api.Originate) -> None:
        if order.leg in self._names:
            return
        _check_name(order.leg)
        leg = Leg(self, order.leg, self)
        how = pj.CallOpParam(True)
        how.opt.videoCount = 0
        how.opt.customCallId = order.sip_call_id
        how.txOption.localUri = from_header(order.shown, self._host)
        for made in headers.of_order(order, self._host):
            how.txOption.headers.append(made)
        self._add(leg)
        self._rings[leg.name] = order.rings
        try:
            leg.makeCall(headers.target(order, self._host), how)
        except pj.Error:
            self._legs.pop(leg.name, None)
            self._joiner.forget(leg.name)
            raise

    def _play(self, order: api.Play) -> None:
        if not self._plays.has_begun(order.play):
            for name in (*order.legs, *filter(None, (order.sent_to,))):
                self._leg(name)
            self._plays.start(order)

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
        """Take an INVITE that is expected, or the one we were leased for; any other is refused without harm."""
        leg = Leg(self, "", self, prm.callId)
        name = self._arrivals.name_of(leg) or self._leased_for()
        if name:
            self._arrive(leg, name)
        else:
            self._arrivals.wait(leg)

    def _arrive(self, leg: Leg, name: str) -> None:
        leg.name, opens = name, name == self._leased_for()
        self._add(leg)
        self._tell(api.LegArrived(name, leg.sip_call_id()))
        for order in self.plan.opening if opens else ():
            self.carry_out(order)

    def _leased_for(self) -> str:
        """Return the leg that is still to arrive by the plan; empty: none."""
        return "" if self.plan.caller_leg in self._names else self.plan.caller_leg

    def transfer_asked(self, leg: Leg, asked: refer.Asked) -> Leg | None:
        """Make the leg that pjsua is to call for a far side that wants a transfer; None when it cannot be."""
        if len(self._legs) + len(self._arrivals) >= api.MOST_LEGS:
            return None
        called = Leg(self, self._new_name("refer"), self)
        called.leave_to_pjsua()
        self._add(called)
        self._transfers[called.name] = (leg.name, asked)
        self._joiner.heirs[leg.name] = called.name
        self._rewire()
        return called

    def called(self, leg: Leg) -> None:
        """Tell of a transfer that a far side wants, now that its call has a Call-ID."""
        if (transfer := self._transfers.pop(leg.name, None)) is not None:
            by, asked = transfer
            self._tell(api.TransferAsked(by, leg.name, asked.target, leg.sip_call_id(), asked.replaces))

    def replaced(self, leg: Leg, call_id: int) -> Leg:
        """Put the leg of an INVITE with Replaces where another leg stood; returns the new one."""
        by = Leg(self, self._new_name("replace"), self, call_id)
        self._add(by)
        self._joiner.replace(leg.name, by.name)
        self._tracks.inherit(leg.name, by.name)
        self._rings = {called: by.name if rings == leg.name else rings for called, rings in self._rings.items()}
        self._tell(api.LegReplaced(leg.name, by.name, by.sip_call_id()))
        self._rewire()
        return by

    def _new_name(self, kind: str) -> str:
        names = (f"{kind}-{number}" for number in itertools.count(1))
        return next(name for name in names if name not in self._names)

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
        if leg.state is not LegState.ENDED:
            self._tracks.begin(leg.name)
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
        if self._arrivals.gone(leg) or self._legs.pop(leg.name, None) is None:
            return
        self._mixer.unplug(Plug(Kind.LEG, leg.name))
        with_it = self._joiner.ends_with(leg.name)
        for track in (leg.name, *self._joiner.sent_to(leg.name)):
            self._tracks.end(track)
        self._joiner.forget(leg.name)
        if self._transfers.pop(leg.name, None) is None:  # nobody has heard of a transfer that could not be called
            self._tell(api.LegEnded(leg.name, code, reason, by_far, leg.quality()))
        self._plays.stop_unheard()
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

    def _rewire(self) -> None:
        if self._joiner.plain_talk() is None:
            self.take_sound_back()
        self._mixer.lay(self._joiner.wires())

    def _tell(self, fact: api.Fact) -> None:
        self._tell_at(time.time_ns() // 1_000_000, fact)


def _check_name(leg: str) -> None:
    """Raise CannotDo for what is no name of a leg: it becomes a file's name."""
    if not _LEG_NAME.fullmatch(leg):
        raise CannotDo("no name for a leg")
