"""Reads the command line, asks the box, shows the answer. Knows the commands' tables, and no command in particular."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.cli import (
    abuse,
    agents,
    analog_calls,
    announcements,
    callbacks,
    calls,
    desk,
    devices,
    evidence,
    groups,
    hours,
    indicators,
    line_sounds,
    lines,
    menus,
    people,
    recalls,
    system,
)
from appliance.cli.command import Command, Words
from appliance.cli.connection import core_or_data
from appliance.config import load
from appliance.core import logs
from appliance.core.errors import SoriboxError
from appliance.i18n import terminal
from web.api.client import Client, Refused, Unreachable

COMMANDS: tuple[Command, ...] = (
    *people.COMMANDS,
    *lines.COMMANDS,
    *groups.COMMANDS,
    *menus.COMMANDS,
    *hours.COMMANDS,
    *agents.COMMANDS,
    *announcements.COMMANDS,
    *calls.COMMANDS,
    *desk.COMMANDS,
    *callbacks.COMMANDS,
    *abuse.COMMANDS,
    *evidence.COMMANDS,
    *recalls.COMMANDS,
    *devices.COMMANDS,
    *analog_calls.COMMANDS,
    *indicators.COMMANDS,
    *line_sounds.COMMANDS,
    *system.COMMANDS,
)

# `soribox recordings` alone means this.
_USUAL = {
    "agent-state": "list",
    "analog-lines": "list",
    "agents": "list",
    "announcements": "list",
    "callbacks": "list",
    "customers": "list",
    "devices": "list",
    "hours": "show",
    "incidents": "list",
    "indicators": "lamps",
    "night": "show",
    "recalls": "list",
    "recordings": "list",
    "settings": "list",
}

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = Words(terminal.language(os.environ))
    given = parser(words).parse_args(_with_usual(list(sys.argv[1:] if arguments is None else arguments)))
    try:
        if given.command == "run":
            from appliance import launcher  # brings Kamailio's side with it

            return launcher.main(given.part)
        if given.command == "doctor":
            from appliance.cli import doctor  # brings the launcher with it

            return doctor.main(words, as_json=given.json)
        logs.set_up("error")
        answer = asyncio.run(_ask(given, words))
        _show(answer, given, words)
    except (SoriboxError, Refused, Unreachable, OSError) as error:
        print(f"soribox: {_in_words(error, words)}", file=sys.stderr)  # noqa: T201 - for whoever sits at the terminal
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return FAILED if given.chosen.fails(answer) else 0


def _with_usual(arguments: list[str]) -> list[str]:
    """Put in the subcommand that is usually meant."""
    if arguments and (usual := _USUAL.get(arguments[0])):
        named = {command.words.split()[1] for command in COMMANDS if command.words.startswith(arguments[0] + " ")}
        if not arguments[1:] or (arguments[1] not in named and arguments[1] not in ("-h", "--help")):
            return [arguments[0], usual, *arguments[1:]]
    return arguments


def parser(words: Words) -> argparse.ArgumentParser:
    """Build the parser from the table of commands."""
    top = argparse.ArgumentParser(prog="soribox", description=words("cli.description"))
    below = top.add_subparsers(dest="command", required=True, metavar=words("cli.metavar"))
    run = below.add_parser("run", help=words("cli.command.run"))
    run.add_argument("--part", choices=("edge", "voice", "core"), default="", help=words("cli.argument.part"))
    doctor = below.add_parser("doctor", help=words("cli.command.doctor"))
    doctor.add_argument("--json", action="store_true", help=words("cli.argument.json"))
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        group, _, name = command.words.partition(" ")
        if name and group not in groups:
            grouped = below.add_parser(group, help=words(f"cli.group.{group.replace('-', '_')}"))
            groups[group] = grouped.add_subparsers(dest="subcommand", required=True, metavar=words("cli.metavar"))
        place = groups[group] if name else below
        _add(
            place.add_parser(name or group, help=words(command.help_key), description=words(command.help_key)),
            command,
            words,
        )
    return top


def _add(leaf: argparse.ArgumentParser, command: Command, words: Words) -> None:
    for one in command.arguments:
        leaf.add_argument(*one.flags, **one.options, help=words(f"cli.argument.{one.name}"))
    leaf.add_argument("--json", action="store_true", help=words("cli.argument.json"))
    leaf.set_defaults(chosen=command)


async def _ask(given: argparse.Namespace, words: Words) -> Any:
    if given.chosen.alone:
        return await given.chosen.run(Client(Path(), words.language), given)
    async with core_or_data(load()) as path, Client(path, words.language) as box:
        return await given.chosen.run(box, given)


def _show(answer: Any, given: argparse.Namespace, words: Words) -> None:
    if given.json:
        print(json.dumps(answer if answer is not None else {}, ensure_ascii=False, indent=2))  # noqa: T201
        return
    for line in given.chosen.show(answer, words):
        print(line)  # noqa: T201 - for whoever sits at the terminal


def _in_words(error: Exception, words: Words) -> str:
    if isinstance(error, SoriboxError):
        return words(error.key, **error.params)
    if isinstance(error, Refused):
        return f"{error.field}: {error.message}" if error.field else error.message
    if isinstance(error, Unreachable):
        return words("cli.unreachable")
    return str(error)
