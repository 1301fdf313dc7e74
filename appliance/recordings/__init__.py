"""Recordings: joined, compressed, checksummed and found again. Listens to calls; knows no SIP and no panel."""
