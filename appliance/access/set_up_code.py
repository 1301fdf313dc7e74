"""The one-time code that makes the first admin. A file only the box can read, gone once it was used.

Not hashed: eight digits could be tried out in no time, and the same code must still be shown after a restart. Knows
nothing of users.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from pathlib import Path


class SetUpCode:
    """The code, as "1234-5678"; empty before `prepare` and after `use_up`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "set-up-code"
        self.code = ""

    def prepare(self) -> None:
        """Read the code, or make one. Blocks on the disk."""
        try:
            self.code = self._file.read_text().strip()
        except FileNotFoundError:
            self.code = f"{secrets.randbelow(10_000):04}-{secrets.randbelow(10_000):04}"
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
                file.write(self.code)

    def fits(self, entered: str) -> bool:
        """Say whether this is the code; spaces and hyphens do not matter."""
        digits = re.sub(r"[\s-]", "", entered)
        return bool(self.code) and hmac.compare_digest(digits.encode(), self.code.replace("-", "").encode())

    def use_up(self) -> None:
        """Forget the code for good. Blocks on the disk."""
        self.code = ""
        self._file.unlink(missing_ok=True)
