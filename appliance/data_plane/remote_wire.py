"""The worker's side of the worker protocol: each call of `contract.worker_protocol` as one method."""

from __future__ import annotations

import ipaddress
import threading
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from appliance.clock import Clock
from appliance.contract.worker_protocol import CHECK_IN, CLAIM, FINAL, CheckedIn, CheckIn, Claim, ClaimRequest, Final, Settled, Stored
from appliance.errors import AttemptFenced, BadRequest, JobFailed

PATIENCE_S = 600.0
"""Seconds that a finished worker goes on trying to hand in its result."""
_PAUSE_S = 2.0

T = TypeVar("T")


class Wire:
    """Speaks to one control plane with one model key. Lost answers are asked for again: every call is repeatable."""

    def __init__(self, client: httpx.Client, endpoint: str, model_key: str, clock: Clock) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._headers = {"Authorization": model_key}
        self._clock = clock

    def claim(self, job: str, token: str) -> Claim:
        """Take the job. Raises AttemptFenced with the control plane's own sentence when it may not be had."""
        return self._post(CLAIM, ClaimRequest(job, token), Claim)

    def check_in(self, job: str, attempt: int, offset: int, lines: str) -> CheckedIn | None:
        """A sign of life; None when the control plane did not answer. Raises AttemptFenced when the job is no longer ours."""
        try:
            return self._send(CHECK_IN, CheckIn(job, attempt, offset, lines), CheckedIn)
        except (httpx.TransportError, JobFailed):
            return None

    def final(self, final: Final) -> Settled:
        """Hand in the last word; asks again until it is answered or patience is over."""
        return self._post(FINAL, final, Settled)

    def get(self, path: str, target: Path) -> None:
        """Stream one input into a new file."""
        with self._client.stream("GET", self._endpoint + path, headers=self._headers) as answer, target.open("xb") as file:
            if answer.status_code != 200:
                answer.read()
                raise _refusal(answer)
            for chunk in answer.iter_bytes(1 << 20):
                file.write(chunk)

    def put(self, path: str, source: Path) -> Stored:
        """Stream one artifact up."""
        with source.open("rb") as file:
            answer = self._client.put(self._endpoint + path, content=file, headers=self._headers)
        return _read(answer, Stored)

    def _post(self, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        end = self._clock.monotonic() + PATIENCE_S
        while True:
            try:
                return self._send(path, body, kind)
            except (httpx.TransportError, JobFailed):
                if self._clock.monotonic() > end:
                    raise
            threading.Event().wait(_PAUSE_S)

    def _send(self, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        answer = self._client.post(self._endpoint + path, content=msgspec.json.encode(body), headers=self._headers)
        return _read(answer, kind)


def _read(answer: httpx.Response, kind: type[T]) -> T:
    if answer.status_code != 200:
        raise _refusal(answer)
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError:
        raise BadRequest("The endpoint does not speak the worker protocol of this version.") from None


def _refusal(answer: httpx.Response) -> AttemptFenced | BadRequest | JobFailed:
    """409: the job is not ours (any more). 5xx: try again later. Anything else will not get better."""
    try:
        message = str(msgspec.json.decode(answer.content, type=dict[str, object]).get("message", ""))
    except msgspec.DecodeError:
        message = ""
    if answer.status_code == 409:
        return AttemptFenced(message or None)
    if answer.status_code >= 500:
        return JobFailed(message or f"The control plane answered {answer.status_code}.")
    return BadRequest(message or f"The control plane answered {answer.status_code}.")


def guess_endpoint(host: str) -> str:
    """The base URL for a host without a scheme: plain HTTP on loopback, TLS elsewhere."""
    name = host.rsplit(":", 1)[0].strip("[]")
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = name == "localhost"
    return f"{'http' if loopback else 'https'}://{host}"
