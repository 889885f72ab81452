"""Answers as bytes, ready before they are sent: no negotiation, no second encoding, two ASGI messages."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

Header = tuple[bytes, bytes]

JSON_TYPE = b"application/json"
_SAFETY: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_JSON_HEADERS: tuple[Header, ...] = ((b"content-type", JSON_TYPE), *_SAFETY)
_encoder = msgspec.json.Encoder()
encode = _encoder.encode


class Answer:
    """One whole answer. An ASGI application, as Litestar's handlers may return it."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int = 200, headers: tuple[Header, ...] = _JSON_HEADERS) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send status, headers and body."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def with_headers(self, *headers: Header) -> Answer:
        """The same answer with more headers."""
        return Answer(self.body, self.status, (*self.headers, *headers))


def bare(content: Any, status: int = 200) -> Answer:
    """`content` as JSON without an envelope."""
    return Answer(_encoder.encode(content), status)


def data(content: Any, status: int = 200) -> Answer:
    """`content` in the envelope of the old generation: `{"data": …}`."""
    return Answer(b'{"data":' + _encoder.encode(content) + b"}", status)


def page(content: bytes, content_type: str, *headers: Header) -> Answer:
    """A document for a browser."""
    return Answer(content, 200, ((b"content-type", content_type.encode()), *_SAFETY, *headers))
