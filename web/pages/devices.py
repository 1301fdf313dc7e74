"""Caller-ID devices and the analog lines that they watch: what is connected, what it said last, a trial call."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from appliance.analog.service import SIMULATED, AnalogLine, DeviceState
from appliance.services import Services
from web.device_words import Sentence, care, in_use, look, may_be_asked, why
from web.filters import phone_number
from web.forms import Form, go, small_number, submit, tell
from web.keys import SERVICES
from web.pages import line_sounds
from web.pages.line_sounds import LineSound, SoundForm
from web.render import render

_SHOWN_FRAMES = 8


@dataclass(frozen=True)
class FrameRow:
    """One thing that a device has said: `kind` ends its catalogue key, `line` is of whom, `hex` are its bytes."""

    at_ms: int
    kind: str
    channel: int
    hex: str
    line: str


@dataclass(frozen=True)
class DeviceRow:
    """One device. `look` is the colour of its dot, `why` says how so, `care` what is done for it.

    `last` is what it said last of its lines, or else of itself.
    """

    state: DeviceState
    look: str
    frames: tuple[FrameRow, ...]
    last: FrameRow | None
    why: Sentence | None
    care: tuple[Sentence, ...]
    may_ask: bool

    @property
    def ill(self) -> bool:
        """Whether somebody should have a look at it."""
        return bool(self.state.dialect) and self.look != "ok"


@dataclass(frozen=True)
class LineRow:
    """One line, its device's name and dot, the name of the group whose screens pop.

    `can_dial`: its device can; `heard_ms`: when it said something of the line last.
    """

    line: AnalogLine
    device: str
    look: str
    group: str
    can_dial: bool
    sound: LineSound | None
    heard_ms: int


@dataclass(frozen=True)
class DevicesPage:
    """Everything that is there. `others` are none of ours. `connected` counts those that are understood and well.

    `ill` counts those that need a look.
    """

    devices: tuple[DeviceRow, ...]
    others: tuple[DeviceRow, ...]
    lines: tuple[LineRow, ...]
    connected: int
    ill: int


@dataclass(frozen=True)
class LinePage:
    """The form of a line."""

    form: Form
    line: AnalogLine
    groups: list[tuple[str, str]]
    sound: SoundForm


@dataclass(frozen=True)
class DevicePage:
    """The form of a device."""

    form: Form
    state: DeviceState
    dialects: list[tuple[str, str]]
    by_hand: bool


@dataclass(frozen=True)
class AddPage:
    """The form that names a port."""

    form: Form


@dataclass(frozen=True)
class SimulatePage:
    """The form of a trial call. `trial`: there is a trial device that dials."""

    form: Form
    lines: list[tuple[str, str]]
    dialects: list[tuple[str, str]]
    trial: bool


async def show(request: web.Request) -> web.Response:
    """Show devices and lines."""
    return render(request, "devices/devices.html", _page(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only what changes while the page is open."""
    return render(request, "devices/_list.html", _page(request))


async def scan(request: web.Request) -> web.StreamResponse:
    """Look for devices now."""
    request.app[SERVICES].analog.rescan()
    tell(request, "devices.scanned")
    return go(request, "/devices")


async def show_add(request: web.Request) -> web.Response:
    """Show the form that names a port."""
    return render(request, "devices/add.html", AddPage(Form.of({"path": "/dev/"})))


async def add(request: web.Request) -> web.Response:
    """Look at a port that is not found by itself."""
    form = await Form.read(request)
    path = form.required("path")

    async def work() -> str:
        await request.app[SERVICES].analog.add_port(path)
        tell(request, "devices.added")
        return "/devices"

    page = AddPage(form)
    return await submit(request, form, work, known=("path",)) or render(
        request, "devices/add.html", page, status=form.status
    )


async def show_device(request: web.Request) -> web.Response:
    """Show the form of a device."""
    state = _device(request)
    choice = request.app[SERVICES].analog.choice(state.device)
    return _device_page(request, Form.of({"excluded": choice.excluded, "dialect": choice.dialect}), state)


async def change_device(request: web.Request) -> web.Response:
    """Leave a device alone, choose how it speaks, or forget a port that was named by hand."""
    state, form, analog = _device(request), await Form.read(request), request.app[SERVICES].analog
    dialect, forget = form.choice("dialect", ("", *analog.dialects())), form.flag("forget")
    choice = analog.choice(state.device)

    async def work() -> str:
        await analog.choose(replace(choice, excluded=form.flag("excluded"), dialect=dialect, speed=0))
        if forget:
            await analog.forget(state.device)
        tell(request, "panel.saved")
        return "/devices"

    return await submit(request, form, work, known=("dialect",)) or _device_page(request, form, state)


async def ask(request: web.Request) -> web.StreamResponse:
    """Let a device be asked what it is, whatever it seems to be."""
    await request.app[SERVICES].analog.ask(_device(request).device)
    tell(request, "devices.asked")
    return go(request, "/devices")


async def show_line(request: web.Request) -> web.Response:
    """Show the form of a line."""
    line = _line(request)
    number = phone_number(line.number) if line.number else ""
    values = {"name": line.name, "number": number, "area_code": line.area_code, "group": line.group}
    dialling = {"prefix": line.prefix, "dials": line.dials}
    return await _line_page(request, Form.of(values | dialling | line_sounds.values_of(line)), line)


