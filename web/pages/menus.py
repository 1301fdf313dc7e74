"""Voice menus: the list, the editor with its picture, versions, and calls by which one tries how a menu is."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.core.errors import InvalidInput
from appliance.menus import tree
from appliance.menus.types import DRAFT, Menu, Problem, Version
from web.announcement_words import names
from web.forms import Form, submit, tell
from web.in_place import Done, submit_in_place
from web.keys import SERVICES, VISITOR
from web.menu_words import Known, Node, picture
from web.pages.live_view import person_of
from web.render import render

_VERSIONS_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    menu: Menu
    steps: int
    problems: int
    uses: tuple[str, ...]


@dataclass(frozen=True)
class ListPage:
    """All voice menus."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class NamePage:
    """The form that adds a menu (`menu` is None) or gives one another name."""

    form: Form
    menu: Menu | None


@dataclass(frozen=True)
class EditorPage:
    """A menu as it is being worked on; `shown` is an older version that is only looked at."""

    form: Form
    menu: Menu
    top: Node
    problems: tuple[Problem, ...]
    names: dict[str, str]  # of steps
    uses: tuple[str, ...]
    versions: tuple[Version, ...]
    more_versions: int
    shown: Version | None = None


@dataclass(frozen=True)
class AskPage:
    """Asks before a menu is removed, or rings a phone: `extension` is one's own, "" = none."""

    form: Form
    menu: Menu
    extension: str = ""
    uses: tuple[str, ...] = ()


async def show(request: web.Request) -> web.Response:
    """Show all voice menus."""
    menus = request.app[SERVICES].menus
    rows = tuple(
        Row(
            one,
            sum(1 for _ in tree.steps(one.edited)),
            len(menus.problems(one.id, one.edited)) if one.draft is not None else 0,
            menus.uses(one.id),
        )
        for one in menus.all()
    )
    return render(request, "menus/list.html", ListPage(rows))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new menu."""
    return render(request, "menus/name.html", NamePage(Form.of(), None))


async def add(request: web.Request) -> web.Response:
    """Add a menu, and open it."""
    form = await Form.read(request)
    label = form.required("label")

    async def work() -> str:
        made = await request.app[SERVICES].menus.add(label)
        return f"/menus/{made.id}"

    page = NamePage(form, None)
    return await submit(request, form, work, known=("label",)) or _again(request, "menus/name.html", page, form)


async def show_rename(request: web.Request) -> web.Response:
    """Show the form that gives a menu another name."""
    menu = found(request)
    return render(request, "menus/name.html", NamePage(Form.of({"label": menu.label}), menu))


async def rename(request: web.Request) -> web.Response:
    """Give a menu another name."""
    menu, form = found(request), await Form.read(request)
    label = form.required("label")

    async def work() -> str:
        await request.app[SERVICES].menus.rename(menu.id, label)
        tell(request, "panel.saved")
        return f"/menus/{menu.id}"

    page = NamePage(form, menu)
    return await submit(request, form, work, known=("label",)) or _again(request, "menus/name.html", page, form)


async def show_editor(request: web.Request) -> web.Response:
    """Show a menu as it is being worked on."""
    return await _editor(request, Form.of())


async def show_version(request: web.Request) -> web.Response:
    """Show how a menu was once."""
    number = request.match_info["version"]
    version = await request.app[SERVICES].menus.version(found(request).id, int(number) if number.isdecimal() else 0)
    return await _editor(request, Form.of(), version)


async def publish(request: web.Request) -> web.Response:
    """Let callers hear what was worked on; refused with words that say at which step it cannot be."""
    menu, form = found(request), await Form.read(request)

    async def work() -> str:
        done = await request.app[SERVICES].menus.publish(menu.id, person_of(request).user.login)
        tell(request, "menus.published", label=done.label, version=done.version)
        return f"/menus/{menu.id}"

    return await submit(request, form, work) or await _editor(request, form)


async def discard(request: web.Request) -> web.Response:
    """Forget what was worked on."""
    menu, form = found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].menus.discard(menu.id)
        tell(request, "menus.discarded")
        return f"/menus/{menu.id}"

    return await submit(request, form, work) or await _editor(request, form)


async def restore(request: web.Request) -> web.Response:
    """Let callers hear an older version again."""
    menu, form, number = found(request), await Form.read(request), request.match_info["version"]

    async def work() -> str:
        if not number.isdecimal():
            raise InvalidInput("", "menus.no_such_version")
        done = await request.app[SERVICES].menus.restore(menu.id, int(number), person_of(request).user.login)
        tell(request, "menus.restored", old=int(number), version=done.version)
        return f"/menus/{menu.id}"

    return await submit(request, form, work) or await _editor(request, form)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a menu is removed."""
    menu = found(request)
    uses = request.app[SERVICES].menus.uses(menu.id)
    return render(request, "menus/remove.html", AskPage(Form.of(), menu, uses=uses))


async def remove(request: web.Request) -> web.Response:
    """Remove a menu; refused while something leads to it."""
    menu, form = found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].menus.remove(menu.id)
        tell(request, "menus.removed", label=menu.label)
        return "/menus"

    return await submit(request, form, work) or _again(request, "menus/remove.html", AskPage(form, menu), form)


async def show_test(request: web.Request) -> web.Response:
    """Show what a test call is, and to which phone it goes."""
    page = AskPage(Form.of(), found(request), _own_extension(request))
    return render(request, "menus/test.html", page)


async def test(request: web.Request) -> web.Response:
    """Ring one's own phone, then let it hear the menu as it is being worked on."""
    menu, form, extension = found(request), await Form.read(request), _own_extension(request)

    async def work() -> Done:
        by = person_of(request).user.login
        await request.app[SERVICES].calls.desk.try_menu(extension, DRAFT + menu.id, by)
        return Done(f"/menus/{menu.id}", "menus.test_rings", {"extension": extension})

    done = await submit_in_place(request, form, work, ())
    return done or _again(request, "menus/test.html", AskPage(form, menu, extension), form)


def _own_extension(request: web.Request) -> str:
    return request.app[SERVICES].agents.extension_of(person_of(request).user)


def found(request: web.Request) -> Menu:
    """Return the menu that a page is about. Raises NotFound."""
    return request.app[SERVICES].menus.get(request.match_info["menu"])


def known(request: web.Request) -> Known:
    """Return what things are called that a step may lead to."""
    services = request.app[SERVICES]
    sounds = names(request[VISITOR].language, services.announcements.list())
    return Known.of(services.lines.snapshot(), services.menus.labels(), sounds)


def _again(request: web.Request, template: str, page: NamePage | AskPage, form: Form) -> web.Response:
    return render(request, template, page, status=form.status)


async def _editor(request: web.Request, form: Form, shown: Version | None = None) -> web.Response:
    menu, menus = found(request), request.app[SERVICES].menus
    root = shown.root if shown is not None else menu.edited
    problems = menus.problems(menu.id, root) if shown is not None or menu.draft is not None else ()
    versions = await menus.versions(menu.id)
    page = EditorPage(
        form=form,
        menu=menu,
        top=picture(root, problems, known(request)),
        problems=problems,
        names={one.id: one.name for one in tree.steps(root)},
        uses=menus.uses(menu.id),
        versions=versions[:_VERSIONS_SHOWN],
        more_versions=max(0, len(versions) - _VERSIONS_SHOWN),
        shown=shown,
    )
    return render(request, "menus/editor.html", page, status=form.status)
