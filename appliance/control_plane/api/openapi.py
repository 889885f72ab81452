"""`openapi.json`, made from the table of routes."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec

from appliance import __version__
from appliance.control_plane.api.answers import Answer, Problem, bare
from appliance.control_plane.api.permissions import Level
from appliance.control_plane.api.routes import Action, Call, Route

_PARAMETER = re.compile(r"\{(\w+):str\}")


def described(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes with one more that describes them all, itself too."""
    made: list[Answer] = []

    async def show_description(call: Call) -> Answer:
        """The description of every route, made when it is first asked for."""
        if not made:
            made.append(await asyncio.to_thread(describe, whole))
        return made[0]

    whole = (*routes, Route("GET", "/openapi.json", Action.DOCUMENTS, show_description, "This description"))
    return whole


def describe(routes: tuple[Route, ...]) -> Answer:
    """OpenAPI 3.1 of every documented route."""
    shown = [route for route in routes if route.documented]
    types = [Problem, *{_key(kind): kind for route in shown for kind in (route.body, route.answer) if kind is not None}.values()]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = {_key(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route, by_type)
    scheme = {"key": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "grtu… (or Bearer grtu…)"}}
    return bare(
        {
            "openapi": "3.1.0",
            "info": {"title": "appliance", "version": __version__, "license": {"name": "Apache-2.0"}},
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": scheme},
        }
    )


def _operation(route: Route, by_type: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(name, "path", "", required=True) for name in _PARAMETER.findall(route.path)]
    parameters += [_parameter(name, "query", meaning, required=False) for name, meaning in route.query.items()]
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": " ".join((route.handle.__doc__ or "").split()),
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path.lower()).strip('_')}",
        "tags": [_tag(route.path)],
        "parameters": parameters,
        "responses": {"200": _response(route.answer, by_type), "default": _response(Problem, by_type)},
        "security": [] if route.action.level is Level.PUBLIC else [{"key": []}],
        "x-level": route.action.level.name.lower(),
    }
    if route.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": by_type[_key(route.body)]}}}
    elif route.endless:
        operation["requestBody"] = {"content": {"application/octet-stream": {}}}
    return operation


def _parameter(name: str, place: str, meaning: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "description": meaning, "schema": {"type": "string"}}


def _response(kind: Any, by_type: dict[str, Any]) -> dict[str, Any]:
    if kind is None:
        return {"description": "Done"}
    return {"description": _doc(kind), "content": {"application/json": {"schema": by_type[_key(kind)]}}}


def _doc(kind: Any) -> str:
    return " ".join((getattr(kind, "__doc__", None) or "Done").split())


def _tag(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{") and part not in ("v1", "appliance")]
    return parts[2] if parts[:1] == ["projects"] and len(parts) > 2 else (parts[0] if len(parts) < 2 else parts[1])


def _key(kind: Any) -> str:
    return repr(kind)
