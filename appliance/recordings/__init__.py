"""Recordings: turns the tracks of a finished call into one file that every browser plays. Knows no SIP, no page.

`service.py` is the door. `recorder.py` does the work in order of safety, `encoder.py` is the process that does it;
`wav.py`, `joining.py`, `peaks.py` and the writers (`writing.py` says what one is) are what that process is made of and
import nothing but the standard library, so that it starts quickly and stays small.
"""
