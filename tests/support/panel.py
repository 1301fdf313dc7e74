"""The real panel on real ports over a real store, with an edge and a voice whose state the test says.

async with panel_in(tmp_path) as box:        # box.services, box.edge, box.url, box.plain_url
    admin = await box.admin()                # a visitor who has set the box up and is signed in
    page = await admin.get("/extensions")    # page.status, page.text, page.path
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, CookieJar, TCPConnector
from multidict import CIMultiDictProxy

from appliance import wiring
from appliance.access.types import Role, UserDraft
from appliance.config import Config
from appliance.offline import NoEdge, NoVoice
from appliance.services import Services
from sip import api
from tests.support.new_store import new_store
from web import runner
from web.runner import Panel

ADMIN, PASSWORD = "boss", "a quiet morning at the desk"


class ToldEdge(NoEdge):
    """An edge that reports what the test tells it."""

    def __init__(self) -> None:
        self.phones: tuple[api.Registration, ...] = ()
        self.trunks: tuple[api.TrunkStatus, ...] = ()

    def registrations(self) -> tuple[api.Registration, ...]:
        """Return the phones of the test."""
        return self.phones

    def trunk_states(self) -> tuple[api.TrunkStatus, ...]:
        """Return the trunks of the test."""
        return self.trunks


@dataclass(frozen=True)
class Answer:
    """A page as a visitor gets it. `path` is where they are after all redirects."""

    status: int
    text: str
    path: str
    headers: CIMultiDictProxy[str]
    came_over: tuple[str, ...]


@dataclass
class Visitor:
    """Somebody with a browser: keeps cookies, sends an Origin with every form."""

    url: str
    session: ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        """Open a page and follow redirects."""
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, fields: Mapping[str, object] | None = None, **headers: str) -> Answer:
        """Send a form as the browser does, and follow where it leads."""
        entries = [
            (name, str(one))
            for name, value in (fields or {}).items()
            for one in (value if isinstance(value, (list, tuple)) else [value])
        ]
        return await self._ask("POST", path, entries, {"Origin": self.url} | headers)

    async def _ask(self, method: str, path: str, data: list[tuple[str, str]] | None, headers: dict[str, str]) -> Answer:
        async with self.session.request(method, self.url + path, data=data, headers=self.headers | headers) as response:
            body = await response.text() if response.content_type.startswith("text/") else ""
            came_over = tuple(str(one.url.path_qs) for one in response.history)
            return Answer(response.status, body, response.url.path_qs, response.headers, came_over)


class Box:
    """The panel under test."""

    def __init__(self, services: Services, panel: Panel, edge: ToldEdge, stack: AsyncExitStack) -> None:
        self.services = services
        self.panel = panel
        self.edge = edge
        self._stack = stack

    @property
    def url(self) -> str:
        """Where the panel is."""
        return f"https://127.0.0.1:{self.panel.https_port}"

    @property
    def plain_url(self) -> str:
        """Where plain HTTP is."""
        return f"http://127.0.0.1:{self.panel.http_port}"

    async def visitor(self, language: str = "ko") -> Visitor:
        """Return somebody new, who trusts the box's own authority and nothing else."""
        trusted = ssl.create_default_context(cafile=str(self.services.config.folder / "tls" / "ca.crt"))
        jar = CookieJar(unsafe=True)  # "unsafe" only means: also for a host that is an IP address
        session = ClientSession(cookie_jar=jar, connector=TCPConnector(ssl=trusted))
        await self._stack.enter_async_context(session)
        return Visitor(self.url, session, {"Accept-Language": language, "User-Agent": "test browser"})

    async def set_up(self, language: str = "ko") -> Visitor:
        """Go through the first page as an office would; return the admin."""
        visitor = await self.visitor(language)
        answer = await visitor.post("/set-up", set_up_form(self.services.access.setup_code(), language))
        assert answer.status == 200, answer.text
        return visitor

    async def sign_in(self, login: str, password: str, language: str = "ko") -> Visitor:
        """Return somebody who is signed in."""
        visitor = await self.visitor(language)
        answer = await visitor.post("/sign-in", {"login": login, "password": password, "next": "/"})
        assert "/sign-in" in answer.came_over, answer.text
        return visitor

    async def agent(self, language: str = "ko") -> Visitor:
        """Return an agent who has chosen a password and is signed in. The box must be set up."""
        draft = UserDraft("agent", "김민지", Role.AGENT, language=language)
        await self.services.access.add_user(draft, PASSWORD)
        return await self.sign_in("agent", PASSWORD, language)


def set_up_form(code: str, language: str = "ko", **other: object) -> dict[str, object]:
    """Return the first page, filled in."""
    return {
        "code": code,
        "login": ADMIN,
        "name": "박사장",
        "password": PASSWORD,
        "again": PASSWORD,
        "office_name": "한빛치과",
        "language": language,
        "time_zone": "Asia/Seoul",
        "area_code": "02",
    } | other


@asynccontextmanager
async def panel_in(folder: Path) -> AsyncIterator[Box]:
    """Run a new, empty box's panel with its data in `folder`."""
    config = Config(data=str(folder), web_address="127.0.0.1", https_port=0, http_port=0, sip_address="192.0.2.7")
    new_store(folder)
    async with AsyncExitStack() as stack:
        edge = ToldEdge()
        services = await wiring.build(config, edge, NoVoice(), stack)
        await services.agents.start()
        panel = await runner.start(services)
        stack.push_async_callback(panel.stop)
        yield Box(services, panel, edge, stack)
