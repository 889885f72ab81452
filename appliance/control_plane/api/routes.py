"""A route: where, what it asks of the permission table, what it takes and gives. The same table makes the handlers and the API page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar.handlers import ASGIRouteHandler
from litestar.types import HTTPScope, Receive, Send

from appliance.control_plane.api.answers import Answer, answer_error, answer_unexpected, answer_unknown, bare, data
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.recording import record_refusal
from appliance.control_plane.api.services import Services
from appliance.errors import ApplianceError

__all__ = ["Action", "Answer", "Call", "Route", "bare", "bind", "data"]
"""All that a module of handlers needs."""


class Route(msgspec.Struct, frozen=True):
    """One method of one path. `path` in Litestar's form (`{project_id:str}`). `body` and `answer` document what is taken and given;
    `query` maps a parameter to its meaning. `endless`: the body is streamed and has no limit. `by_link`: a signed link is the proof."""

    method: str
    path: str
    action: Action
    handle: Callable[[Call], Awaitable[Answer]]
    summary: str
    body: Any = None
    answer: Any = None
    query: dict[str, str] = {}
    endless: bool = False
    by_link: bool = False
    documented: bool = True


Admit = Callable[[Call, Route], None]
"""Lets a request pass to a route, or raises what it is answered."""


def bind(path: str, routes: list[Route], services: Services, admit: Admit) -> ASGIRouteHandler:
    """The handler of a path. An ASGI application, so that the framework finds it and does no more."""
    by_method = {route.method: route for route in routes}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]

    async def border(scope: HTTPScope, receive: Receive, send: Send) -> None:
        route = by_method.get(scope["method"])
        if route is None:
            answer = answer_unknown(405).with_headers((b"allow", ", ".join(by_method).encode()))
        else:
            answer = await _answer(route, Call(services, scope, receive), admit)
        await answer(scope, receive, send)

    return ASGIRouteHandler(path, copy_scope=False)(border)


async def _answer(route: Route, call: Call, admit: Admit) -> Answer:
    """The border at which requests are let in and every error becomes an answer."""
    try:
        admit(call, route)
        return await route.handle(call)
    except ApplianceError as error:
        await record_refusal(call, error)
        return answer_error(error)
    except Exception as error:
        return answer_unexpected(error, route.path, route.method, call.services.random)
