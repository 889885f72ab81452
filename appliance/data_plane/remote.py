"""A worker that talks HTTP: takes one manual job from a control plane elsewhere, does it here, says how it ended.

    python -m appliance.data_plane.remote --worker-key KEY [--endpoint URL] [--output DIR] [--model FILE] [--upload]

The data stays on this machine: only sentences, figures and the final state go over the wire, and the artifacts too with `--upload`.
The attempt itself is the same confined child that the appliance's own workers are; this process only speaks for it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import httpx
import msgspec

from appliance.clock import Clock, Random, SystemClock, SystemRandom
from appliance.contract.channel import Start
from appliance.contract.event import Log, decode_events
from appliance.contract.job import Failure, Outcome, State
from appliance.contract.run_directory import RunDirectory
from appliance.contract.worker_protocol import Claim, Final, WorkerKey, artifact_path, decode_worker_key
from appliance.data_plane.remote_inputs import gather_inputs
from appliance.data_plane.remote_wire import Wire, guess_endpoint
from appliance.data_plane.zygote import fork_attempt
from appliance.errors import ApplianceError, AttemptFenced

GRACE_S = 5.0
MOST_BETWEEN_CHECK_INS_S = 5.0


class RemoteWorker:
    """One manual job from claim to final state. `output`: where run directory and artifacts go; `model`: the archive a run uses."""

    def __init__(self, key: WorkerKey, wire: Wire, output: Path, model: Path | None, *, upload: bool, clock: Clock, random: Random) -> None:
        self._key = key
        self._wire = wire
        self._output = output
        self._model = model
        self._upload = upload
        self._clock = clock
        self._token = random.token(16).hex()

    def work(self) -> State:
        """Claim, do, report. Returns the state in which the job ended here. Raises AttemptFenced when the control plane refuses."""
        claim = self._wire.claim(self._key.job, self._token)
        directory = RunDirectory(self._output / f".{claim.assignment.attempt_name}")
        try:
            assignment = gather_inputs(claim, directory, self._wire, self._model)
        except (ApplianceError, OSError) as error:
            return self._refuse(claim, error)
        directory.create(assignment)
        channel = self._fork(directory, claim.secrets)
        self._speak_for(claim, directory, channel)
        return self._settle(claim, directory)

    def _fork(self, directory: RunDirectory, secrets: dict[str, str]) -> socket.socket:
        """Start the confined child; the end of file on the socket tells that it is gone."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._child = fork_attempt(Start(str(directory.path), secrets), theirs, self._clock)
        return ours

    def _speak_for(self, claim: Claim, directory: RunDirectory, channel: socket.socket) -> None:
        """Send what the child writes until it ends, or until the control plane says stop or the hour is over."""
        channel.settimeout(min(claim.check_in_s / 2, MOST_BETWEEN_CHECK_INS_S))
        end = self._clock.monotonic() + claim.duration_s
        sent = 0
        with channel:
            while not _has_ended(channel):
                try:
                    sent, cancel = self._tell(claim, directory, sent)
                except AttemptFenced:
                    cancel = True
                if cancel or self._clock.monotonic() > end:
                    self._stop(channel)
                    break
        os.waitpid(self._child, 0)
        with contextlib.suppress(AttemptFenced):
            self._tell(claim, directory, sent)

    def _tell(self, claim: Claim, directory: RunDirectory, sent: int) -> tuple[int, bool]:
        """One check-in with the whole lines written since byte `sent`. Keeps quiet when the control plane does not answer."""
        lines = _whole_lines(directory.events, sent)
        for event in decode_events(lines):
            if isinstance(event, Log) and event.level != "debug":
                first_line = event.msg.splitlines()[0].removesuffix(": ")
                print(f"{event.level}: {first_line}", file=sys.stderr)
        assignment = claim.assignment
        answer = self._wire.check_in(assignment.job, assignment.attempt, sent, lines.decode("utf-8"))
        return (sent, False) if answer is None else (answer.offset, answer.cancel)

    def _stop(self, channel: socket.socket) -> None:
        """TERM to the whole group, KILL after the grace time."""
        _signal_group(self._child, signal.SIGTERM)
        channel.settimeout(GRACE_S)
        if not _has_ended(channel):
            _signal_group(self._child, signal.SIGKILL)

    def _settle(self, claim: Claim, directory: RunDirectory) -> State:
        """Bring the artifacts to where the user wants them and report the end."""
        outcome = directory.read_outcome() or Outcome(State.ERROR, Failure("worker_died", "The worker died before it could say why."))
        kept = self._keep(claim, directory, outcome)
        final = Final(claim.assignment.job, claim.assignment.attempt, kept)
        settled = State(self._wire.final(final).state)
        for folder in (directory.inputs, directory.staging, directory.tmp) if settled is not State.COMPLETED else (directory.path,):
            shutil.rmtree(folder, ignore_errors=True)
        return settled

    def _keep(self, claim: Claim, directory: RunDirectory, outcome: Outcome) -> Outcome:
        """Upload the artifacts, or move them to the output folder; then the report's figures stay here too."""
        assignment = claim.assignment
        if self._upload:
            for artifact in outcome.artifacts:
                self._wire.put(artifact_path(assignment.job, assignment.attempt, artifact.type), directory.artifacts / artifact.name)
            return outcome
        for artifact in outcome.artifacts:
            (directory.artifacts / artifact.name).rename(self._output / artifact.name)
            print(self._output / artifact.name)
        return msgspec.structs.replace(outcome, artifacts=(), report={})

    def _refuse(self, claim: Claim, error: ApplianceError | OSError) -> State:
        """The inputs could not be brought together: the job ends in error before a row is read."""
        message = error.message if isinstance(error, ApplianceError) else f"An input of the job cannot be read ({type(error).__name__})."
        code = error.code if isinstance(error, ApplianceError) else "input_unreadable"
        print(f"error: {message}", file=sys.stderr)
        failure = Failure(code, message, "pre", getattr(error, "hint", ""))
        self._wire.final(Final(claim.assignment.job, claim.assignment.attempt, Outcome(State.ERROR, failure)))
        return State.ERROR


