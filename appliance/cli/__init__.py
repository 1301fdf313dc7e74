"""`soribox`, the command line: a thin client of the API. Knows no service, no table and no SIP.

While the core runs it is asked over its unix socket; otherwise the same API answers for this one command
(`appliance/offline.py`). Exit codes: 0 done, 1 failed with one clear line on standard error, 2 wrong usage.
"""

from appliance.cli.entry import main

__all__ = ["main"]
