"""The bench's own model type: sleeps, takes memory, fails or completes as told. Accepted only where the server was told to."""

from __future__ import annotations

import threading
from typing import Any

from appliance.data_plane.context import Context
from appliance.errors import JobFailed


def train(context: Context) -> None:
    """Do what `params` says: `sleep_s` seconds, `memory_bytes` touched, `fail` as the message of an error."""
    section: dict[str, Any] = context.assignment.configuration["models"][0][context.assignment.model_type]
    _perform(context, section.get("params") or {})


def run(context: Context) -> None:
    """The same with the parameters of the run."""
    _perform(context, context.assignment.params.get("params") or {})


def _perform(context: Context, params: dict[str, Any]) -> None:
    context.log("run", "Doing nothing, as asked")
    held = bytearray(int(params.get("memory_bytes") or 0))
    held[::4096] = b"\1" * len(held[::4096])
    if params.get("sleep_s"):
        threading.Event().wait(float(params["sleep_s"]))
    if params.get("fail"):
        raise JobFailed(str(params["fail"]))
