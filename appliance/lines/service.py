"""Lines: extensions, trunks, numbers and ring groups, stored and kept in memory. Knows no call and no SIP stack.

`snapshot`, `credentials` and `trunk_secrets` never wait. Every change is durable before they show it and before
LinesChanged is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from appliance.calls.ports import Forward, ForwardWhen, Line, Overflow, OverflowKind
from appliance.core.bus import Bus
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.i18n.catalog import text
from appliance.lines import checks, facts, models, onward
from appliance.lines.checks import MAIN_GROUP
from appliance.lines.forwards import models as kept_forwards
from appliance.lines.secrets import REALM, Vault, ha1, make_password
from appliance.lines.types import (
    Extension,
    KeptForward,
    LinesChanged,
    LinesSnapshot,
    NewExtension,
    OwnNumber,
    RingGroup,
    Trunk,
)
from appliance.store.database import Database
from appliance.store.settings import Settings

__all__ = ["REALM", "Lines", "LinesSnapshot"]

T = TypeVar("T")
Leading = Callable[[Overflow], tuple[str, ...]]


class Lines:
    """The lines as they are now. `folder` is the data folder; it holds the key of the trunks' passwords.

    `sounds` tells the ids of what there is to be played: as announcements, and as music for those who wait.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        folder: Path,
        sounds: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._sounds = sounds
        self._database = database
        self._settings = settings
        self._bus = bus
        self._vault = Vault(folder / "trunk.key")
        self._stored = models.Stored(LinesSnapshot(), {}, {})
        self._secrets: dict[str, str] = {}
        self._leading: list[Leading] = []
        self._menus: Callable[[], onward.KnownMenus] = onward.KnownMenus

    async def open(self) -> None:
        """Read everything; make the main group when there is none. The settings must be open."""
        await asyncio.to_thread(self._vault.open)
        self._keep(await self._database.read(models.load))
        if not any(group.id == MAIN_GROUP for group in self.snapshot().groups):
            language = str(self._settings.get("office.language"))
            label = await asyncio.to_thread(text, language, "lines.main_group")  # may read the catalogue's files
            main = RingGroup(MAIN_GROUP, label, everyone=True, members=())
            self._keep(await self._database.write(lambda: models.add_group(main)))

    # At once, from memory

    def snapshot(self) -> LinesSnapshot:
        """Return all lines as they are now."""
        return self._stored.lines

    def credentials(self, realm: str = REALM) -> tuple[tuple[str, str], ...]:
        """Return (extension, HA1) of every enabled extension. The passwords are bound to one realm."""
        if realm != REALM:
            raise ValueError(f"phones have passwords for {REALM}, not for {realm}")
        return tuple((e.number, self._stored.ha1[e.number]) for e in self.snapshot().extensions if e.enabled)

    def trunk_secrets(self) -> dict[str, str]:
        """Return the password of every trunk that has one, by its id."""
        return dict(self._secrets)

    def led_to_by(self, leading: Leading) -> None:
        """Ask `leading`, from now on, what else leads calls to a target. It must be quick and may be asked anywhere."""
        self._leading.append(leading)

    def menus_from(self, menus: Callable[[], onward.KnownMenus]) -> None:
        """Ask `menus`, from now on, what voice menus there are. It must be quick and may be asked anywhere."""
        self._menus = menus

    def leading_to(self, target: Overflow) -> tuple[str, ...]:
        """Return the numbers and groups that lead callers to a voice menu."""
        return onward.leading_to(self.snapshot(), target)

    def _led_from_elsewhere(self, kind: OverflowKind, target: str) -> tuple[str, ...]:
        return tuple(name for leading in self._leading for name in leading(Overflow(kind, target)))

    # Extensions

    async def extensions(self) -> tuple[Extension, ...]:
        """Return all extensions by number."""
        return self.snapshot().extensions

    async def extension(self, number: str) -> Extension:
        """Return one extension. Raises NotFound."""
        return _found((e for e in self.snapshot().extensions if e.number == number), "lines.no_such_extension")

    async def add_extension(
        self,
        number: str,
        name: str,
        shown_number: str = "",
        may_call_out: bool = True,
        *,
        may_forward_out: bool = True,
        pickup_group: str = "",
    ) -> NewExtension:
        """Add an extension with a password made by the box. Raises InvalidInput, Conflict."""
        entered = Extension(
            number,
            name,
            shown_number,
            may_call_out,
            may_forward_out=may_forward_out,
            pickup_group=pickup_group,
        )
        new = self._checked_extension(entered)
        password = make_password()
        await self._change("extensions", lambda: models.add_extension(new, ha1(new.number, password)))
        return NewExtension(new, password)

    async def change_extension(self, extension: Extension) -> Extension:
        """Change everything but number and password. Raises InvalidInput, NotFound."""
        changed = self._checked_extension(extension)
        await self._change("extensions", lambda: models.change_extension(changed))
        return changed

    async def renew_password(self, number: str) -> NewExtension:
        """Make a new password; phones with the old one cannot register any more. Raises NotFound."""
        extension, password = await self.extension(number), make_password()
        await self._change("extensions", lambda: models.set_ha1(number, ha1(number, password)))
        return NewExtension(extension, password)

    async def remove_extension(self, number: str) -> None:
        """Remove an extension, also from its groups, and its forwards.

        Raises NotFound, and Conflict when a group would be left empty or while calls are led to it from elsewhere.
        """
        before = self.snapshot().groups

        def work() -> models.Stored:
            others = self._led_from_elsewhere(OverflowKind.EXTENSION, number)
            onward.refuse_used_extension(models.load().lines, number, others)
            return models.remove_extension(number)

        await self._change("extensions", work)
        if self.snapshot().groups != before:
            self._bus.publish(LinesChanged("groups"))

    def _checked_extension(self, entered: Extension) -> Extension:
        extension, shown = checks.extension(entered), entered.shown_number.strip()
        stored = checks.own_number(shown, self._area_code, "shown_number") if shown else ""
        return replace(extension, shown_number=stored)

    # Trunks

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return all trunks, the preferred ones first."""
        return self.snapshot().trunks

    async def trunk(self, trunk_id: str) -> Trunk:
        """Return one trunk. Raises NotFound."""
        return _found((t for t in self.snapshot().trunks if t.id == trunk_id), "lines.no_such_trunk")

    async def add_trunk(self, trunk: Trunk, password: str = "") -> Trunk:
        """Add a trunk; an empty id is made from its name. Raises InvalidInput, Conflict."""
        taken = frozenset(t.id for t in self.snapshot().trunks)
        made = checks.trunk_id(trunk.id) if trunk.id else checks.slug(trunk.name, taken, "trunk")
        new = replace(checks.trunk(trunk, self._area_code), id=made)
        _require_password(new, password)
        secret = self._vault.encrypt(checks.trunk_password(password))
        await self._change("trunks", lambda: models.add_trunk(new, secret))
        return new

    async def change_trunk(self, trunk: Trunk, password: str | None = None) -> Trunk:
        """Change a trunk; without `password` it keeps the one it has. Raises InvalidInput, NotFound."""
        await self.trunk(trunk.id)
        changed = checks.trunk(trunk, self._area_code)
        _require_password(changed, self._secrets.get(trunk.id, "") if password is None else password)
        secret = None if password is None else self._vault.encrypt(checks.trunk_password(password))
        await self._change("trunks", lambda: models.change_trunk(changed, secret))
        return changed

    async def prefer_trunk(self, trunk_id: str) -> None:
        """Try this trunk first for calls out. Raises NotFound."""
        await self._change("trunks", lambda: models.prefer_trunk(trunk_id))

    async def remove_trunk(self, trunk_id: str) -> None:
        """Remove a trunk. Raises NotFound, Conflict while numbers use it."""
        await self._change("trunks", lambda: models.remove_trunk(trunk_id))

    # Numbers

    async def numbers(self) -> tuple[OwnNumber, ...]:
        """Return the office's own numbers."""
        return self.snapshot().numbers

    async def add_number(self, number: OwnNumber) -> OwnNumber:
        """Add one of the office's numbers, written in any usual way. Raises InvalidInput, Conflict."""
        new = checks.number_entry(number, self._area_code)

        def work() -> models.Stored:
            onward.check_number(new, self._menus())
            stored = models.add_number(new)
            others = self._led_from_elsewhere(OverflowKind.OUTSIDE, new.number)
            onward.refuse_own_target(stored.lines, new.number, others)
            return stored

        await self._change("numbers", work)
        return new

    async def change_number(self, number: OwnNumber) -> OwnNumber:
        """Change everything of a number but itself. Raises InvalidInput, NotFound."""
        changed = checks.number_entry(number, self._area_code)

        def work() -> models.Stored:
            onward.check_number(changed, self._menus())
            return models.change_number(changed)

        await self._change("numbers", work)
        return changed

    async def remove_number(self, number: str) -> None:
        """Remove a number (stored form) with its forwards; extensions that showed it show their trunk's own.

        Raises NotFound.
        """
        before = self.snapshot().extensions
        await self._change("numbers", lambda: models.remove_number(number))
        if self.snapshot().extensions != before:
            self._bus.publish(LinesChanged("extensions"))

    # Ring groups

    async def groups(self) -> tuple[RingGroup, ...]:
        """Return all ring groups; "main" is always there."""
        return self.snapshot().groups

    async def add_group(self, group: RingGroup) -> RingGroup:
        """Add a ring group; an empty id is made from its label. Raises InvalidInput, Conflict."""
        taken = frozenset(g.id for g in self.snapshot().groups)
        new = self._checked_group(replace(group, id=group.id or checks.slug(group.label, taken, "group")))
        await self._change("groups", lambda: self._with_way_out(models.add_group(new), new))
        return new

    async def change_group(self, group: RingGroup) -> RingGroup:
        """Change a ring group and who is in it. Raises InvalidInput, NotFound."""
        changed = self._checked_group(group)
        await self._change("groups", lambda: self._with_way_out(models.change_group(changed), changed))
        return changed

    async def remove_group(self, group_id: str) -> None:
        """Remove a ring group. Raises NotFound, Conflict for "main" and while numbers or groups lead to it."""
        if group_id == MAIN_GROUP:
            raise Conflict("lines.main_group_stays")

        def work() -> models.Stored:
            others = self._led_from_elsewhere(OverflowKind.GROUP, group_id)
            onward.refuse_used_group(models.load().lines, group_id, others)
            return models.remove_group(group_id)

        await self._change("groups", work)

    def playing(self, sound: str) -> tuple[RingGroup, ...]:
        """Return the groups that play this announcement, as music or at last; must not wait."""
        return onward.playing(self.snapshot(), sound)

    def _with_way_out(self, stored: models.Stored, group: RingGroup) -> models.Stored:
        onward.check_group(stored.lines, group, self._menus())
        return stored

    def _checked_group(self, entered: RingGroup) -> RingGroup:
        if entered.music and entered.music not in self._sounds():
            raise InvalidInput("music", "lines.no_such_music")
        group = checks.group(entered)
        return replace(
            group, overflow=onward.overflow(self.snapshot(), group.overflow, self._area_code, self._sounds())
        )

    # Forwards, of extensions and of own numbers (stored form)

    async def forwards(self, owner: str) -> tuple[KeptForward, ...]:
        """Return the forwards of an extension or an own number. Raises NotFound when there is no such owner."""
        lines = self.snapshot()
        owners = {one.number for one in lines.extensions} | {one.number for one in lines.numbers}
        return lines.forwards.get(_found((one for one in owners if one == owner), "lines.no_such_owner"), ())

    async def set_forward(
        self,
        owner: str,
        forward: Forward | None,
        when: ForwardWhen | None = None,
        *,
        enabled: bool = True,
        replaces: str | None = None,
    ) -> tuple[KeptForward, ...]:
        """Keep a forward in its place (one of each kind and schedule) and return all of the owner's.

        Without a forward, those of the kind `when` are switched off, or all of them; they keep their targets. With
        `replaces` it comes instead of the one of this id, "" = as a new one, and pushes no other out of its place.

        Raises InvalidInput (target, after_seconds, schedule), NotFound, Conflict.
        """
        if forward is None:
            occasions = tuple(ForwardWhen) if when is None else (when,)
            return await self._forwarding(owner, lambda: kept_forwards.switch_off(owner, occasions))
        kept = KeptForward(onward.forward(self.snapshot(), forward, self._area_code), enabled)
        return await self._forwarding(owner, lambda: kept_forwards.put(owner, kept, replaces), kept.id)

    async def switch_forward(self, owner: str, forward_id: str, enabled: bool) -> tuple[KeptForward, ...]:
        """Switch a forward on or off. Raises NotFound, InvalidInput when it may not be switched on (any more)."""
        return await self._forwarding(owner, lambda: kept_forwards.switch(owner, forward_id, enabled), forward_id)

    async def remove_forward(self, owner: str, forward_id: str) -> tuple[KeptForward, ...]:
        """Remove a forward with its target. Raises NotFound."""
        return await self._forwarding(owner, lambda: kept_forwards.remove(owner, forward_id))

    async def _forwarding(self, owner: str, change: Callable[[], None], changed: str = "") -> tuple[KeptForward, ...]:
        def work() -> models.Stored:
            stored = models.with_forwards(owner, change)
            for kept in stored.lines.forwards.get(owner, ()):
                if kept.id == changed:
                    onward.check_forward(stored.lines, owner, kept)
            return stored

        await self._change("forwards", work)
        return self.snapshot().forwards.get(owner, ())

    # What may be shown

    def shown_choices(self, extension: str) -> tuple[Line, ...]:
        """Return the numbers that an extension may choose to show on one call out, its usual one first."""
        return facts.shown_choices(self.snapshot(), extension)

    @property
    def _area_code(self) -> str:
        return str(self._settings.get("office.area_code"))

    async def _change(self, what: str, work: Callable[[], models.Stored]) -> None:
        self._keep(await self._database.write(work))
        self._bus.publish(LinesChanged(what))

    def _keep(self, stored: models.Stored) -> None:
        # Writes end in the order in which they were made, so the last one to get here is the newest.
        self._stored = stored
        self._secrets = {trunk: self._vault.decrypt(secret) for trunk, secret in stored.passwords.items() if secret}


def _require_password(trunk: Trunk, password: str) -> None:
    if trunk.kind == "register" and not password:
        raise InvalidInput("password", "lines.password_needed")


def _found(matching: Iterator[T], key: str) -> T:
    for first in matching:
        return first
    raise NotFound(key)
