"""The one table of the API: method, path below /api/v1, handler, who may. What is not in it does not exist.

The document at /api/v1/openapi.json is made from this table and from the handlers' annotations and docstrings.
"""

from __future__ import annotations

from web.api import agents, callbacks, calls, customers, feature_codes, forwards, groups, lines, people, system
from web.api.asker import ANYONE, KNOWN, ON_THE_BOX
from web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    # Whoever asks
    Operation("GET", "/me", people.get_me, KNOWN),
    # The way into a new box
    Operation("GET", "/set-up", people.get_set_up, ON_THE_BOX),
    Operation("POST", "/set-up", people.set_up, ANYONE, 201),
    # People and programs
    Operation("GET", "/users", people.list_users, "users.manage"),
    Operation("POST", "/users", people.add_user, "users.manage", 201),
    Operation("GET", "/users/{login}", people.get_user, "users.manage"),
    Operation("PATCH", "/users/{login}", people.change_user, "users.manage"),
    Operation("POST", "/users/{login}/password", people.reset_password, "users.manage"),
    Operation("POST", "/users/{login}/sign-in-link", people.make_link, ON_THE_BOX),
    Operation("GET", "/keys", people.list_keys, "users.manage"),
    Operation("POST", "/keys", people.add_key, "users.manage", 201),
    Operation("DELETE", "/keys/{key}", people.revoke_key, "users.manage", 204),
    Operation("GET", "/access-log", people.list_access, "access_log.see"),
    # Lines
    Operation("GET", "/extensions", lines.list_extensions, "live.see"),
    Operation("POST", "/extensions", lines.add_extension, "lines.manage", 201),
    Operation("GET", "/extensions/{number}", lines.get_extension, "live.see"),
    Operation("PATCH", "/extensions/{number}", lines.change_extension, "lines.manage"),
    Operation("DELETE", "/extensions/{number}", lines.remove_extension, "lines.manage", 204),
    Operation("POST", "/extensions/{number}/password", lines.renew_extension_password, "lines.manage"),
    Operation("GET", "/extensions/{number}/shown-numbers", lines.list_shown_numbers, "live.see"),
    Operation("GET", "/trunks", lines.list_trunks, "lines.manage"),
    Operation("POST", "/trunks", lines.add_trunk, "lines.manage", 201),
    Operation("GET", "/trunks/{trunk}", lines.get_trunk, "lines.manage"),
    Operation("PATCH", "/trunks/{trunk}", lines.change_trunk, "lines.manage"),
    Operation("DELETE", "/trunks/{trunk}", lines.remove_trunk, "lines.manage", 204),
    Operation("GET", "/numbers", lines.list_numbers, "lines.manage"),
    Operation("POST", "/numbers", lines.add_number, "lines.manage", 201),
    Operation("PATCH", "/numbers/{number}", lines.change_number, "lines.manage"),
    Operation("DELETE", "/numbers/{number}", lines.remove_number, "lines.manage", 204),
    Operation("GET", "/groups", groups.list_groups, "lines.manage"),
    Operation("POST", "/groups", groups.add_group, "lines.manage", 201),
    Operation("PATCH", "/groups/{group}", groups.change_group, "lines.manage"),
    Operation("DELETE", "/groups/{group}", groups.remove_group, "lines.manage", 204),
    Operation("GET", "/forwards", forwards.list_forwards, "lines.manage"),
    Operation("PUT", "/forwards/{owner}", forwards.set_forward, "lines.manage"),
    Operation("PATCH", "/forwards/{owner}/{forward}", forwards.switch_forward, "lines.manage"),
    Operation("DELETE", "/forwards/{owner}/{forward}", forwards.remove_forward, "lines.manage", 204),
    Operation("GET", "/me/forwards", forwards.list_own_forwards, "phone.own"),
    Operation("PUT", "/me/forwards", forwards.set_own_forward, "phone.own"),
    Operation("PATCH", "/me/forwards/{forward}", forwards.switch_own_forward, "phone.own"),
    Operation("DELETE", "/me/forwards/{forward}", forwards.remove_own_forward, "phone.own", 204),
    Operation("GET", "/feature-codes", feature_codes.list_feature_codes, KNOWN),
    # Agents
    Operation("GET", "/agents", agents.list_agents, "live.see"),
    Operation("GET", "/agents/{extension}", agents.get_agent, "live.see"),
    Operation("PUT", "/agents/{extension}/state", agents.set_state, KNOWN),
    Operation("PUT", "/seats/{login}", agents.sit, KNOWN),
    Operation("DELETE", "/seats/{login}", agents.stand, KNOWN, 204),
    Operation("GET", "/agent-changes", agents.list_changes, "agents.set_others"),
    Operation("GET", "/agent-states", agents.list_states, "live.see"),
    Operation("POST", "/agent-states", agents.add_state, "agents.manage", 201),
    Operation("PATCH", "/agent-states/{state}", agents.change_state, "agents.manage"),
    Operation("DELETE", "/agent-states/{state}", agents.remove_state, "agents.manage", 204),
    # Customers
    Operation("GET", "/customers", customers.list_customers, "customers.see"),
    Operation("POST", "/customers", customers.add_customer, "customers.edit", 201),
    Operation("GET", "/customers/{customer}", customers.get_customer, "customers.see"),
    Operation("PUT", "/customers/{customer}", customers.replace_customer, "customers.edit"),
    Operation("DELETE", "/customers/{customer}", customers.remove_customer, "customers.remove", 204),
    # Calls
    Operation("GET", "/calls", calls.list_calls, "calls.see_own"),
    Operation("GET", "/calls/{call}", calls.get_call, "calls.see_own"),
    Operation("GET", "/calls/{call}/timeline", calls.get_timeline, "calls.see_own"),
    Operation("GET", "/calls/{call}/quality", calls.get_quality, "calls.see_own"),
    Operation("POST", "/calls/{call}/hang-up", calls.hang_up, "calls.hang_up", 204),
    Operation("GET", "/calls/{call}/recording", calls.get_recording, "recordings.listen"),
    Operation("GET", "/calls/{call}/recording/audio", calls.get_audio, "recordings.download"),
    Operation("GET", "/recordings", calls.list_recordings, "recordings.listen"),
    # Callbacks
    Operation("GET", "/callbacks", callbacks.list_callbacks, "callbacks.work"),
    Operation("POST", "/callbacks/{callback}/done", callbacks.finish_callback, "callbacks.work"),
    # The box
    Operation("GET", "/live", system.get_live, "live.see"),
    Operation("GET", "/health", system.get_health, "health.see"),
    Operation("GET", "/settings", system.list_settings, "settings.manage"),
    Operation("PATCH", "/settings", system.change_settings, "settings.manage"),
)
