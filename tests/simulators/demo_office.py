"""The simulated office of `./box demo`: its people, its customers, what they say. Everything is invented.

Mobile numbers are from blocks that are not given out (010-0…, 010-1…). Filled in over the API of a box that is stopped,
so that nothing can ring before all is there.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from web.api.client import Client

NUMBER = "0212345678"
ADMIN = "admin"
_FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN = ("서연", "민준", "지우", "도현", "하은", "시우", "수아", "예준", "지안", "주원")
_COMPANIES = (
    *("", "한빛상사", "푸른치과", "세종물산", "", "다온디자인", "늘봄학원", "미래정밀", "", "가람식품"),
    *("온누리약국", "", "동해수산", "청솔건설", ""),
)
_MEMOS = (
    *("오후에만 통화 가능", "배송 문의가 잦음", "", "VIP: 대표님 지인", "세금계산서는 이메일로", ""),
    *("지난달 환불 처리함", "영어 통화를 원함", "", "매월 말 정기 주문"),
)
STRANGERS = ("01000007788", "0313450091", "0510007654", "07000041234", "16000099")


@dataclass(frozen=True)
class Agent:
    """One of the office's agents."""

    login: str
    name: str
    extension: str
    says: str
    voice: str


AGENTS = (
    Agent(
        "haneul",
        "김하늘",
        "101",
        "네, 안녕하세요. 소리상사 김하늘입니다. 무엇을 도와드릴까요? 네, 확인해 보겠습니다.",
        "ko",
    ),
    Agent(
        "doyun", "박도윤", "102", "안녕하십니까, 박도윤입니다. 주문 번호를 말씀해 주시겠습니까? 네, 감사합니다.", "ko"
    ),
)
CALLERS_SAY = (
    ("ko", "여보세요? 어제 주문한 물건이 아직 도착하지 않아서 전화드렸습니다."),
    ("ko", "안녕하세요. 예약 시간을 내일 오후로 바꾸고 싶은데요."),
    ("en", "Hello, I am calling about the invoice that you sent me last week."),
)


@dataclass(frozen=True)
class Customer:
    """A customer of the office."""

    name: str
    company: str
    number: str
    memo: str


def customers() -> tuple[Customer, ...]:
    """Return thirty people."""
    return tuple(
        Customer(
            _FAMILY[at % len(_FAMILY)] + _GIVEN[at * 3 % len(_GIVEN)],
            _COMPANIES[at % len(_COMPANIES)],
            f"010{at % 2}{1000 + at * 137:04d}{(at * 7919 + 253) % 1000:03d}",
            _MEMOS[at % len(_MEMOS)],
        )
        for at in range(30)
    )


class RealOffice(Exception):
    """The data folder belongs to an office that is no demo."""


async def furnish(box: Client, carrier: tuple[str, int]) -> dict[str, str]:
    """Fill an empty box, or make a demo's box ready again; return the extensions' passwords. Raises RealOffice."""
    state = await box.ask("GET", "/set-up")
    if state["set_up"]:
        settings = await box.ask("GET", "/settings")
        if not any(one["key"] == "office.demo" and one["value"] for one in settings["items"]):
            raise RealOffice
    else:
        await _fill(box, state["code"])
    trunk = {"name": "모의 통신사", "kind": "address", "host": carrier[0], "port": carrier[1], "main_number": NUMBER}
    trunks = (await box.ask("GET", "/trunks"))["items"]
    if trunks:
        await box.ask("PATCH", f"/trunks/{trunks[0]['trunk']['id']}", {"host": carrier[0], "port": carrier[1]})
    else:
        made = await box.ask("POST", "/trunks", trunk)
        await box.ask("POST", "/numbers", {"number": NUMBER, "trunk": made["id"], "label": "대표번호"})
    return {agent.extension: await _password(box, agent) for agent in AGENTS}


async def _fill(box: Client, code: str) -> None:
    first = {"code": code, "login": ADMIN, "name": "관리자", "password": secrets.token_urlsafe(16)}
    await box.ask("POST", "/set-up", first | {"office_name": "소리상사 (데모)", "area_code": "02"})
    await box.ask("PATCH", "/settings", {"office.demo": True})
    for agent in AGENTS:
        await box.ask("POST", "/extensions", {"number": agent.extension, "name": agent.name})
        person: dict[str, Any] = {"login": agent.login, "name": agent.name, "extension": agent.extension}
        await box.ask("POST", "/users", person | {"role": "agent", "password": secrets.token_urlsafe(16)})
    for one in customers():
        card = {"name": one.name, "company": one.company, "numbers": [one.number], "memo": one.memo}
        await box.ask("POST", "/customers", card)


async def _password(box: Client, agent: Agent) -> str:
    renewed = await box.ask("POST", f"/extensions/{agent.extension}/password")
    return str(renewed["password"])
