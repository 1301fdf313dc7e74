"""The encoder of a machine on which a library is missing.

`python -m tests.support.poor_encoder FORMAT PARENT`: the library is missing that the format needs.
"""

from __future__ import annotations

import sys

from appliance.recordings import encoder, flac, opus
from appliance.recordings.formats import Format

NOWHERE = "libnowhere.so.0"


def main() -> None:
    """Serve jobs like the real one."""
    missing = Format(sys.argv.pop(1))
    if missing is Format.LOSSLESS:
        flac.LIBRARIES = (NOWHERE,)
    else:
        opus.LIBRARY = NOWHERE
    encoder.main()


if __name__ == "__main__":
    main()
