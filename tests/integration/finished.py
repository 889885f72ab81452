"""Models that are complete at once: a worker elsewhere hands in what a test wrote, without any training."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import msgspec

from appliance.contract.job import ArtifactDigest, Outcome, State
from appliance.contract.worker_protocol import CLAIM, FINAL, ClaimRequest, Final, artifact_path, decode_worker_key

NOOP = {"schema_version": "1.0", "models": [{"noop": {}}]}


def finished_model(
    client: httpx.Client, project: str, name: str, files: dict[str, bytes], *, drawn: int | None = None, **section: Any
) -> str:
    """A completed model of the project with these artifacts by type; its uid. `section` are keys of its configuration, `drawn` the seed
    that its worker drew."""
    body = {"schema_version": "1.0", "name": name, "models": [{"noop": section}]}
    made = _good(client.post(f"/projects/{project}/models", json=body, params={"runner_mode": "manual"}))
    key = decode_worker_key(made["worker_key"])
    proof = {"Authorization": key.model_key}
    claim = msgspec.json.encode(ClaimRequest(key.job, "token"))
    attempt = _good(client.post(CLAIM, content=claim, headers=proof))["assignment"]["attempt"]
    digests = []
    for kind, content in files.items():
        stored = _good(client.put(artifact_path(key.job, attempt, kind), content=content, headers=proof))
        digests.append(ArtifactDigest(stored["type"], stored["name"], stored["size"], stored["sha256"]))
    resolved = {} if drawn is None else {"models": [{"noop": {"appliance": {"seed": drawn}}}]}
    final = Final(key.job, attempt, Outcome(State.COMPLETED, artifacts=tuple(digests), resolved=resolved))
    _good(client.post(FINAL, content=msgspec.json.encode(final), headers=proof))
    return key.model_id


def packed(document: Any) -> bytes:
    """A document as it lies in the artifact store."""
    return gzip.compress(json.dumps(document).encode())


def _good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()
