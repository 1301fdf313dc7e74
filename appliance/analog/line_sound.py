"""What may be said of a line's sound: which card and channel, how much louder, and whether it is recorded. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from appliance.analog.types import AnalogLine, LineDraft
from appliance.core.errors import InvalidInput
from hw.sound.api import MOST_CHANNELS

RECORDED = ("automatic", "by_hand", "never")
LEAST_GAIN, MOST_GAIN = -20, 40
SIDES = range(1, MOST_CHANNELS + 1)
"""A card's channels, as people count them."""

_LONGEST_CARD = 100


def checked_sound(draft: LineDraft, others: Iterable[AnalogLine]) -> LineDraft:
    """Return the draft as it is kept. Raises InvalidInput. `others` are all lines but the one that is changed."""
    card = draft.card.strip()
    if len(card) > _LONGEST_CARD or not card.isprintable() or card.startswith("-"):
        raise InvalidInput("card", "devices.no_such_card")
    if draft.side not in SIDES:
        raise InvalidInput("side", "devices.no_such_side", most=MOST_CHANNELS)
    if not LEAST_GAIN <= draft.gain_db <= MOST_GAIN:
        raise InvalidInput("gain_db", "store.setting.not_between", least=LEAST_GAIN, most=MOST_GAIN)
    if draft.recorded not in RECORDED:
        raise InvalidInput("recorded", "devices.no_such_recording")
    if any(card and (one.card, one.side) == (card, draft.side) for one in others):
        raise InvalidInput("side", "devices.side_taken")
    return replace(draft, card=card)
