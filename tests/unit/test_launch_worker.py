"""The worker's parts without a process: context, events, outcomes, heartbeat, the messages of the channel."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from appliance.clock import SystemClock, SystemRandom
from appliance.contract.channel import MAX_DATAGRAM, Active, Start, decode_from_below, decode_to_zygote, encode_message
from appliance.contract.event import ArtifactReady, Event, Log, Metric, Progress, Resource, decode_events
from appliance.contract.job import Assignment, AttemptLimits, Input, Kind, State
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane import heartbeat
from appliance.data_plane.context import Context, EventLog
from appliance.data_plane.heartbeat import Heartbeat
from appliance.data_plane.outcome import Meter, completed, failed, failure_of
from appliance.errors import DataRefused


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "a.1")
    inputs = (Input("data_source", "t.csv"), Input("ref_data.test", "h.csv"), Input("ref_data.0", "x.csv"))
    limits = AttemptLimits(memory_bytes=256 << 20)
    run.create(Assignment("a", 1, Kind.TRAIN, "noop", {}, inputs=inputs, limits=limits, seed=5))
    return run


@pytest.fixture
def context(directory: RunDirectory) -> Context:
    return Context(directory.read_assignment(), directory, SystemClock(), SystemRandom())


def events(run: RunDirectory) -> list[Event]:
    return decode_events(run.events.read_bytes())


def test_events_are_appended_as_whole_lines(context: Context, directory: RunDirectory) -> None:
    context.log("train", "Fitting", columns=3)
    context.progress("train", 1, 4, eta_s=2.5)
    context.metric("loss", 0.5, column="age")
    log, progress, metric = events(directory)
    assert isinstance(log, Log)
    assert (log.stage, log.level, log.ctx) == ("train", "info", {"columns": 3})
    assert isinstance(progress, Progress)
    assert (progress.done, progress.total, progress.eta_s) == (1, 4, 2.5)
    assert isinstance(metric, Metric)
    assert context.stage == "train"


def test_a_line_that_a_dying_worker_half_wrote_is_left_out(context: Context, directory: RunDirectory) -> None:
    context.log("pre", "whole")
    with directory.events.open("ab") as file:
        file.write(b'{"type":"log","ts":1.0,"lev')
    assert [type(event) for event in events(directory)] == [Log]


def test_an_event_that_does_not_fit_on_the_disk_leaves_no_half_line(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(directory.events)
    log.append(Log(1.0, "info", "pre", "first"))
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[: len(line) // 2]))
    log.append(Log(2.0, "info", "pre", "second"))
    monkeypatch.undo()
    log.append(Log(3.0, "info", "pre", "third"))
    assert [event.ts for event in events(directory)] == [1.0, 3.0]


def test_inputs_are_found_by_role(context: Context, directory: RunDirectory) -> None:
    assert context.input("data_source") == directory.inputs / "t.csv"
    assert context.input("model") is None
    assert context.inputs("ref_data.") == {"test": directory.inputs / "h.csv", "0": directory.inputs / "x.csv"}


def test_a_published_artifact_is_moved_and_described(context: Context, directory: RunDirectory) -> None:
    context.staging("data.gz").write_bytes(b"rows")
    context.publish("data", "data.gz")
    (digest,) = context.artifacts
    assert (digest.size, digest.sha256) == (4, hashlib.sha256(b"rows").hexdigest())
    assert (directory.artifacts / "data.gz").read_bytes() == b"rows"
    assert not (directory.staging / "data.gz").exists()
    assert isinstance(events(directory)[-1], ArtifactReady)
    with pytest.raises(FileNotFoundError):
        context.publish("data", "data.gz")


def test_publishing_again_replaces(context: Context) -> None:
    for rows in (b"few", b"more rows"):
        context.staging("data.gz").write_bytes(rows)
        context.publish("data", "data.gz")
    assert [digest.size for digest in context.artifacts] == [9]


def test_publishing_works_where_landlock_refuses_renames_between_folders(
    context: Context, directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse(source: Path, target: Path) -> Path:
        if source.parent != target.parent:
            raise OSError(18, "Invalid cross-device link")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", refuse)
    context.staging("data.gz").write_bytes(b"rows")
    context.publish("data", "data.gz")
    assert [path.name for path in directory.artifacts.iterdir()] == ["data.gz"]


def test_a_seed_is_drawn_once_and_logged(directory: RunDirectory) -> None:
    given = Context(directory.read_assignment(), directory, SystemClock(), SystemRandom())
    assert given.seed == 5
    assert not directory.events.read_bytes()
    assignment = Assignment("a", 1, Kind.TRAIN, "noop", {})
    drawn = Context(assignment, directory, SystemClock(), SystemRandom())
    (log,) = events(directory)
    assert isinstance(log, Log)
    assert log.ctx == {"seed": drawn.seed}


def test_an_unknown_error_says_where_but_never_what(context: Context) -> None:
    usage = Meter(SystemClock()).usage(context)
    try:
        try:
            int("canary-4711")
        except ValueError as cause:
            raise KeyError("canary-4712") from cause
    except KeyError as error:
        failure = failure_of(error, "train", context.assignment, usage)
    assert failure.error_id == "internal_error"
    assert "canary" not in repr(failure)
    assert "test_launch_worker.py" in failure.traceback
    assert "caused by ValueError" in failure.traceback
    assert str(Path.home()) not in failure.traceback


def test_a_drawn_error_speaks_for_itself(context: Context) -> None:
    error = DataRefused("The file has no header row.", hint="Add one.")
    failure = failure_of(error, "pre", context.assignment, Meter(SystemClock()).usage())
    assert (failure.error_id, failure.message, failure.hint) == ("data_refused", "The file has no header row.", "Add one.")
    outcome = failed(failure, None, Meter(SystemClock()).usage(), {"files": "applied"})
    assert outcome.state is State.ERROR
    assert outcome.confinement == {"files": "applied"}


def test_the_outcome_carries_what_the_model_left(context: Context) -> None:
    context.rows_in, context.rows_out = 10, 20
    context.scores["synthetic_data_quality_score"] = 91.0
    context.resolved({"epochs": 3})
    outcome = completed(context, Meter(SystemClock()).usage(context), {})
    assert (outcome.usage.rows_in, outcome.usage.rows_out) == (10, 20)
    assert outcome.report == {"synthetic_data_quality_score": 91.0}
    assert outcome.resolved == {"epochs": 3}
    assert outcome.usage.rss_peak > 1 << 20


class Signalling(EventLog):
    """An event log that tells a test that something was appended."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.told = threading.Event()

    def append(self, event: Event) -> None:
        super().append(event)
        self.told.set()


