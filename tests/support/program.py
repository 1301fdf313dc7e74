"""A program that uses the API with a key; every answer is held against the OpenAPI document."""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from aiohttp import ClientSession, TCPConnector
from yarl import URL

from appliance.access.types import Role
from tests.support.furnished import Furnished


@dataclass
class Program:
    """A program with a key. Every answer is held against the OpenAPI document."""

    session: ClientSession
    base: str
    document: dict[str, Any]
    used: set[tuple[str, str]] = field(default_factory=set)

    async def ask(self, method: str, path: str, status: int, body: Any = None, data: Any = None, **headers: str) -> Any:
        """Send a request, check its answer against the document, and return it."""
        address = URL(f"{self.base}/api/v1{path}", encoded=True)
        async with self.session.request(method, address, json=body, data=data, headers=headers) as response:
            told = await response.json() if response.content_type == "application/json" else await response.read()
            assert response.status == status, told
            self._fits(method, path, status, response.content_type, told)
            return told

    def _fits(self, method: str, path: str, status: int, kind: str, told: Any) -> None:
        template = self._template(path.partition("?")[0])
        described = self.document["paths"][template][method.lower()]["responses"]
        answer = described.get(str(status)) or described["default"]
        self.used.add((method, template))
        if "content" in answer:
            schema = answer["content"][kind]["schema"]
            if kind == "application/json":
                jsonschema.Draft202012Validator({**schema, "components": self.document["components"]}).validate(told)
        else:
            assert not told

    def _template(self, path: str) -> str:
        steps = path.split("/")
        fitting = [
            template
            for template in self.document["paths"]
            if len(parts := template.split("/")) == len(steps)
            and all(part in (step, "{}") or part.startswith("{") for part, step in zip(parts, steps, strict=True))
        ]
        return str(min(fitting, key=lambda template: template.count("{")))


async def program(played: Furnished, stack: AsyncExitStack, role: Role = Role.ADMIN, language: str = "en") -> Program:
    """Return a program with a key of its own, which trusts the box's own authority."""
    key = await played.services.access.add_key("crm", role)
    trusted = ssl.create_default_context(cafile=str(played.services.config.folder / "tls" / "ca.crt"))
    headers = {"Authorization": f"Bearer {key.secret}", "Accept-Language": language}
    session = ClientSession(headers=headers, connector=TCPConnector(ssl=trusted))
    await stack.enter_async_context(session)
    async with session.get(f"{played.address}/api/v1/openapi.json") as response:
        document = await response.json()
    return Program(session, played.address, document)
