"""Keeps people from callers who do not behave: warnings, what is remembered of them, the block list, rest and time."""
