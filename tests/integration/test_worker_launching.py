"""Every launcher that makes processes keeps the contract: start, active, end, stop, adopt, fence; and zygotes may die at any time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.contract.job import Preload, State
from appliance.contract.lease import LeaseState, fence, lease_state, read_holder
from appliance.control_plane.launchers.launcher import Launch, Launcher
from appliance.control_plane.launchers.local import LocalLauncher
from appliance.control_plane.launchers.spawn import SpawnLauncher, worker_environment
from tests.integration.launching import alive, completed, prepare, published, survivors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zygotes and pidfds are Linux's")

ROUGH = {Preload.BASE: ("tests.integration.rough_model",)}
PATIENCE_S = 30.0


@pytest.fixture
async def local() -> AsyncIterator[LocalLauncher]:
    launcher = LocalLauncher(preloads=ROUGH)
    await launcher.start()
    yield launcher
    await launcher.stop()


@pytest.fixture(params=["local", "spawn"])
async def launcher(request: pytest.FixtureRequest) -> AsyncIterator[Launcher]:
    made: Launcher = LocalLauncher(preloads={Preload.BASE: ()}) if request.param == "local" else SpawnLauncher()
    await made.start()
    await made.start()
    yield made
    await made.stop()
    await made.stop()


async def completes_in_three(launcher: Launcher, root: Path) -> bool:
    """As the scheduler does: an attempt that a dying zygote took with it is fenced, and the job has another, three at most."""
    for attempt in (2, 3, 4):
        run = prepare(root, f"a.{attempt}", rough="surroundings")
        watch = await launcher.launch(Launch(run))
        if (await watch.ended()).started:
            return await completed(watch, run)
    return False


async def test_stop_is_safe_before_start() -> None:
    await LocalLauncher(preloads=ROUGH).stop()
    await SpawnLauncher().stop()


async def test_an_attempt_becomes_active_and_completes(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1")
    watch = await launcher.launch(Launch(run))
    active = await watch.active()
    assert active is not None
    assert (await watch.ended()).started
    holder, outcome = read_holder(run.lease), run.read_outcome()
    assert holder is not None
    assert holder.pid == watch.pid
    assert holder.taken_at <= active
    assert outcome is not None
    assert outcome.state is State.COMPLETED
    assert lease_state(run.lease) is LeaseState.FREE
    assert not alive(watch.pid)


async def test_waits_may_be_shared_and_cancelled(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1", sleep_s=0.3)
    watch = await launcher.launch(Launch(run))
    given_up = asyncio.ensure_future(watch.ended())
    await watch.active()
    given_up.cancel()
    first, second = await asyncio.gather(watch.ended(), watch.ended())
    assert first == second
    assert await watch.active() is not None


async def test_stop_attempt_ends_a_running_attempt_at_once(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1", sleep_s=600)
    watch = await launcher.launch(Launch(run))
    await watch.active()
    async with asyncio.timeout(2):
        await launcher.stop_attempt(run, 60.0)
    assert (await watch.ended()).started
    assert run.read_outcome() is None
    await launcher.stop_attempt(run, 60.0)


async def test_an_attempt_that_was_fenced_never_starts(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1")
    assert fence(run.lease)
    watch = await launcher.launch(Launch(run))
    assert not (await watch.ended()).started
    assert await watch.active() is None
    assert run.read_outcome() is None


async def test_stopping_what_was_never_launched_fences_it(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1")
    await launcher.stop_attempt(run, 5.0)
    assert lease_state(run.lease) is LeaseState.FENCED


async def test_launch_and_stop_may_race(launcher: Launcher, tmp_path: Path) -> None:
    runs = [prepare(tmp_path, f"a{number}.1", sleep_s=600) for number in range(8)]
    watches = [await launcher.launch(Launch(run)) for run in runs]
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(launcher.stop_attempt(run, 60.0) for run in runs))
        ends = [await watch.ended() for watch in watches]
    for run, end in zip(runs, ends, strict=True):
        assert lease_state(run.lease) is (LeaseState.FREE if end.started else LeaseState.FENCED)
        assert run.read_outcome() is None


async def test_a_worker_outlives_its_launcher_and_is_adopted(launcher: Launcher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1", sleep_s=1.0)
    watch = await launcher.launch(Launch(run))
    await watch.active()
    await launcher.stop()
    second = LocalLauncher(preloads={})
    adopted = second.attach(run)
    assert adopted is not None
    assert adopted.pid == watch.pid
    assert await adopted.active() is not None
    assert await completed(adopted, run)
    assert second.attach(run) is None
    await second.stop()


async def test_an_adopted_worker_can_be_stopped(local: LocalLauncher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1", rough="family")
    os.mkfifo(run.tmp / "published")
    await local.launch(Launch(run))
    await asyncio.to_thread((run.tmp / "published").read_bytes)
    await local.stop()
    second = LocalLauncher(preloads={})
    async with asyncio.timeout(6):
        await second.stop_attempt(run, 5.0)
    assert not survivors(published(run)["pids"])
    await second.stop()


@pytest.mark.parametrize("rough", ["orphans", "murdered"])
async def test_no_child_outlives_the_main_process(local: LocalLauncher, tmp_path: Path, rough: str) -> None:
    run = prepare(tmp_path, "a.1", rough=rough)
    watch = await local.launch(Launch(run))
    async with asyncio.timeout(6):
        await watch.ended()
    assert len(published(run)["pids"]) >= 2
    assert not survivors(published(run)["pids"])
    assert (run.read_outcome() is None) == (rough == "murdered")


async def test_a_launch_whose_zygote_dies_is_fenced_and_the_next_one_works(local: LocalLauncher, tmp_path: Path) -> None:
    pid = (await local.warm())[Preload.BASE]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    run = prepare(tmp_path, "a.1")
    watch = await local.launch(Launch(run))
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        assert not (await watch.ended()).started
        assert lease_state(run.lease) is LeaseState.FENCED
        assert await completes_in_three(local, tmp_path)
    assert (await local.warm())[Preload.BASE] != pid


async def test_a_worker_does_not_notice_the_death_of_its_zygote(local: LocalLauncher, tmp_path: Path) -> None:
    run = prepare(tmp_path, "a.1", rough="family")
    watch = await local.launch(Launch(run))
    await watch.active()
    pid = (await local.warm())[Preload.BASE]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await completes_in_three(local, tmp_path)
    assert (await local.warm())[Preload.BASE] != pid
    assert alive(watch.pid)
    await local.stop_attempt(run, 0.1)
    assert (await watch.ended()).started


async def test_zygotes_end_with_the_control_plane_and_leave_no_zombie() -> None:
    launcher = LocalLauncher(preloads=ROUGH)
    pid = (await launcher.warm())[Preload.BASE]
    assert pid is not None
    await launcher.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_where_a_zygote_cannot_be_proven_workers_are_started_as_programs(tmp_path: Path) -> None:
    launcher = LocalLauncher(preloads={Preload.BASE: ("tests.integration.threaded_import",)})
    assert (await launcher.warm())[Preload.BASE] is None
    run = prepare(tmp_path, "a.1")
    assert await completed(await launcher.launch(Launch(run)), run)
    await launcher.stop()


async def test_the_model_sees_a_clean_environment_and_secrets_only_in_its_context(
    local: LocalLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRETEL_API_KEY", "grtu-secret")
    run = prepare(tmp_path, "a.1", rough="surroundings")
    launch = Launch(run, secrets={"connection": "s3cret"}, environment={"CUDA_VISIBLE_DEVICES": "1"})
    assert await completed(await local.launch(launch), run)
    seen = published(run)
    assert seen["secrets"] == {"connection": "s3cret"}
    assert seen["session"]
    assert seen["environ"]["CUDA_VISIBLE_DEVICES"] == "1"
    assert seen["environ"]["HOME"] == seen["environ"]["TMPDIR"] == str(run.tmp)
    assert not any("secret" in value or "s3cret" in value for value in seen["environ"].values())
    assert not any(b"s3cret" in file.read_bytes() for file in run.path.iterdir() if file.is_file())
    assert "raw output of a library" in run.log.read_text()


def test_the_environment_of_workers_is_a_list_of_what_is_allowed() -> None:
    made = worker_environment({"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x", "APPLIANCE_HOST": "y", "TZ": "UTC"})
    assert made["PATH"] == "/bin"
    assert made["TZ"] == "UTC"
    assert not {"AWS_SECRET_ACCESS_KEY", "APPLIANCE_HOST"} & set(made)