async def change_line(request: web.Request) -> web.Response:
    """Change what is said of a line."""
    line, form = _line(request), await Form.read(request)
    draft = line_sounds.draft_of(form)

    async def work() -> str:
        await request.app[SERVICES].analog.change_line(line.id, draft)
        tell(request, "panel.saved")
        return "/devices"

    known = line_sounds.LINE_FIELDS
    return await submit(request, form, work, known=known) or await _line_page(request, form, line)


async def remove_line(request: web.Request) -> web.StreamResponse:
    """Forget a line."""
    await request.app[SERVICES].analog.remove_line(_line(request).id)
    tell(request, "devices.line_removed")
    return go(request, "/devices")


async def show_simulate(request: web.Request) -> web.Response:
    """Show the form of a trial call."""
    return _simulate_page(request, Form.of({"line": "1", "number": "", "dialect": "callstar"}))


async def simulate(request: web.Request) -> web.Response:
    """Let a trial call come."""
    form, analog = await Form.read(request), request.app[SERVICES].analog
    number, dialect = form.text("number"), form.text("dialect")
    line = small_number(form.text("line")) or 0

    async def work() -> str:
        await analog.simulate(line, number, dialect)
        tell(request, "devices.simulated")
        return "/devices"

    return await submit(request, form, work, known=("line", "number", "dialect")) or _simulate_page(request, form)


async def plug_in_trial(request: web.Request) -> web.StreamResponse:
    """Let the trial device be there, or go again."""
    on = (await Form.read(request)).flag("on")
    await request.app[SERVICES].analog.plug_in_trial(on=on)
    tell(request, "devices.trial_on" if on else "devices.trial_off")
    return go(request, "/devices")


# ---------------------------------------------------------------------------------------------------------- inside


def _page(request: web.Request) -> DevicesPage:
    services = request.app[SERVICES]
    states = services.analog.devices()
    by_device = {state.device: state for state in states}
    groups = {group.id: group.label for group in services.lines.snapshot().groups}
    names = {(line.device, line.channel): line.name for line in services.analog.lines()}
    devices = tuple(_device_row(state, names) for state in states if in_use(state))
    others = tuple(_device_row(state, names) for state in states if not in_use(state))
    lines = tuple(_line_row(services, line, by_device.get(line.device), groups) for line in services.analog.lines())
    connected = sum(row.look == "ok" for row in devices)
    return DevicesPage(devices, others, lines, connected, sum(row.ill for row in devices))


def _device_row(state: DeviceState, names: dict[tuple[str, int], str]) -> DeviceRow:
    frames = _frames(state, names)
    last = next((one for one in frames if one.channel), frames[0] if frames else None)
    return DeviceRow(state, look(state), frames, last, why(state), care(state), may_be_asked(state))


def _frames(state: DeviceState, names: dict[tuple[str, int], str]) -> tuple[FrameRow, ...]:
    return tuple(
        FrameRow(
            one.at_ms, one.kind.value, one.channel, one.raw.hex(" ").upper(), names.get((state.device, one.channel), "")
        )
        for one in state.frames[:_SHOWN_FRAMES]
    )


def _line_row(services: Services, line: AnalogLine, state: DeviceState | None, groups: dict[str, str]) -> LineRow:
    frames = state.frames if state is not None else ()
    return LineRow(
        line=line,
        device=(state.title or state.path) if state is not None else "",
        look=look(state) if state is not None else "none",
        group=groups.get(line.group, ""),
        can_dial=state is not None and state.dials,
        sound=line_sounds.sound_of(services, line),
        heard_ms=next((one.at_ms for one in frames if one.channel == line.channel), 0),
    )


def _device(request: web.Request) -> DeviceState:
    return request.app[SERVICES].analog.device(request.match_info["device"])


def _line(request: web.Request) -> AnalogLine:
    return request.app[SERVICES].analog.line(small_number(request.match_info["line"]) or 0)


def _dialects(request: web.Request) -> list[tuple[str, str]]:
    return [(name, f"devices.dialect.{name}") for name in request.app[SERVICES].analog.dialects()]


def _device_page(request: web.Request, form: Form, state: DeviceState) -> web.Response:
    by_hand = request.app[SERVICES].analog.choice(state.device).by_hand
    page = DevicePage(form, state, _dialects(request), by_hand)
    return render(request, "devices/device.html", page, status=form.status)


async def _line_page(request: web.Request, form: Form, line: AnalogLine) -> web.Response:
    services = request.app[SERVICES]
    page = LinePage(form, line, line_sounds.groups_of(services), await line_sounds.form_of(services, line))
    return render(request, "devices/line.html", page, status=form.status)


def _simulate_page(request: web.Request, form: Form) -> web.Response:
    named = {line.channel: line.name for line in reversed(request.app[SERVICES].analog.lines())}
    lines = [(str(channel), named.get(channel, str(channel))) for channel in sorted({1, 2, *named})]
    trial = any(state.device == SIMULATED for state in request.app[SERVICES].analog.devices())
    page = SimulatePage(form, lines, _dialects(request), trial)
    return render(request, "devices/simulate.html", page, status=form.status)
