"""Every button of the call bar over the API. Knows the desk's side of call control, and who may act for which desk.

A signed-in user, and a key made for a person, acts where they sit; for another desk one needs the permission
calls.for_others. Sending a request again is safe: what was done already stays done, or is refused (409) without doing
anything.
"""

from __future__ import annotations

from appliance.access.types import Key
from appliance.calls.desk_work import DeskWork
from appliance.calls.destinations import Destination
from appliance.core.errors import InvalidInput, NotAllowed, NotFound
from appliance.i18n.catalog import text
from web.api.calls import filled
from web.api.desk_shapes import (
    AtDesk,
    Cannot,
    DeskCall,
    DeskCalls,
    DialMade,
    DialSent,
    DigitsSent,
    ExtendSent,
    HangUpSent,
    MonitorSent,
    MuteSent,
    Parked,
    ParkSent,
    PlaySent,
    RecordSent,
    TargetSent,
    TerminateSent,
    WarnSent,
)
from web.api.operation import Asked
from web.api.shapes import CallSeen
from web.dial_ways import line_for
from web.pick_up import may_fetch

_OTHERS = "calls.for_others"


async def list_desk_calls(asked: Asked, extension: str) -> DeskCalls:
    """List the calls at a desk with what can be done in each now, and the parked calls."""
    at_desk(asked, extension)
    desk = _desk(asked)
    here, parked = desk.at(extension), desk.parked()
    seen = await filled(asked, (*here, *parked))
    calls = tuple(_desk_call(asked, extension, call) for call in seen[: len(here)])
    return DeskCalls(extension, calls, seen[len(here) :])


async def dial(asked: Asked, body: DialSent) -> DialMade:
    """Call somebody. The desk's own phone is called first; when it is answered, the other side is.

    On an analog line the device dials, and whoever wants to talk lifts that line's handset.
    """
    at = at_desk(asked, body.extension)
    if line := line_for(asked.services, at, body.to, body.line):
        return DialMade(await asked.services.analog.dialler.dial(line, at, body.to, asked.asker.name))
    _must_be_shown(asked, at, body.shown_number)
    return DialMade(
        await _desk(asked).dial(at, body.to, asked.asker.name, shown_number=body.shown_number, name=body.name[:60])
    )


async def answer(asked: Asked, call: str, body: AtDesk) -> None:
    """Take what rings at the desk: its phone answers by itself where it can."""
    await _desk(asked).answer(at_desk(asked, body.extension), call, asked.asker.name)


async def refuse(asked: Asked, call: str, body: AtDesk) -> None:
    """Let a call ring elsewhere."""
    await _desk(asked).refuse(at_desk(asked, body.extension), call, asked.asker.name)


async def hang_up(asked: Asked, call: str, body: HangUpSent) -> None:
    """End a desk's part in a call, or the whole call. One that has ended already stays as it is.

    The whole call needs the permission calls.hang_up.
    """
    if body.extension:
        await _desk(asked).hang_up(at_desk(asked, body.extension), call, asked.asker.name)
        return
    asked.asker.must("calls.hang_up")
    await asked.services.calls.hang_up(call, asked.asker.name)


async def hold(asked: Asked, call: str, body: AtDesk) -> None:
    """Let the others hear music."""
    await _desk(asked).hold(at_desk(asked, body.extension), call, asked.asker.name)


async def retrieve(asked: Asked, call: str, body: AtDesk) -> None:
    """End a hold."""
    await _desk(asked).retrieve(at_desk(asked, body.extension), call, asked.asker.name)


async def mute(asked: Asked, call: str, body: MuteSent) -> None:
    """Let nobody hear the desk, or everybody again."""
    await _desk(asked).mute(at_desk(asked, body.extension), call, asked.asker.name, on=body.on)


async def pause_recording(asked: Asked, call: str, body: MuteSent) -> None:
    """Have the recording hold silence, or go on. The talk is not changed by it."""
    at = at_desk(asked, body.extension)
    await _desk(asked).pause_recording(at, call, asked.asker.name, on=body.on)


async def record(asked: Asked, call: str, body: RecordSent) -> None:
    """Have a call on an analog line recorded, or no longer. Its handset counts as picked up then."""
    at = at_desk(asked, body.extension)
    await _desk(asked).record(at, call, asked.asker.name, on=body.on)


async def press_digits(asked: Asked, call: str, body: DigitsSent) -> None:
    """Press keys for the others in the talk."""
    await _desk(asked).digits(at_desk(asked, body.extension), call, body.digits, asked.asker.name)


async def transfer(asked: Asked, call: str, body: TargetSent) -> None:
    """Give a call away without asking. It comes back if nobody takes it."""
    to = Destination(body.to, body.kind)
    await _desk(asked).transfer(at_desk(asked, body.extension), call, to, asked.asker.name)


