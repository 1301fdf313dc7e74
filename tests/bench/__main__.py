"""`python -m tests.bench NAME [OPTIONS]`: run one measurement; it prints one JSON object.

Each other module of this folder that has a `main(arguments)` is a measurement of that name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def benches() -> dict[str, Callable[[Sequence[str]], int]]:
    """Return every measurement by its name."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = importlib.import_module(f"tests.bench.{file.stem}")
        if hasattr(module, "main"):
            found[file.stem.replace("_", "-")] = module.main
    return found


def main(arguments: Sequence[str]) -> int:
    """Run the one that is named first. Returns the exit status."""
    known = benches()
    if not arguments or arguments[0] not in known:
        sys.stderr.write(f"bench: one of {', '.join(known)} is wanted\n")
        return 2
    return known[arguments[0]](arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
