"""One request on its way through the API: who asks, about which project, with what. Everything is read only when it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar.types import HTTPScope, Receive, Scope

from appliance.audit import DONE, Entry
from appliance.clock import timestamp
from appliance.contract.foreign import decode
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.services import Services
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest

T = TypeVar("T")
MOST_BODY_BYTES, MOST_SIGN_IN_BYTES = 16 << 20, 64 << 10
"""Of a body that is read whole; uploads are streamed and have no limit."""


class Call:
    """A request with what the border found out: the route's `action`, `user` (and `via` what) on routes that need one, `project` and the
    user's `level` on routes of a project. `readmit` finds it all out again, and raises when the request would be let in no more."""

    __slots__ = ("_query", "_receive", "_scope", "action", "level", "method", "path", "project", "readmit", "services", "user", "via")

    action: Action
    user: User
    project: Project
    readmit: Callable[[Call], None]

    def __init__(self, services: Services, scope: HTTPScope, receive: Receive) -> None:
        self.services = services
        self.method: str = scope["method"]
        self.path: dict[str, str] = scope["path_params"]
        self.level, self.via = 0, ""
        self._scope, self._receive = scope, receive
        self._query: dict[str, list[str]] | None = None

    def header(self, name: bytes) -> str:
        """One header by its lower-case name, or an empty text."""
        return header(self._scope, name)

    def query(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self._parsed().get(name)
        return values[-1] if values else default

    def query_list(self, name: str) -> list[str]:
        """A list: comma-separated (old generation), repeated (new generation), or both."""
        return [part for value in self._parsed().get(name, ()) for part in value.split(",") if part]

    def query_int(self, name: str, default: int, most: int) -> int:
        """A whole number from 0; more than `most` means `most`. Raises BadRequest."""
        text = self.query(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise BadRequest(f"`{name}` must be a whole number, 0 or more.")
        return min(int(text), most)

    def query_choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """One of `choices`. Raises BadRequest."""
        text = self.query(name) or default
        if text not in choices:
            raise BadRequest(f"`{name}` must be one of {', '.join(choices)}.")
        return text

    @property
    def address(self) -> str:
        """The network address that the request came from."""
        client = self._scope["client"]
        return client[0] if client else ""

    def entry(self, kind: str, uid: str = "", name: str = "", *, result: str = DONE, **detail: str | int | float | bool) -> Entry:
        """A line of the audit log: who asks does the route's action to the `kind` with that id and name."""
        user, project = getattr(self, "user", None), getattr(self, "project", None)
        return Entry(
            at=timestamp(self.services.clock.now()),
            actor=user.email if user else "",
            actor_id=user.uid if user else "",
            via=self.via,
            address=self.address,
            action=self.action.word,
            kind=kind,
            id=uid[:200],
            name=name[:200],
            project=project.guid if project else "",
            result=result,
            detail=detail,
        )

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes in, without a limit. Raises BadRequest when the client goes away before its end."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise BadRequest("The client went away before its request was complete.")
            more = message["more_body"]
            if message["body"]:
                yield message["body"]

    async def content(self, most: int = MOST_BODY_BYTES) -> bytes:
        """The whole body of a request that is still let in when it ends: a client can take days to send it. Raises BadRequest when it is
        larger than `most` bytes (64 KiB of a stranger who signs in), and what the admission raises."""
        content, most = bytearray(), MOST_SIGN_IN_BYTES if self.action is Action.SIGN_IN else most
        async for chunk in self.chunks():
            content += chunk
            if len(content) > most:
                raise BadRequest(f"The body is larger than {most >> 10:,} KiB.")
        self.readmit(self)
        return bytes(content)

    async def body(self, body_type: type[T], most: int = MOST_BODY_BYTES) -> T:
        """The JSON body as a Struct; no body is an empty object. Raises BadRequest, naming the place of the fault."""
        content = await self.content(most)
        try:
            return decode(content or b"{}", body_type)
        except msgspec.ValidationError as error:
            raise BadRequest(f"The body is not valid: {error}") from None
        except msgspec.DecodeError:
            raise BadRequest("The body is not valid JSON.") from None

    @property
    def base_url(self) -> str:
        """Where this client reaches the server: the configured public URL, or scheme and Host of the request."""
        return self.services.settings.public_url.rstrip("/") or f"{self._scope['scheme']}://{self.header(b'host')}"

    def _parsed(self) -> dict[str, list[str]]:
        if self._query is None:
            text = self._scope["query_string"]
            try:
                self._query = parse_qs(text.decode("utf-8"), keep_blank_values=True, max_num_fields=100) if text else {}
            except ValueError:
                raise BadRequest("The query is malformed.") from None
        return self._query


def header(scope: Scope, name: bytes) -> str:
    """One header of an ASGI scope by its lower-case name, or an empty text."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
