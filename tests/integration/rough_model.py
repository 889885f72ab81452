"""A model that misbehaves on request. A zygote that preloads this module gives it to every worker in place of the bench's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

from appliance.data_plane.context import Context
from appliance.data_plane.models import noop

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def train(context: Context) -> None:
    """Do what the configuration names under `rough`."""
    params: dict[str, Any] = context.assignment.configuration["models"][0]["noop"]["params"]
    globals()[f"_{params['rough']}"](context)


def _family(context: Context) -> None:
    """Children that ignore TERM: a fork with the lease, a program without it, and one that left the group."""
    pids = [_stubborn_fork(), _stubborn_fork(leave=True), _stubborn_program()]
    _publish(context, {"pids": pids})
    threading.Event().wait(600)


def _orphans(context: Context) -> None:
    """The same children, and the main process returns at once."""
    _publish(context, {"pids": [_stubborn_fork(), _stubborn_fork(leave=True), _stubborn_program()]})


def _murdered(context: Context) -> None:
    """The same children, and the main process is killed from outside."""
    _publish(context, {"pids": [_stubborn_fork(), _stubborn_program()]})
    os.kill(os.getpid(), signal.SIGKILL)


def _surroundings(context: Context) -> None:
    """What a model can see of its environment."""
    _publish(
        context,
        {
            "environ": dict(os.environ),
            "secrets": context.secrets,
            "session": os.getsid(0) == os.getpid(),
            "descriptors": len(os.listdir("/proc/self/fd")),
        },
    )
    print("raw output of a library")


def _value(context: Context) -> None:
    raise ValueError("canary-4711 is a value of a row")


def _exit(context: Context) -> None:
    raise SystemExit("canary-4711")


def _crowd(context: Context) -> None:
    """Each process stays below the limit, together they exceed it."""
    for _ in range(4):
        if os.fork() == 0:
            held = bytearray(60 << 20)
            held[::4096] = b"\1" * len(held[::4096])
            signal.pause()
    threading.Event().wait(600)


def _stubborn_fork(leave: bool = False) -> int:
    ready, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if leave:
            os.setsid()
        os.write(said, b"up")
        while True:
            signal.pause()
    os.read(ready, 2)
    return pid


def _stubborn_program() -> int:
    process = subprocess.Popen([sys.executable, "-S", "-c", STUBBORN], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process.pid


def _publish(context: Context, report: dict[str, Any]) -> None:
    context.staging("report.json").write_text(json.dumps(report))
    context.publish("report_json", "report.json")
    told = context.directory.tmp / "published"
    if told.exists():
        told.write_text("yes")


noop.train = train
