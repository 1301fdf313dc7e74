"""The encoder, killed by itself right before its Nth touch of the disk that lasts (fsync, rename); the next one lives.

`python -m tests.support.dying_encoder N MARK PARENT`: dies when the file MARK is not there, and leaves MARK.
With N = "full" every fsync says that the disk is full, as long as MARK is there.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.recordings import encoder


def die_at(step: int, mark: Path) -> None:
    """Arrange for the death."""
    steps = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given)

        return call

    os.fsync = counted(os.fsync)
    os.replace = counted(os.replace)  # what Path.replace calls


def full_while(mark: Path) -> None:
    """Let the disk be full as long as the file is there."""
    real = os.fsync

    def fsync(fd: Any) -> None:
        if mark.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(fd)

    os.fsync = fsync


def main() -> None:
    """Serve jobs like the real one."""
    step, mark = sys.argv[1], Path(sys.argv[2])
    sys.argv[1:3] = []
    if step == "full":
        full_while(mark)
    elif not mark.exists():
        die_at(int(step), mark)
    encoder.main()


if __name__ == "__main__":
    main()
