"""How forwards are stored. What they may be is in `appliance.lines.onward`."""
