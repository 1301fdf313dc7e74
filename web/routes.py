"""The one table of all pages: method, path, handler, who may, and where it stands in the menu.

A page that is not in this table does not exist; a test checks that every line names a permission that is known. The
API has its own table in `web/api/`. How to add a page: `web/README.md`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from web import account, first_run, live, sign_in
from web.guard import ANYONE, SIGNED_IN, guarded
from web.keys import MENU
from web.pages import (
    abuse,
    agent_states,
    agents,
    announcements,
    blocks,
    call_bar,
    call_quality,
    callback_work,
    callbacks,
    calls,
    colleagues,
    customers,
    devices,
    extensions,
    feature_codes,
    forwards,
    groups,
    health,
    hours,
    hours_days,
    hours_schedules,
    live_view,
    night,
    numbers,
    player,
    pop,
    recalls,
    seat,
    settings,
    trunks,
    users,
)
from web.pages import help as help_page
from web.plain import AUTHORITY_PATH

_WORK, _PHONES, _OFFICE = "menu.section.work", "menu.section.phones", "menu.section.office"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One line of the table. `permission` is a key of `appliance.access.permissions`, or ANYONE or SIGNED_IN.

    `menu` is the catalogue key of its menu entry ("" = none) and `section` the part of the menu in which it stands.
    """

    method: str
    path: str
    handler: Handler
    permission: str
    menu: str = ""
    section: str = ""


def _forwards(base: str, permission: str) -> tuple[Route, ...]:
    """Return the pages of one owner's forwards below `base`."""
    return (
        Route("GET", f"{base}/table", forwards.show_rows, permission),
        Route("GET", f"{base}/add", forwards.show_add, permission),
        Route("POST", f"{base}/add", forwards.add, permission),
        Route("GET", f"{base}/{{forward}}", forwards.show_change, permission),
        Route("POST", f"{base}/{{forward}}", forwards.change, permission),
        Route("POST", f"{base}/{{forward}}/switch", forwards.switch, permission),
        Route("POST", f"{base}/{{forward}}/remove", forwards.remove, permission),
    )


