"""Who may know whom. The lists below are the rule; each line has its reason. A new edge is a decision, made here.

The map is drawn in ARCHITECTURE.md. Imports inside functions and for type checking count like all others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.source import PRODUCT, Module, modules

pytestmark = pytest.mark.rules

# A library, and the only places that may import it ("*.models": every file of that name).
LIBRARIES = {
    "aiohttp": (("web",), "one place speaks HTTP"),
    "jinja2": (("web",), "pages are made in one place"),
    "peewee": (("appliance.store", "*.models"), "tables stay behind the services"),
    "playhouse": (("appliance.store", "*.models"), "as peewee"),
    "pjsua2": (("sip.voice.worker",), "a failed assertion in it must cost one conversation only"),
    "serial": (("hw",), "devices are opened in one place"),
    "gpiozero": (("hw",), "as serial"),
    "pyaudio": (("hw",), "as serial"),
    "holidays": (("appliance.hours.korea",), "asked when days are copied, never on a call's way"),
    "argon2": (("appliance.access",), "one place knows how passwords are kept"),
    "cryptography": (
        ("appliance.lines.secrets", "appliance.evidence", "web.certificate_maker"),
        "large; keys have few places",
    ),
    "fpdf": (("appliance.evidence.paper",), "large; only the process that makes reports loads it"),
    "xlsxwriter": (("web.spreadsheet",), "one place writes spreadsheets"),
    "babel": (("appliance.i18n", "web"), "languages are a matter of screens"),
}

# Only these build things and may therefore know everything.
COMPOSITION_ROOTS = ("appliance.main", "appliance.wiring", "appliance.launcher", "appliance.offline")

CORE = "appliance.core"
STORE = "appliance.store"

# package or module: {what it may import besides itself: why}. What is not listed is forbidden.
ALLOWED: dict[str, dict[str, str]] = {
    "appliance.core": {},
    "appliance.config": {CORE: "errors"},
    "appliance.disk": {CORE: "health"},
    "appliance.i18n": {CORE: "numbers are shown in the reader's language"},
    "appliance.store": {CORE: "errors, clock, bus", "appliance.i18n": "settings name their help texts"},
    "appliance.calls": {
        CORE: "bus, clock, tasks, numbers",
        STORE: "the timeline",
        "sip.api": "facts and orders",
        "sip.errors": "no worker, no edge",
    },
    "appliance.lines": {
        CORE: "errors, bus, numbers",
        STORE: "tables",
        "appliance.i18n": "texts of errors",
        "appliance.calls.ports": "directory.py answers what routing asks",
    },
    "appliance.announcements": {
        CORE: "errors, bus, clock, health, durable files",
        STORE: "tables",
        "appliance.i18n": "what is spoken, and numbers as they are spoken",
        "appliance.calls.ports": "for_calls.py answers what becomes of what is spoken at a phone",
    },
    "appliance.crm": {
        CORE: "errors, bus, numbers",
        STORE: "tables",
        "appliance.i18n": "texts of errors",
        "appliance.calls.ports": "lookup.py answers who is calling",
    },
    "appliance.access": {CORE: "errors, bus, clock", STORE: "tables", "appliance.i18n": "languages of users"},
    "appliance.phones": {
        CORE: "bus, health, tasks",
        STORE: "settings",
        "appliance.lines": "what the edge must be told",
        "appliance.calls.ports": "the directory that routing reads",
        "sip.api": "registrations, trunks",
        "sip.errors": "no edge",
    },
    "appliance.agents": {
        CORE: "bus, clock, tasks, errors",
        STORE: "tables, settings",
        "appliance.i18n": "what states are called",
        "appliance.access.types": "people and what becomes of their sessions",
        "appliance.access.service": "who is signed in, and the access log",
        "appliance.lines.types": "extensions come and go",
        "appliance.lines.service": "which extensions there are",
        "appliance.phones.types": "phones come and go",
        "appliance.calls.call": "what a talk was",
        "appliance.calls.events": "talks end, offers are missed",
        "appliance.calls.ports": "availability.py answers who may be given calls",
    },
    "appliance.recordings": {
        CORE: "bus, tasks, errors",
        STORE: "tables",
        "appliance.i18n": "texts of errors",
        "appliance.calls.call": "tracks",
        "appliance.calls.events": "a call was recorded",
        "appliance.calls.service": "calls a crash left without a recording",
    },
    "appliance.callbacks": {
        CORE: "bus, clock, tasks, errors",
        STORE: "tables, settings",
        "appliance.access.service": "who may be given one",
        "appliance.calls.call": "who called, who talked",
        "appliance.calls.events": "a callback is wanted, a call has ended",
        "appliance.calls.service": "what a core that died could not note",
        "appliance.lines.types": "who is in a group",
        "appliance.lines.service": "who is in a group",
    },
    "appliance.hours": {
        CORE: "bus, clock, tasks, errors, numbers",
        STORE: "tables, settings, the office's clock",
        "appliance.i18n": "what the usual schedule is called",
        "appliance.calls.ports": "for_calls.py answers whether the office is closed",
        "appliance.lines": "numbers, and where callers may be led",
    },
    "appliance.menus": {
        CORE: "bus, clock, errors",
        STORE: "tables, settings",
        "appliance.calls.ports": "for_calls.py answers what callers hear",
        "appliance.calls.requests": "where their calls go on",
        "appliance.lines": "where callers may be led",
    },
    "appliance.abuse": {
        CORE: "bus, clock, tasks, errors, numbers",
        STORE: "tables, settings",
        "appliance.i18n": "languages of what is said, and how withheld numbers are called",
        "appliance.announcements.types": "what is said",
        "appliance.announcements.service": "what is said",
        "appliance.lines.service": "which numbers are the office's own",
        "appliance.calls.call": "who was warned, and for what",
        "appliance.calls.events": "callers are warned, calls end",
        "appliance.calls.ports": "answers who gets through, and what is said",
        "appliance.calls.service": "calls that take too long are ended; what a core that died could not note",
    },
    "appliance.analog": {
        CORE: "bus, clock, tasks, health, numbers, errors",
        STORE: "tables, settings",
        "appliance.i18n": "what a new line is called",
        "appliance.calls.call": "which calls come over a trunk",
        "appliance.calls.events": "a gateway's trunk tells of a call on the same line",
        "appliance.calls.service": "what rings on a line is a call",
        "appliance.lines.service": "which groups there are",
        "hw.api": "what devices tell",
        "hw.errors": "no such dialect",
        "hw.cid.registry": "which dialects there are",
    },
    "appliance.recalls": {
        CORE: "bus, clock, numbers, errors",
        STORE: "tables, settings",
        "appliance.access.service": "who may be given one",
    },
    "appliance.evidence": {
        CORE: "bus, clock, tasks, errors, numbers, durable files",
        STORE: "tables, settings",
        "appliance.i18n": "reports are in words",
        "appliance.access.service": "what people are called",
        "appliance.calls.call": "what happened in a call",
        "appliance.calls.events": "callers are warned",
        "appliance.calls.service": "calls, and what a core that died could not note",
        "appliance.crm.service": "who called",
        "appliance.lines.service": "what numbers and extensions are called",
        "appliance.recordings.recording": "whether a recording is ready",
        "appliance.recordings.service": "the sounds",
    },
    "appliance.services": {
        CORE: "bus, clock, health",
        "appliance.config": "boot settings",
        STORE: "settings",
        "appliance.abuse": "its service",
        "appliance.access": "its service",
        "appliance.agents": "its service",
        "appliance.analog": "its service",
        "appliance.announcements": "its service",
        "appliance.callbacks": "its service",
        "appliance.calls": "its service",
        "appliance.crm": "its service",
        "appliance.evidence": "its service",
        "appliance.hours": "its service",
        "appliance.lines": "its service",
        "appliance.menus": "its service",
        "appliance.phones": "its service",
        "appliance.recalls": "its service",
        "appliance.recordings": "its service",
    },
    "appliance.cli": {
        CORE: "errors",
        "appliance.config": "boot settings",
        "appliance.i18n": "texts",
        "appliance.evidence": "packages are checked without the core",
        "appliance.offline": "works on the database when the core does not run",
        "appliance.launcher": "`soribox run`, and which ports it needs",
        "web.api.client": "asks the core",
    },
    "web": {
        CORE: "bus, clock, errors, health, numbers",
        "appliance.config": "boot settings",
        "appliance.services": "everything it may reach",
        "appliance.i18n": "texts",
        "appliance.store.settings": "the settings page",
        "appliance.abuse": "incidents and the block list",
        "appliance.access": "sign-in and permissions",
        "appliance.agents": "seats and states",
        "appliance.analog": "analog lines and their devices",
        "appliance.announcements": "announcements",
        "appliance.callbacks": "who is to be called back",
        "appliance.calls": "lists, live view",
        "appliance.crm": "customers",
        "appliance.evidence": "packages of calls",
        "appliance.hours": "schedules, days, the night switch",
        "appliance.lines": "extensions, trunks, numbers",
        "appliance.menus": "voice menus",
        "appliance.phones": "who is registered",
        "appliance.recalls": "calls that were promised for a time",
        "appliance.recordings": "the player",
    },
    "sip": {},
    "hw": {},
}

# These files touch a table or a machine; web and other features come in through the service.
PRIVATE = ("models", "database", "migrate", "migrations")


def below(name: str, place: str) -> bool:
    """Say whether module `name` is `place` or lies in it."""
    if place.startswith("*."):
        return name.endswith(place[1:])
    return name == place or name.startswith(place + ".")


def home(name: str) -> str | None:
    """Return the entry of ALLOWED that speaks for a module: the longest that fits."""
    return max((place for place in ALLOWED if below(name, place)), key=len, default=None)


def edges() -> Iterator[tuple[Module, str]]:
    """Yield every import of the product."""
    for module in modules():
        for imported in module.imports():
            yield module, imported


def is_ours(name: str) -> bool:
    """Say whether a module is the product's own."""
    return name.split(".")[0] in PRODUCT


