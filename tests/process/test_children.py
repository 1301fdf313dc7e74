"""The supervisor, with real programs that are really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

pytestmark = pytest.mark.process

# Each program appends its name to `log` when it ends by SIGTERM, in a time that the test sets.
_PROGRAM = """
import pathlib, signal, sys, time
name, log, seconds = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
def end(*_):
    signal.setitimer(signal.ITIMER_REAL, seconds) if seconds else leave()
def leave(*_):
    with log.open("a") as out: out.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGALRM, leave)
given = pathlib.Path(str(log) + "." + name + ".new")
given.write_text(sys.stdin.read())
given.rename(given.with_suffix(""))  # it is there as a whole
while True: signal.pause()
"""

_SUPERVISOR = """
import pathlib, sys
from appliance.core import logs
from appliance.core.children import Program, Supervisor
logs.set_up("info")
script, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def program(name, seconds="0", patience=5.0):
    command = (sys.executable, script, name, str(folder / "log"), seconds)
    return Program(name, command, patience, stdin=b"secret of " + name.encode(), pid_file=folder / (name + ".pid"))
sys.exit(Supervisor(%s).run())
"""

ALL = '(program("edge"), program("voice"), program("core", "0.3"))'


class Supervised:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, programs: str) -> None:
        self.folder = folder
        script = folder / "program.py"
        script.write_text(_PROGRAM)
        self.log = folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SUPERVISOR % programs, str(script), str(folder)],
            stderr=subprocess.PIPE,
            text=True,
        )

    def pid(self, name: str) -> int:
        """Return the process id of a program that runs and is ready, or 0."""
        if not (self.folder / f"log.{name}").exists():
            return 0
        try:
            return int((self.folder / f"{name}.pid").read_text())
        except FileNotFoundError:  # it has just died
            return 0

    def wait_for(self, *names: str) -> None:
        """Wait until these programs run."""
        wait_until(lambda: all(self.pid(name) for name in names), f"{names} to run")

    def ended(self) -> list[str]:
        """Return who has ended on request, in order."""
        return self.log.read_text().split() if self.log.exists() else []

    def stop(self) -> tuple[int, str]:
        """Ask it to stop; returns its exit code and its words."""
        self.process.send_signal(signal.SIGTERM)
        _, words = self.process.communicate(timeout=20)
        return self.process.returncode, words


Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start supervisors; none is left behind."""
    started: list[Supervised] = []

    def make(programs: str = ALL) -> Supervised:
        started.append(Supervised(tmp_path, programs))
        return started[-1]

    yield make
    for one in started:
        if one.process.returncode is None:
            one.process.kill()
            one.process.communicate()


def alive(pid: int) -> bool:
    """Say whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_programs_stop_one_after_the_other_the_last_first(start: Start) -> None:
    box = start()
    box.wait_for("edge", "voice", "core")
    code, _ = box.stop()
    assert code == 0
    assert box.ended() == ["core", "voice", "edge"]
    assert not list(box.folder.glob("*.pid"))


def test_a_program_gets_its_settings_at_each_start_and_not_in_its_arguments(start: Start) -> None:
    box = start()
    box.wait_for("voice")
    before = box.pid("voice")
    given = box.folder / "log.voice"
    assert given.read_text() == "secret of voice"
    assert b"secret" not in Path(f"/proc/{before}/cmdline").read_bytes()
    given.unlink()
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: box.pid("voice") not in (0, before), "the voice to be there again")
    assert given.read_text() == "secret of voice"


def test_a_killed_program_is_started_again_and_the_others_go_on(start: Start) -> None:
    box = start()
    box.wait_for("edge", "voice", "core")
    others = box.pid("edge"), box.pid("voice")
    first = box.pid("core")
    (box.folder / "log.core").unlink()  # written anew by the next one once it is ready
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: box.pid("core") not in (0, first), "the core to be there again")
    assert (box.pid("edge"), box.pid("voice")) == others
    assert box.stop()[0] == 0


def test_a_program_that_dies_before_it_has_read_its_settings_takes_nobody_along(start: Start) -> None:
    box = start('(Program("deaf", ("true",), 5.0, stdin=b"x" * 1_000_000), program("core"))')
    box.wait_for("core")
    code, words = box.stop()
    assert code == 0, words
    assert "deaf ended unexpectedly" in words


def test_children_end_when_the_supervisor_is_killed(start: Start) -> None:
    box = start()
    box.wait_for("edge", "voice", "core")
    pids = [box.pid(name) for name in ("edge", "voice", "core")]
    box.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in pids), "the children to end")


def test_a_program_that_does_not_stop_in_time_is_killed(start: Start) -> None:
    box = start('(program("edge"), program("core", "60", 0.3))')
    box.wait_for("edge", "core")
    stubborn = box.pid("core")
    code, words = box.stop()
    assert code == 0
    assert box.ended() == ["edge"]
    assert not alive(stubborn)
    assert "core did not stop in time" in words


def test_asking_twice_hurries_the_stop(start: Start) -> None:
    box = start('(program("edge"), program("core", "60", 60.0))')
    box.wait_for("edge", "core")
    box.process.send_signal(signal.SIGINT)
    code, _ = box.stop()
    assert code == 0
    assert box.ended() == ["edge"]


def test_a_program_that_cannot_work_here_ends_everything_with_a_fault(start: Start) -> None:
    hopeless = 'Program("core", (sys.executable, "-c", "import sys; sys.exit(78)"), 1.0)'
    box = start(f'(program("edge"), {hopeless})')
    _, words = box.process.communicate(timeout=20)
    assert box.process.returncode == 1
    assert "core cannot work with this set-up" in words
