"""`soribox announcements ...`: what callers hear, from files and from text."""

from __future__ import annotations

from argparse import BooleanOptionalAction, Namespace
from pathlib import Path
from urllib.parse import quote

from appliance.cli.command import Argument, Command, Json, Words, argument, here
from appliance.cli.tables import Column, columns, done, duration, listed, moment, one
from appliance.core.errors import Conflict, InvalidInput, NotFound
from web.api.client import Client

_LANGUAGES = ("ko", "en")


def _path(given: Namespace) -> str:
    return f"/announcements/{quote(given.id, safe='')}"


async def _list(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/announcements"))["items"]


async def _show(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", _path(given))


async def _upload(box: Client, given: Namespace) -> Json:
    about = {"name": given.name or Path(given.sound_file).stem, "language": given.spoken, "music": given.hold_music}
    return await _send(box, "POST", "/announcements/upload", given.sound_file, about)


async def _speak(box: Client, given: Namespace) -> Json:
    about = {"name": given.name, "text": given.said, "language": given.spoken}
    return await box.ask("POST", "/announcements", about | _how(given))


def _how(given: Namespace) -> Json:
    return {"speed": given.speed, "music": bool(given.hold_music), "voice": given.voice or ""}


async def _record(box: Client, given: Namespace) -> Json:
    if given.name:
        return await box.ask("POST", "/announcements/record", {"name": given.name, "extension": given.extension})
    if not given.id:
        raise InvalidInput("id", "cli.which_announcement")
    return await box.ask("POST", f"{_path(given)}/record", {"extension": given.extension})


async def _versions(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", f"{_path(given)}/versions"))["items"]


async def _bring_back(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"{_path(given)}/versions/{given.version}/bring-back")


async def _change(box: Client, given: Namespace) -> Json:
    wanted = {
        "name": given.name,
        "text": given.said,
        "language": given.spoken,
        "speed": given.speed,
        "music": given.hold_music,
        "voice": given.voice,
    }
    if given.sound_file:
        await _send(box, "PUT", f"{_path(given)}/audio", given.sound_file, {})
    return await box.ask("PATCH", _path(given), {name: value for name, value in wanted.items() if value is not None})


async def _send(box: Client, method: str, path: str, file: str, query: Json) -> Json:
    try:
        return await box.send(method, path, here(file), query)
    except FileNotFoundError as error:
        raise NotFound("cli.no_such_file", file=file) from error


async def _remove(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", _path(given))


async def _export(box: Client, given: Namespace) -> Json:
    file = here(given.to or f"{given.id}.wav").absolute()
    try:
        size = await box.fetch(f"{_path(given)}/audio", file)
    except FileExistsError as error:
        raise Conflict("cli.file_exists", file=file) from error
    return {"file": str(file), "size": size}


def _source(row: Json, words: Words) -> str:
    return words(f"announcements.source.{row['source']}")


def _used_by(row: Json, _: Words) -> str:
    return ", ".join(dict.fromkeys(use["name"] for use in row["used_by"]))


_ANNOUNCEMENT = (
    *columns("id", "name"),
    Column("source", _source),
    *columns("language", "music"),
    Column("length", lambda row, _: duration(row["duration_ms"])),
    Column("used_by", _used_by),
)
_WHOLE = (*_ANNOUNCEMENT, *columns("voice", "speed", "text", "dial", "version", "changed_by"))
_VERSION = (
    *columns("version"),
    Column("source", _source),
    Column("since", moment("at_ms")),
    *columns("made_by"),
    Column("length", lambda row, _: duration(row["duration_ms"])),
    *columns("text"),
)
_MUSIC = argument("--hold-music", action=BooleanOptionalAction)
_ID = argument("id")
_VOICE = argument("--voice", choices=("plain", "low", "soft", "bright"))


def _spoken(default: str | None) -> Argument:
    return argument("--spoken", choices=_LANGUAGES, default=default)


COMMANDS = (
    Command("announcements list", _list, listed(*_ANNOUNCEMENT)),
    Command("announcements show", _show, one(*_WHOLE), (_ID,)),
    Command(
        "announcements upload",
        _upload,
        one(*_WHOLE),
        (argument("sound_file"), argument("--name", default=""), _spoken(""), _MUSIC),
    ),
    Command(
        "announcements speak",
        _speak,
        one(*_WHOLE),
        (argument("name"), argument("said"), _spoken("ko"), argument("--speed", type=int, default=100), _MUSIC, _VOICE),
    ),
    Command(
        "announcements record",
        _record,
        one(*columns("call")),
        (argument("id", nargs="?", default=""), argument("--name", default=""), argument("--extension", default="")),
    ),
    Command("announcements versions", _versions, listed(*_VERSION), (_ID,)),
    Command("announcements bring-back", _bring_back, one(*_WHOLE), (_ID, argument("version", type=int))),
    Command(
        "announcements change",
        _change,
        one(*_WHOLE),
        (
            _ID,
            argument("--name"),
            argument("--said"),
            _spoken(None),
            argument("--speed", type=int),
            _MUSIC,
            _VOICE,
            argument("--sound-file"),
        ),
    ),
    Command("announcements remove", _remove, done("cli.removed"), (_ID,)),
    Command("announcements export", _export, one(*columns("file", "size")), (_ID, argument("--to", default=""))),
)