def _has_ended(channel: socket.socket) -> bool:
    """Wait up to the socket's time-out; True at end of file. `Active` and nothing else may come before it."""
    try:
        return not channel.recv(4096)
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def _whole_lines(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            found = file.read(1 << 20)
    except FileNotFoundError:
        return b""
    return found[: found.rfind(b"\n") + 1]


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="appliance worker", description="Do one manual job on this machine.")
    parser.add_argument("--worker-key", required=True, help="the key that was handed out with the job")
    parser.add_argument("--endpoint", default="", help="where the control plane answers (default: the key's own host)")
    parser.add_argument("--output", type=Path, default=Path(), help="where the artifacts go (default: here)")
    parser.add_argument("--model", type=Path, help="the archive that a run uses, when the control plane does not hold it")
    parser.add_argument("--upload", action="store_true", help="send the artifacts to the control plane instead of keeping them here")
    return parser.parse_args(given)


def main(given: list[str]) -> NoReturn:
    """Exit 0 when the job completed, 1 when it did not or was refused, 2 for wrong usage."""
    options = _arguments(given)
    clock = SystemClock()
    try:
        key = decode_worker_key(options.worker_key)
        options.output.mkdir(parents=True, exist_ok=True)
        with httpx.Client(timeout=60.0, trust_env=False) as client:
            wire = Wire(client, options.endpoint or guess_endpoint(key.endpoint), key.model_key, clock)
            output = options.output.resolve()
            worker = RemoteWorker(key, wire, output, options.model, upload=options.upload, clock=clock, random=SystemRandom())
            state = worker.work()
    except (ApplianceError, httpx.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, ApplianceError) and error.status == 400 else 1) from None
    print(f"The job ended: {state.value}.", file=sys.stderr)
    raise SystemExit(0 if state is State.COMPLETED else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
