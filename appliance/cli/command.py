"""What a command is: words, arguments, what to ask the API, how to show the answer. Knows no particular command."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.core.errors import InvalidInput
from appliance.i18n.catalog import text
from web.api.client import Client

Json = Any
Run = Callable[[Client, Namespace], Awaitable[Json]]


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    language: str

    def __call__(self, key: str, /, **params: object) -> str:
        """Return a text."""
        return text(self.language, key, **params)

    def one_of(self, beginning: str, value: object) -> str:
        """Return the text of a value that has one, or nothing for no value."""
        return self(f"{beginning}{value}") if value else ""


Show = Callable[[Json, Words], Iterable[str]]


@dataclass(frozen=True)
class Argument:
    """One argument, as argparse wants it. Its help is the text `cli.argument.<name>`."""

    flags: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its text."""
        return self.flags[-1].lstrip("-").replace("-", "_")


def argument(*flags: str, **options: Any) -> Argument:
    """Declare an argument."""
    return Argument(flags, options)


@dataclass(frozen=True)
class Command:
    """One command. Its help is the text `cli.command.<its words>`.

    `alone`: it needs no box, and its client must not be asked. `fails` says which answers mean failure.
    """

    words: str
    run: Run
    show: Show
    arguments: tuple[Argument, ...] = ()
    alone: bool = False
    fails: Callable[[Json], bool] = lambda _: False

    @property
    def help_key(self) -> str:
        """The key of its help."""
        return "cli.command." + self.words.replace(" ", ".").replace("-", "_")


async def read_secret() -> str:
    """Read a secret: unseen from a terminal, otherwise the first line of standard input. Raises InvalidInput."""
    read: Callable[[], str] = getpass.getpass if sys.stdin.isatty() else sys.stdin.readline
    secret = (await asyncio.to_thread(read)).rstrip("\r\n")
    if not secret:
        raise InvalidInput("password", "cli.no_secret")
    return secret


def here(path: str) -> Path:
    """Return a path as it was meant where the command was typed (`box` works in its own folder)."""
    return Path(os.environ.get("SORIBOX_CALLED_FROM", ".")) / path
