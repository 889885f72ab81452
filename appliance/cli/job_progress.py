"""Follows a job to its end: bars on a terminal, the log's lines elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.failure import JobEnded
from appliance.cli.output import remark

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

    from appliance.cli.client import Client

FINAL = frozenset({"completed", "error", "cancelled", "lost"})
POLL_S = 0.4


def follow(client: Client, path: str, title: str, *, wait_s: float | None = None) -> dict[str, Any]:
    """Poll the job at `path` until it ends or `wait_s` seconds are over; the last answer (`job`, `logs`).

    Raises JobEnded unless it completed or is still under way."""
    seen, waited = 0, 0.0
    pause = threading.Event()
    with _display(title) as display:
        while True:
            found = client.job(path)
            job, logs = found["job"], found["logs"]
            for entry in logs[seen:]:
                display.entry(entry)
            seen = len(logs)
            display.status(job["status"])
            if job["status"] in FINAL or (wait_s is not None and waited >= wait_s):
                break
            pause.wait(POLL_S)
            waited += POLL_S
    if job["status"] in FINAL and job["status"] != "completed":
        raise ended(job)
    return found


def ended(job: dict[str, Any]) -> JobEnded:
    """The failure that a job which did not complete stands for."""
    why = job.get("error_msg") or {"lost": "Its worker died or fell silent.", "cancelled": "It was cancelled."}.get(job["status"], "")
    return JobEnded(f"The job ended as {job['status']}. {why}".strip())


def _display(title: str) -> Lines:
    return Bars(title) if sys.stderr.isatty() else Lines(title)


class Lines:
    """The log's lines as they come."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._status = ""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def status(self, status: str) -> None:
        """A state; told once."""
        if status != self._status:
            self._status = status
            remark(f"{self._title}: {status}")

    def entry(self, entry: dict[str, Any]) -> None:
        """One entry of the log, by its first line."""
        remark(f"{entry['stage']:<7} {entry['msg'].partition(chr(10))[0].rstrip(': ')}")


class Bars(Lines):
    """A bar for training, one for generating or for the way through a file; warnings as lines above them."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
        self._progress: Progress = Progress(*columns, console=Console(stderr=True))
        self._totals: dict[str, float] = {}
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Lines:
        self._progress.start()
        self._tasks["job"] = self._progress.add_task(self._title, total=None, note="created")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    @property
    def tasks(self) -> list[Task]:
        """The bars as they stand."""
        return self._progress.tasks

    def status(self, status: str) -> None:
        """Shown beside the title."""
        self._progress.update(self._tasks["job"], note=status)
        if status in FINAL:
            self._progress.update(self._tasks["job"], total=1, completed=1)
            for step in self._tasks.keys() - {"job"} - self._totals.keys():  # a bar without an end would go on moving
                self._progress.update(self._tasks[step], total=1, completed=1)

    def entry(self, entry: dict[str, Any]) -> None:
        """A step of a bar, or a warning."""
        context = entry.get("ctx") or {}
        for total, step, words, note in (
            ("num_epochs", "epoch", "  training", "columns"),
            ("num_records", "current_valid_count", "  generating", "records"),
        ):
            if total in context:
                self._totals[step] = float(context[total] or 0)
            if step in context:
                self._step(step, float(context[step] or 0), words, note)
        if "percent" in context:
            self._totals["percent"] = 100.0
            self._step("percent", float(context["percent"] or 0), "  the file", "%")
        if entry.get("level") in ("warning", "error"):
            self._progress.console.print(click.style(entry["msg"], fg="yellow"), markup=False, highlight=False)

    def _step(self, step: str, done: float, words: str, note: str) -> None:
        total = self._totals.get(step) or None
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(words, total=total, note="")
        shown = f"{done:,.0f}" + (f" of {total:,.0f}" if total else "")
        self._progress.update(self._tasks[step], completed=done, total=total, note=f"{shown} {note}")
