"""Hardware on the box. Imports nothing of ours but itself; empty until the first device has its place here."""
