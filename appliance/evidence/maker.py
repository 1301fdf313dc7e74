"""The process that makes a package: one job as JSON on standard input, one answer on standard output, then it ends.

`python -m appliance.evidence.maker PARENT`. Apart from the core, since it takes the processor for seconds and needs
large libraries; it yields to everything else on the machine and dies with its parent. What it leaves when it is killed
has no name that anybody is offered.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import msgspec

from appliance.core.parent import die_with
from appliance.evidence import keys
from appliance.evidence.dossier import Job, described
from appliance.evidence.packing import Entry, Packed, pack
from appliance.evidence.readme import readme
from appliance.evidence.report import NoFont, report
from appliance.evidence.sounds import CannotSplit, gather

NICENESS = 10
WORK = ".work"
REFUSED = 3  # the exit code when standard output says why, as a key of the catalogue


def make(job: Job) -> Packed:
    """Make a package. Raises NoFont, CannotSplit, OSError."""
    dossier, target = job.dossier, Path(job.target)
    work = target.with_name(target.name + WORK)
    work.mkdir(mode=0o700)
    try:
        found = gather(dossier, work)
        facts = described(dossier, found.sounds, found.names)
        facts_file = Entry("evidence.json", json.dumps(facts, ensure_ascii=False, indent=2).encode())
        entries = (
            Entry("README.txt", readme(dossier)),
            Entry("report.pdf", report(dossier, found.sounds, found.names, facts_file)),
            facts_file,
            *found.entries,
        )
        return pack(target, entries, keys.load(Path(job.key_file)), dossier.at(dossier.made_ms))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    """Do one job."""
    die_with(int(sys.argv[1]))
    os.nice(NICENESS)
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    try:
        done = make(job)
    except (NoFont, CannotSplit) as error:
        print(error, file=sys.stderr)  # noqa: T201 - into the box's log
        sys.stdout.write("evidence.no_font" if isinstance(error, NoFont) else "evidence.no_sound")
        return REFUSED
    sys.stdout.buffer.write(msgspec.json.encode(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
