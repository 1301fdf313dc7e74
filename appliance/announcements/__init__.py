"""Announcements: sounds that callers hear, uploaded or spoken from text. Knows no call, no SIP and no page.

`service.py` is the door; `prompts.py` answers what call control asks. `converter.py` makes telephone sound of any file,
`speaker.py` of text, `said.py` keeps what was spoken so that nothing is spoken twice. `taken.py` has what was spoken at
phones, `wording.py` fills in what texts say of the office.
"""
