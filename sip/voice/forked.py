"""What every process does first that was forked from the zygote. Knows neither worker nor relay."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys

from sip.voice.logs import set_up_logging


def prepare_process(who: str) -> None:
    """Leave signals, streams and limits as a process should have them whose end others decide."""
    set_up_logging(who, os.environ.get("SORIBOX_LOG_LEVEL", "info"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keeper decides when a talk ends, not the terminal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort must not fill the disk
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # pjlib prints there before it can be told not to
