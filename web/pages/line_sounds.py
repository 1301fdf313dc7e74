"""The sound of analog lines: which card hears a line, how loud it is, and a line that only a sound card hears."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.analog.line_ears import may_listen
from appliance.analog.line_sound import LEAST_GAIN, MOST_GAIN, RECORDED, SIDES
from appliance.analog.service import AnalogLine, CardCondition, LineDraft
from appliance.services import Services
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

SOUND_FIELDS = ("card", "side", "gain_db", "recorded", "listens")
LINE_FIELDS = ("name", "number", "area_code", "group", "prefix", "dials", *SOUND_FIELDS)
_GAIN_STEP = 2
_ALL_GAINS = tuple(str(gain) for gain in range(LEAST_GAIN, MOST_GAIN + 1))
_LOOKS = {
    CardCondition.HEARD: "ok",
    CardCondition.OPENING: "wait",
    CardCondition.GONE: "wait",
    CardCondition.BUSY: "bad",
}


@dataclass(frozen=True)
class SoundForm:
    """What can be chosen: cards (name, what it is called), channels, how much louder, whether callers may be read."""

    cards: list[tuple[str, str]]
    sides: tuple[int, ...]
    recorded: tuple[str, ...]
    gains: tuple[int, ...]
    may_listen: bool
    line: int  # whose level is shown; 0: it cannot be heard yet


@dataclass(frozen=True)
class LineSound:
    """How a line's card is: `look` is the colour of its dot, `condition` ends a catalogue key."""

    look: str
    condition: str
    overruns: int


@dataclass(frozen=True)
class NewLinePage:
    """The form of a line that only a sound card hears."""

    form: Form
    groups: list[tuple[str, str]]
    sound: SoundForm


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new line."""
    empty = LineDraft("", listens=True)
    return await _new_page(
        request, Form.of({"name": "", "number": "", "area_code": "", "group": ""} | values_of(empty))
    )


async def add(request: web.Request) -> web.Response:
    """Make a line that only a sound card hears."""
    form = await Form.read(request)
    draft = draft_of(form)

    async def work() -> str:
        await request.app[SERVICES].analog.add_line(draft)
        tell(request, "devices.line_added")
        return "/devices"

    return await submit(request, form, work, known=LINE_FIELDS) or await _new_page(request, form)


async def _new_page(request: web.Request, form: Form) -> web.Response:
    services = request.app[SERVICES]
    page = NewLinePage(form, groups_of(services), await form_of(services, None))
    return render(request, "devices/new_line.html", page, status=form.status)


def draft_of(form: Form) -> LineDraft:
    """Return what a form says of a line."""
    return LineDraft(
        name=form.required("name"),
        number=form.text("number"),
        area_code=form.text("area_code"),
        group=form.text("group"),
        prefix=form.text("prefix"),
        dials=form.flag("dials"),
        card=form.text("card"),
        side=form.whole("side", SIDES.start, SIDES.stop - 1),
        gain_db=int(form.choice("gain_db", _ALL_GAINS)),
        recorded=form.choice("recorded", RECORDED),
        listens=form.flag("listens"),
    )


def values_of(line: AnalogLine | LineDraft) -> dict[str, object]:
    """Return what the form shows of a line's sound."""
    return {
        "card": line.card,
        "side": str(line.side),
        "gain_db": str(line.gain_db),
        "recorded": line.recorded,
        "listens": line.listens,
    }


async def form_of(services: Services, line: AnalogLine | None) -> SoundForm:
    """Return what can be chosen for a line; a card that it has and that is not there stays to be chosen."""
    cards = [(one.name, one.title or one.name) for one in await services.analog.sound.found()]
    if line is not None and line.card and all(name != line.card for name, _ in cards):
        cards.append((line.card, line.card))
    own = line.gain_db if line is not None else 0
    gains = tuple(sorted({own, *range(LEAST_GAIN, MOST_GAIN + 1, _GAIN_STEP)}))
    listens = line is None or may_listen(line)
    return SoundForm(cards, tuple(SIDES), RECORDED, gains, listens, line.id if line is not None and line.card else 0)


def groups_of(services: Services) -> list[tuple[str, str]]:
    """Return the groups whose screens may pop."""
    return [(group.id, group.label) for group in services.lines.snapshot().groups]


def sound_of(services: Services, line: AnalogLine) -> LineSound | None:
    """Return how a line's sound is; None when no card hears it."""
    if not line.card:
        return None
    state = services.analog.sound.card(line.card)
    condition = state.condition if state is not None else CardCondition.OPENING
    return LineSound(_LOOKS[condition], condition.value, state.overruns if state is not None else 0)
