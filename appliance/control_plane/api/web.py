"""The web server around the application: uvicorn, without its own signal handling, logging and life-cycle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import uvicorn

from appliance.control_plane.api.app import create_app
from appliance.control_plane.api.services import Services

GRACEFUL_S = 3
KEEP_ALIVE_S = 75


class WebServer(uvicorn.Server):
    """Ends when `should_exit` is set, never by a signal of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The composition root handles signals."""
        yield


def web_server(services: Services) -> WebServer:
    """Ready to `serve(sockets=[…])`, with TLS when the settings have a certificate."""
    settings = services.settings
    config = uvicorn.Config(
        create_app(services),
        lifespan="off",
        ws="none",
        http="httptools",
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
    return WebServer(config)
