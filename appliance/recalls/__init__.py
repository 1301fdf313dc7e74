"""Recalls: calls that were promised for a time, by whom, and that they are reminded of it."""
