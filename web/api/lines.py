"""Extensions, trunks and own numbers over the API. Knows the lines service and who is registered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgspec import UNSET, structs

from appliance.core.errors import NotFound
from appliance.lines.types import Extension, OwnNumber, Trunk
from appliance.phones.types import RegisteredPhone
from web.api.operation import Asked
from web.api.shapes import (
    ExtensionChange,
    ExtensionMade,
    ExtensionSeen,
    ExtensionSent,
    Items,
    NumberChange,
    NumberSent,
    Request,
    ShownNumber,
    TrunkChange,
    TrunkSeen,
    TrunkSent,
)


def given(change: Request) -> dict[str, Any]:
    """Return what was sent of a change; what was left out is not in it."""
    return {name: value for name, value in structs.asdict(change).items() if value is not UNSET}


# ----------------------------------------------------------------------------------------------------- extensions


async def list_extensions(asked: Asked) -> Items[ExtensionSeen]:
    """List all extensions and the phones registered on each."""
    return Items(extensions_seen(asked))


def extensions_seen(asked: Asked) -> tuple[ExtensionSeen, ...]:
    """Return all extensions with their phones, as they are now."""
    phones: dict[str, list[RegisteredPhone]] = {}
    for phone in asked.services.phones.registered():
        phones.setdefault(phone.extension, []).append(phone)
    known = asked.services.lines.snapshot().extensions
    return tuple(ExtensionSeen(extension, tuple(phones.get(extension.number, ()))) for extension in known)


async def add_extension(asked: Asked, body: ExtensionSent) -> ExtensionMade:
    """Add an extension. The box makes its password and tells it this one time."""
    made = await asked.services.lines.add_extension(**structs.asdict(body))
    return ExtensionMade(made.extension, made.password)


async def get_extension(asked: Asked, number: str) -> ExtensionSeen:
    """Get one extension and the phones registered on it."""
    extension = await asked.services.lines.extension(number)
    phones = (phone for phone in asked.services.phones.registered() if phone.extension == number)
    return ExtensionSeen(extension, tuple(phones))


async def change_extension(asked: Asked, number: str, body: ExtensionChange) -> Extension:
    """Change an extension; what is left out stays."""
    changed = replace(await asked.services.lines.extension(number), **given(body))
    return await asked.services.lines.change_extension(changed)


async def remove_extension(asked: Asked, number: str) -> None:
    """Remove an extension. Its phones may not register any more; its calls stay in the log."""
    await asked.services.lines.remove_extension(number)


async def renew_extension_password(asked: Asked, number: str) -> ExtensionMade:
    """Give an extension a new password; the old one stops working at once."""
    made = await asked.services.lines.renew_password(number)
    return ExtensionMade(made.extension, made.password)


async def list_shown_numbers(asked: Asked, number: str) -> Items[ShownNumber]:
    """List the own numbers that an extension may show on a call out, the usual one first if it has one of its own."""
    usual = (await asked.services.lines.extension(number)).shown_number
    choices = asked.services.lines.shown_choices(number)
    return Items(tuple(ShownNumber(one.number, one.label, one.number == usual) for one in choices))


# --------------------------------------------------------------------------------------------------------- trunks


async def list_trunks(asked: Asked) -> Items[TrunkSeen]:
    """List all trunks and how each is, as measured."""
    return Items(trunks_seen(asked))


def trunks_seen(asked: Asked) -> tuple[TrunkSeen, ...]:
    """Return all trunks with their states, as they are now."""
    views = {view.trunk: view for view in asked.services.phones.trunk_views()}
    return tuple(TrunkSeen(trunk, views.get(trunk.id)) for trunk in asked.services.lines.snapshot().trunks)


async def add_trunk(asked: Asked, body: TrunkSent) -> Trunk:
    """Add a trunk. It registers (or is tried) at once."""
    fields = structs.asdict(body)
    password = fields.pop("password")
    return await asked.services.lines.add_trunk(Trunk(id="", **fields), password)


async def get_trunk(asked: Asked, trunk: str) -> TrunkSeen:
    """Get one trunk and how it is, as measured, with the upstream's own words."""
    found = await asked.services.lines.trunk(trunk)
    return TrunkSeen(found, next((v for v in asked.services.phones.trunk_views() if v.trunk == trunk), None))


async def change_trunk(asked: Asked, trunk: str, body: TrunkChange) -> Trunk:
    """Change a trunk; what is left out stays, the password too."""
    fields = given(body)
    password = fields.pop("password", None)
    changed = replace(await asked.services.lines.trunk(trunk), **fields)
    return await asked.services.lines.change_trunk(changed, password)


async def remove_trunk(asked: Asked, trunk: str) -> None:
    """Remove a trunk. Refused while own numbers use it."""
    await asked.services.lines.remove_trunk(trunk)


# -------------------------------------------------------------------------------------------------------- numbers


async def list_numbers(asked: Asked) -> Items[OwnNumber]:
    """List the office's own numbers."""
    return Items(tuple(asked.services.lines.snapshot().numbers))


async def add_number(asked: Asked, body: NumberSent) -> OwnNumber:
    """Add one of the office's own numbers."""
    number = OwnNumber(body.number, body.label or body.number, body.trunk, body.group, body.may_be_shown, body.menu)
    return await asked.services.lines.add_number(number)


async def change_number(asked: Asked, number: str, body: NumberChange) -> OwnNumber:
    """Change where calls to an own number go, and whether it may be shown; what is left out stays."""
    found = next((own for own in asked.services.lines.snapshot().numbers if own.number == number), None)
    if found is None:
        raise NotFound("lines.no_such_number")
    return await asked.services.lines.change_number(replace(found, **given(body)))


async def remove_number(asked: Asked, number: str) -> None:
    """Remove one of the office's own numbers (stored form)."""
    await asked.services.lines.remove_number(number)
