"""Has announcements made of what is spoken at phones, and tells the calls what has become of it. Knows no format.

The steps of such a call are in `dictation.py`; who knows announcements is asked through `ports.Dictations`.
"""

from __future__ import annotations

import logging
from pathlib import Path

from appliance.calls.controller import Controller
from appliance.calls.happenings import DictationBegun, DictationKept, DictationPrepared, NobodyLeft
from appliance.calls.live_call import Dictation, DictationStep, LiveCall
from appliance.calls.ports import Dictations, Spoken
from appliance.calls.tones import SPEAK, Tones
from appliance.core.errors import SoriboxError
from appliance.core.tasks import Tasks

log = logging.getLogger(__name__)

_KEY_MS = 120  # a key is heard this much before it is known: its click is not part of what was spoken


class Dictating:
    """The dictations of all calls. `folder` has the conversations' folders."""

    def __init__(self, dictations: Dictations, tones: Tones, folder: Path) -> None:
        self._dictations = dictations
        self._tones = tones
        self._folder = folder
        self._tasks = Tasks("dictations")

    async def stop(self) -> None:
        """Let go of what is being made; after a restart it is made again."""
        await self._tasks.stop()

    def begin(self, controller: Controller) -> None:
        """Tell a call what its phone is to hear."""
        sounds = self._dictations.sounds(self._tones.file(SPEAK))
        controller.tell(DictationBegun(sounds) if sounds is not None else NobodyLeft())

    def go_on(self, controller: Controller) -> None:
        """Do what the step of a call's dictation needs."""
        here = controller.call.dictation
        if here is None:
            return
        if here.step is DictationStep.KEEPING:
            self._tasks.start(f"keep what {controller.call.id} spoke", self._keep(controller))
        elif here.step is DictationStep.PREPARING:
            self._tasks.start(f"prepare what {controller.call.id} spoke", self._prepare(controller, here))

    def over(self, call: LiveCall) -> None:
        """A call is over: what was spoken in it and not kept is gone."""
        self._tasks.start(f"forget what {call.id} spoke", self._forget(call.id))

    async def _prepare(self, controller: Controller, here: Dictation) -> None:
        call, length = controller.call, max(0, here.ended_ms - here.started_ms - _KEY_MS)
        spoken = Spoken(call.id, here.take, self._folder / call.id / here.file, length)
        try:
            file = await self._dictations.prepare(spoken)
        except SoriboxError as error:
            log.warning("what was spoken was not made ready: %s", error)
            file = ""
        controller.tell(DictationPrepared(here.take, file))

    async def _keep(self, controller: Controller) -> None:
        call = controller.call
        goal = call.arrived.goal
        try:
            await self._dictations.keep(call.id, goal.target if goal is not None else "", call.arrived.by)
        except SoriboxError as error:
            log.warning("what was spoken was not kept: %s", error)
            controller.tell(DictationKept(well=False))
        else:
            controller.tell(DictationKept(well=True))

    async def _forget(self, call: str) -> None:
        try:
            await self._dictations.forget(call, self._folder / call)
        except OSError as error:
            log.warning("what was spoken was not removed: %s", error)
