"""An office that has something to say to callers who do not behave, and what they are hearing of it."""

from __future__ import annotations

from sip import api
from tests.support.exchange import Exchange

SAID = {"abuse_1": "1차 경고 안내", "abuse_2": "2차 경고 안내", "abuse_3": "종료 안내", "threat_3": "협박 종료 안내"}


async def says_something(office: Exchange) -> None:
    """Give the office an announcement for each stage: the fake voice does not open their files."""
    for name, said in SAID.items():
        office.has_announcement(name.replace("_", "-"), said)
        await office.services.abuse.choose_wording(name, "ko", name.replace("_", "-"))


async def is_told(office: Exchange, call: str, name: str) -> str:
    """Wait until the caller hears an announcement and nothing else; returns the play."""
    await office.until(lambda: any(play.startswith("notice-") for play in office.caller_hears(call)))
    (play,) = office.caller_hears(call)
    played = next(p for p in office.voice.ordered(call, api.Play) if isinstance(p, api.Play) and p.play == play)
    assert name in {office.services.abuse.notice(stage, reason).name for stage, reason in _said()}
    assert played.file.endswith("x.wav")
    assert next(one for one in office.live() if one.id == call).playing == name
    return play


def _said() -> list[tuple[int, str]]:
    return [(int(name[-1]), name[:-2]) for name in SAID]


async def heard_it(office: Exchange, call: str, name: str) -> None:
    """Let the caller hear an announcement to its end."""
    office.voice.finish_play(call, await is_told(office, call, name))
