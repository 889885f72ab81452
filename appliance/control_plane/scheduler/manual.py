"""Workers elsewhere: they claim, check in and report over the API, and are lost when they are silent."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from appliance.audit import Entry
from appliance.contract.job import RUNNING, Assignment, Failure, Outcome, State
from appliance.control_plane.scheduler import settlement, transitions
from appliance.control_plane.scheduler.admission import duration_exceeded, running_limit
from appliance.control_plane.scheduler.policy import Load
from appliance.control_plane.scheduler.workshop import Workshop
from appliance.control_plane.store import Connection, attempts, jobs, users
from appliance.control_plane.store.jobs import Job
from appliance.errors import AttemptFenced, Conflict, NotFound

LAUNCHER = "manual"
SILENT = Failure("worker_lost", "The worker was not heard of for too long.", hint="Keep the worker's connection up and start a new job.")


class ManualDesk:
    """Knows the manual jobs that run. Their hour and their silence are deadlines of the one heap."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self._running: dict[int, Job] = {}
        self._heard: dict[int, float] = {}

    def loads(self) -> Iterable[Load]:
        """They use nothing of this machine, but count for their owners."""
        return [Load(job.owner_id, 0, 0, 0, (job.active_at or 0.0) + job.max_duration_s, holds=False) for job in self._running.values()]

    def recover(self) -> None:
        """Go on after a restart: silence counts from now, the hour from when the job became active."""
        for job in jobs.live(self._shop.store.read):
            if job.manual:
                self._watch(job)

    def assignment(self, job: Job) -> Assignment:
        """What the worker of a claimed job is told."""
        return self._shop.assignment(job, ())

    def secrets(self, job: Job) -> dict[str, str]:
        """What the worker of a claimed job is handed besides. Raises JobFailed."""
        return self._shop.secrets(job)

    async def claim(self, uid: str, told: Entry | None = None) -> Job:
        """`created → pending → active` for a worker that starts now. Over the running limit the job ends in `error`, which is answered.

        Raises NotFound; Conflict when it was claimed before or is over."""
        shop, at = self._shop, self._shop.clock.now()
        job = await shop.write(lambda c: _claim(c, uid, shop.settings.max_running, at), told=told)
        if job.state is State.ACTIVE:
            self._watch(job)
        return job

    async def check_in(self, uid: str, attempt: int) -> bool:
        """A sign of life. True: the job was cancelled or ran out of time, stop working. Raises NotFound; AttemptFenced for an older
        attempt or a job that is over for another reason."""
        job = self._job(uid, attempt)
        if job.state is State.CANCELLED or job.error_id == "max_duration_exceeded":
            return True
        if job.state not in RUNNING:
            raise AttemptFenced(f"The job is {job.state} already.")
        self._heard[job.id] = self._shop.clock.monotonic()
        at = self._shop.clock.now()
        await self._shop.write(lambda c: jobs.heartbeat(c, job.id, attempt, at), promise=False)
        return False

    async def settle(self, uid: str, attempt: int, outcome: Outcome) -> Job:
        """The worker's last word; what it uploaded lies in the run directory. The row after; the same word again is answered the same.

        Raises NotFound; AttemptFenced for an older attempt or a job that is over."""
        shop, at = self._shop, self._shop.clock.now()
        job = self._job(uid, attempt)
        settled: Job | None = job
        if job.state in RUNNING:
            gathered = await shop.in_thread(settlement.gather, shop, job, outcome)
            gathered = msgspec.structs.replace(gathered, beat=at)
            settled = await shop.write(lambda c: transitions.settle(c, job, gathered, at=at))
            outcome = gathered.outcome
        if settled is None:
            raise NotFound()
        if settled.state is not outcome.state or settled.changed_by != "worker":
            raise AttemptFenced(f"The job is {settled.state} already.")
        self.forget(job)
        return settled

    def ended(self, job: Job) -> None:
        """The job was ended by something else than its worker's word: keep its log, and nothing more of it."""
        self.forget(job)
        self._shop.start_soon(settlement.conclude, self._shop, job)

    def forget(self, job: Job) -> None:
        """The job is over. Safe to repeat."""
        self._shop.deadlines.disarm(("duration", job.id), ("silence", job.id))
        self._running.pop(job.id, None)
        self._heard.pop(job.id, None)
        self._shop.wake()

    def _job(self, uid: str, attempt: int) -> Job:
        job = jobs.by_uid(self._shop.store.read, uid)
        if job is None or job.deleted:
            raise NotFound()
        if not job.manual:
            raise AttemptFenced("The job does not run on a manual worker.")
        if job.attempt != attempt:
            raise AttemptFenced("Another attempt of this job took over.")
        return job

    def _watch(self, job: Job) -> None:
        shop = self._shop
        self._running[job.id] = job
        self._heard[job.id] = shop.clock.monotonic()
        left = min(job.max_duration_s, (job.active_at or shop.clock.now()) + job.max_duration_s - shop.clock.now())
        failure = duration_exceeded(job.max_duration_s)
        shop.deadlines.arm(("duration", job.id), left, lambda: self._end(job, State.ERROR, failure))
        shop.deadlines.arm(("silence", job.id), shop.settings.worker_timeout_s, lambda: self._listen(job))

    async def _listen(self, job: Job) -> None:
        shop = self._shop
        left = self._heard.get(job.id, 0.0) + shop.settings.worker_timeout_s - shop.clock.monotonic()
        if left <= 0:
            await self._end(job, State.LOST, SILENT)
        elif job.id in self._running:
            shop.deadlines.arm(("silence", job.id), left, lambda: self._listen(job))

    async def _end(self, job: Job, state: State, failure: Failure) -> None:
        shop, at = self._shop, self._shop.clock.now()
        outcome = Outcome(state, failure, usage=await shop.in_thread(shop.wall_usage, job, shop.directory(job.uid, job.attempt)))
        if await shop.write(lambda c: jobs.end(c, job, outcome, actor="deadline", at=at, states=RUNNING)) is not None:
            self.ended(job)


def _claim(connection: Connection, uid: str, limit: int, at: float) -> Job:
    job = jobs.by_uid(connection, uid)
    if job is None or job.deleted or not job.manual:
        raise NotFound()
    if job.state is not State.CREATED:
        raise Conflict(f"The job is {job.state} already; a worker can only take one that is created.")
    claimed = jobs.claim(connection, job.id, runner_mode="manual", max_running=limit, actor="worker", at=at)
    if claimed is None:
        refusal = running_limit(users.running_limits(connection).get(job.owner_id, limit))
        return transitions.fail(connection, job, refusal, actor="worker", stopping=False, at=at) or job
    attempts.begin(connection, claimed, launcher=LAUNCHER, at=at)
    return jobs.activate(connection, claimed, actor="worker", at=at) or claimed
