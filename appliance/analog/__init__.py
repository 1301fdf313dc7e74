"""Analog telephone lines: what their caller-ID devices tell becomes calls."""