async def consult(asked: Asked, call: str, body: TargetSent) -> None:
    """Ask somebody while the others hear music."""
    to = Destination(body.to, body.kind)
    await _desk(asked).consult(at_desk(asked, body.extension), call, to, asked.asker.name)


async def turn(asked: Asked, call: str, body: AtDesk) -> None:
    """Turn from the one who was asked to the others, or back."""
    await _desk(asked).turn(at_desk(asked, body.extension), call, asked.asker.name)


async def join(asked: Asked, call: str, body: AtDesk) -> None:
    """Let all talk together."""
    await _desk(asked).join(at_desk(asked, body.extension), call, asked.asker.name)


async def complete(asked: Asked, call: str, body: AtDesk) -> None:
    """Leave the call to the one who was asked."""
    await _desk(asked).complete(at_desk(asked, body.extension), call, asked.asker.name)


async def take_back(asked: Asked, call: str, body: AtDesk) -> None:
    """Let go of the one who was asked, and be back with the others."""
    await _desk(asked).take_back(at_desk(asked, body.extension), call, asked.asker.name)


async def park(asked: Asked, call: str, body: ParkSent) -> Parked:
    """Leave a call at a place from where anybody can fetch it."""
    at = at_desk(asked, body.extension)
    return Parked(await _desk(asked).park(at, call, asked.asker.name, place=body.place))


async def fetch(asked: Asked, call: str, body: AtDesk) -> None:
    """Take a call that is parked, or that rings at somebody of the same group (pick-up)."""
    at = at_desk(asked, body.extension)
    if not asked.asker.may(_OTHERS) and not may_fetch(asked.services, at, call):
        raise NotAllowed("call_bar.not_your_group")
    await _desk(asked).fetch(at, call, asked.asker.name)


async def play(asked: Asked, call: str, body: PlaySent) -> None:
    """Play an announcement to everybody in the talk."""
    at = at_desk(asked, body.extension)
    name = asked.services.announcements.get(body.announcement).name
    await _desk(asked).play(at, call, body.announcement, name, asked.asker.name)


async def stop_playing(asked: Asked, call: str, body: AtDesk) -> None:
    """Stop the announcement. One that has ended already is fine."""
    await _desk(asked).stop_playing(at_desk(asked, body.extension), call, asked.asker.name)


async def warn(asked: Asked, call: str, body: WarnSent) -> None:
    """Have the caller told to behave (stage 1 or 2). The talk goes on afterwards."""
    at = at_desk(asked, body.extension)
    await _desk(asked).warn(at, call, body.stage, body.reason, asked.asker.name, body.language)


async def terminate(asked: Asked, call: str, body: TerminateSent) -> None:
    """Take the desk out of the call at once, have the caller told why, and end the call. Twice is once."""
    at = at_desk(asked, body.extension)
    await _desk(asked).terminate(at, call, body.reason, asked.asker.name, body.language)


async def extend(asked: Asked, call: str, body: ExtendSent) -> None:
    """Let a call take longer than the office allows."""
    await _desk(asked).extend(at_desk(asked, body.extension), call, body.minutes, asked.asker.name)


async def monitor(asked: Asked, call: str, body: MonitorSent) -> None:
    """Listen to a call, whisper to its desk, or join in; asked again, take part in another way."""
    await _desk(asked).monitor(at_desk(asked, body.extension), call, body.watch, asked.asker.name)


# ------------------------------------------------------------------------------------------------------- whose desk


def _desk(asked: Asked) -> DeskWork:
    return asked.services.calls.desk


def at_desk(asked: Asked, wanted: str) -> str:
    """Return at which desk something is to be done. Raises InvalidInput, NotFound, NotAllowed."""
    at, own = wanted or asked.asker.extension, asked.asker.extension
    if isinstance(asked.asker.principal, Key) and not own and not asked.asker.may(_OTHERS):
        raise NotAllowed("api.person_sits_nowhere" if asked.asker.principal.person else "api.key_without_desk")
    if not at:
        asked.asker.must(_OTHERS)
        raise InvalidInput("extension", "call_bar.which_desk")
    if at != own:
        asked.asker.must(_OTHERS)
    if not asked.services.agents.is_desk(at):
        raise NotFound("call.no_such_extension")
    return at


def _must_be_shown(asked: Asked, extension: str, number: str) -> None:
    """Raise unless a desk may show this number on a call out."""
    if number and number not in {line.number for line in asked.services.lines.shown_choices(extension)}:
        raise InvalidInput("shown_number", "call_bar.not_shown")


def _desk_call(asked: Asked, extension: str, call: CallSeen) -> DeskCall:
    language, reasons = asked.asker.language, _desk(asked).why_not(extension, call.id)
    can = tuple(step for step, key in reasons.items() if not key)
    return DeskCall(call, can, tuple(Cannot(s, key, text(language, key)) for s, key in reasons.items() if key))
