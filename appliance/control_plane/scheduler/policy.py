"""Which waiting jobs start now: a pure function of the queue, what runs, and what the machine has.

Owners take turns by dominant resource fairness (Ghodsi et al., NSDI 2011): whoever holds the smallest share of the resource that it
uses most comes first; among one owner's jobs priority with ageing decides, then age. A job that was passed over often gets a
reservation, and smaller ones fill the gap only when they end before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from appliance.control_plane.store.jobs import Waiting

AGEING_S = 600.0
"""Seconds of waiting that weigh as much as one step of priority."""
PASSES_TO_RESERVE = 8


class Demand(Waiting, frozen=True):
    """A waiting job: what it needs, already cut to what the whole machine has, and how often others were started before it."""

    passed: int = 0


class Load(msgspec.Struct, frozen=True):
    """A running job. `holds` False: its processes are dead, but its end is not written yet (or they live elsewhere), so it only counts
    for its owner. `ends_at`: when its time is up at the latest."""

    owner_id: int
    cpu: int
    memory_bytes: int
    gpus: int
    ends_at: float
    holds: bool = True


class Capacity(msgspec.Struct, frozen=True):
    """What the machine has for jobs, the limits, and the time. `pressed`: the machine is short of memory now. `own`: owner → how many jobs
    they may run, of those who have a limit of their own."""

    cpu: int
    memory_bytes: int
    gpus: int
    workers: int
    max_running: int
    now: float
    pressed: bool = False
    own: dict[int, int] = {}


class Plan(msgspec.Struct, frozen=True):
    """Ids of jobs to start, in order, and of jobs that others overtook because they did not fit."""

    start: tuple[int, ...] = ()
    passed: frozenset[int] = frozenset()


def plan(queue: Sequence[Demand], running: Sequence[Load], capacity: Capacity) -> Plan:
    """The jobs of `queue` to start now. Under memory pressure nothing starts beside running jobs."""
    room = _Room(running, capacity)
    waiting = list(queue)
    start: list[int] = []
    passed: set[int] = set()
    while room.open:
        chosen, overtaken = _choose(waiting, room)
        if chosen is None:
            break
        start.append(chosen.id)
        passed.update(overtaken)
        waiting.remove(chosen)
        room.take(chosen)
    return Plan(tuple(start), frozenset(passed - set(start)))


def _choose(waiting: list[Demand], room: _Room) -> tuple[Demand | None, list[int]]:
    overtaken: list[int] = []
    reserved_at = math.inf
    shares = {owner_id: room.dominant_share(owner_id) for owner_id in {d.owner_id for d in waiting} if room.may_run(owner_id)}
    for demand in sorted((d for d in waiting if d.owner_id in shares), key=lambda d: room.rank(d, shares[d.owner_id])):
        if room.fits(demand) and room.now + demand.max_duration_s <= reserved_at:
            return demand, overtaken
        overtaken.append(demand.id)
        if demand.passed >= PASSES_TO_RESERVE and reserved_at == math.inf:
            reserved_at = room.fits_at(demand)
    return None, []


class _Room:
    """What is free while a plan is made."""

    def __init__(self, running: Sequence[Load], capacity: Capacity) -> None:
        self.now = capacity.now
        self._capacity = capacity
        self._held = [load for load in running if load.holds]
        self._owned: dict[int, list[Load]] = {}
        for load in running:
            self._owned.setdefault(load.owner_id, []).append(load)

    @property
    def open(self) -> bool:
        return len(self._held) < self._capacity.workers and not (self._capacity.pressed and self._held)

    def may_run(self, owner_id: int) -> bool:
        limit = self._capacity.own.get(owner_id, self._capacity.max_running)
        return len(self._owned.get(owner_id, ())) < limit

    def rank(self, demand: Demand, share: float) -> tuple[bool, float, float, int]:
        urgency = demand.priority + max(0.0, self.now - demand.created_at) / AGEING_S
        return (demand.passed < PASSES_TO_RESERVE, share, -urgency, demand.id)

    def fits(self, demand: Demand) -> bool:
        return self._fits(demand, self._held)

    def fits_at(self, demand: Demand) -> float:
        """When enough running jobs will have ended at the latest."""
        left = sorted(self._held, key=lambda load: load.ends_at)
        while left:
            ending = left.pop(0)
            if self._fits(demand, left):
                return ending.ends_at
        return math.inf

    def take(self, demand: Demand) -> None:
        load = Load(demand.owner_id, demand.cpu, demand.memory_bytes, demand.gpus, self.now + demand.max_duration_s)
        self._held.append(load)
        self._owned.setdefault(demand.owner_id, []).append(load)

    def _fits(self, demand: Demand, held: list[Load]) -> bool:
        capacity = self._capacity
        return (
            sum(load.cpu for load in held) + demand.cpu <= capacity.cpu
            and sum(load.memory_bytes for load in held) + demand.memory_bytes <= capacity.memory_bytes
            and sum(load.gpus for load in held) + demand.gpus <= capacity.gpus
        )

    def dominant_share(self, owner_id: int) -> float:
        held, capacity = self._owned.get(owner_id, ()), self._capacity
        return max(
            sum(load.cpu for load in held) / max(capacity.cpu, 1),
            sum(load.memory_bytes for load in held) / max(capacity.memory_bytes, 1),
            sum(load.gpus for load in held) / max(capacity.gpus, 1),
        )
