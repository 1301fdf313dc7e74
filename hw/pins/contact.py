"""When a button counts as pressed. Pure: levels in, what has happened out.

A level counts when it has stayed (`watch.py` waits). A button that was pressed when the box started (somebody leans on
it, a wire is broken) does nothing until it was let go; a switch tells where it stands.
"""

from __future__ import annotations

from enum import StrEnum


class Contact(StrEnum):
    """How a button's contact is."""

    STUCK = "stuck"  # pressed since the start: not believed
    UP = "up"
    DOWN = "down"


def at_start(*, down: bool, switch: bool) -> Contact:
    """Return how a contact is taken when the box starts."""
    if not down:
        return Contact.UP
    return Contact.DOWN if switch else Contact.STUCK


def stayed(contact: Contact, *, down: bool) -> tuple[Contact, bool]:
    """Take a level that has stayed. Returns how the contact is now, and whether that is to be told."""
    after = {True: Contact.DOWN, False: Contact.UP}[down]
    if contact is Contact.STUCK:
        return (contact if down else after), False
    return after, after is not contact
