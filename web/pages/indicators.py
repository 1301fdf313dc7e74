"""Lamps and buttons on the box: what they show now, what that means, whom a panic button is for, and trying them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.indicators.service import ButtonKind, ButtonView, LampView, PinsState, Pressed, Result
from web.forms import Form, go, submit, tell
from web.indicator_words import MEANINGS, means
from web.keys import SERVICES
from web.render import render

_WORKS = ""
_LOOKS = {"": "ok", "no_board": "none", "no_chip": "none"}


@dataclass(frozen=True)
class LampRow:
    """One lamp; `means` is the catalogue key of what it says now."""

    view: LampView
    means: str


@dataclass(frozen=True)
class ButtonRow:
    """One button, and how its desk is called."""

    view: ButtonView
    person: str


@dataclass(frozen=True)
class IndicatorsPage:
    """Everything there is. `works`: the pins are there; `legend` tells for each lamp which patterns it has."""

    state: PinsState
    works: bool
    look: str
    lamps: tuple[LampRow, ...]
    buttons: tuple[ButtonRow, ...]
    legend: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class DeskPage:
    """The form of a panic button."""

    form: Form
    button: ButtonView
    desks: list[tuple[str, str]]


@dataclass(frozen=True)
class PressPage:
    """The form that presses a button; `done` is what the last press did."""

    form: Form
    desks: list[tuple[str, str]]


async def show(request: web.Request) -> web.Response:
    """Show lamps and buttons."""
    return render(request, "indicators/indicators.html", _page(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only what changes while the page is open."""
    return render(request, "indicators/_list.html", _page(request))


async def test(request: web.Request) -> web.StreamResponse:
    """Light every lamp for some seconds."""
    request.app[SERVICES].indicators.test_lamps()
    tell(request, "indicators.tested")
    return go(request, "/indicators")


async def show_desk(request: web.Request) -> web.Response:
    """Show the form of a panic button."""
    button = request.app[SERVICES].indicators.button(request.match_info["button"])
    return _desk_page(request, Form.of({"desk": button.desk}), button)


async def choose_desk(request: web.Request) -> web.Response:
    """Say for which desk a panic button is."""
    indicators, form = request.app[SERVICES].indicators, await Form.read(request)
    button = indicators.button(request.match_info["button"])

    async def work() -> str:
        await indicators.choose_desk(button.name, form.text("desk"))
        tell(request, "panel.saved")
        return "/indicators"

    return await submit(request, form, work, known=("desk",)) or _desk_page(request, form, button)


async def show_press(request: web.Request) -> web.Response:
    """Show the form that presses a button."""
    return _press_page(request, Form.of({"button": "panic"}))


async def press(request: web.Request) -> web.Response:
    """Press a button in memory, as long as it takes, and tell what it did."""
    form, indicators = await Form.read(request), request.app[SERVICES].indicators
    kind = ButtonKind(form.choice("button", tuple(ButtonKind)) or ButtonKind.PANIC)

    async def work() -> str:
        _tell(request, await indicators.press(kind, form.text("desk") if kind is ButtonKind.PANIC else ""))
        return "/indicators"

    return await submit(request, form, work, known=("button", "desk")) or _press_page(request, form)


def _tell(request: web.Request, pressed: Pressed) -> None:
    tell(request, f"indicators.result.{pressed.result or Result.LET_GO}")


def _page(request: web.Request) -> IndicatorsPage:
    services = request.app[SERVICES]
    state = services.indicators.state
    works = state.why == _WORKS and state.board is not None
    names = {one.number: one.name for one in services.lines.snapshot().extensions}
    return IndicatorsPage(
        state=state,
        works=works,
        look=_LOOKS.get(state.why, "wait"),
        lamps=tuple(LampRow(one, means(one.lamp, one.pattern)) for one in services.indicators.lamps()),
        buttons=tuple(ButtonRow(one, names.get(one.desk, "")) for one in services.indicators.buttons()),
        legend={lamp.value: tuple(pattern.value for pattern in patterns) for lamp, patterns in MEANINGS.items()},
    )


def _desks(request: web.Request) -> list[tuple[str, str]]:
    return [(one.number, f"{one.number} {one.name}") for one in request.app[SERVICES].lines.snapshot().extensions]


def _desk_page(request: web.Request, form: Form, button: ButtonView) -> web.Response:
    return render(request, "indicators/desk.html", DeskPage(form, button, _desks(request)), status=form.status)


def _press_page(request: web.Request, form: Form) -> web.Response:
    return render(request, "indicators/press.html", PressPage(form, _desks(request)), status=form.status)
