"""What `soribox doctor` says of the hardware: each part of it is a function of `PARTS`, which asks the box and tells.

Whatever else is on the box's ports and pins adds its function there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from appliance.cli.command import Words
from appliance.cli.finding import ATTENTION, OK, Finding
from appliance.cli.tables import clock_time
from web.api.client import Client

_SHOWN_FRAMES = 5
_NO_PINS = ("no_board", "no_chip")
_FINE = ("connected", "excluded", "not_asked")


async def _devices(box: Client, words: Words) -> list[Finding]:
    """Return every serial port: what is on it, what it said last, what was done for it."""
    devices = (await box.ask("GET", "/devices"))["items"]
    return [finding for device in devices for finding in _device(device, words)]


async def _pins(box: Client, words: Words) -> list[Finding]:
    """Return the pins of lamps and buttons, each with its level, or why there are none."""
    seen = await box.ask("GET", "/indicators")
    if seen["why"]:
        level = OK if seen["why"] in _NO_PINS else ATTENTION
        why = f"{words('indicators.why.' + seen['why'])} {seen['detail']}".strip()
        return [Finding(level, "pins_none", {"why": why})]
    levels = " | ".join(f"{one['what']} {one['pin']} {'1' if one['high'] else '0'}" for one in seen["levels"])
    return [Finding(OK, "pins", {"board": seen["board"], "levels": levels or "–"})]


async def _sound(box: Client, words: Words) -> list[Finding]:
    """Return every sound card that lines use, and how loud those lines are now."""
    cards = (await box.ask("GET", "/sound-cards"))["items"]
    found = [_card(card, words) for card in cards if card["condition"] != "free"]
    for line in (await box.ask("GET", "/analog-lines"))["items"]:
        if line["card"]:
            level = await box.ask("GET", f"/analog-lines/{line['id']}/level")
            shown = {
                "line": line["name"],
                "peak": level["peak_db"],
                "rms": level["rms_db"],
                "clipped": level["clipped"],
            }
            found.append(Finding(ATTENTION if level["clipped"] else OK, "line_level", shown))
    return found


PARTS: tuple[Callable[[Client, Words], Awaitable[list[Finding]]], ...] = (_devices, _sound, _pins)


def _card(card: dict[str, Any], words: Words) -> Finding:
    level = OK if card["condition"] == "heard" else ATTENTION
    condition = words(f"devices.card.{card['condition']}")
    shown = {"card": card["title"] or card["name"], "condition": condition, "overruns": card["overruns"]}
    return Finding(level, "sound_card", shown)


def _device(device: dict[str, Any], words: Words) -> Iterator[Finding]:
    mending = device["mending"]
    level = OK if device["condition"] in _FINE and not mending["trouble"] else ATTENTION
    yield Finding(level, "device", {
        "path": device["path"],
        "title": device["title"],
        "condition": words(f"devices.condition.{device['condition']}"),
        "dialect": words.one_of("devices.dialect.", device["dialect"]) or "–",
        "speed": device["speed"] or "–",
        "lines": device["lines"] or "–",
    })  # fmt: skip
    if device["why"]:
        kind = words.one_of("devices.kind.", device["kind"])
        yield Finding(
            level, "device_why", {"path": device["path"], "why": words(f"devices.why.{device['why']}", kind=kind)}
        )
    yield from _care(device, words)
    for frame in device["frames"][:_SHOWN_FRAMES]:
        said = {
            "time": clock_time(frame["at_ms"]),
            "kind": words(f"devices.frame.{frame['kind']}"),
            "hex": frame["hex"],
        }
        yield Finding(OK, "device_said", {"path": device["path"], **said})


def _care(device: dict[str, Any], words: Words) -> Iterator[Finding]:
    mending, path = device["mending"], {"path": device["path"]}
    if mending["trouble"]:
        step = "resting" if mending["resting"] else mending["trying"]
        told = {"trouble": words(f"devices.trouble.{mending['trouble']}"), "cure": words.one_of("devices.cure.", step)}
        yield Finding(ATTENTION, "device_trouble", path | told)
    if mending["mended"]:
        since = {"n": mending["mended"], "time": clock_time(mending["mended_ms"])}
        yield Finding(OK, "device_mended", path | since)
    if device["losses"]:
        yield Finding(OK, "device_losses", path | {"n": device["losses"]})
