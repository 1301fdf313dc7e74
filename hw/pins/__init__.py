"""Lamps and buttons on the box's own pins (GPIO). Imports nothing of ours but `hw`."""
