"""Errors as JSON: `{message, details?, context?, error_id?}`, with the status that clients act on. Never a value, never a trace."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import msgspec

from appliance.clock import Random
from appliance.control_plane.api.answers import Answer, bare
from appliance.errors import ApplianceError, ConfigurationRefused, NotSignedIn, Overloaded, StoreFailed

logger = logging.getLogger("appliance.api")


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
