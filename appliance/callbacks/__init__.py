"""Callback requests: who is to be called back, by which group, and what became of it."""
