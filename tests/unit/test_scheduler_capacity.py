"""The inventory of a machine, exclusive leases of GPUs, and what can only wait for ever."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.contract.job import State
from appliance.contract.lease import LeaseState
from appliance.control_plane.scheduler.admission import check_resources, created_limit
from appliance.control_plane.scheduler.capacity import Gpu, GpuLeases, Inventory, machine_memory, memory_pressed, parse_gpus
from appliance.control_plane.scheduler.recovery import Verdict, verdict
from appliance.control_plane.store.jobs import Waiting
from appliance.errors import BadRequest
from appliance.settings import Settings

GIB = 1 << 30
ANSWER = "0, NVIDIA A100-SXM4-40GB, 40960\n1, NVIDIA A100-SXM4-40GB, 40960\nsome warning\n"


def test_gpus_are_read_from_the_driver_or_the_settings(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    def query(arguments: Sequence[str]) -> str | None:
        asked.append(arguments)
        return ANSWER

    assert [gpu.id for gpu in Inventory.detect(Settings(tmp_path), query).gpus] == ["0", "1"]
    assert asked[0][0] == "nvidia-smi"
    assert Inventory.detect(Settings(tmp_path, gpus=("1",)), query).gpus == (Gpu("1", "NVIDIA A100-SXM4-40GB", 40960 << 20),)
    assert Inventory.detect(Settings(tmp_path, gpus=()), query).gpus == ()
    assert Inventory.detect(Settings(tmp_path), lambda arguments: None).gpus == ()
    assert parse_gpus("No devices were found\n") == ()


def test_leases_are_exclusive_and_come_back() -> None:
    leases = GpuLeases((Gpu("0"), Gpu("1"), Gpu("2")))
    first, second = leases.take(1, 2), leases.take(2, 1)
    assert first is not None
    assert second is not None
    assert not set(first) & set(second)
    assert leases.take(3, 1) is None
    assert leases.take(3, 0) == ()
    assert leases.take(1, 2) == first
    leases.release(1)
    leases.release(1)
    assert leases.take(9, 3) is None
    assert leases.take(9, 2) is not None
    leases.restore(4, ("0",))
    assert leases.take(5, 2) is None


def test_small_machines_still_run_what_the_limits_promise(tmp_path: Path) -> None:
    small, settings = Inventory(1, 2 * GIB), Settings(tmp_path)
    capacity = small.capacity(settings, {}, now=0.0, pressed=False)
    demand = small.demand(Waiting(1, 1, 0, 0.0, 1, 0, 0, 60.0), settings)
    assert capacity.workers == settings.max_running
    assert demand.cpu * 4 <= capacity.cpu
    assert demand.memory_bytes * 4 <= capacity.memory_bytes
    greedy = small.demand(Waiting(1, 1, 0, 0.0, 64, 64 * GIB, 0, 60.0), settings)
    assert (greedy.cpu, greedy.memory_bytes) == (4, 2 * GIB)


def test_a_limit_above_the_servers_gives_slots_as_far_as_the_machine_carries_them(tmp_path: Path) -> None:
    settings, machine = Settings(tmp_path), Inventory(2, 16 * GIB)
    capacity = machine.capacity(settings, {7: 9, 8: 1}, now=0.0, pressed=False)
    assert (capacity.workers, capacity.own, capacity.memory_bytes) == (8, {7: 9, 8: 1}, 16 * GIB)
    assert [machine.workers(settings, (limit,)) for limit in (1, 6, 100_000)] == [4, 6, 8]
    assert machine.workers(Settings(tmp_path, max_running=50), (100_000,)) == 50
    assert machine.memory_request(0, settings) == 2 * GIB
    assert machine.workers(Settings(tmp_path, max_workers=3), (9,)) == 3, "what the operator set is not exceeded"


def test_what_could_only_wait_is_refused(tmp_path: Path) -> None:
    inventory = Inventory(4, 8 * GIB, (Gpu("0"),))
    check_resources(inventory, memory_bytes=8 * GIB, gpus=1)
    with pytest.raises(BadRequest, match="2 GPUs"):
        check_resources(inventory, memory_bytes=0, gpus=2)
    with pytest.raises(BadRequest, match=r"8\.0 GiB"):
        check_resources(inventory, memory_bytes=9 * GIB, gpus=0)
    assert str(created_limit(10)).startswith("Maximum number of created jobs (10) reached")
    assert "Wait until a job starts" in created_limit(10).message


def test_memory_is_the_smaller_of_machine_and_control_group(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("1048576\n")
    assert machine_memory((limit,)) == 1 << 20
    limit.write_text("max\n")
    assert machine_memory((limit, tmp_path / "missing")) > 1 << 20


def test_pressure_is_read_where_the_kernel_tells(tmp_path: Path) -> None:
    pressure = tmp_path / "memory"
    assert not memory_pressed(pressure)
    pressure.write_text("some avg10=21.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
    assert memory_pressed(pressure)
    pressure.write_text("some avg10=3.00 avg60=90.00 avg300=0.00 total=1\n")
    assert not memory_pressed(pressure)


@pytest.mark.parametrize(
    ("state", "lease", "expected"),
    [
        (State.PENDING, LeaseState.FENCED, Verdict.RELAUNCH),
        (State.PENDING, LeaseState.HELD, Verdict.ADOPT),
        (State.PENDING, LeaseState.FREE, Verdict.CONCLUDE),
        (State.ACTIVE, LeaseState.FENCED, Verdict.CONCLUDE),
        (State.ACTIVE, LeaseState.HELD, Verdict.ADOPT),
        (State.ACTIVE, LeaseState.FREE, Verdict.CONCLUDE),
        (State.CANCELLED, LeaseState.FENCED, Verdict.CONCLUDE),
        (State.CANCELLED, LeaseState.HELD, Verdict.ADOPT),
    ],
)
def test_recovery_gives_a_second_attempt_only_to_what_never_began(state: State, lease: LeaseState, expected: Verdict) -> None:
    assert verdict(state, lease) is expected