def test_libraries_are_imported_only_where_they_belong() -> None:
    wrong = [
        f"{module.shown} imports {imported}: {why}"
        for module, imported in edges()
        for library, (places, why) in LIBRARIES.items()
        if below(imported, library) and not any(below(module.name, place) for place in places)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_has_a_place_in_the_rules() -> None:
    free = (*COMPOSITION_ROOTS, "appliance")
    unknown = [module.shown for module in modules() if module.name not in free and home(module.name) is None]
    assert not unknown, f"add these to ALLOWED, with reasons: {unknown}"


def test_packages_import_only_what_the_list_allows() -> None:
    wrong = []
    for module, imported in edges():
        place = home(module.name)
        if not is_ours(imported) or place is None or module.name in COMPOSITION_ROOTS:
            continue
        if imported != "appliance" and not any(below(imported, known) for known in (place, *ALLOWED[place])):
            wrong.append(f"{module.shown} imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_tables_stay_behind_their_service() -> None:
    wrong = [
        f"{module.shown} imports {imported}"
        for module, imported in edges()
        if is_ours(imported)
        and imported.rpartition(".")[2] in PRIVATE
        and home(module.name) != home(imported)
        and module.name not in COMPOSITION_ROOTS
        and not (home(module.name) != "web" and below(imported, "appliance.store"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_needs_the_standard_library_only() -> None:
    known = sys.stdlib_module_names | {*PRODUCT}
    wrong = [
        f"{module.shown} imports {imported}"
        for module, imported in edges()
        if below(module.name, CORE) and imported.split(".")[0] not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_no_two_packages_import_each_other() -> None:
    pairs = {(a, b) for module, imported in edges() if (a := home(module.name)) and (b := home(imported)) and a != b}
    mutual = sorted(f"{a} and {b}" for a, b in pairs if a < b and (b, a) in pairs)
    assert not mutual, "\n".join(mutual)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module.name: {i for i in module.imports_when_running() if is_ours(i) and i != module.name}
        for module in modules()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " → ".join(error.args[1]))
