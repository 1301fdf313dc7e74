"""Keeps a few programs running: starts them, restarts what dies, stops them in reverse order. Knows no feature.

For a foreground supervisor that owns its process: it takes over SIGCHLD, SIGTERM and SIGINT, waits for nothing but
signals and its own due times, and also buries orphans, should it be process 1 of a container.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

log = logging.getLogger(__name__)

CANNOT_WORK = 78  # sysexits.h, EX_CONFIG: starting again would not help

_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
_FIRST_DELAY = 0.2
_LONGEST_DELAY = 15.0
_STEADY_SECONDS = 20.0  # who ran this long has a clean slate
_HURRY_SECONDS = 3.0
_FOREVER = 1e6  # seconds; waking up twice a month is waking up never
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to run. `stop_seconds`: how long it may take to end after SIGTERM. `stdin` is given to it at each start.

    `pid_file` tells others its process id while it runs. `kill_leftovers`: when it dies unexpectedly, what it started
    is killed too.
    """

    name: str
    command: tuple[str, ...]
    stop_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    pid_file: Path | None = None
    kill_leftovers: bool = False


class Life(Enum):
    """Where a child is in its life."""

    WAITING = auto()  # will be started when its time comes
    RUNNING = auto()
    STOPPING = auto()  # was told to end
    ENDED = auto()  # will not be started again


class Child:
    """One program and its process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.life = Life.WAITING
        self.due = 0.0
        self.pid = 0
        self._delay = 0.0
        self._started = 0.0

    def start(self, now: float) -> None:
        """Start the program in a process group of its own, so that Ctrl-C reaches only the supervisor."""
        parent = os.getpid()
        program = self.program
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                program.command,
                env={**os.environ, **program.environment},
                stdin=subprocess.PIPE if program.stdin else subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=lambda: _begin_life(parent),  # safe: this process has one thread
            )
        except OSError as error:
            log.error("%s cannot be started: %s", program.name, error)
            self._fail(now)
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError), process.stdin:  # one that has died already is buried like any other
                process.stdin.write(program.stdin)
        process.returncode = 0  # `buried` waits for it; Popen need not mind
        self.life, self.pid, self._started = Life.RUNNING, process.pid, now
        if program.pid_file is not None:
            _write_whole(program.pid_file, str(self.pid))
        log.info("%s runs (pid %s)", program.name, self.pid)

    def buried(self, code: int, now: float) -> None:
        """Take note that the process has ended; a running program becomes due again after a growing delay."""
        if self.program.pid_file is not None:
            self.program.pid_file.unlink(missing_ok=True)
        if self.life is Life.STOPPING:
            log.info("%s has stopped (%s)", self.program.name, code)
            self.life = Life.ENDED
            return
        log.error("%s ended unexpectedly (%s)", self.program.name, code)
        if self.program.kill_leftovers:
            self.kill_group()
        if now - self._started > _STEADY_SECONDS:
            self._delay = 0.0
        self._fail(now)

    def _fail(self, now: float) -> None:
        self._delay = min(self._delay * 2 or _FIRST_DELAY, _LONGEST_DELAY)
        self.life, self.due = Life.WAITING, now + self._delay
        log.info("%s will be started again in %.1f s", self.program.name, self._delay)

    def tell_to_stop(self) -> None:
        """Send SIGTERM; a program that does not run has ended with that."""
        if self.life is Life.RUNNING:
            os.kill(self.pid, signal.SIGTERM)
            self.life = Life.STOPPING
        elif self.life is Life.WAITING:
            self.life = Life.ENDED

    def kill_group(self) -> None:
        """Kill what is left of the program and of everything that it started itself."""
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


class Supervisor:
    """Runs programs until it is told to stop by SIGTERM or SIGINT. Programs stop in reverse order of starting."""

    def __init__(self, programs: tuple[Program, ...]) -> None:
        self._children = tuple(Child(program) for program in programs)
        self._stop_asked = 0
        self._hopeless = ""

    def run(self) -> int:
        """Supervise until the end. Returns 0 after a clean stop, 1 when a program said that it cannot work here."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        while not self._stop_asked and not self._hopeless:
            self._start_due()
            self._wait(self._next_due())
        self._stop_all()
        if self._hopeless:
            log.error("%s cannot work with this set-up; see its words above", self._hopeless)
        return 1 if self._hopeless else 0

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.life is Life.WAITING and child.due <= now:
                child.start(now)

    def _next_due(self) -> float | None:
        return min((child.due for child in self._children if child.life is Life.WAITING), default=None)

    def _wait(self, until: float | None) -> None:
        """Wait for one signal, or until a moment of the monotonic clock."""
        seconds = _FOREVER if until is None else max(0.0, until - time.monotonic())
        told = signal.sigtimedwait(_SIGNALS, seconds)
        if told is not None and told.si_signo != signal.SIGCHLD:
            self._stop_asked += 1
        self._bury_dead()

    def _bury_dead(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            code = os.waitstatus_to_exitcode(status)
            for child in self._children:
                if child.pid == pid:
                    self._bury(child, code)

    def _bury(self, child: Child, code: int) -> None:
        if child.life is Life.RUNNING and code == CANNOT_WORK:
            child.life, self._hopeless = Life.ENDED, child.program.name
        elif child.life in (Life.RUNNING, Life.STOPPING):
            child.buried(code, time.monotonic())

    def _stop_all(self) -> None:
        for child in reversed(self._children):
            child.tell_to_stop()
            self._await_end(child, time.monotonic() + child.program.stop_seconds)
        for child in self._children:
            child.kill_group()
        self._bury_dead()

    def _await_end(self, child: Child, until: float) -> None:
        """Wait for one child's end and look after the others meanwhile. Being told to stop again means: hurry."""
        asked = self._stop_asked
        while child.life is Life.STOPPING and time.monotonic() < until:
            due = self._next_due()
            self._wait(until if due is None else min(until, due))
            self._start_due()
            if self._stop_asked > asked:
                asked = self._stop_asked
                until = min(until, time.monotonic() + _HURRY_SECONDS)
        if child.life is Life.STOPPING:
            log.error("%s did not stop in time and is killed", child.program.name)
            child.kill_group()
            child.buried(-signal.SIGKILL, time.monotonic())


def _write_whole(file: Path, text: str) -> None:
    """Write a file that others may read at any time: they see all of it or nothing."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def _begin_life(parent: int) -> None:
    """Run in the child between fork and exec: hear signals again, and end when the supervisor dies."""
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(0)
