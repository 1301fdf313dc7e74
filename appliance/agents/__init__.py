"""Agents: who sits at which phone, what state each desk is in, and whether it may be given calls."""
