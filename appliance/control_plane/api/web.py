"""The web server: routes bound to services, behind a door that checks the Host and tidies the path, inside uvicorn."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.utils import normalize_path
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from appliance.control_plane.api.answers import Problem, answer_unknown, bare
from appliance.control_plane.api.call import header
from appliance.control_plane.api.hosts import host_allowed
from appliance.control_plane.api.routes import Admit, Route, bind
from appliance.control_plane.api.services import Services

GRACEFUL_S = 3
KEEP_ALIVE_S = 75
MOST_HEAD_BYTES = 64 << 10


def create_app(services: Services, routes: tuple[Route, ...], admit: Admit) -> ASGIApp:
    """The whole interface as one ASGI application."""
    paths: dict[str, list[Route]] = {}
    for route in routes:
        paths.setdefault(route.path, []).append(route)
    handlers = [bind(path, methods, services, admit) for path, methods in paths.items()]
    return Door(Litestar(handlers, openapi_config=None, logging_config=None), services)


class Door:
    """What every request passes before it is routed: a Host that is ours (against DNS rebinding), single slashes instead of several.

    Of the framework's stack only the router is asked: the handlers are ASGI applications that answer their own errors."""

    def __init__(self, app: Litestar, services: Services) -> None:
        self._find = app.asgi_router.handle_routing
        self._settings = services.settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != ScopeType.HTTP:
            return
        if not host_allowed(header(scope, b"host"), self._settings):
            message = "This server does not answer to that host name; `appliance serve --allowed-host NAME` allows it."
            return await bare(Problem(message, error_id="host_not_allowed"), 421)(scope, receive, send)
        try:
            handler, _, _, scope["path_params"], _ = self._find(path=normalize_path(scope["path"]), method=None)
        except HTTPException as error:
            return await answer_unknown(error.status_code)(scope, receive, send)
        await handler(scope, receive, send)


class Connection(HttpToolsProtocol):
    """uvicorn's, which keeps of one request no more than MOST_HEAD_BYTES (and one read) that is not body: line, headers, trailers."""

    _kept = 0

    def data_received(self, data: bytes) -> None:
        """Parse, and refuse what goes on for too long without a head's end or a piece of a body."""
        self._kept += len(data)
        super().data_received(data)
        if self._kept > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The request line and headers are larger than {MOST_HEAD_BYTES >> 10} KiB.")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._kept = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body: whoever reads it limits it."""
        self._kept = 0
        super().on_body(body)


class WebServer(uvicorn.Server):
    """Ends when `should_exit` is set, never by a signal of its own."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._rooms = services.rooms

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The composition root handles signals."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go first of those who would wait for ever."""
        for room in self._rooms.values():
            room.close()
        await super().shutdown(sockets)


def web_server(services: Services, routes: tuple[Route, ...], admit: Admit) -> WebServer:
    """Ready to `serve(sockets=[…])`, with TLS when the settings have a certificate."""
    settings = services.settings
    config = uvicorn.Config(
        create_app(services, routes, admit),
        lifespan="off",
        ws="none",
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=1024,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACEFUL_S,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return WebServer(config, services)