def test_the_heartbeat_tells_what_the_family_uses(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "WATCH_S", 0.001)
    log = Signalling(directory.events)
    pulse = Heartbeat(directory, log, SystemClock(), 1 << 40, lambda held: None)
    before = directory.heartbeat.stat().st_mtime_ns
    pulse.start()
    assert log.told.wait(10)
    pulse.stop()
    resource = events(directory)[0]
    assert isinstance(resource, Resource)
    assert resource.rss > 1 << 20
    assert resource.cpu_s > 0
    assert directory.heartbeat.stat().st_mtime_ns > before
    log.told.clear()
    assert not log.told.wait(0.05)


def test_the_heartbeat_calls_once_when_the_memory_is_outgrown(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "WATCH_S", 0.001)
    verdicts: list[int] = []
    fallen = threading.Event()

    def outgrown(held: int) -> None:
        verdicts.append(held)
        fallen.set()

    pulse = Heartbeat(directory, EventLog(directory.events), SystemClock(), 1 << 20, outgrown)
    pulse.start()
    assert fallen.wait(10)
    pulse.stop()
    assert verdicts[0] > 1 << 20


def test_messages_survive_the_channel() -> None:
    start = Start("/runs/a.1", {"key": "secret"}, {"CUDA_VISIBLE_DEVICES": "0"})
    assert decode_to_zygote(encode_message(start)) == start
    assert decode_from_below(encode_message(Active(7, 1.5))) == Active(7, 1.5)
    with pytest.raises(ValueError, match="too long"):
        encode_message(Start("x" * MAX_DATAGRAM))
