"""Answers as bytes, ready before they are sent: no negotiation, no second encoding, two ASGI messages.

Errors are `{message, details?, context?, error_id?}` with the status that clients act on. Never a value, never a trace."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import msgspec
from litestar.types import Receive as Receive
from litestar.types import Scope as Scope
from litestar.types import Send as Send

from appliance.clock import Random
from appliance.errors import ApplianceError, ConfigurationRefused, NotSignedIn, Overloaded, StoreFailed

logger = logging.getLogger("appliance.api")

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


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every answer that is no success."""

    message: str
    details: Any = None
    context: Any = None
    error_id: str = ""


def answer_error(error: ApplianceError) -> Answer:
    """The answer for an error that was raised on purpose."""
    faults = error.faults if isinstance(error, ConfigurationRefused) else ()
    context = [{"loc": list(fault.loc), "msg": fault.msg} for fault in faults]
    answer = bare(Problem(error.message, error.hint or None, context or None, error.code), error.status)
    if isinstance(error, Overloaded | StoreFailed):
        return answer.with_headers((b"retry-after", b"2"))
    if isinstance(error, NotSignedIn):
        return answer.with_headers((b"www-authenticate", b'ApiKey realm="appliance"'))
    return answer


def answer_unknown(status: int) -> Answer:
    """The answer for what leads to no route: an unknown path, a method, a malformed request."""
    sentences = {404: "There is nothing here by that name.", 405: "That method is not allowed here."}
    return bare(Problem(sentences.get(status, "The request is malformed."), error_id="http_error"), status)


def answer_unexpected(error: Exception, path: str, method: str, random: Random) -> Answer:
    """The answer for a fault of our own: an id that finds the log's line. Files, lines and functions are logged, values are not.

    `path` is the route's pattern, without what the caller put into it."""
    error_id = f"internal_{random.token(6).hex()}"
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    logger.error("%s %s %s: %s at %s", error_id, method, path, type(error).__name__, where)
    message = "Something went wrong inside the appliance. Its log has more under this error_id."
    return bare(Problem(message, error_id=error_id), 500)
