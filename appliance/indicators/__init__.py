"""Lamps and buttons on the box: what they show and what they do."""
