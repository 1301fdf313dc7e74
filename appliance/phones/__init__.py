"""Phones and trunks as they are now: tells the edge who may register, keeps what the edge reports."""
