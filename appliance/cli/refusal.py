"""The errors that the answers of an appliance stand for."""

from __future__ import annotations

import json

from appliance.errors import (
    ApplianceError,
    BadRequest,
    ConfigurationRefused,
    Conflict,
    Fault,
    Forbidden,
    LimitReached,
    NotFound,
    NotSignedIn,
    Overloaded,
    RequestRefused,
    StorageFull,
)

_BY_STATUS: dict[int, type[RequestRefused]] = {
    400: BadRequest,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    503: Overloaded,
    507: StorageFull,
}


def refusal(status: int, body: bytes) -> ApplianceError:
    """The error that an answer stands for, with its message and every fault that it lists."""
    try:
        found = json.loads(body)
    except ValueError:
        found = {}
    found = found if isinstance(found, dict) else {}
    message = str(found.get("message") or f"The appliance answered with status {status}.")
    context = found.get("context")
    if status == 400 and isinstance(context, list) and context:
        faults = [item for item in context if isinstance(item, dict)]
        return ConfigurationRefused(tuple(Fault(tuple(item.get("loc") or ()), str(item.get("msg", ""))) for item in faults), message)
    kind = LimitReached if "Maximum number of" in message else _BY_STATUS.get(status, RequestRefused)
    return kind(message, hint=str(found.get("hint") or ""))
