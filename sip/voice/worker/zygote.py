"""The process that has pjsua2 in memory and forks workers and relay, which share its pages. Knows no conversation.

Single-threaded and without an event loop, as a process that forks must be. It imports pjsua2 but never starts it.
Standard input is a packet socket to the keeper; it ends when the keeper does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from importlib import import_module
from typing import NoReturn

import msgspec

from sip.voice.logs import set_up_logging
from sip.voice.protocol import RELAY_SLOT, EngineMissing, EngineReady, Exited, Fork, Forked

_LONGEST = 4096
_WORKER, _RELAY = "sip.voice.worker.main", "sip.voice.relay.main"
_MODULES = ("pjsua2", _WORKER, _RELAY)


def main() -> int:
    """Import what workers need, then fork them until the keeper goes."""
    set_up_logging("zygote", os.environ.get("SORIBOX_LOG_LEVEL", "info"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keeper = socket.socket(fileno=0)
    try:
        for name in _MODULES:
            import_module(name)
    except (ImportError, OSError) as error:
        keeper.send(msgspec.json.encode(EngineMissing(f"no pjsua2 for this processor: {error}")))
        return 0
    gc.collect()
    gc.freeze()  # else the first collection in each worker copies the pages they share
    keeper.send(msgspec.json.encode(EngineReady()))
    Zygote(keeper).serve()
    return 0


class Zygote:
    """Forks on request, reaps, reports."""

    def __init__(self, keeper: socket.socket) -> None:
        self._keeper = keeper
        self._children: dict[int, int] = {}
        self._child_ended, write_end = socket.socketpair()
        self._child_ended.setblocking(False)
        write_end.setblocking(False)
        signal.set_wakeup_fd(write_end.fileno(), warn_on_full_buffer=False)
        self._write_end = write_end
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it wakes us

    def serve(self) -> None:
        """Work until the keeper is gone."""
        while True:
            ready, _, _ = select.select((self._keeper, self._child_ended), (), ())
            if self._child_ended in ready:
                self._child_ended.recv(_LONGEST)
                self._reap()
            if self._keeper in ready and not self._take_request():
                return

    def _take_request(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._keeper, _LONGEST, 1)
        if not packet:
            return False
        request = msgspec.json.decode(packet, type=Fork)
        self._fork(request.slot, descriptors[0])
        return True

    def _fork(self, slot: int, descriptor: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(_RELAY if slot == RELAY_SLOT else _WORKER, descriptor)
        os.close(descriptor)
        self._children[pid] = slot
        self._say(Forked(slot, pid))

    def _become(self, module: str, descriptor: int) -> NoReturn:
        status = 70
        try:
            signal.set_wakeup_fd(-1)
            for inherited in (self._keeper, self._child_ended, self._write_end):
                inherited.close()
            status = import_module(module).run(socket.socket(fileno=descriptor))
        finally:
            sys.stderr.flush()
            os._exit(status)  # pjsua2 aborts on a normal interpreter exit

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.pop(pid, None)
            self._say(Exited(pid, os.waitstatus_to_exitcode(status)))

    def _say(self, message: Forked | Exited) -> None:
        with contextlib.suppress(OSError):  # the keeper is gone: the next look at its socket tells
            self._keeper.send(msgspec.json.encode(message))


if __name__ == "__main__":
    sys.exit(main())
