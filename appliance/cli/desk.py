"""`soribox call ...`: every button of the call bar, for the desk of an extension."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import quote

from appliance.cli.command import Argument, Command, Json, Run, Words, argument
from appliance.cli.tables import Column, columns, done, listed, one
from web.api.client import Client


async def _dial(box: Client, given: Namespace) -> Json:
    sent = {"extension": given.extension, "to": given.target, "shown_number": given.shown_number, "line": given.line}
    return await box.ask("POST", "/desk/dial", sent)


async def _at(box: Client, given: Namespace) -> Json:
    told = await box.ask("GET", f"/desks/{quote(given.extension, safe='')}/calls")
    return [{"id": one["call"]["id"], "state": one["call"]["state"], "can": one["can"]} for one in told["calls"]]


def _step(path: str, **named: str) -> Run:
    """Return a run of one step of the API; `named` says which of its fields holds which argument."""

    async def run(box: Client, given: Namespace) -> Json:
        sent = {field: getattr(given, name) for field, name in {"extension": "extension", **named}.items()}
        return await box.ask("POST", f"/calls/{quote(given.id, safe='')}/{path}", sent)

    return run


async def _mute(box: Client, given: Namespace) -> Json:
    return await _switch(box, given, "mute")


async def _pause(box: Client, given: Namespace) -> Json:
    return await _switch(box, given, "pause-recording")


async def _record(box: Client, given: Namespace) -> Json:
    return await _switch(box, given, "record")


async def _switch(box: Client, given: Namespace, path: str) -> Json:
    sent = {"extension": given.extension, "on": not given.off}
    return await box.ask("POST", f"/calls/{quote(given.id, safe='')}/{path}", sent)


def _can(row: Json, _: Words) -> str:
    return ", ".join(row["can"])


_ID, _EXTENSION = argument("id"), argument("--extension", required=True)
_KINDS = ("any", "extension", "group", "menu", "outside")
_TARGET = (argument("target"), argument("--target-kind", choices=_KINDS, default="any"))
_REASON = argument("--reason", choices=("abuse", "harassment", "threat", "long_call"), default="abuse")
_PLAIN = ("answer", "refuse", "hold", "retrieve", "turn", "join", "complete", "take-back", "fetch", "stop-playing")


def _command(step: str, run: Run, *arguments: Argument) -> Command:
    return Command(f"call {step}", run, done("cli.done"), (_ID, *arguments, _EXTENSION))


COMMANDS = (
    Command(
        "call dial",
        _dial,
        one(*columns("call")),
        (
            _EXTENSION,
            argument("target"),
            argument("--shown-number", default=""),
            argument("--line", type=int, default=0),
        ),
    ),
    Command("call at", _at, listed(*columns("id", "state"), Column("can", _can)), (argument("extension"),)),
    Command("call hang-up", _step("hang-up"), done("cli.hung_up"), (_ID, argument("--extension", default=""))),
    *(_command(step, _step(step)) for step in _PLAIN),
    _command("mute", _mute, argument("--off", action="store_true")),
    _command("record", _record, argument("--off", action="store_true")),
    _command("pause-recording", _pause, argument("--off", action="store_true")),
    _command("digits", _step("digits", digits="digits"), argument("digits")),
    _command("transfer", _step("transfer", to="target", kind="target_kind"), *_TARGET),
    _command("consult", _step("consult", to="target", kind="target_kind"), *_TARGET),
    Command(
        "call park",
        _step("park", place="parking_place"),
        one(*columns("place")),
        (_ID, argument("--parking-place", type=int, default=0), _EXTENSION),
    ),
    _command("play", _step("play", announcement="announcement"), argument("announcement")),
    _command(
        "warn",
        _step("warn", stage="stage", reason="reason"),
        argument("stage", type=int, choices=(1, 2)),
        _REASON,
    ),
    _command("terminate", _step("terminate", reason="reason"), _REASON),
    _command("extend", _step("extend", minutes="more_minutes"), argument("more_minutes", type=int)),
    _command(
        "monitor",
        _step("monitor", watch="watch"),
        argument("--watch", choices=("listen", "whisper", "barge"), default="listen"),
    ),
)
