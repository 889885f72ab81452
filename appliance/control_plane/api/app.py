"""The application: routes bound to services, behind a door that checks the Host and tidies the path."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from appliance.control_plane.api.answers import bare
from appliance.control_plane.api.call import header
from appliance.control_plane.api.hosts import host_allowed
from appliance.control_plane.api.problems import Problem, answer_http
from appliance.control_plane.api.routes import bind
from appliance.control_plane.api.services import Services
from appliance.control_plane.api.table import ROUTES


def create_app(services: Services) -> ASGIApp:
    """The whole interface as one ASGI application."""
    app = Litestar(
        [bind(route, services) for route in ROUTES],
        openapi_config=None,
        logging_config=None,
        exception_handlers={HTTPException: _refuse},
    )
    return Door(app, services)


class Door:
    """What every request passes before it is routed: a Host that is ours (against DNS rebinding), one leading slash instead of several."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._settings = services.settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] == ScopeType.HTTP:
            if not host_allowed(header(scope, b"host"), self._settings):
                message = "This server does not answer to that host name; `appliance serve --allowed-host NAME` allows it."
                return await bare(Problem(message, error_id="host_not_allowed"), 421)(scope, receive, send)
            path = scope["path"]
            if path.startswith("//"):
                scope["path"] = "/" + path.lstrip("/")
        await self._app(scope, receive, send)


def _refuse(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    answer = answer_http(error)
    return Response(answer.body, status_code=answer.status, media_type="application/json")
