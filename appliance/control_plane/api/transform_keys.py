"""The transform keys of a project: which there are, a new one, and the end of an old one."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.control_plane.api.job_wire import moment
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.api.submission import new_sealed_key
from appliance.control_plane.store import transform_keys
from appliance.errors import NotFound


class TransformKeyOnWire(msgspec.Struct, frozen=True):
    """One key: its number as reports name it, when it was made, whether new models use it. The key itself is never told."""

    number: int
    created_at: datetime
    current: bool


async def list_keys(call: Call) -> Answer:
    """The keys of a project, oldest first; none before its first transform."""
    held = transform_keys.of_project(call.services.store.read, call.project.id)
    return data({"keys": [TransformKeyOnWire(key.number, moment(key.created_at), key is held[-1]) for key in held]})


async def rotate_key(call: Call) -> Answer:
    """Give the project a new key. New models use it, so that their fakes cannot be linked to earlier ones; older models keep theirs."""
    sealed, at, project = new_sealed_key(call), call.services.clock.now(), call.project.id
    await call.services.store.write(
        lambda connection: transform_keys.add(connection, project, sealed, at), told=lambda key: call.entry("transform_key", str(key))
    )
    return await list_keys(call)


async def destroy_key(call: Call) -> Answer:
    """Destroy an old key for good: nothing made with it can be decrypted or repeated any more. The newest stays."""
    text, project = call.path["number"], call.project.id
    number = int(text) if text.isdecimal() and len(text) < 10 else 0
    told = call.entry("transform_key", str(number))
    if not await call.services.store.write(lambda c: transform_keys.destroy(c, project, number), told=lambda gone: told if gone else None):
        raise NotFound("The project has no old key of that number; the newest cannot be destroyed before it is rotated.")
    return await list_keys(call)


_KEYS = "/v1/appliance/projects/{project_id:str}/transform-keys"

ROUTES = (
    Route("GET", _KEYS, Action.PROJECT_READ, list_keys, "Transform keys of a project", answer=TransformKeyOnWire),
    Route("POST", _KEYS, Action.TRANSFORM_KEY_CREATE, rotate_key, "A new transform key", answer=TransformKeyOnWire),
    Route("DELETE", f"{_KEYS}/{{number:str}}", Action.TRANSFORM_KEY_DESTROY, destroy_key, "Destroy an old transform key"),
)
