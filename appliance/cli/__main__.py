"""`python -m appliance.cli`."""

import sys

from appliance.cli.entry import main

sys.exit(main())
