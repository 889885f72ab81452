"""A route: where, what it asks of the permission table, what it takes and gives. The same table makes the handlers and the API page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import HttpMethod, Request
from litestar.handlers import HTTPRouteHandler

from appliance.control_plane.api.answers import Answer
from appliance.control_plane.api.auth import admit
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.problems import answer_error, answer_unexpected
from appliance.control_plane.api.services import Services
from appliance.errors import ApplianceError

Handle = Callable[[Call], Awaitable[Answer]]


class Route(msgspec.Struct, frozen=True):
    """One method of one path. `path` in Litestar's form (`{project_id:str}`). `body` and `answer` document what is taken and given;
    `query` maps a parameter to its meaning. `endless`: the body is streamed and has no limit."""

    method: str
    path: str
    action: Action
    handle: Handle
    summary: str
    body: Any = None
    answer: Any = None
    query: dict[str, str] = {}
    endless: bool = False
    documented: bool = True


def bind(route: Route, services: Services) -> HTTPRouteHandler:
    """The handler of a route: the border at which requests come in, are let in, and every error becomes an answer."""

    async def border(request: Request[Any, Any, Any]) -> Answer:
        call = Call(services, request)
        try:
            admit(call, route.action)
            return await route.handle(call)
        except ApplianceError as error:
            return answer_error(error)
        except Exception as error:
            return answer_unexpected(error, route.path, route.method, services.random)

    methods = [HttpMethod.GET, HttpMethod.HEAD] if route.method == "GET" else [HttpMethod(route.method)]
    return HTTPRouteHandler(path=route.path, http_method=methods, request_max_body_size=None, status_code=200, include_in_schema=False)(
        border
    )
