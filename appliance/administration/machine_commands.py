"""The installation itself, for whoever sits at the machine: how to reach it, a backup, whether store and database agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.administration.backups import back_up
from appliance.administration.consistency import Comparison, compare
from appliance.administration.office import Commands, Office, Request
from appliance.errors import BadRequest


async def _env(office: Office, request: Request) -> dict[str, str]:
    server = office.folder.read_server() if office.serving else None
    return {"GRETEL_ENDPOINT": server.url if server else "", "GRETEL_API_KEY": office.folder.read_owner_key()}


async def _back_up(office: Office, request: Request) -> dict[str, Any]:
    target = Path(request.target)
    if not target.is_absolute():
        raise BadRequest("`target` must be an absolute path.")
    manifest = await back_up(office.folder, office.files, office.store, office.clock, target)
    facts = {"target": str(target), "files": len(manifest.files), "bytes": sum(item.size for item in manifest.files)}
    return {**facts, "audit": manifest.audit}


async def _compare(office: Office, request: Request) -> Comparison:
    return await compare(office.files, office.store)


COMMANDS: Commands = {"env": _env, "backup": _back_up, "fsck": _compare}
