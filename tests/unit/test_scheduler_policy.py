"""The policy is a pure function: these are its rules as examples."""

from __future__ import annotations

import random

import msgspec

from appliance.control_plane.scheduler.policy import PASSES_TO_RESERVE, Capacity, Demand, Load, plan

GIB = 1 << 30
MACHINE = Capacity(8, 16 * GIB, 2, 8, 4, 1000.0)


def demand(job_id: int, owner: int = 1, **more: object) -> Demand:
    fields: dict[str, object] = {"priority": 0, "created_at": 1000.0, "cpu": 1, "memory_bytes": GIB, "gpus": 0, "max_duration_s": 100.0}
    return Demand(id=job_id, owner_id=owner, **{**fields, **more})  # type: ignore[arg-type]


def load(owner: int = 1, cpu: int = 1, ends_at: float = 1100.0, **more: object) -> Load:
    return Load(owner, cpu, GIB, 0, ends_at, **more)  # type: ignore[arg-type]


def test_an_owner_runs_at_most_its_limit_and_others_go_on() -> None:
    queue = [*(demand(n) for n in range(1, 7)), demand(7, owner=2)]
    assert set(plan(queue, [], MACHINE).start) == {1, 2, 3, 4, 7}


def test_an_owners_own_limit_holds_instead_of_the_others() -> None:
    own = msgspec.structs.replace(MACHINE, own={1: 6, 2: 1})
    queue = [demand(10 * owner + n, owner=owner, memory_bytes=0) for owner in (1, 2) for n in range(8)]
    started = [job_id // 10 for job_id in plan(queue, [], own).start]
    assert (started.count(1), started.count(2)) == (6, 1)
    assert plan(queue, [load(owner=1)] * 6 + [load(owner=2)] * 2, own).start == (), "who is over a lowered limit starts nothing"
    assert len(plan(queue, [], MACHINE).start) == 8


def test_a_job_whose_end_is_not_written_counts_for_its_owner_but_holds_nothing() -> None:
    ended = [load(cpu=8, holds=False)] * 3
    assert plan([demand(1), demand(2)], ended, MACHINE).start == (1,)


def test_owners_take_turns_by_what_they_use_most() -> None:
    running = [load(owner=1, cpu=4), Load(2, 1, 12 * GIB, 0, 1100.0)]
    assert plan([demand(1, owner=1), demand(2, owner=2)], running, MACHINE).start == (1, 2)
    assert plan([demand(1, owner=1), demand(2, owner=2)], [load(owner=1, cpu=7)], MACHINE).start[0] == 2


def test_priority_goes_first_and_waiting_makes_up_for_it() -> None:
    one = Capacity(8, 16 * GIB, 0, 1, 4, 1000.0)
    assert plan([demand(1), demand(2, priority=1)], [], one).start == (2,)
    assert plan([demand(1, created_at=300.0), demand(2, priority=1)], [], one).start == (1,)
    assert plan([demand(2), demand(1)], [], one).start == (1,)


def test_what_does_not_fit_is_overtaken_and_says_so() -> None:
    big = demand(1, memory_bytes=16 * GIB)
    result = plan([big, demand(2)], [load()], MACHINE)
    assert result.start == (2,)
    assert result.passed == {1}


def test_a_job_passed_over_often_is_reserved_and_only_short_ones_fill_the_gap() -> None:
    big = demand(1, cpu=8, passed=PASSES_TO_RESERVE)
    short, long = demand(2, max_duration_s=50.0), demand(3, max_duration_s=500.0)
    assert plan([big, short, long], [load(ends_at=1100.0)], MACHINE).start == (2,)
    assert plan([big, long], [load(ends_at=1100.0)], MACHINE).start == ()
    assert plan([big, long], [], MACHINE).start == (1,)


def test_gpus_are_counted() -> None:
    queue = [demand(n, gpus=1) for n in (1, 2, 3)]
    assert plan(queue, [], MACHINE).start == (1, 2)


def test_under_memory_pressure_only_an_idle_machine_starts_one() -> None:
    pressed = Capacity(8, 16 * GIB, 0, 8, 4, 1000.0, pressed=True)
    assert plan([demand(1), demand(2)], [load()], pressed).start == ()
    assert plan([demand(1), demand(2)], [], pressed).start == (1,)


def test_no_plan_ever_gives_out_more_than_there_is() -> None:
    draw = random.Random(3)
    for _ in range(300):
        queue = [
            demand(n, draw.randrange(4), cpu=draw.randrange(1, 9), memory_bytes=draw.randrange(17) * GIB, gpus=draw.randrange(3))
            for n in range(draw.randrange(20))
        ]
        running = [load(draw.randrange(4), ends_at=draw.random() * 2000) for _ in range(draw.randrange(4))]
        start = plan(queue, running, MACHINE).start
        chosen = [d for d in queue if d.id in start]
        assert len(set(start)) == len(start)
        assert sum(d.cpu for d in chosen) + len(running) <= 8
        assert sum(d.memory_bytes for d in chosen) + len(running) * GIB <= 16 * GIB
        assert sum(d.gpus for d in chosen) <= 2
        for owner in range(4):
            assert sum(d.owner_id == owner for d in chosen) + sum(r.owner_id == owner for r in running) <= 4


def test_nobody_waits_for_ever() -> None:
    """A large job among a stream of small ones of other owners starts within a bounded number of plans."""
    big, passed, running, now = demand(0, owner=9, cpu=8), 0, [load(owner=1, ends_at=1100.0)], 1000.0
    for round_number in range(1, 60):
        now += 50.0
        running = [each for each in running if each.ends_at > now]
        queue = [Demand(0, 9, 0, 1000.0, 8, GIB, 0, 100.0, passed), demand(round_number, owner=round_number % 3)]
        result = plan(queue, running, Capacity(8, 16 * GIB, 0, 8, 4, now))
        passed += 0 in result.passed
        if 0 in result.start:
            break
        running += [load(owner=round_number % 3, ends_at=now + 100.0) for _ in result.start]
    else:
        raise AssertionError("starved")
    assert big.cpu == 8
