"""The choice of a phone at the sign-in: what this browser chose last, and what the form says. Knows no page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

from appliance.access.types import User
from appliance.agents.types import By, Source
from web.keys import SERVICES
from web.sessions import YEAR

WITH, WITHOUT = "with", "without"


@dataclass(frozen=True)
class Choice:
    """With a phone or without; `extension` is empty for the one of one's profile."""

    phone: str = WITH
    extension: str = ""


def remembered(request: web.Request) -> Choice:
    """Return what was chosen last in this browser."""
    kept = re.fullmatch(r"(with|without)(?:-([0-9]{1,4}))?", request.cookies.get(_cookie(request), ""))
    return Choice(kept[1], kept[2] or "") if kept else Choice()


def remember_choice(response: web.StreamResponse, request: web.Request, choice: Choice) -> None:
    """Keep a choice for the sign-in page of this browser."""
    kept = f"{choice.phone}-{choice.extension}" if choice.extension else choice.phone
    response.set_cookie(_cookie(request), kept, path="/", max_age=YEAR, secure=True, httponly=True, samesite="Lax")


def oneself(user: User, request: web.Request) -> By:
    """Return that a person does something at their own desk."""
    return By(Source.AGENT, user.login, request.remote or "")


def _cookie(request: web.Request) -> str:
    return f"soribox-phone-{request.app[SERVICES].config.https_port}"
