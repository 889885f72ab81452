"""Who runs a job: `cloud` is this server's own workers, `manual` a worker that somebody starts elsewhere."""

from __future__ import annotations

from appliance.control_plane.api.call import Call
from appliance.errors import BadRequest

HYBRID = "Runner mode `hybrid` is not available in this version: use `cloud` (workers of this server) or `manual` (a worker of your own)."


def runner_mode(call: Call, default: str, *, inherited: str = "") -> str:
    """`cloud` or `manual`, as asked and as the project allows. Raises BadRequest."""
    mode = call.query("runner_mode") or default
    if mode == "inherit" and inherited:
        mode = inherited
    if mode == "hybrid":
        raise BadRequest(HYBRID)
    if mode not in ("cloud", "manual"):
        raise BadRequest("`runner_mode` must be `cloud` (workers of this server) or `manual` (a worker of your own).")
    bound = call.project.runner_mode
    if bound is not None and bound != mode:
        raise BadRequest(f"The project takes jobs in runner mode `{bound}` only.")
    return mode