ROUTES: tuple[Route, ...] = (
    # The way in
    Route("GET", "/certificate", help_page.show_certificate, ANYONE),
    Route("GET", AUTHORITY_PATH, help_page.give_authority, ANYONE),
    Route("GET", "/set-up", first_run.show, ANYONE),
    Route("POST", "/set-up", first_run.finish, ANYONE),
    Route("GET", "/sign-in", sign_in.show, ANYONE),
    Route("POST", "/sign-in", sign_in.enter, ANYONE),
    Route("GET", "/sign-in/link/{token}", sign_in.show_link, ANYONE),
    Route("POST", "/sign-in/link/{token}", sign_in.enter_by_link, ANYONE),
    Route("POST", "/sign-out", sign_in.leave, ANYONE),
    Route("POST", "/language", account.choose_language, ANYONE),
    # The daily work
    Route("GET", "/", live_view.show, "live.see", "menu.live", _WORK),
    Route("GET", "/colleagues", colleagues.show, "live.see", "menu.colleagues", _WORK),
    Route("GET", "/calls", calls.show_log, "calls.see_own", "menu.calls", _WORK),
    Route("GET", "/calls/more", calls.more, "calls.see_own"),
    Route("GET", "/calls/{call}", calls.show_call, "calls.see_own"),
    Route("GET", "/calls/{call}/row", calls.row, "calls.see_own"),
    Route("GET", "/calls/{call}/quality", call_quality.show_quality, "calls.see_own"),
    Route("POST", "/calls/{call}/hang-up", live_view.hang_up, "calls.hang_up"),
    Route("GET", "/calls/{call}/player", player.part, "calls.see_own"),
    Route("GET", "/calls/{call}/audio", player.audio, "recordings.listen"),
    Route("GET", "/callbacks", callbacks.show, "callbacks.work", "menu.callbacks", _WORK),
    Route("GET", "/callbacks/progress", callback_work.show_progress, "callbacks.work"),
    Route("GET", "/callbacks/export", callbacks.export, "callbacks.export"),
    Route("GET", "/callbacks/assign", callback_work.show_assign, "callbacks.assign"),
    Route("POST", "/callbacks/assign", callback_work.assign, "callbacks.assign"),
    Route("POST", "/callbacks/unassign", callback_work.unassign, "callbacks.assign"),
    Route("GET", "/callbacks/{callback}", callbacks.show_one, "callbacks.work"),
    Route("POST", "/callbacks/{callback}", callbacks.change, "callbacks.work"),
    Route("POST", "/callbacks/{callback}/take", callbacks.take, "callbacks.work"),
    Route("GET", "/callbacks/{callback}/finish", callbacks.show_finish, "callbacks.work"),
    Route("POST", "/callbacks/{callback}/finish", callbacks.finish, "callbacks.work"),
    Route("POST", "/customers/{customer}/callbacks/finish", callbacks.finish_of_customer, "callbacks.work"),
    Route("GET", "/recalls", recalls.show, "recalls.work", "menu.recalls", _WORK),
    Route("GET", "/recalls/new", recalls.show_new, "recalls.work"),
    Route("POST", "/recalls/new", recalls.add, "recalls.work"),
    Route("GET", "/recalls/{recall}", recalls.show_change, "recalls.work"),
    Route("POST", "/recalls/{recall}", recalls.change, "recalls.work"),
    Route("POST", "/recalls/{recall}/put-off", recalls.put_off, "recalls.work"),
    Route("GET", "/recalls/{recall}/finish", recalls.show_finish, "recalls.work"),
    Route("POST", "/recalls/{recall}/finish", recalls.finish, "recalls.work"),
    Route("GET", "/customers", customers.show_list, "customers.see", "menu.customers", _WORK),
    Route("GET", "/customers/new", customers.show_new, "customers.edit"),
    Route("POST", "/customers/new", customers.add, "customers.edit"),
    Route("GET", "/customers/{customer}", customers.show, "customers.see"),
    Route("POST", "/customers/{customer}", customers.change, "customers.edit"),
    Route("POST", "/customers/{customer}/remove", customers.remove, "customers.remove"),
    Route("GET", "/desk/targets", call_bar.targets, "phone.own"),
    Route("POST", "/pop/{call}/customer", pop.save, "customers.edit"),
    Route("GET", "/live", live.connect, ANYONE),  # it says itself, in the channel, that one is not signed in
    # Telephony
    Route("GET", "/my-phone", forwards.show, "phone.own", "menu.my_phone", _PHONES),
    *_forwards("/my-phone", "phone.own"),
    Route("GET", "/extensions", extensions.show, "lines.manage", "menu.extensions", _PHONES),
    Route("GET", "/extensions/table", extensions.show_rows, "lines.manage"),
    Route("GET", "/extensions/add", extensions.show_add, "lines.manage"),
    Route("POST", "/extensions/add", extensions.add, "lines.manage"),
    Route("GET", "/extensions/{number}", extensions.show_change, "lines.manage"),
    Route("POST", "/extensions/{number}", extensions.change, "lines.manage"),
    Route("GET", "/extensions/{number}/settings", extensions.show_settings, "lines.manage"),
    Route("GET", "/extensions/{number}/password", extensions.show_renew, "lines.manage"),
    Route("POST", "/extensions/{number}/password", extensions.renew, "lines.manage"),
    Route("GET", "/extensions/{number}/remove", extensions.show_remove, "lines.manage"),
    Route("POST", "/extensions/{number}/remove", extensions.remove, "lines.manage"),
    Route("GET", "/extensions/{number}/forwards", forwards.show, "lines.manage"),
    *_forwards("/extensions/{number}/forwards", "lines.manage"),
    Route("GET", "/groups", groups.show, "lines.manage", "menu.groups", _PHONES),
    Route("GET", "/groups/add", groups.show_add, "lines.manage"),
    Route("POST", "/groups/add", groups.add, "lines.manage"),
    Route("POST", "/groups/what-if", groups.show_consequence, "lines.manage"),
    Route("GET", "/groups/{group}", groups.show_change, "lines.manage"),
    Route("POST", "/groups/{group}", groups.change, "lines.manage"),
    Route("GET", "/groups/{group}/remove", groups.show_remove, "lines.manage"),
    Route("POST", "/groups/{group}/remove", groups.remove, "lines.manage"),
    Route("GET", "/hours", hours.show, "hours.switch", "menu.hours", _PHONES),
    Route("GET", "/hours/now", hours.show_now, "hours.switch"),
    Route("GET", "/hours/what", hours.show_what, "hours.switch"),
    Route("POST", "/hours/switch", hours.switch, "hours.manage"),
    Route("POST", "/hours/numbers", hours.assign, "hours.manage"),
    Route("GET", "/hours/schedules/add", hours_schedules.show_add, "hours.manage"),
    Route("POST", "/hours/schedules/add", hours_schedules.add, "hours.manage"),
    Route("GET", "/hours/schedules/{schedule}", hours_schedules.show_change, "hours.manage"),
    Route("POST", "/hours/schedules/{schedule}", hours_schedules.change, "hours.manage"),
    Route("GET", "/hours/schedules/{schedule}/remove", hours_schedules.show_remove, "hours.manage"),
    Route("POST", "/hours/schedules/{schedule}/remove", hours_schedules.remove, "hours.manage"),
    Route("GET", "/hours/days", hours_days.choose, "hours.manage"),
    Route("GET", "/hours/days/{day}", hours_days.show, "hours.manage"),
    Route("POST", "/hours/days/{day}", hours_days.change, "hours.manage"),
    Route("GET", "/night", night.show, "hours.switch"),
    Route("POST", "/night", night.turn, "hours.switch"),
    Route("GET", "/announcements", announcements.show, "announcements.play", "menu.announcements", _PHONES),
    Route("GET", "/announcements/add", announcements.show_upload, "announcements.manage"),
    Route("POST", "/announcements/add", announcements.upload, "announcements.manage"),
    Route("GET", "/announcements/speak", announcements.show_speak, "announcements.manage"),
    Route("POST", "/announcements/speak", announcements.speak, "announcements.manage"),
    Route("POST", "/announcements/preview", announcements.preview, "announcements.manage"),
    Route("GET", "/announcements/preview/{key}", announcements.preview_sound, "announcements.manage"),
    Route("GET", "/announcements/{announcement}", announcements.show_change, "announcements.manage"),
    Route("POST", "/announcements/{announcement}", announcements.change, "announcements.manage"),
    Route("GET", "/announcements/{announcement}/sound", announcements.sound, "announcements.play"),
    Route("GET", "/announcements/{announcement}/remove", announcements.show_remove, "announcements.manage"),
    Route("POST", "/announcements/{announcement}/remove", announcements.remove, "announcements.manage"),
    Route("GET", "/numbers", numbers.show, "lines.manage", "menu.numbers", _PHONES),
    Route("GET", "/numbers/add", numbers.show_add, "lines.manage"),
    Route("POST", "/numbers/add", numbers.add, "lines.manage"),
    Route("GET", "/numbers/{number}", numbers.show_change, "lines.manage"),
    Route("POST", "/numbers/{number}", numbers.change, "lines.manage"),
    Route("GET", "/numbers/{number}/remove", numbers.show_remove, "lines.manage"),
    Route("POST", "/numbers/{number}/remove", numbers.remove, "lines.manage"),
    Route("GET", "/numbers/{number}/forwards", forwards.show, "lines.manage"),
    *_forwards("/numbers/{number}/forwards", "lines.manage"),
    Route("GET", "/trunks", trunks.show, "lines.manage", "menu.trunks", _PHONES),
    Route("GET", "/trunks/table", trunks.show_rows, "lines.manage"),
    Route("GET", "/trunks/add", trunks.show_add, "lines.manage"),
    Route("POST", "/trunks/add", trunks.add, "lines.manage"),
    Route("GET", "/trunks/{trunk}", trunks.show_change, "lines.manage"),
    Route("POST", "/trunks/{trunk}", trunks.change, "lines.manage"),
    Route("POST", "/trunks/{trunk}/prefer", trunks.prefer, "lines.manage"),
    Route("GET", "/trunks/{trunk}/remove", trunks.show_remove, "lines.manage"),
    Route("POST", "/trunks/{trunk}/remove", trunks.remove, "lines.manage"),
    Route("GET", "/devices", devices.show, "lines.manage", "menu.devices", _PHONES),
    Route("GET", "/devices/list", devices.show_rows, "lines.manage"),
    Route("POST", "/devices/scan", devices.scan, "lines.manage"),
    Route("GET", "/devices/add", devices.show_add, "lines.manage"),
    Route("POST", "/devices/add", devices.add, "lines.manage"),
    Route("GET", "/devices/simulate", devices.show_simulate, "lines.manage"),
    Route("POST", "/devices/simulate", devices.simulate, "lines.manage"),
    Route("GET", "/devices/lines/{line}", devices.show_line, "lines.manage"),
    Route("POST", "/devices/lines/{line}", devices.change_line, "lines.manage"),
    Route("POST", "/devices/lines/{line}/remove", devices.remove_line, "lines.manage"),
    Route("GET", "/devices/{device}", devices.show_device, "lines.manage"),
    Route("POST", "/devices/{device}", devices.change_device, "lines.manage"),
    Route("GET", "/feature-codes", feature_codes.show, SIGNED_IN, "menu.feature_codes", _PHONES),
    # Administration
    Route("GET", "/users", users.show, "users.manage", "menu.users", _OFFICE),
    Route("GET", "/users/add", users.show_add, "users.manage"),
    Route("POST", "/users/add", users.add, "users.manage"),
    Route("GET", "/users/{user}", users.show_change, "users.manage"),
    Route("POST", "/users/{user}", users.change, "users.manage"),
    Route("GET", "/users/{user}/password", users.show_reset, "users.manage"),
    Route("POST", "/users/{user}/password", users.reset, "users.manage"),
    Route("GET", "/users/{user}/disable", users.show_disable, "users.manage"),
    Route("POST", "/users/{user}/disable", users.disable, "users.manage"),
    Route("POST", "/users/{user}/enable", users.enable, "users.manage"),
    Route("GET", "/agent-states", agent_states.show, "agents.manage", "menu.agent_states", _OFFICE),
    Route("POST", "/agent-states/settings", agent_states.save_settings, "agents.manage"),
    Route("GET", "/agent-states/add", agent_states.show_add, "agents.manage"),
    Route("POST", "/agent-states/add", agent_states.add, "agents.manage"),
    Route("GET", "/agent-states/{state}", agent_states.show_change, "agents.manage"),
    Route("POST", "/agent-states/{state}", agent_states.change, "agents.manage"),
    Route("POST", "/agent-states/{state}/retire", agent_states.retire, "agents.manage"),
    Route("POST", "/agent-states/{state}/bring-back", agent_states.bring_back, "agents.manage"),
    Route("POST", "/agent-states/{state}/move", agent_states.move, "agents.manage"),
    Route("GET", "/agent-states/{state}/remove", agent_states.show_remove, "agents.manage"),
    Route("POST", "/agent-states/{state}/remove", agent_states.remove, "agents.manage"),
    Route("GET", "/agents/{extension}/state", agents.show_set_state, "agents.set_others"),
    Route("POST", "/agents/{extension}/state", agents.set_state, "agents.set_others"),
    Route("GET", "/abuse", abuse.show, "abuse.manage", "menu.abuse", _OFFICE),
    Route("GET", "/abuse/wordings", abuse.show_wordings, "abuse.manage"),
    Route("POST", "/abuse/wordings/{wording}", abuse.choose, "abuse.manage"),
    Route("GET", "/abuse/wordings/{wording}/{language}/sound", abuse.sound, "abuse.manage"),
    Route("POST", "/abuse/settings", abuse.save, "abuse.manage"),
    Route("GET", "/blocks", blocks.show, "abuse.manage", "menu.blocks", _OFFICE),
    Route("GET", "/blocks/add", blocks.show_add, "abuse.manage"),
    Route("POST", "/blocks/add", blocks.add, "abuse.manage"),
    Route("GET", "/blocks/export", blocks.export, "abuse.manage"),
    Route("GET", "/blocks/import", blocks.show_import, "abuse.manage"),
    Route("POST", "/blocks/import", blocks.take, "abuse.manage"),
    Route("POST", "/blocks/{block}/remove", blocks.remove, "abuse.manage"),
    Route("POST", "/blocks/{block}/restore", blocks.restore, "abuse.manage"),
    Route("GET", "/settings", settings.show, "settings.manage", "menu.settings", _OFFICE),
    Route("POST", "/settings", settings.save, "settings.manage"),
    Route("POST", "/settings/calls", settings.save_calls, "settings.manage"),
    Route("POST", "/settings/callbacks", settings.save_callbacks, "settings.manage"),
    Route("GET", "/health", health.show, "health.see", "menu.health", _OFFICE),
    Route("GET", "/health/list", health.show_rows, "health.see"),
    Route("GET", "/help", help_page.show, SIGNED_IN, "menu.help", _OFFICE),
    Route("GET", "/keys", call_bar.keys, SIGNED_IN),
    # The user's own
    Route("GET", "/seat", seat.show, SIGNED_IN),
    Route("POST", "/seat", seat.choose, SIGNED_IN),
    Route("POST", "/seat/seen", seat.see_loss, SIGNED_IN),
    Route("GET", "/agents/own-state", agents.own_state, SIGNED_IN),
    Route("POST", "/agents/state", agents.choose_own_state, SIGNED_IN),
    Route("GET", "/account", account.show, SIGNED_IN),
    Route("GET", "/account/facts", account.show_facts, SIGNED_IN),
    Route("POST", "/account", account.save, SIGNED_IN),
    Route("POST", "/account/theme", account.choose_theme, SIGNED_IN),
    Route("GET", "/account/password", account.show_password, SIGNED_IN),
    Route("POST", "/account/password", account.change_password, SIGNED_IN),
)


def add_routes(app: web.Application) -> None:
    """Put every line of the table behind its guard."""
    app[MENU] = tuple(route for route in ROUTES if route.menu)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route.handler, route.permission))
