"""Voice menus over the API."""

from __future__ import annotations

from msgspec import UNSET

from appliance.menus.types import Menu
from web.api.menu_shapes import MenuPut, MenuSeen, MenuSent, MenuTest, MenuTested, MenuVersionSeen
from web.api.operation import Asked
from web.api.shapes import Items, Whole


async def list_menus(asked: Asked) -> Items[MenuSeen]:
    """List the voice menus with their trees, and what leads callers to each."""
    return Items(tuple(_seen(asked, one) for one in asked.services.menus.all()))


async def add_menu(asked: Asked, body: MenuSent) -> MenuSeen:
    """Add a voice menu. Nobody hears it before a tree was put."""
    return _seen(asked, await asked.services.menus.add(body.label))


async def get_menu(asked: Asked, menu: str) -> MenuSeen:
    """Get one voice menu."""
    return _seen(asked, asked.services.menus.get(menu))


async def put_menu(asked: Asked, menu: str, body: MenuPut) -> MenuSeen:
    """Let callers hear this tree from now on. Refused (422), naming the step, while it leads nowhere or in a circle."""
    label = asked.services.menus.get(menu).label if body.label is UNSET else body.label
    return _seen(asked, await asked.services.menus.put(menu, label, body.root.plain(), asked.asker.name))


async def remove_menu(asked: Asked, menu: str) -> None:
    """Remove a voice menu with its versions. Refused (409) while something leads to it."""
    await asked.services.menus.remove(menu)


async def list_menu_versions(asked: Asked, menu: str) -> Items[MenuVersionSeen]:
    """List how a voice menu was, the newest first."""
    return Items(tuple(MenuVersionSeen.of(one) for one in await asked.services.menus.versions(menu)))


async def restore_menu_version(asked: Asked, menu: str, version: Whole) -> MenuSeen:
    """Let callers hear an older version again, as a new one."""
    return _seen(asked, await asked.services.menus.restore(menu, version, asked.asker.name))


async def test_menu(asked: Asked, menu: str, body: MenuTest) -> MenuTested:
    """Ring an extension, which then hears the menu as callers do. It makes no callback and no missed call."""
    asked.services.menus.get(menu)
    return MenuTested(await asked.services.calls.desk.try_menu(body.extension, menu, asked.asker.name))


def _seen(asked: Asked, menu: Menu) -> MenuSeen:
    return MenuSeen.of(menu, asked.services.menus.uses(menu.id))
