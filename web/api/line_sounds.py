"""The sound of analog lines over the API: cards, levels, and lines that only a sound card hears."""

from __future__ import annotations

from appliance.analog.service import AnalogLine, LevelHeard, LineDraft
from web.api.device_shapes import AnalogLineSent, SoundCardSeen
from web.api.operation import Asked
from web.api.shapes import Items, Whole


async def list_sound_cards(asked: Asked) -> Items[SoundCardSeen]:
    """List the sound cards that are there, and those that lines want and that are not."""
    sound = asked.services.analog.sound
    titles = {one.name: one.title for one in await sound.found()}
    wanted = [line.card for line in asked.services.analog.lines() if line.card]
    return Items(tuple(_card(asked, name, titles.get(name, "")) for name in dict.fromkeys([*titles, *wanted])))


async def add_analog_line(asked: Asked, body: AnalogLineSent) -> AnalogLine:
    """Make a line that a sound card hears and no device watches. Twice is once."""
    return await asked.services.analog.add_line(
        LineDraft(
            name=body.name,
            number=body.number,
            area_code=body.area_code,
            group=body.group,
            card=body.card,
            side=body.side,
            gain_db=body.gain_db,
            recorded=body.recorded,
            listens=body.listens,
        )
    )


async def get_level(asked: Asked, line: Whole) -> LevelHeard:
    """Get how loud a line was in the last tenth of a second: 0 dBFS is the loudest there is, -96 is nothing."""
    return asked.services.analog.sound.level(asked.services.analog.line(line).id)


def _card(asked: Asked, name: str, title: str) -> SoundCardSeen:
    state = asked.services.analog.sound.card(name)
    if state is None:
        return SoundCardSeen(name, title, "free", 0)
    return SoundCardSeen(name, title, state.condition.value, state.overruns)
