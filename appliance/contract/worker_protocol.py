"""What a worker elsewhere says to the control plane over HTTP: claim, inputs, check-in, artifacts, final state.

Every call goes to the endpoint of the worker key with `Authorization: <model key>` and carries `(job, attempt)`; an attempt that is
older than the job's, or a job that has ended, answers 409 with the body of every error: `{"message": …, "error_id": "attempt_fenced"}`.

    POST {CLAIM}                                   ClaimRequest   → Claim
    GET  Claim.inputs[i].path                      –              → bytes of the file (streamed, Range allowed)
    POST {CHECK_IN}                                CheckIn        → CheckedIn      at least every `check_in_s` seconds
    PUT  artifact_path(job, attempt, type)         bytes          → Stored         before `final`; repeatable until then
    POST {FINAL}                                   Final          → Settled        repeatable: the same outcome is answered again
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

import msgspec

from appliance.contract.job import Assignment, Outcome
from appliance.errors import BadRequest

CLAIM = "/v1/appliance/worker/claim"
CHECK_IN = "/v1/appliance/worker/check-in"
FINAL = "/v1/appliance/worker/final"
ATTEMPTS = "/v1/appliance/worker/attempts"


class WorkerKey(msgspec.Struct, frozen=True):
    """What a worker key holds, as base64 of JSON. `endpoint` is host and port without a scheme; `type` is `train` or `run`;
    `run_id` is None for training. `model_key` (`grtm…`) authorises exactly this one job."""

    project_id: str
    model_id: str
    endpoint: str
    run_id: str | None
    model_key: str
    type: str

    @property
    def job(self) -> str:
        """The uid of the job: the run's, or the model's when it is to be trained."""
        return self.run_id or self.model_id


class ClaimRequest(msgspec.Struct, frozen=True):
    """Take the job: it becomes active at once, or ends in error where the owner runs too many (409 with that sentence).

    `token` is any text that the worker drew for this claim: a worker that lost the answer repeats the call with the same one and gets
    the same attempt again; any other claim of a taken job answers 409."""

    job: str
    token: str


class InputFile(msgspec.Struct, frozen=True):
    """One input that the server holds. `path` is relative to the endpoint. Roles and names as in `Assignment.inputs`."""

    role: str
    name: str
    path: str
    size: int
    sha256: str


class Claim(msgspec.Struct, frozen=True):
    """The job as given. `assignment.inputs` names only what the server holds (`inputs` says where); a `data_source` that is a path of
    the worker's own stays in `assignment.configuration` (or `assignment.params["data_source"]` of a run) untouched.

    `check_in_s`: the most seconds between two check-ins. `duration_s`: seconds from now after which the job is ended. `secrets`: keys that
    the worker keeps in memory only."""

    assignment: Assignment
    inputs: tuple[InputFile, ...]
    check_in_s: float
    duration_s: float
    secrets: dict[str, str] = {}


class CheckIn(msgspec.Struct, frozen=True):
    """A sign of life. `lines`: whole lines of `events.jsonl` from byte `offset` on; may be empty."""

    job: str
    attempt: int
    offset: int = 0
    lines: str = ""


class CheckedIn(msgspec.Struct, frozen=True):
    """`cancel`: stop now, report nothing more. `offset`: bytes of events that the server holds; the next check-in goes on from there
    (smaller than sent when an earlier check-in was lost)."""

    state: str
    cancel: bool
    offset: int


class Final(msgspec.Struct, frozen=True):
    """The last word. `outcome.artifacts` lists what was uploaded (nothing where files stay with the worker)."""

    job: str
    attempt: int
    outcome: Outcome


class Settled(msgspec.Struct, frozen=True):
    """The state in which the job ended."""

    state: str


class Stored(msgspec.Struct, frozen=True):
    """An uploaded artifact as the server holds it: bytes and sha256 in hex, for the outcome's digest."""

    type: str
    name: str
    size: int
    sha256: str


def artifact_path(job: str, attempt: int, artifact_type: str) -> str:
    """Where a worker PUTs one artifact (type as on the wire), relative to the endpoint."""
    return f"{ATTEMPTS}/{job}/{attempt}/artifacts/{quote(artifact_type, safe='')}"


def input_path(job: str, attempt: int, name: str) -> str:
    """Where a worker GETs one input, relative to the endpoint."""
    return f"{ATTEMPTS}/{job}/{attempt}/inputs/{quote(name, safe='')}"


def encode_worker_key(key: WorkerKey) -> str:
    """The text that is handed to a person or a worker."""
    return base64.b64encode(msgspec.json.encode(key)).decode("ascii")


def decode_worker_key(text: str) -> WorkerKey:
    """Read a worker key. Raises BadRequest for anything else, without repeating the text."""
    try:
        return msgspec.json.decode(base64.b64decode(text.strip(), validate=True), type=WorkerKey)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadRequest("That is not a worker key.") from None
