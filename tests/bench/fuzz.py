"""`./box bench fuzz`: a coverage-guided fuzzer over what caller-ID devices may say, and what a line may sound like.

Each target gets that many bytes; what has to hold is in `tests/support/fuzzing.py`. With --keep the inputs that reach
new code are kept, as few and as short as do, for the ordinary tests.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support.fuzzing import CORPUS, check, targets
from tests.support.source import ROOT

_LONGEST_KEPT = 400
_MOST_KEPT = 40


def main(arguments: Sequence[str] = ()) -> int:
    """Fuzz and print the figures as one JSON object. Returns 1 when something broke."""
    parser = argparse.ArgumentParser(prog="box bench fuzz")
    parser.add_argument("--bytes", type=int, default=1_000_000, help="for each target")
    parser.add_argument("--targets", nargs="+", choices=targets(), default=targets())
    parser.add_argument("--keep", action="store_true", help="put what was found into tests/fixtures/corpus")
    given = parser.parse_args(arguments)
    if find_spec("atheris") is None:
        parser.error("there is no fuzzer for this processor or this Python")
    told = {target: run(target, given.bytes, given.keep) for target in given.targets}
    broken = [target for target, figures in told.items() if figures["broken"]]
    tried = sum(figures["bytes"] for figures in told.values())
    print(json.dumps({"bytes": tried, "broken": broken, "targets": told}))  # noqa: T201 - this is what a bench is for
    return 1 if broken else 0


def run(target: str, wanted: int, keep: bool) -> dict[str, Any]:
    """Fuzz one target in a process of its own. Returns its figures."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.support.fuzzing", target, folder, str(wanted)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
        seconds = time.monotonic() - began
        if done.returncode:
            sys.stderr.write(done.stderr.decode("utf-8", "replace")[-4000:])
            for path in Path(folder).glob("crash-*"):
                sys.stderr.write(f"{target}: {path.read_bytes().hex(' ')}\n")
        elif keep:
            _keep(target, [path.read_bytes() for path in Path(folder).iterdir()])
    tried = int(done.stdout.split()[-1]) if done.stdout.split() else 0
    return {"bytes": tried, "seconds": round(seconds, 1), "broken": done.returncode != 0}


def _keep(target: str, found: list[bytes]) -> None:
    """Store the fewest of the shortest inputs that run through everything which all of them run through."""
    shutil.rmtree(CORPUS / target, ignore_errors=True)
    (CORPUS / target).mkdir(parents=True)
    reached: set[tuple[str, int, int]] = set()
    kept = 0
    for data in sorted((one for one in found if len(one) <= _LONGEST_KEPT), key=lambda one: (len(one), one)):
        steps = _steps(target, data)
        if steps - reached and kept < _MOST_KEPT:
            reached |= steps
            kept += 1
            (CORPUS / target / f"{kept:02}").write_bytes(data)


def _steps(target: str, data: bytes) -> set[tuple[str, int, int]]:
    """Return every step from one line to another that `data` leads through."""
    steps: set[tuple[str, int, int]] = set()
    before: dict[int, int] = {}

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if f"{ROOT}/hw/" not in frame.f_code.co_filename:
            return None
        steps.add((frame.f_code.co_filename, before.get(id(frame), 0), frame.f_lineno))
        before[id(frame)] = frame.f_lineno
        if event == "return":
            before.pop(id(frame), None)
        return trace

    sys.settrace(trace)
    try:
        check(target, data)
    finally:
        sys.settrace(None)
    return steps
