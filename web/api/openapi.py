"""The OpenAPI 3.1 document, made from the table of operations and the handlers' annotations. Knows no service."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
from aiohttp import web

from appliance import __version__
from web.api.address import PREFIX
from web.api.asker import ANYONE
from web.api.errors import Wrong
from web.api.idempotency import HEADER
from web.api.operation import Operation, Sent

_REFS = "#/components/schemas/{name}"
_INTRODUCTION = (
    "What the panel and the command line do, for programs. Send `Authorization: Bearer <key>`; keys are made by "
    "`soribox key add` or on the panel. Moments are milliseconds since 1970, UTC. Telephone numbers are E.164 where "
    "a rule knows them. Errors are worded in the language of `Accept-Language` (ko, en); compare `error`, not "
    "`message`. Every request may be sent again: a POST with the same `Idempotency-Key` is carried out once."
)


def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the whole document."""
    kinds = [kind for operation in operations for kind in _kinds(operation)] + [Wrong]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFS)
    by_kind = dict(zip(map(repr, kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Soribox", "version": __version__, "description": _INTRODUCTION},
        "servers": [{"url": PREFIX}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _kinds(operation: Operation) -> list[Any]:
    found = [operation.body, operation.query, operation.answer, *operation.parts.values()]
    return [kind for kind in found if kind is not None and _is_json(kind)]


def _is_json(kind: Any) -> bool:
    # Not by `issubclass`: a response is a mapping, and an abstract class remembers every class it was compared with.
    bases = kind.__mro__ if isinstance(kind, type) else ()
    return kind is not type(None) and web.StreamResponse not in bases and Sent not in bases


def _described(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    words = inspect.getdoc(operation.handler) or ""
    summary, _, rest = words.partition(". ")
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": summary.removesuffix("."),
        "description": f"{rest}\n\nPermission: `{operation.permission}`".strip(),
        "tags": [operation.handler.__module__.rpartition(".")[2]],
        "parameters": [*_path_parameters(operation, schemas), *_query_parameters(operation), *_headers(operation)],
        "responses": _responses(operation, schemas),
    }
    if operation.body is Sent:
        described["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif operation.body is not None:
        content = {"application/json": {"schema": schemas[repr(operation.body)]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.permission == ANYONE:
        described["security"] = []
    return described


def _path_parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas[repr(operation.parts[name])]} for name in names
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    _, components = msgspec.json.schema_components([operation.query], ref_template=_REFS)
    properties = components[operation.query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if operation.method != "POST":
        return []
    return [{"name": HEADER, "in": "header", "schema": {"type": "string", "maxLength": 200}}]


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    wrong = {"application/json": {"schema": schemas[repr(Wrong)]}}
    refused = {"description": "Refused; the body says why", "content": wrong}
    if operation.answer is type(None):
        return {str(operation.status): {"description": "Done"}, "default": refused}
    if not _is_json(operation.answer):
        media = operation.media
        content: dict[str, Any] = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in media}
    else:
        content = {"application/json": {"schema": schemas[repr(operation.answer)]}}
    return {str(operation.status): {"description": "Done", "content": content}, "default": refused}
