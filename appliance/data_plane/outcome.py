"""The worker's last word: what was achieved or why not, and what it used. Holds no value of the training data."""

from __future__ import annotations

import os
import resource
import sys
from types import TracebackType

from appliance.clock import Clock
from appliance.contract.job import Assignment, Failure, Outcome, State, Usage
from appliance.data_plane.context import Context
from appliance.errors import ApplianceError, OutOfMemory

_PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_LIBRARIES = f"site-packages{os.sep}"
_CAUSES = 4


class Meter:
    """What an attempt uses, from the moment the meter is made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()

    def usage(self, context: Context | None = None) -> Usage:
        """Wall seconds, CPU seconds with reaped children, peak resident bytes of the largest process, rows of the context."""
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        unit = 1 if sys.platform == "darwin" else 1024
        return Usage(
            wall_s=self._clock.monotonic() - self._started,
            cpu_s=own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
            rss_peak=max(own.ru_maxrss, children.ru_maxrss) * unit,
            rows_in=context.rows_in if context else 0,
            rows_out=context.rows_out if context else 0,
        )


def completed(context: Context, usage: Usage, confinement: dict[str, str]) -> Outcome:
    """The outcome of an attempt whose model returned."""
    return Outcome(
        State.COMPLETED,
        artifacts=context.artifacts,
        usage=usage,
        report=dict(context.scores),
        resolved=context.resolved_configuration,
        confinement=confinement,
    )


def failed(failure: Failure, context: Context | None, usage: Usage, confinement: dict[str, str]) -> Outcome:
    """The outcome of an attempt that ends in error; artifacts that were finished before stay listed."""
    return Outcome(
        State.ERROR,
        failure,
        artifacts=context.artifacts if context else (),
        usage=usage,
        resolved=context.resolved_configuration if context else {},
        confinement=confinement,
    )


def failure_of(error: BaseException, stage: str, assignment: Assignment | None, usage: Usage) -> Failure:
    """Say why in words of ours: a drawn error speaks for itself, any other gives its class and where it was raised, never its text."""
    where = trace(error)
    if isinstance(error, MemoryError) and assignment is not None:
        return out_of_memory(usage.rss_peak, assignment.limits.memory_bytes, stage, where)
    if isinstance(error, ApplianceError):
        return Failure(error.code, error.message, stage, error.hint, where)
    return Failure(
        "internal_error",
        f"The job met an error that the appliance does not know ({type(error).__name__}).",
        stage,
        "This is a defect of the appliance. Please report it with the traceback; it holds no data.",
        where,
    )


def out_of_memory(used: int, limit: int, stage: str, where: str = "") -> Failure:
    """The failure of an attempt that needed more than `limit` bytes and had `used` bytes when it stopped."""
    return Failure(
        OutOfMemory.code,
        f"The job needed more than the {_mebibytes(limit)} of memory it was given ({_mebibytes(used)} were in use).",
        stage,
        "Raise `appliance.memory` in the configuration, or use fewer rows or columns.",
        where,
    )


def trace(error: BaseException) -> str:
    """Where `error` and its causes were raised: class names, then `file:line:function`, innermost last. Never a value."""
    lines: list[str] = []
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            break
        lines.append(f"{'caused by ' if lines else ''}{type(cause).__name__}")
        lines.extend(_frames(cause.__traceback__))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)


def _frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"  {_short(code.co_filename)}:{traceback.tb_lineno}:{code.co_qualname}")
        traceback = traceback.tb_next
    return frames


def _short(path: str) -> str:
    """A path from the package or the library on: no name of a person's folder."""
    if path.startswith(_PACKAGE_PARENT):
        return path[len(_PACKAGE_PARENT) :]
    return path.rpartition(_LIBRARIES)[2] if _LIBRARIES in path else os.path.basename(path)


def _mebibytes(count: int) -> str:
    return f"{count / (1 << 20):,.0f} MiB"
