"""Ending an attempt for certain: only those who hold its lock are killed, and a reused pid is nobody's group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from appliance.contract.job import Assignment, Kind
from appliance.contract.lease import Holder, LeaseState, boot_id, lease_state, start_ticks, take_lease
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.fencing import kill_holders, revoke, signal_group

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

HOLD = "import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.flock(f, fcntl.LOCK_EX); print('up', flush=True); sys.stdin.read()"
READ = "import sys; f = open(sys.argv[1], 'rb'); print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path / "a.1")
    directory.create(Assignment("a", 1, Kind.TRAIN, "noop", {}))
    return directory


def program(code: str, lease: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", code, str(lease)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_holders_are_killed_and_readers_spared(run: RunDirectory) -> None:
    run.lease.write_bytes(b"{}")
    with program(HOLD, run.lease) as holder, program(READ, run.lease) as reader:
        assert lease_state(run.lease) is LeaseState.HELD
        assert kill_holders(run) == 1
        assert holder.wait(10) == -signal.SIGKILL
        assert reader.poll() is None
        reader.kill()
    assert lease_state(run.lease) is LeaseState.FREE
    assert kill_holders(run) == 0


def test_nothing_is_signalled_where_the_pid_was_used_again(run: RunDirectory) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        for holder in (Holder(stranger.pid, 1, boot_id(), 0.0), Holder(stranger.pid, start_ticks(stranger.pid), "another boot", 0.0)):
            run.lease.write_bytes(msgspec.json.encode(holder))
            assert not signal_group(run, signal.SIGKILL)
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n", timeout=10)


def test_what_has_begun_cannot_be_revoked_and_what_was_revoked_cannot_begin(run: RunDirectory) -> None:
    descriptor = take_lease(run.lease, 1.0)
    assert not revoke(run)
    assert not signal_group(RunDirectory(run.path / "nowhere"), signal.SIGTERM)
    os.close(descriptor)
    assert not revoke(run)
    run.lease.unlink()
    assert revoke(run)
    assert revoke(run)
    assert lease_state(run.lease) is LeaseState.FENCED
