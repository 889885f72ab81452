"""One attempt from its first breath to its last word. Runs in a process of its own: a fork of a zygote, or a program started for it.

Order: new session → lease → job.json → output to `worker.log` → confinement → `active` → model → outcome. A worker never notices a
restart of the control plane: it owns no pipe to it, and a lost socket is no error.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from appliance.clock import Clock, SystemClock, SystemRandom
from appliance.contract.channel import INHERITED, MAX_DATAGRAM, Active, Start, decode_to_zygote, encode_message
from appliance.contract.job import Assignment, Kind, Outcome
from appliance.contract.lease import take_lease
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.confinement import Confinement, release_last_memory
from appliance.data_plane.context import Context, EventLog
from appliance.data_plane.heartbeat import Heartbeat, family
from appliance.data_plane.outcome import Meter, completed, failed, failure_of, out_of_memory
from appliance.errors import AttemptFenced

FENCED_EXIT = 75


def run_attempt(start: Start, channel: socket.socket | None, confinement: Confinement, clock: Clock) -> int:
    """Do the attempt in `start.directory` and leave its outcome; the exit status for the process, which must end then.

    `channel`: where to say `Active`. 75 when the attempt was fenced before it began."""
    directory = RunDirectory(Path(start.directory))
    with contextlib.suppress(PermissionError):  # a session leader already
        os.setsid()
    try:
        take_lease(directory.lease, clock.now())
    except AttemptFenced:
        return FENCED_EXIT
    Attempt(directory, start, channel, confinement, clock).perform()
    return 0


class Attempt:
    """The attempt whose lease this process holds."""

    def __init__(
        self, directory: RunDirectory, start: Start, channel: socket.socket | None, confinement: Confinement, clock: Clock
    ) -> None:
        self._directory = directory
        self._start = start
        self._channel = channel
        self._confinement = confinement
        self._clock = clock
        self._meter = Meter(clock)
        self._assignment: Assignment | None = None
        self._context: Context | None = None

    def perform(self) -> None:
        """Run the model and write the outcome, whatever happens. Raises OSError when even that cannot be written."""
        try:
            outcome = self._work()
        except (Exception, SystemExit) as error:  # the worker's border: nothing of a model gets past it
            outcome = self._failed(error)
        _end_family()  # before the outcome, so that where there is one, nothing else lives
        with contextlib.suppress(OSError, ValueError):  # a full disk or a closed stream: only chatter is lost
            sys.stdout.flush()
            sys.stderr.flush()
        self._directory.write_outcome(outcome)

    def _work(self) -> Outcome:
        directory = self._directory
        assignment = self._assignment = directory.read_assignment()
        events = self._furnish()
        self._set_environment(assignment.limits.threads)
        heartbeat = Heartbeat(directory, events, self._clock, assignment.limits.memory_bytes, self._outgrown)
        confinement = self._confinement.enclose(directory, assignment.limits, allow_unconfined=assignment.allow_unconfined)
        context = self._context = Context(assignment, directory, self._clock, SystemRandom(), events=events, secrets=self._start.secrets)
        with _beating(heartbeat):
            self._say_active()
            _call_model(context)
        return completed(context, self._meter.usage(context), confinement)

    def _furnish(self) -> EventLog:
        """Make what the attempt writes while it still may, and send its raw output to `worker.log`."""
        directory = self._directory
        for folder in (directory.staging, directory.artifacts, directory.tmp):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        os.close(os.open(directory.path / "outcome.tmp", os.O_WRONLY | os.O_CREAT, 0o600))
        null = os.open(os.devnull, os.O_RDONLY)
        log = os.open(directory.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(null)
        os.close(log)
        return EventLog(directory.events)

    def _set_environment(self, threads: int) -> None:
        place = str(self._directory.tmp)
        os.environ.update(self._start.environment)
        os.environ.update(dict.fromkeys(("TMPDIR", "HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"), place))
        if "tempfile" in sys.modules:
            import tempfile

            tempfile.tempdir = None  # it may have looked elsewhere in the zygote
        if threads > 1:
            _allow_threads(threads)

    def _say_active(self) -> None:
        if self._channel is None:
            return
        with contextlib.suppress(OSError):  # a dead control plane is no reason to stop
            self._channel.send(encode_message(Active(os.getpid(), self._clock.now())))

    def _failed(self, error: BaseException) -> Outcome:
        release_last_memory()
        stage = self._context.stage if self._context else "pre"
        usage = self._meter.usage(self._context)
        failure = failure_of(error, stage, self._assignment, usage)
        return failed(failure, self._context, usage, dict(self._confinement.steps))

    def _outgrown(self, held: int) -> None:
        """The heartbeat's verdict while the model runs: say so and take the whole group down, for the model may be deep in native code."""
        context = self._context
        assert context is not None
        release_last_memory()
        failure = out_of_memory(held, context.assignment.limits.memory_bytes, context.stage)
        usage = msgspec.structs.replace(self._meter.usage(context), rss_peak=held)
        _end_family()
        self._directory.write_outcome(failed(failure, context, usage, dict(self._confinement.steps)))
        os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def _beating(heartbeat: Heartbeat) -> Iterator[None]:
    heartbeat.start()
    try:
        yield
    finally:
        heartbeat.stop()


def _call_model(context: Context) -> None:
    """Hand over to the code that the assignment names, imported on first use."""
    assignment = context.assignment
    if assignment.kind is Kind.INSPECTION:
        from appliance.data_plane.inspection import inspect

        inspect(context)
        return
    from appliance.data_plane.models import find_model

    model = find_model(assignment.model_type)
    (model.train if assignment.kind is Kind.TRAIN else model.run)(context)


def _allow_threads(threads: int) -> None:
    """Give the numeric libraries more than the one thread under which the zygote imported them."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)))
    if "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(threads)
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(threads)


def _end_family() -> None:
    """Leave no process of the attempt behind: this process is the reaper of all its descendants, so it knows them."""
    for pid in family()[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Entry of a worker that was started as a program: its one instruction waits on the inherited socket."""
    os.closerange(INHERITED + 1, 1 << 16)
    channel = socket.socket(fileno=INHERITED)
    channel.set_inheritable(False)
    start = decode_to_zygote(b"".join(iter(lambda: channel.recv(MAX_DATAGRAM), b"")))
    if not isinstance(start, Start):
        raise SystemExit("This worker runs attempts only.")
    confinement = Confinement()
    confinement.cut_off()
    os._exit(run_attempt(start, channel, confinement, SystemClock()))


if __name__ == "__main__":
    main()
