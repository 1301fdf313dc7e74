"""Caller-ID devices and analog lines over the API."""

from __future__ import annotations

from dataclasses import fields, replace

from appliance.analog.service import AnalogLine, Condition, DeviceState, Healing, LineDraft
from web.api.device_shapes import AnalogLineChange, DeviceChange, DeviceSeen, FrameSeen, Mending, PortSent, SimulateSent
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import Items, Whole


async def list_devices(asked: Asked) -> Items[DeviceSeen]:
    """List the serial devices that are there, were there since the start, or are left alone."""
    return Items(tuple(_seen(one) for one in asked.services.analog.devices()))


async def add_device(asked: Asked, body: PortSent) -> PortSent:
    """Look at a port that is not found by itself. Twice is once."""
    await asked.services.analog.add_port(body.path)
    return body


async def change_device(asked: Asked, device: str, body: DeviceChange) -> DeviceSeen:
    """Leave a device alone or not, or say how it speaks."""
    analog = asked.services.analog
    state = analog.device(device)
    await analog.choose(replace(analog.choice(state.device), **given(body)))
    return _seen(next((one for one in analog.devices() if one.id == device), state))


async def ask_device(asked: Asked, device: str) -> DeviceSeen:
    """Let a device be asked what it is, although it seems to be something else or has not answered before."""
    analog = asked.services.analog
    state = analog.device(device)
    await analog.ask(state.device)
    return _seen(next((one for one in analog.devices() if one.id == device), state))


async def forget_device(asked: Asked, device: str) -> None:
    """Forget a port that was named by hand, or a device that is away for good. One that is there stays."""
    analog = asked.services.analog
    known = next((one for one in analog.devices() if one.id == device), None)
    if known is not None:
        await analog.forget(known.device)


async def simulate_call(asked: Asked, body: SimulateSent) -> None:
    """Let a trial call come, through a pseudo-terminal, as from a device. It is a call like any other."""
    await asked.services.analog.simulate(body.line, body.number, body.dialect)


async def list_analog_lines(asked: Asked) -> Items[AnalogLine]:
    """List the analog lines: which channel of which device each is."""
    return Items(asked.services.analog.lines())


async def change_analog_line(asked: Asked, line: Whole, body: AnalogLineChange) -> AnalogLine:
    """Change a line's name, number, area code, the group whose screens pop, or its sound."""
    known = asked.services.analog.line(line)
    draft = LineDraft(**{one.name: getattr(known, one.name) for one in fields(LineDraft)})
    return await asked.services.analog.change_line(line, replace(draft, **given(body)))


async def remove_analog_line(asked: Asked, line: Whole) -> None:
    """Forget a line. When its device is heard again, it is a new one."""
    await asked.services.analog.remove_line(line)


def _seen(state: DeviceState) -> DeviceSeen:
    return DeviceSeen(
        id=state.id,
        title=state.title,
        path=state.path,
        condition=state.condition.value,
        dialect=state.dialect,
        speed=state.speed,
        lines=state.lines,
        info=state.info,
        hooks=state.hooks,
        dials=state.dials,
        excluded=state.condition is Condition.EXCLUDED,
        why=state.why.value if state.why is not None else "",
        kind=state.kind,
        answers=state.answers,
        losses=state.losses,
        mending=_mending(state.healing),
        frames=tuple(FrameSeen(one.at_ms, one.kind.value, one.channel, one.raw.hex(" ")) for one in state.frames),
    )


def _mending(healing: Healing) -> Mending:
    return Mending(
        trouble=healing.trouble.value if healing.trouble is not None else "",
        trying=healing.trying.value if healing.trying is not None else "",
        resting=healing.resting,
        mended=healing.mended,
        mended_ms=healing.mended_ms,
    )
